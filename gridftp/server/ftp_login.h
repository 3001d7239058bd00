/* gridftp/server/ftp_login.h - the monitor's authorisation: which account a
 * certificate name maps to, by grid-mapfile, ban list, least uid and account
 * status, all reread when they change. */
#ifndef FTP_LOGIN_H
#define FTP_LOGIN_H

#include "base/conf.h"
#include "base/sys_proc.h"
#include "gridftp/server/ftp_wire.h"
#include "gsi/names/gridmap.h"
#include "gsi/site.h"

struct ftp_login {
    const struct conf *conf;
    struct site *site;        /* owned by the monitor */
    struct gridmap *map;      /* NULL until it is readable */
    bool failing;             /* the unreadable map was logged */
    unsigned generation;      /* number of rereads */
    unsigned long long stamp; /* of the account files at the last check */
    long long t_looked;       /* monotonic ms */
};

/* Read the files; a missing map is only logged, but nobody can log in then. */
void ftp_login_init(struct ftp_login *l, const struct conf *conf,
                    struct site *site);
/* Reread what has changed.  Returns a number that grows with every such change,
 * also when accounts may have changed, to detect outdated decisions; 0 while
 * something is unreadable. */
unsigned ftp_login_generation(struct ftp_login *l);
/* Free the maps. */
void ftp_login_fini(struct ftp_login *l);
/* Derive the account for REQUEST again, because the codec is not trusted. 0 and
 * *user, or -1 with ERR AUTHZ, PROTOCOL. */
int ftp_login_decide(struct ftp_login *l,
                     const struct ftp_login_request *request,
                     struct sys_user *user, struct err *err);

#endif
