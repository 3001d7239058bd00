/* gridftp/server/ftp_login.c - see ftp_login.h. */
#include <string.h>

#include "base/codec.h"
#include "base/log.h"
#include "gridftp/server/ftp_login.h"

#define LOOK_MS 30000

/* Reread the map if it changed; an unreadable map admits nobody. */
static void
refresh_map(struct ftp_login *l)
{
    const char *path = conf_str(l->conf, CONF_security_gridmap);
    struct err err = ERR_INIT;

    if (l->map != NULL && !gridmap_stale(l->map))
        return;
    gridmap_destroy(l->map);
    l->map = NULL;
    if (gridmap_load(path, &l->map, &err) == 0) {
        l->generation++;
        l->failing = false;
        return;
    }
    if (!l->failing)
        log_event(LOG_ERR, "ftp.gridmap.fail", "path=%s why=%s", path,
                  err.text);
    l->failing = true;
}

/* Accounts from other sources (LDAP, NIS) are looked up again periodically. */
static void
refresh_accounts(struct ftp_login *l)
{
    unsigned long long stamp = sys_user_stamp();
    long long now = time_mono_ms();

    if (stamp == l->stamp && now - l->t_looked < LOOK_MS)
        return;
    l->stamp = stamp;
    l->t_looked = now;
    l->generation++;
}

void
ftp_login_init(struct ftp_login *l, const struct conf *conf, struct site *site)
{
    *l = (struct ftp_login){ .conf = conf, .site = site };
    refresh_map(l);
}

void
ftp_login_fini(struct ftp_login *l)
{
    gridmap_destroy(l->map);
    *l = (struct ftp_login){ 0 };
}

unsigned
ftp_login_generation(struct ftp_login *l)
{
    unsigned ban = site_ban_generation(l->site);

    refresh_map(l);
    refresh_accounts(l);
    return l->map == NULL || ban == 0 ? 0 : l->generation + ban;
}

/* Whether the fixed-size TEXT has a NUL in its N bytes. */
static bool
ends(const char *text, size_t n)
{
    return memchr(text, '\0', n) != NULL;
}

/* Find the account NAME and check that it may be used today. */
static int
find_account(const struct ftp_login *l, const char *name, bool login_shell,
             struct sys_user *user, struct err *err)
{
    uid_t min_uid = (uid_t)conf_num(l->conf, CONF_security_min_uid);

    return sys_user_lookup(name, min_uid, user, err) < 0
               ? -1
               : sys_user_usable(user, login_shell, err);
}

static int
decide_gsi(struct ftp_login *l, const struct ftp_login_request *r,
           struct sys_user *user, struct err *err)
{
    const char *account;

    if (site_admit(l->site, r->dn, err) < 0)
        return -1;
    refresh_map(l);
    if (l->map == NULL)
        return err_set(err, ERR_AUTHZ, "the grid-mapfile cannot be read");
    if (gridmap_lookup(l->map, r->dn, *r->want != '\0' ? r->want : NULL,
                       &account, err) < 0)
        return -1;
    return find_account(
        l, account, conf_bool(l->conf, CONF_security_login_shell), user, err);
}

int
ftp_login_decide(struct ftp_login *l, const struct ftp_login_request *request,
                 struct sys_user *user, struct err *err)
{
    const char *anonymous = conf_str(l->conf, CONF_gridftp_anonymous);

    if (request->magic != FTP_LOGIN_MAGIC ||
        !ends(request->dn, sizeof(request->dn)) ||
        !ends(request->want, sizeof(request->want)))
        return err_set(err, ERR_PROTOCOL, "malformed login request");
    if (request->kind == FTP_LOGIN_GSI)
        return decide_gsi(l, request, user, err);
    if (request->kind != FTP_LOGIN_ANONYMOUS)
        return err_set(err, ERR_PROTOCOL, "malformed login request");
    if (*anonymous == '\0' || !conf_bool(l->conf, CONF_gridftp_clear_ftp))
        return err_set(err, ERR_AUTHZ, "no anonymous sessions here");
    return find_account(l, anonymous, false, user, err);
}
