/* gridftp/server/ftp_monitor.h - the root process: it accepts, counts,
 * authorises and forks; it reads no byte from the network. */
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
    struct trust *trust; /* owned by the site */
    struct tls_ctx *ctx; /* with the host's credential */
    struct cred *cred;
    struct cred_watch watch; /* watches the credential's files */
    struct expiry_told told; /* expiry warnings already logged */
    struct ftp_login login;
    struct sys_user account; /* account of codecs, when we are root */
    int listener;
    long long paused_until; /* monotonic ms: do not accept before */
    struct net_addr at;
    struct ftp_child *children;
    struct ftp_child *ready; /* spare codecs */
    long long ready_after;   /* monotonic ms: fork no spare codec before */
    unsigned ready_trust;    /* trust_generation() they were forked with */
    struct ftp_child *spare; /* free slots */
    struct ftp_child_block *blocks; /* memory of all slots */
    int transfer_log;               /* -1: none */
    struct ftp_metrics metrics;     /* who is told how much we do */
    struct ftp_index index;         /* registration with indexes */
    unsigned judged; /* generation of map and ban list with which all sessions
                        were checked */
};

/* Check and load everything: credential, trust, map, account, sandbox. -1 with
 * ERR CONFIG and others, which names the key. */
int ftp_monitor_init(struct ftp_monitor *m, struct daemon *d, struct err *err);
/* Listen on the port; M->at then has the actual port. */
int ftp_monitor_listen(struct ftp_monitor *m, struct err *err);
/* Serve until SIGTERM or SIGINT; running sessions continue. */
void ftp_monitor_serve(struct ftp_monitor *m);
/* Close and free. */
void ftp_monitor_fini(struct ftp_monitor *m);

#endif
