/* gridftp/server/ftp_login.h - the monitor's decision: which account a name
 * becomes, from grid-mapfile, ban list, floor and the account's own state, all
 * read anew when they change. */
#ifndef FTP_LOGIN_H
#define FTP_LOGIN_H

#include "base/conf.h"
#include "base/sys_proc.h"
#include "gridftp/server/ftp_wire.h"
#include "gsi/names/gridmap.h"
#include "gsi/site.h"

struct ftp_login {
    const struct conf *conf;
    struct site *site;        /* the monitor's */
    struct gridmap *map;      /* NULL until it could be read */
    bool failing;             /* that the map cannot be read was said */
    unsigned generation;      /* how often they were read */
    unsigned long long stamp; /* of the files of accounts, when looked at */
    long long t_looked;       /* ms, of the clock that never jumps */
};

/* Read the files; a missing map is only logged: nobody logs in then. */
void ftp_login_init(struct ftp_login *l, const struct conf *conf,
                    struct site *site);
/* Read anew what has changed.  A number that grows with every such reading and
 * when accounts may have changed, so that an older decision is known; 0 while
 * something cannot be read. */
unsigned ftp_login_generation(struct ftp_login *l);
/* Free the maps. */
void ftp_login_fini(struct ftp_login *l);
/* Re-derive the account of REQUEST, which comes from the codec and is not
 * believed.  0 and *user, or -1 with ERR AUTHZ, PROTOCOL. */
int ftp_login_decide(struct ftp_login *l,
                     const struct ftp_login_request *request,
                     struct sys_user *user, struct err *err);

#endif
