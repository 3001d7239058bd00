/* gsi/site.h - the section [security], for every daemon: trust directory, ban
 * list, host credential.  Thread safe. */
#ifndef GSI_SITE_H
#define GSI_SITE_H

#include "base/conf.h"
#include "base/err.h"
#include "base/sys_proc.h"
#include "gsi/chain/chain.h"
#include "gsi/cred.h"

struct site;

/* Open the trust directory and read the ban list of CONF. -1 with ERR, which
 * names the key: CONFIG, IO, NOT_FOUND. */
int site_open(const struct conf *conf, struct site **site, struct err *err);
/* NULL is allowed. */
void site_close(struct site *site);
/* Owned by SITE. */
struct trust *site_trust(const struct site *site);
/* Whether the site admits IDENTITY: 0, or -1 with ERR AUTHZ when it is banned,
 * or when the ban list is unreadable (the log has the reason), because no ban
 * may be lost. */
int site_admit(struct site *site, const char *identity, struct err *err);
/* A number that grows when the ban list is reread, never 0; 0 while it is
 * unreadable. */
unsigned site_ban_generation(struct site *site);

/* The key with the account of a daemon's unprivileged processes: OWN, the
 * daemon's own key, or security.account if only that is set. */
enum conf_key site_account_key(const struct conf *conf, enum conf_key own);
/* The account in that key. -1 with ERR AUTHZ, which names the key. */
int site_account(const struct conf *conf, enum conf_key own,
                 struct sys_user *user, struct err *err);

/* Open only the trust directory of CONF; close it with trust_close(). -1 with
 * ERR. */
int site_open_trust(const struct conf *conf, struct trust **trust,
                    struct err *err);
/* Load the host's credential of CONF; release it with cred_unref(). -1 with
 * ERR. */
int site_credential(const struct conf *conf, struct cred **cred,
                    struct err *err);

#endif
