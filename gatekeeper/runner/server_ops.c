/* gatekeeper/runner/server_ops.c - the requests that the runner handles
 * itself. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/testpoint.h"
#include "gatekeeper/runner/runner_server.h"
#include "gatekeeper/runner/sessions.h"

int
server_ready(struct server *s, struct server_call *c, struct err *err)
{
    (void)err;
    daemon_ready(s->daemon, c->r.text);
    return 0;
}

/* The gatekeeper has seen itself answer, and so do we. */
int
server_alive(struct server *s, struct server_call *c, struct err *err)
{
    (void)c;
    (void)err;
    daemon_alive(s->daemon);
    return 0;
}

/* Open a file of the host credential; a key must not be readable by others. */
static int
open_host_file(const char *path, bool key, struct err *err)
{
    int fd = open(path, O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    struct stat st;

    if (fd < 0)
        return err_set(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO,
                       "cannot open '%s': %s", path, strerror(errno));
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
        err_set(err, ERR_CONFIG, "'%s' is not a regular file", path);
    else if (key && (st.st_mode & 077) != 0)
        err_set(err, ERR_CONFIG,
                "'%s' is open to others: chmod 600 keeps the key yours", path);
    if (err->code == ERR_OK)
        return fd;
    close(fd);
    return -1;
}

int
server_host_credential(struct server *s, struct server_call *c, struct err *err)
{
    const enum conf_key keys[] = { CONF_security_host_cert,
                                   CONF_security_host_key };

    for (size_t i = 0; i < 2; i++) {
        const char *path = conf_str(s->daemon->conf, keys[i]);
        int fd = open_host_file(path, i == 1, err);

        if (fd < 0)
            return -1;
        c->reply_fd[c->nreply_fd++] = fd;
    }
    return 0;
}

int
server_map(struct server *s, struct server_call *c, struct err *err)
{
    const struct conf *conf = s->daemon->conf;
    long long min_uid = conf_num(conf, CONF_security_min_uid);
    const char *account;
    struct sys_user user;

    if (server_account_derive(s, c->r.text, c->r.word, &account, err) < 0 ||
        sys_user_lookup(account, (uid_t)min_uid, &user, err) < 0 ||
        sys_user_usable(&user, conf_bool(conf, CONF_security_login_shell),
                        err) < 0)
        return -1;
    snprintf(c->reply.word, sizeof(c->reply.word), "%s", user.name);
    c->reply.uid = (uint32_t)user.uid;
    c->reply.gid = (uint32_t)user.gid;
    return 0;
}

/* Answer with the account of JOB ("" if none) and the number of all jobs. */
int
server_known(struct server *s, struct server_call *c, struct err *err)
{
    const struct runner_owner *o;

    if (s->registry == NULL)
        return err_set(err, ERR_STATE, "the registry is not open");
    o = runner_registry_owner(s->registry, c->r.job);
    snprintf(c->reply.word, sizeof(c->reply.word), "%s",
             o != NULL ? o->account : "");
    c->reply.number = (int64_t)runner_registry_count(s->registry);
    return 0;
}

/* The binding is permanent, so the DN must map to the account now. */
int
server_register(struct server *s, struct server_call *c, struct err *err)
{
    const struct runner_owner *bound =
        runner_registry_owner(s->registry, c->r.job);
    char name[SYS_NAME_MAX];
    struct runner_owner o = { .account = name, .uid = RUNNER_UID_UNKNOWN };
    const char *want = bound != NULL ? bound->account : c->r.word, *account;
    struct server_helper *h;

    if (bound != NULL && c->r.word[0] != '\0' && strcmp(want, c->r.word) != 0)
        return err_set(err, ERR_AUTHZ, "job '%s' belongs to another account",
                       c->r.job);
    if (server_account_derive(s, c->r.text, want, &account, err) < 0)
        return -1;
    if (bound == NULL &&
        (long long)runner_registry_count(s->registry) >=
            conf_num(s->daemon->conf, CONF_gatekeeper_jobs_max))
        return err_set(err, ERR_LIMIT, "there are %zu jobs already",
                       runner_registry_count(s->registry));
    snprintf(name, sizeof(name), "%s", account);
    h = server_pool_get(s, bound != NULL ? bound : &o, c->r.op, err);
    if (h == NULL)
        return -1;
    if (bound == NULL) {
        runner_registry_add(s->registry, c->r.job, account, h->shape.user.uid,
                            c->r.text);
        test_point("runner.register");
        log_event(LOG_INFO, "runner.register", "job=%s account=%s dn=%s",
                  c->r.job, account, c->r.text);
    }
    s->waiting[s->nwaiting++] = c;
    return SERVER_LATER;
}
