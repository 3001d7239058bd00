/* gridftp/server/ftp_login.c - see ftp_login.h. */
#include <string.h>

#include "base/codec.h"
#include "base/log.h"
#include "gridftp/server/ftp_login.h"
#include "gsi/chain/trust_ban.h"

#define LOOK_MS 30000

/* Read the map when it is another than the one in memory; what cannot be read
 * admits nobody. */
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

/* The same with the ban list.  -1 when one is wanted and cannot be read. */
static int
refresh_ban(struct ftp_login *l)
{
    const char *path = conf_str(l->conf, CONF_security_ban);
    struct err err = ERR_INIT;

    if (*path == '\0' || (l->ban != NULL && !dnlist_stale(l->ban)))
        return 0;
    dnlist_destroy(l->ban);
    l->ban = NULL;
    if (trust_ban_load(l->trust, path, &l->ban, &err) == 0) {
        l->generation++;
        return 0;
    }
    log_event(LOG_ERR, "ftp.ban.fail", "path=%s why=%s", path, err.text);
    return -1;
}

/* Accounts that no local file holds (LDAP, NIS) are asked about at times. */
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
ftp_login_init(struct ftp_login *l, const struct conf *conf,
               struct trust *trust)
{
    *l = (struct ftp_login){ .conf = conf, .trust = trust };
    refresh_map(l);
    (void)refresh_ban(l);
}

void
ftp_login_fini(struct ftp_login *l)
{
    gridmap_destroy(l->map);
    dnlist_destroy(l->ban);
    *l = (struct ftp_login){ 0 };
}

unsigned
ftp_login_generation(struct ftp_login *l)
{
    /* A ban list that cannot be read is complained of at every login. */
    if (l->ban != NULL && dnlist_stale(l->ban) && refresh_ban(l) < 0)
        return 0;
    refresh_map(l);
    refresh_accounts(l);
    if (l->map == NULL ||
        (l->ban == NULL && *conf_str(l->conf, CONF_security_ban) != '\0'))
        return 0;
    return l->generation;
}

/* Whether the fixed-size TEXT ends inside its N bytes. */
static bool
ends(const char *text, size_t n)
{
    return memchr(text, '\0', n) != NULL;
}

/* The account NAME, if it may be used today. */
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

    if (refresh_ban(l) < 0)
        return err_set(err, ERR_AUTHZ, "the ban list cannot be read");
    if (l->ban != NULL && dnlist_has(l->ban, r->dn))
        return err_set(err, ERR_AUTHZ, "'%s' is banned here", r->dn);
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
