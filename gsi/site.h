/* gsi/site.h - what [security] says, the same for every daemon: whom the site
 * trusts, whom it bans, who this host is.  Any thread. */
#ifndef GSI_SITE_H
#define GSI_SITE_H

#include "base/conf.h"
#include "base/err.h"
#include "base/sys_proc.h"
#include "gsi/chain/chain.h"
#include "gsi/cred.h"

struct site;

/* Open the trust directory and read the ban list of CONF.  -1 with ERR, which
 * names the key: CONFIG, IO, NOT_FOUND. */
int site_open(const struct conf *conf, struct site **site, struct err *err);
/* NULL ok. */
void site_close(struct site *site);
/* SITE's own. */
struct trust *site_trust(const struct site *site);
/* Whether the site serves IDENTITY: -1 with ERR AUTHZ when it is banned, or
 * when the ban list cannot be read now (the log says why): a ban must not get
 * lost. */
int site_admit(struct site *site, const char *identity, struct err *err);
/* Grows when the ban list was read again, never 0; 0 while it cannot be. */
unsigned site_ban_generation(struct site *site);

/* The key that names the account of a daemon's unprivileged processes: OWN, the
 * daemon's, or security.account where only that is set. */
enum conf_key site_account_key(const struct conf *conf, enum conf_key own);
/* That account.  -1 with ERR AUTHZ, which names the key. */
int site_account(const struct conf *conf, enum conf_key own,
                 struct sys_user *user, struct err *err);

/* The trust directory alone, as CONF has it; trust_close() it.  -1 with ERR. */
int site_open_trust(const struct conf *conf, struct trust **trust,
                    struct err *err);
/* The host's credential as CONF names it; cred_unref() it.  -1 with ERR. */
int site_credential(const struct conf *conf, struct cred **cred,
                    struct err *err);

#endif
