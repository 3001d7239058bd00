/* gridftp/register/storage.c - see storage.h. */
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "base/net.h"
#include "gridftp/register/storage.h"
#include "gridftp/server/ftp_data.h"
#include "info/glue2.h"

#define GIGABYTE 1000000000ull

/* The URL at which clients reach us: the host's name if we listen on all
 * addresses. */
static char *
service_url(const struct net_addr *at)
{
    static const char *const anywhere[] = { "0.0.0.0", "::" };
    char host[NET_TEXT];

    net_host_text(at, host);
    if (strcmp(host, anywhere[0]) == 0 || strcmp(host, anywhere[1]) == 0)
        return xasprintf("gsiftp://%s:%u", net_hostname(), net_port(at));
    if (strncmp(host, "127.", 4) == 0 || strcmp(host, "::1") == 0)
        return xasprintf("gsiftp://localhost:%u", net_port(at));
    return xasprintf(strchr(host, ':') ? "gsiftp://[%s]:%u" : "gsiftp://%s:%u",
                     host, net_port(at));
}

int
storage_init(struct storage *s, const struct conf *conf, struct err *err)
{
    struct net_addr at;

    *s = (struct storage){ .conf = conf, .started = time(NULL) };
    if (net_parse(conf_str(conf, CONF_gridftp_listen), &at, err) < 0)
        return err_wrap(err, "gridftp.listen");
    s->url = service_url(&at);
    return 0;
}

void
storage_fini(struct storage *s)
{
    free(s->url);
}

/* Measure the capacity below ROOT as far as possible. */
static void
measure(const char *root, struct glue2_storage *g)
{
    struct statvfs fs;

    g->total = g->free = g->used = -1;
    if (statvfs(root, &fs) < 0)
        return;
    g->total = (long long)(fs.f_blocks * fs.f_frsize / GIGABYTE);
    g->free = (long long)(fs.f_bavail * fs.f_frsize / GIGABYTE);
    g->used = (long long)((fs.f_blocks - fs.f_bfree) * fs.f_frsize / GIGABYTE);
}

int
storage_describe(void *arg, const struct registration_frame *frame,
                 struct buf *out, struct err *err)
{
    static const char *const capability[] = { "data.transfer", NULL };
    const struct storage *s = arg;
    const char *root = conf_str(s->conf, CONF_gridftp_root);
    struct glue2_endpoint e;
    struct glue2_storage g = { .id = s->url + strlen("gsiftp://"),
                               .name = "gridftp",
                               .now = frame->now,
                               .validity = frame->validity_s,
                               .endpoint = &e,
                               .endpoints = 1,
                               .path = root,
                               .protocol = "gsiftp",
                               .protocol_version = "2.0",
                               .max_streams = FTP_PARALLEL_MAX,
                               .product = "gatehouse",
                               .version = GATEHOUSE_VERSION };

    (void)err;
    glue2_endpoint_init(&e);
    e.url = s->url;
    e.interface = "org.globus.gridftp";
    e.version = "2.0";
    e.capability = capability;
    e.technology = "gridftp";
    e.issuer_ca = cred_issuer(frame->cred);
    e.started = s->started;
    measure(root, &g);
    glue2_write_storage(out, &g);
    return 0;
}
