/* gridftp/server/ftp_data.h - data channels of a session: addresses,
 * protection, and the connections kept for the next file (GFD.20). */
#ifndef FTP_DATA_H
#define FTP_DATA_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/conf.h"
#include "base/net.h"
#include "gsi/cred.h"
#include "gsi/tls/tls.h"

/* Most connections of one transfer. */
#define FTP_STREAMS_MAX  256
/* Most parallel streams that we open on request. */
#define FTP_PARALLEL_MAX 64
#define FTP_BLOCK_SIZE   (256 * 1024)
/* Most addresses of one SPAS or SPOR. */
#define FTP_STRIPES_MAX  64

enum ftp_dcau {
    FTP_DCAU_NONE,
    FTP_DCAU_SELF,   /* A: the peer is the user */
    FTP_DCAU_SUBJECT /* S: the peer is ftp_data.subject */
};

/* How a sender distributes a file over stripes. */
enum ftp_layout {
    FTP_LAYOUT_BLOCKED, /* blocks in turn */
    FTP_LAYOUT_PARTITIONED
};

/* One data connection. */
struct ftp_conn {
    int fd;
    struct tls *tls; /* PROT S or P; NULL in the clear */
    size_t stripe; /* index of our listener, or of its address, that it belongs
                      to */
    long long adapted_ms; /* time of the last net_adapt() */
    bool foreign;         /* the peer is not the client's host */
    /* time_mono_ms() of the last progress on any connection of the transfer;
     * NULL: only this one counts. */
    atomic_llong *moved;
};

struct ftp_who;

struct ftp_data {
    const struct conf *conf;
    const struct ftp_who *who;
    struct trust *trust;

    bool mode_e;
    char prot; /* 'C', 'S', 'P' */
    enum ftp_dcau dcau;
    char *subject; /* DCAU S */
    int sbuf;      /* SBUF, 0 = the kernel's choice */
    int parallel;  /* OPTS RETR Parallelism */
    int block;     /* least size of a MODE E block */
    bool allow_delayed, delayed;
    bool delayed_epsv; /* and with EPSV: 129 announces the port, not 127 */
    bool epsv_all;

    enum ftp_layout layout; /* OPTS RETR StripeLayout */
    int64_t stripe_block;   /* OPTS RETR BlockSize */

    int listener[FTP_STRIPES_MAX]; /* PASV etc.: one; SPAS: several */
    struct net_addr listen_at[FTP_STRIPES_MAX];
    size_t nlisten;
    struct net_addr port[FTP_STRIPES_MAX]; /* addresses from PORT etc. */
    size_t nport;

    struct ftp_conn kept[FTP_STREAMS_MAX]; /* MODE E: kept for the next file */
    size_t nkept;
    unsigned char *small; /* buffer of ftp_quick.c; NULL: none yet */

    struct cred *delegated; /* credential delegated at login; NULL */
    struct err unusable;    /* why the delegated credential is unusable */
    struct cred *cred; /* credential in use: delegated, or from DCSC; NULL */
    struct tls_ctx *server, *client;
};

/* Defaults of a new session; DCAU A, PROT C, MODE S. */
void ftp_data_init(struct ftp_data *d, const struct conf *conf,
                   const struct ftp_who *who, struct trust *trust);
/* Close and free everything. */
void ftp_data_fini(struct ftp_data *d);

/* Close the kept connections, because DCAU, PROT, MODE or TYPE changed. */
void ftp_data_drop(struct ftp_data *d);
/* Whether the peer keeps C, a kept connection, open and has sent nothing on
 * it. */
bool ftp_data_is_alive(const struct ftp_conn *c);
/* Also forget the addresses, because of a new PASV or PORT. */
void ftp_data_reset(struct ftp_data *d);
/* Use CRED (referenced; NULL: the delegated one) from now on. */
void ftp_data_use(struct ftp_data *d, struct cred *cred);

/* Open N listeners in the address family of the control channel; several are
 * stripes, on gridftp.stripe_addresses in turn. */
int ftp_data_listen(struct ftp_data *d, size_t n, struct err *err);
/* The address of listener I to announce in the reply to PASV: the public one if
 * configured. */
void ftp_data_named(const struct ftp_data *d, size_t i, struct net_addr *a);
/* Whether data may go to or come from A: the client's own host, or any host
 * with DCAU if gridftp.third_party allows it. -1 with ERR AUTHZ. */
int ftp_data_allowed(const struct ftp_data *d, const struct net_addr *a,
                     struct err *err);

/* Accept one connection on listener I; 1, 0 when the peer is not allowed
 * (logged), -1 with ERR.  Call ftp_conn_secure() next. */
int ftp_data_accept(struct ftp_data *d, size_t i, struct ftp_conn *c,
                    struct err *err);
/* Connect to address I from PORT etc.; give up when STOP_FD becomes
 * readable. */
int ftp_data_connect(struct ftp_data *d, size_t i, struct ftp_conn *c,
                     int stop_fd, struct err *err);
/* Whether the requested DCAU and PROT are possible. -1 with ERR AUTHN. */
int ftp_data_check(const struct ftp_data *d, struct err *err);
/* Prepare the TLS contexts for them; call before any thread starts. */
int ftp_data_prepare(struct ftp_data *d, struct err *err);
/* Do the handshake that DCAU and PROT require, and check the peer.  Thread
 * safe. */
int ftp_conn_secure(const struct ftp_data *d, struct ftp_conn *c,
                    bool connector, struct err *err);

/* Wait until C is ready for EVENTS; false after TIMEOUT_MS without progress on
 * any connection of its transfer. */
bool ftp_conn_ready(struct ftp_conn *c, short events, int timeout_ms);
/* Record progress on C. */
void ftp_conn_note(struct ftp_conn *c);
/* Wait for data on C or for STOP_FD (-1: none): 1 data or end, 0 stop, -1 with
 * ERR TIMEOUT after TIMEOUT_MS. */
int ftp_conn_wait(struct ftp_conn *c, int stop_fd, int timeout_ms,
                  struct err *err);
/* Up to N bytes; 0 at the end.  -1 with ERR TIMEOUT, UNREACHABLE. */
ssize_t ftp_conn_read(struct ftp_conn *c, void *p, size_t n, int timeout_ms,
                      struct err *err);
/* Read all N bytes; 1, 0 at an end before the first byte, -1 with ERR. */
int ftp_conn_read_all(struct ftp_conn *c, void *p, size_t n, int timeout_ms,
                      struct err *err);
/* Send N bytes; MORE: more data follows at once. */
int ftp_conn_write(struct ftp_conn *c, const void *p, size_t n, bool more,
                   int timeout_ms, struct err *err);
/* Send N bytes of FILE from OFFSET.  Returns how many were sent (fewer at the
 * end of the file), or -1 with ERR; *local: the file failed, with errno.
 * SCRATCH of FTP_BLOCK_SIZE bytes is needed for TLS. */
int64_t ftp_conn_send_file(struct ftp_conn *c, int file, int64_t offset,
                           int64_t n, void *scratch, int timeout_ms,
                           bool *local, struct err *err);
/* Make the data connection FD fail in the thread that uses it.  A MODE S
 * sender's connection in the middle of a file (net_reset_on_close()) is reset,
 * because an orderly end would mark the end of the file. */
void ftp_conn_break(int fd);
/* Close C; with close_notify if TLS and ORDERLY. */
void ftp_conn_close(struct ftp_conn *c, bool orderly);

#endif
