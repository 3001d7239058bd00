/* gridftp/server/ftp_index.c - see ftp_index.h. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "gridftp/server/ftp_child.h"
#include "gridftp/server/ftp_index.h"
#include "soap/glue2.h"
#include "soap/registration.h"

#define INDEXES_MAX 8
#define GIGABYTE    1000000000ull

struct beginning {
    struct ftp_monitor *m;
    int life;
    char *url; /* gsiftp://host:port */
    time_t started;
};

/* Where clients reach us: the public name when we listen everywhere. */
static char *
service_url(const struct ftp_monitor *m)
{
    static const char *const anywhere[] = { "0.0.0.0", "::" };
    char host[NET_TEXT];

    net_host_text(&m->at, host);
    if (strcmp(host, anywhere[0]) == 0 || strcmp(host, anywhere[1]) == 0)
        return xasprintf("gsiftp://%s:%u", net_hostname(), net_port(&m->at));
    if (strncmp(host, "127.", 4) == 0 || strcmp(host, "::1") == 0)
        return xasprintf("gsiftp://localhost:%u", net_port(&m->at));
    return xasprintf(strchr(host, ':') ? "gsiftp://[%s]:%u" : "gsiftp://%s:%u",
                     host, net_port(&m->at));
}

/* A registration_fn: the storage service as it is now. */
static int
describe(void *arg, const struct registration_frame *frame, struct buf *out,
         struct err *err)
{
    static const char *const capability[] = { "data.transfer", NULL };
    struct beginning *b = arg;
    const char *root = conf_str(b->m->conf, CONF_gridftp_root);
    struct glue2_endpoint e;
    struct glue2_storage s = { .name = "gridftp",
                               .now = frame->now,
                               .endpoint = &e,
                               .endpoints = 1,
                               .path = root,
                               .protocol = "gsiftp",
                               .protocol_version = "2.0",
                               .max_streams = FTP_PARALLEL_MAX,
                               .product = "gatehouse",
                               .version = GATEHOUSE_VERSION,
                               .total = -1,
                               .free = -1,
                               .used = -1 };
    struct statvfs fs;

    (void)err;
    glue2_endpoint_init(&e);
    e.url = b->url;
    e.interface = "org.globus.gridftp";
    e.version = "2.0";
    e.capability = capability;
    e.technology = "gridftp";
    e.issuer_ca = cred_issuer(frame->cred);
    e.started = b->started;
    s.id = b->url + strlen("gsiftp://");
    s.validity = frame->validity_s;
    if (statvfs(root, &fs) == 0) {
        s.total = (long long)(fs.f_blocks * fs.f_frsize / GIGABYTE);
        s.free = (long long)(fs.f_bavail * fs.f_frsize / GIGABYTE);
        s.used =
            (long long)((fs.f_blocks - fs.f_bfree) * fs.f_frsize / GIGABYTE);
    }
    glue2_write_storage(out, &s);
    return 0;
}

/* Register everywhere until the monitor has gone. */
static int
index_main(void *arg)
{
    struct beginning *b = arg;
    struct registration *r[INDEXES_MAX] = { NULL };
    struct err err = ERR_INIT;
    const char *index;
    size_t i;

    ftp_child_begin(&b->life, 1);
    prctl(PR_SET_NAME, "gridftp-index");
    if (geteuid() == 0 && sys_user_become(&b->m->account, &err) < 0) {
        log_event(LOG_ERR, "ftp.index.fail", "why=%s", err.text);
        return 1;
    }
    for (i = 0; i < INDEXES_MAX; i++) {
        struct registration_spec spec = {
            .index_url = index = conf_word(b->m->conf, CONF_gridftp_index, i),
            .member_url = b->url,
            .cred = b->m->cred,
            .trust = b->m->trust,
            .interval_s =
                (int)conf_num(b->m->conf, CONF_gridftp_index_interval),
            .describe = describe,
            .arg = b
        };

        if (index != NULL && registration_start(&spec, &r[i], &err) < 0)
            log_event(LOG_ERR, "ftp.index.fail", "index=%s why=%s", index,
                      err.text);
    }
    while (net_wait(b->life, POLLIN, -1) < 0)
        continue;
    for (i = 0; i < INDEXES_MAX; i++)
        registration_stop(r[i]);
    return 0;
}

int
ftp_index_start(struct ftp_monitor *m, int *life, struct err *err)
{
    struct beginning b = { .m = m };
    int ends[2];
    pid_t pid;

    *life = -1;
    if (conf_word(m->conf, CONF_gridftp_index, 0) == NULL)
        return 0;
    if (pipe2(ends, O_CLOEXEC) < 0)
        return err_set(err, ERR_IO, "pipe: %s", strerror(errno));
    b.life = ends[0];
    b.url = service_url(m);
    b.started = time(NULL);
    pid = sys_fork(index_main, &b, err);
    free(b.url);
    close(ends[0]);
    if (pid > 0)
        *life = ends[1];
    else
        close(ends[1]);
    return pid > 0 ? 0 : -1;
}
