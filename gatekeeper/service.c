/* gatekeeper/service.c - see service.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/log.h"
#include "gatekeeper/publish.h"

/* ---- host credential ---- */

static int
read_fd(int fd, struct buf *out, const char *what, struct err *err)
{
    int rc = buf_read_fd(out, fd, 1 << 20);

    close(fd);
    return rc == 0 ? 0
                   : err_set(err, ERR_IO, "cannot read the host %s: %s", what,
                             strerror(errno));
}

/* Root owns the files, so the runner opens them for us. */
static int
host_credential(struct service *s, struct cred **cred, struct err *err)
{
    struct buf pem = BUF_INIT;
    int cert, key, rc;

    if (runner_host_credential(s->runner, &cert, &key, err) < 0)
        return err_wrap(err, "host credential");
    rc = read_fd(cert, &pem, "certificate", err);
    buf_addc(&pem, '\n');
    if (read_fd(key, &pem, "key", err) < 0)
        rc = -1;
    if (rc == 0)
        rc = cred_from_pem(pem.data, pem.len, cred, err);
    buf_wipe(&pem);
    return rc == 0 ? 0 : err_wrap(err, "host credential");
}

static int
open_security(struct service *s, struct err *err)
{
    const char *admins = conf_str(s->conf, CONF_gatekeeper_admins);

    if (host_credential(s, &s->cred, err) < 0 ||
        site_open(s->conf, &s->site, err) < 0)
        return -1;
    s->trust = site_trust(s->site);
    if (admins[0] == '\0' ||
        name_watch_open(admins, NULL, &s->admins, err) == 0)
        return 0;
    return err_wrap(err, "gatekeeper.admins");
}

/* ---- opening ---- */

/* A runner_event_fn; the engine may not exist yet. */
static void
event(void *arg, const char *job, enum runner_unit unit, uint32_t task)
{
    struct service *s = arg;
    struct life *life = __atomic_load_n(&s->life, __ATOMIC_ACQUIRE);

    if (life != NULL)
        life_runner_event(life, job, unit, task);
}

/* Take the lock of this instance.  The default instance uses the lock file of
 * gatekeepers without instances. */
static int
lock_instance(struct service *s, int fd, const char *dir, struct err *err)
{
    const char *instance = conf_str(s->conf, CONF_gatekeeper_instance);
    char *name = strcmp(instance, "gatekeeper") == 0
                     ? xstrdup("lock")
                     : xasprintf("lock.%s", instance);

    s->statefd = fs_lock(fd, name, dir, "gatekeeper", err);
    free(name);
    return s->statefd < 0 ? -1 : 0;
}

/* Open the store at PATH in DIR and join; FD is DIR. */
static int
join_store(struct service *s, int fd, const char *path, struct err *err)
{
    const struct store_member who = {
        .instance = conf_str(s->conf, CONF_gatekeeper_instance),
        .lease_ms = conf_num(s->conf, CONF_gatekeeper_lease) * 1000,
    };
    int rc;

    /* Only one process at a time may create or migrate it. */
    if (flock(fd, LOCK_EX) < 0)
        return err_set(err, ERR_IO, "cannot lock the directory of '%s': %s",
                       path, strerror(errno));
    rc = s->store->open(path, &s->store_self, err);
    if (rc == 0 && (rc = s->store->join(s->store_self, &who, err)) < 0)
        err_wrap(err, "cannot use '%s'", path);
    return rc;
}

static int
open_store(struct service *s, struct err *err)
{
    const char *dir = conf_str(s->conf, CONF_gatekeeper_state);
    char *path = xasprintf("%s/jobs.db", dir);
    int fd = -1, rc = fs_mkdirs(dir, 0700, err);

    s->store = &store_sqlite;
    if (rc == 0) {
        fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
            rc = err_set(err, ERR_IO, "cannot open '%s': %s", dir,
                         strerror(errno));
    }
    if (rc == 0)
        rc = lock_instance(s, fd, dir, err);
    if (rc == 0)
        rc = join_store(s, fd, path, err);
    if (fd >= 0)
        close(fd);
    free(path);
    return rc == 0 ? 0 : err_wrap(err, "gatekeeper.state");
}

int
service_open(struct service *s, const struct conf *conf, int runner_fd,
             struct err *err)
{
    struct life_spec spec = { .conf = conf };
    struct life *life;

    memset(s, 0, sizeof(*s));
    s->conf = conf;
    s->statefd = -1;
    s->started = time(NULL);
    lock_init(&s->cred_lock, LOCK_gatekeeper_cred);
    lock_init(&s->starting, LOCK_gatekeeper_starting);
    cred_watch_init(&s->watch, conf_str(conf, CONF_security_host_cert),
                    conf_str(conf, CONF_security_host_key));
    if (runner_open(&s->runner, runner_fd, event, s, err) < 0 ||
        open_security(s, err) < 0 || open_store(s, err) < 0)
        return -1;
    spec.store = s->store;
    spec.store_self = s->store_self;
    spec.runner = s->runner;
    if (life_open(&spec, &life, err) < 0)
        return -1;
    __atomic_store_n(&s->life, life, __ATOMIC_RELEASE);
    return 0;
}

/* Check that each configured scheduler exists and is usable. */
static int
check_schedulers(struct service *s, struct err *err)
{
    struct sched_host host = { .conf = s->conf, .runner = s->runner };
    const char *name;

    for (size_t i = 0;
         (name = conf_word(s->conf, CONF_gatekeeper_schedulers, i)) != NULL;
         i++) {
        const struct scheduler *table = scheduler_find(name);

        if (table == NULL)
            return err_set(err, ERR_CONFIG,
                           "gatekeeper.schedulers: there is no scheduler '%s'",
                           name);
        if (table->verify != NULL && table->verify(table, &host, err) < 0)
            return err_wrap(err, "scheduler '%s'", name);
    }
    return 0;
}

int
service_check(const struct conf *conf, int runner_fd, struct err *err)
{
    struct service s = { .conf = conf };
    int rc = runner_open(&s.runner, runner_fd, NULL, NULL, err);

    if (rc == 0)
        rc = open_security(&s, err);
    if (rc == 0)
        rc = check_schedulers(&s, err);
    runner_close(s.runner);
    name_watch_close(s.admins);
    cred_unref(s.cred);
    site_close(s.site);
    return rc;
}

int
service_reload(struct service *s, struct err *err)
{
    struct cred *cred;

    (void)cred_watch_changed(&s->watch);
    if (host_credential(s, &cred, err) < 0)
        return -1;
    if (http_server_set_cred(s->server, cred, err) < 0) {
        cred_unref(cred);
        return -1;
    }
    cred_watch_take(&s->watch);
    publish_set_cred(s->publish, cred);
    lock_take(&s->cred_lock);
    cred_unref(s->cred);
    s->cred = cred;
    lock_release(&s->cred_lock);
    log_event(LOG_NOTICE, "daemon.reload", "subject=%s", cred_subject(cred));
    return 0;
}

int
service_refresh(struct service *s, struct err *err)
{
    return cred_watch_due(&s->watch) ? service_reload(s, err) : 0;
}

void
service_wait(struct service *s)
{
    lock_take(&s->starting);
    lock_release(&s->starting);
}

struct cred *
service_cred(struct service *s)
{
    struct cred *cred;

    lock_take(&s->cred_lock);
    cred = cred_ref(s->cred);
    lock_release(&s->cred_lock);
    return cred;
}

int
service_fenced(struct service *s, struct err *err)
{
    return life_fenced(s->life, err);
}
