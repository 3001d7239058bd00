/* gatekeeper/runner/server_account.c - checks that a job's account still
 * exists, is still the same, is still allowed, and is still mapped to the
 * certificate name.  Checked at every request, since accounts can change while
 * jobs wait. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/log.h"
#include "gatekeeper/runner/runner_server.h"

/* The group of a deleted account. */
#define NOGROUP 65534

static const bool uses[RUNNER_OP_COUNT] = {
#define USE true
#define END false
#define REQUEST(name, handler, where, shape, fds, arg_max, account) \
    [RUNNER_OP_##name] = account,
#include "gatekeeper/runner/runner_ops.def"
#undef REQUEST
};

/* The grid-mapfile as it is on disk now. */
static int
fresh_map(struct server *s, struct err *err)
{
    const char *path = conf_str(s->daemon->conf, CONF_security_gridmap);
    struct err why = ERR_INIT;

    if (s->map != NULL && !gridmap_stale(s->map))
        return 0;
    gridmap_destroy(s->map);
    s->map = NULL;
    if (gridmap_load(path, &s->map, &why) == 0)
        return 0;
    /* The caller gets no paths of ours.  The error is transient: jobs wait
     * until the administrator has corrected the map. */
    log_event(LOG_ERR, "runner.gridmap", "path=%s why=%s", path, why.text);
    return err_set(err, ERR_IO, "the grid-mapfile cannot be read");
}

int
server_account_derive(struct server *s, const char *dn, const char *want,
                      const char **account, struct err *err)
{
    if (fresh_map(s, err) < 0)
        return -1;
    return gridmap_lookup(s->map, dn, want[0] == '\0' ? NULL : want, account,
                          err);
}

const struct runner_owner *
server_account_operator(struct server *s, struct err *err)
{
    const struct conf *conf = s->daemon->conf;
    const char *name = conf_str(conf, CONF_gatekeeper_operator);
    struct sys_user self;

    if (s->operator.account != NULL)
        return &s->operator;
    if (name[0] == '\0' && geteuid() == 0)
        name = conf_str(conf, CONF_security_account);
    if (name[0] == '\0' || geteuid() != 0) {
        if (sys_user_self(&self, err) < 0)
            return NULL;
        name = self.name;
    }
    s->operator=(struct runner_owner){
        .account = xstrdup(name), .uid = RUNNER_UID_UNKNOWN, .operator= true };
    return &s->operator;
}

int
server_account_mapped(struct server *s, const struct runner_owner *o,
                      uint32_t op, struct err *err)
{
    const char *account;

    if (!uses[op] || o->dn == NULL)
        return 0;
    return server_account_derive(s, o->dn, o->account, &account, err);
}

/* An account O that may start nothing new: its uid is enough to watch and end
 * its processes. */
static int
make_retired(const struct server *s, const struct runner_owner *o,
             struct sys_user *user, struct err *err)
{
    long long min = conf_num(s->daemon->conf, CONF_security_min_uid);
    uid_t uid = o->uid;
    struct stat st;

    if (uid == RUNNER_UID_UNKNOWN &&
        fstatat(s->sessionsfd, o->account, &st, AT_SYMLINK_NOFOLLOW) == 0)
        uid = st.st_uid;
    if (o->operator|| geteuid() != 0 || uid == RUNNER_UID_UNKNOWN ||
        (long long)uid < min)
        return err_set(err, ERR_AUTHZ, "no local account '%s'", o->account);
    *user = (struct sys_user){ .uid = uid,
                               .gid = NOGROUP,
                               .groups = { NOGROUP },
                               .ngroups = 1,
                               .home = "/",
                               .shell = "/bin/false" };
    snprintf(user->name, sizeof(user->name), "%s", o->account);
    return 0;
}

/* Look up O in the system.  -1 with ERR: it is gone, or has another uid. */
static int
find(const struct server *s, const struct runner_owner *o,
     struct sys_user *user, struct err *err)
{
    /* The operator is the site's choice, and often a system account. */
    long long min =
        o->operator? 1 : conf_num(s->daemon->conf, CONF_security_min_uid);

    if (sys_user_lookup(o->account, (uid_t)min, user, err) < 0)
        return -1;
    if (o->uid == RUNNER_UID_UNKNOWN || o->uid == user->uid)
        return 0;
    return err_set(err, ERR_AUTHZ,
                   "account '%s' has uid %u now, and had uid %u when the job "
                   "was accepted",
                   o->account, (unsigned)user->uid, (unsigned)o->uid);
}

int
server_account_judge(const struct server *s, const struct runner_owner *o,
                     struct server_account *a, struct err *err)
{
    a->t_judged = time_mono_ms();
    a->stamp = sys_user_stamp();
    a->barred = (struct err)ERR_INIT;
    if (find(s, o, &a->user, &a->barred) < 0)
        return make_retired(s, o, &a->user, err);
    (void)sys_user_usable(&a->user,
                          conf_bool(s->daemon->conf, CONF_security_login_shell),
                          &a->barred);
    return 0;
}

bool
server_account_fresh(const struct server_account *a, long long age_ms)
{
    return time_mono_ms() - a->t_judged < age_ms &&
           a->stamp == sys_user_stamp();
}

bool
server_account_same(const struct sys_user *a, const struct sys_user *b)
{
    return a->uid == b->uid && a->gid == b->gid && a->ngroups == b->ngroups &&
           memcmp(a->groups, b->groups,
                  (size_t)a->ngroups * sizeof(a->groups[0])) == 0 &&
           strcmp(a->name, b->name) == 0 && strcmp(a->home, b->home) == 0 &&
           strcmp(a->shell, b->shell) == 0;
}

int
server_account_may(const struct server_account *a, uint32_t op, struct err *err)
{
    if (!uses[op] || a->barred.code == ERR_OK)
        return 0;
    return err_set(err, a->barred.code, "%s", a->barred.text);
}
