/* gridftp/client/ftpc_session.h - what a session consists of; for the files of
 * gridftp/client/ only. */
#ifndef FTPC_SESSION_H
#define FTPC_SESSION_H

#include "base/net.h"
#include "gridftp/client/ftpc_ahead.h"
#include "gridftp/client/ftpc_conn.h"
#include "gridftp/client/ftpc_control.h"
#include "gridftp/client/ftpc_splice.h"
#include "gridftp/client/ftpclient.h"

#define FTPC_CONNS_MAX   64
#define FTPC_STRIPES_MAX 64

struct ftpclient {
    struct ftpclient_conf conf; /* strings our own */
    struct ftpc_control ctl;
    struct ftpc_reply reply; /* of the last command */
    struct ftpc_ahead ahead; /* sent, not asked for yet */
    bool broken;             /* given up in the middle */
    bool foresees;           /* commands are sent ahead of their need */
    unsigned features;
    char *account;
    char *listed;              /* Unique of the directory listed last */
    char *server_identity;     /* of the control channel's peer */
    struct net_addr peer, own; /* of the control connection */

    /* What the server was last told. */
    char type, mode, prot, dcau;
    char *dcau_subject;
    int parallel; /* 0: not told */
    int64_t layout;
    bool pbsz, dcsc, sbuf;

    /* Data connections. */
    struct tls_ctx *data_server, *data_client;
    struct tls_ctx *control_ctx;
    int listen_fd;             /* where the server is to connect; -1 */
    char *port_command;        /* what tells it so, and whose reply nobody has
                                  asked for yet; NULL: it was told */
    struct net_ports source;   /* from which we connect */
    struct ftpclient *partner; /* of third party transfers: connected */
    bool passive;              /* PASV or SPAS was answered with: */
    struct net_addr passive_addr[FTPC_STRIPES_MAX];
    size_t npassive;
    struct ftpc_conn *conn[FTPC_CONNS_MAX];
    size_t nconn;
    struct ftpc_splice splice;
    int wake_fd;           /* eventfd of the movers, -1 */
    size_t movers;         /* at most so many at work; 0 on one core */
    struct err accept_err; /* why the last comer was sent away */
    unsigned char *block;  /* conf.block_size bytes, for whoever moves data */
};

/* ftpc_login.c: from the greeting to FEAT. */
int ftpc_login(struct ftpclient *c, struct err *err);
/* Bits of enum ftpclient_feature that the lines of a FEAT reply name. */
unsigned ftpc_features_parse(const char *text);

/* ftpc_session.c: wait for the final reply to a command queued before, into
 * c->reply.  Its class, or -1 with ERR. */
int ftpc_collect(struct ftpclient *c, struct err *err);
/* ftpc_ask.c: send a command and wait for its final reply in c->reply.  Its
 * class, or -1 with ERR. */
int ftpc_ask(struct ftpclient *c, struct err *err, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The same, and anything but 2yz is an ERR that names the command. */
int ftpc_must(struct ftpclient *c, struct err *err, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* ftpc_setup.c: tell the server type, mode, protection, parallelism where they
 * changed. */
int ftpc_setup(struct ftpclient *c, const struct ftpclient_how *how,
               struct err *err);
/* Send ahead what ftpc_setup() will tell the server for HOW, of what it is not
 * known to have been told, and where it is to listen for data that WE connect
 * for. */
int ftpc_setup_foresee(struct ftpclient *c, const struct ftpclient_how *how,
                       bool we_connect, struct err *err);
/* Let the server connect to us (PORT/EPRT, or SPOR), or learn where it listens
 * (PASV/EPSV, or SPAS), unless that holds already. */
int ftpc_setup_active(struct ftpclient *c, const struct ftpclient_how *how,
                      struct err *err);
int ftpc_setup_passive(struct ftpclient *c, const struct ftpclient_how *how,
                       struct err *err);
/* Whether HOW means stripes to C. */
bool ftpc_setup_striped(const struct ftpclient *c,
                        const struct ftpclient_how *how);
/* ftpc_listen.c: listen for C's data, within GLOBUS_TCP_PORT_RANGE; *named: the
 * address to tell the server, that of GLOBUS_FTP_CLIENT_DATA_IP or
 * GLOBUS_HOSTNAME where they are set.  The descriptor, or -1 with ERR. */
int ftpc_listen(const struct ftpclient *c, struct net_addr *named,
                struct err *err);
/* Close all data connections and the listener, forget the passive address. */
void ftpc_setup_drop(struct ftpclient *c);
/* "227 ... (h1,h2,h3,h4,p1,p2)" or "229 ... (|||port|)" or (|2|addr|port|);
 * CONTROL stands in for an address that is not named. */
int ftpc_passive_parse(int code, const char *text,
                       const struct net_addr *control, struct net_addr *a,
                       struct err *err);
/* The lines of a reply to SPAS; how many addresses A got, -1 with ERR. */
int ftpc_passive_stripes(const char *text, struct net_addr *a, size_t max,
                         struct err *err);
/* "PORT 1,2,3,4,5,6", "SPOR" with all N of A when STRIPED, or "EPRT |2|..|..|".
 */
void ftpc_port_command(const struct net_addr *a, size_t n, bool striped,
                       struct buf *out);

#endif
