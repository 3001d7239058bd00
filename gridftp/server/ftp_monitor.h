/* gridftp/server/ftp_monitor.h - the root process: it listens, counts, decides
 * who becomes whom, and forks; it reads no byte from the network. */
#ifndef FTP_MONITOR_H
#define FTP_MONITOR_H

#include "base/daemon.h"
#include "base/net.h"
#include "gridftp/server/ftp_index.h"
#include "gridftp/server/ftp_login.h"
#include "gridftp/server/ftp_metrics.h"
#include "gsi/chain/chain.h"
#include "gsi/cred_watch.h"
#include "gsi/expiry.h"
#include "gsi/tls/tls.h"

struct ftp_child;

struct ftp_monitor {
    struct daemon *daemon;
    const struct conf *conf;
    struct site *site;
    struct trust *trust; /* the site's */
    struct tls_ctx *ctx; /* the host's */
    struct cred *cred;
    struct cred_watch watch; /* its files */
    struct expiry_told told; /* what was said of their end */
    struct ftp_login login;
    struct sys_user account; /* of codecs, when we are root */
    int listener;
    long long paused_until; /* monotonic ms: nothing is accepted before */
    struct net_addr at;
    struct ftp_child *children;
    struct ftp_child *ready;        /* codecs that wait for a connection */
    long long ready_after;          /* monotonic ms: none is forked before */
    unsigned ready_trust;           /* trust_generation() they know */
    struct ftp_child *spare;        /* slots for more of them */
    struct ftp_child_block *blocks; /* where all slots lie */
    int transfer_log;               /* -1: none */
    struct ftp_metrics metrics;     /* who is told how much we do */
    struct ftp_index index;         /* who keeps us in the index */
    unsigned judged; /* which reading of map and ban list all are judged by */
};

/* Check and load everything: credential, trust, map, account, sandbox; what is
 * wrong is said with its key.  -1 with ERR CONFIG and others. */
int ftp_monitor_init(struct ftp_monitor *m, struct daemon *d, struct err *err);
/* Take the port; M->at then has the true one. */
int ftp_monitor_listen(struct ftp_monitor *m, struct err *err);
/* Serve until SIGTERM or SIGINT; running sessions go on. */
void ftp_monitor_serve(struct ftp_monitor *m);
/* Close and free. */
void ftp_monitor_fini(struct ftp_monitor *m);

#endif
