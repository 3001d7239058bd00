/* gsi/site.c - see site.h. */
#include <stdlib.h>

#include "base/buf.h"
#include "base/log.h"
#include "gsi/name_watch.h"
#include "gsi/site.h"

struct site {
    struct trust *trust;
    struct name_watch *ban; /* NULL: no ban list */
};

int
site_open_trust(const struct conf *conf, struct trust **trust, struct err *err)
{
    enum trust_crl crl;

    if (trust_crl_parse(conf_str(conf, CONF_security_crl), &crl, err) < 0)
        return err_wrap(err, "security.crl");
    if (trust_open(conf_str(conf, CONF_security_certificates), crl, trust,
                   err) < 0)
        return err_wrap(err, "security.certificates");
    trust_set_proxy_max(*trust, (long)conf_num(conf, CONF_security_proxy_max));
    return 0;
}

static int
open_ban(struct site *site, const struct conf *conf, struct err *err)
{
    const char *file = conf_str(conf, CONF_security_ban);

    if (*file == '\0' ||
        name_watch_open(file, site->trust, &site->ban, err) == 0)
        return 0;
    return err_wrap(err, "security.ban");
}

int
site_open(const struct conf *conf, struct site **site, struct err *err)
{
    struct site *s = xcalloc(1, sizeof(*s));

    *site = NULL;
    if (site_open_trust(conf, &s->trust, err) < 0 ||
        open_ban(s, conf, err) < 0) {
        site_close(s);
        return -1;
    }
    *site = s;
    return 0;
}

void
site_close(struct site *site)
{
    if (site == NULL)
        return;
    name_watch_close(site->ban);
    trust_close(site->trust);
    free(site);
}

struct trust *
site_trust(const struct site *site)
{
    return site->trust;
}

int
site_admit(struct site *site, const char *identity, struct err *err)
{
    struct err why = ERR_INIT;
    int has = site->ban != NULL ? name_watch_has(site->ban, identity, &why) : 0;

    if (has == 0)
        return 0;
    if (has > 0)
        return err_set(err, ERR_AUTHZ, "'%s' is banned here", identity);
    /* Only the log names the path of the list, not the reply to the peer. */
    log_event(LOG_ERR, "ban.fail", "why=%s", why.text);
    return err_set(err, ERR_AUTHZ, "the ban list cannot be read");
}

unsigned
site_ban_generation(struct site *site)
{
    return site->ban != NULL ? name_watch_generation(site->ban) : 1;
}

int
site_credential(const struct conf *conf, struct cred **cred, struct err *err)
{
    if (cred_load(conf_str(conf, CONF_security_host_cert),
                  conf_str(conf, CONF_security_host_key), NULL, NULL, cred,
                  err) < 0)
        return err_wrap(err, "host credential");
    return 0;
}

enum conf_key
site_account_key(const struct conf *conf, enum conf_key own)
{
    return !conf_is_set(conf, own) && conf_is_set(conf, CONF_security_account)
               ? CONF_security_account
               : own;
}

int
site_account(const struct conf *conf, enum conf_key own, struct sys_user *user,
             struct err *err)
{
    enum conf_key key = site_account_key(conf, own);

    if (sys_user_lookup(conf_str(conf, key), 1, user, err) == 0)
        return 0;
    return err_wrap(err, "%s.%s", conf_rows[key].section, conf_rows[key].key);
}
