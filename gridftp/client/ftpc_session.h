/* gridftp/client/ftpc_session.h - the state of a session; for the files of
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
    struct ftpclient_conf conf; /* with its own copies of the strings */
    struct ftpc_control ctl;
    struct ftpc_reply reply; /* of the last command */
    struct ftpc_ahead ahead; /* commands sent ahead */
    bool broken;             /* abandoned in the middle of a transfer */
    bool foresees; /* the server is known to handle pipelined commands */
    unsigned features;
    char *account;
    char *listed;              /* fact Unique of the last listed directory */
    char *server_identity;     /* name of the control channel's peer */
    struct net_addr peer, own; /* of the control connection */

    /* Settings last sent to the server. */
    char type, mode, prot, dcau;
    char *dcau_subject;
    int parallel; /* 0: not sent */
    int64_t layout;
    bool pbsz, dcsc, sbuf;

    /* Data connections. */
    struct tls_ctx *data_server, *data_client;
    struct tls_ctx *control_ctx;
    int listen_fd;      /* listening socket for the server's connections; -1 */
    char *port_command; /* command that tells the server its address, sent ahead
                           with the reply unread; NULL: already replied */
    struct net_ports source;   /* our ports for outgoing connections */
    struct ftpclient *partner; /* third-party transfers: the session it has data
                                  connections with */
    bool passive;              /* addresses from the reply to PASV or SPAS: */
    struct net_addr passive_addr[FTPC_STRIPES_MAX];
    size_t npassive;
    struct ftpc_conn *conn[FTPC_CONNS_MAX];
    size_t nconn;
    struct ftpc_splice splice;
    int wake_fd;           /* the movers' eventfd, -1 */
    size_t movers;         /* most movers at work; 0 on one core */
    struct err accept_err; /* why the last accepted connection was rejected */
    /* conf.block_size bytes, for the code that moves data */
    unsigned char *block;
};

/* ftpc_login.c: log in, from the greeting to FEAT. */
int ftpc_login(struct ftpclient *c, struct err *err);
/* The bits of enum ftpclient_feature in the lines of a FEAT reply. */
unsigned ftpc_features_parse(const char *text);

/* ftpc_session.c: wait for the final reply to a queued command, in c->reply.
 * Returns its class, or -1 with ERR. */
int ftpc_collect(struct ftpclient *c, struct err *err);
/* ftpc_ask.c: send a command and wait for its final reply, in c->reply.
 * Returns its class, or -1 with ERR. */
int ftpc_ask(struct ftpclient *c, struct err *err, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The same, but any reply except 2yz is an ERR that names the command. */
int ftpc_must(struct ftpclient *c, struct err *err, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* ftpc_setup.c: send the server type, mode, protection and parallelism if they
 * changed. */
int ftpc_setup(struct ftpclient *c, const struct ftpclient_how *how,
               struct err *err);
/* Send ahead the settings that ftpc_setup() will send for HOW, unless the
 * server has them, and for connections that WE make also the request where to
 * connect. */
int ftpc_setup_foresee(struct ftpclient *c, const struct ftpclient_how *how,
                       bool we_connect, struct err *err);
/* Let the server connect to us (PORT/EPRT, or SPOR), or ask where it listens
 * (PASV/EPSV, or SPAS), unless already done. */
int ftpc_setup_active(struct ftpclient *c, const struct ftpclient_how *how,
                      struct err *err);
int ftpc_setup_passive(struct ftpclient *c, const struct ftpclient_how *how,
                       struct err *err);
/* Whether HOW means stripes with C's server. */
bool ftpc_setup_striped(const struct ftpclient *c,
                        const struct ftpclient_how *how);
/* ftpc_listen.c: listen for C's data, within GLOBUS_TCP_PORT_RANGE.  *named is
 * the address to announce, from GLOBUS_FTP_CLIENT_DATA_IP or GLOBUS_HOSTNAME if
 * set.  Returns the descriptor, or -1 with ERR. */
int ftpc_listen(const struct ftpclient *c, struct net_addr *named,
                struct err *err);
/* Close all data connections and the listener; forget the passive address. */
void ftpc_setup_drop(struct ftpclient *c);
/* Parse "227 ... (h1,h2,h3,h4,p1,p2)" or "229 ... (|||port|)" or
 * (|2|addr|port|); CONTROL is used when no address is given. */
int ftpc_passive_parse(int code, const char *text,
                       const struct net_addr *control, struct net_addr *a,
                       struct err *err);
/* Parse the lines of a reply to SPAS; returns the number of addresses in A, -1
 * with ERR. */
int ftpc_passive_stripes(const char *text, struct net_addr *a, size_t max,
                         struct err *err);
/* Format "PORT 1,2,3,4,5,6", "SPOR" with all N of A when STRIPED, or "EPRT
 * |2|..|..|". */
void ftpc_port_command(const struct net_addr *a, size_t n, bool striped,
                       struct buf *out);

#endif
