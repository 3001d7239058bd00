/* gridftp/server/ftp_data.h - data channels of a session: where they lead, how
 * they are protected, and the connections kept for the next file (GFD.20). */
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
/* Most that we open when asked for parallel streams. */
#define FTP_PARALLEL_MAX 64
#define FTP_BLOCK_SIZE   (256 * 1024)
/* Most addresses of one SPAS or SPOR. */
#define FTP_STRIPES_MAX  64

enum ftp_dcau {
    FTP_DCAU_NONE,
    FTP_DCAU_SELF,   /* A: the peer is the user */
    FTP_DCAU_SUBJECT /* S: the peer is ftp_data.subject */
};

/* How a sender spreads a file over stripes. */
enum ftp_layout {
    FTP_LAYOUT_BLOCKED, /* blocks in turn */
    FTP_LAYOUT_PARTITIONED
};

/* One data connection. */
struct ftp_conn {
    int fd;
    struct tls *tls; /* PROT S or P; NULL in the clear */
    size_t stripe;   /* which of our listeners or their addresses it is of */
    long long adapted_ms; /* when its path was last looked at */
    bool foreign;         /* it came from another host than the client's */
    /* time_mono_ms() when any connection of the transfer last moved something;
     * NULL: this one alone counts. */
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
    int block;     /* bytes of a MODE E block, at least */
    bool allow_delayed, delayed;
    bool delayed_epsv; /* and it was EPSV: 129 names the port, not 127 */
    bool epsv_all;

    enum ftp_layout layout; /* OPTS RETR StripeLayout */
    int64_t stripe_block;   /* OPTS RETR BlockSize */

    int listener[FTP_STRIPES_MAX]; /* PASV and kin: one; SPAS: some */
    struct net_addr listen_at[FTP_STRIPES_MAX];
    size_t nlisten;
    struct net_addr port[FTP_STRIPES_MAX]; /* PORT and kin */
    size_t nport;

    struct ftp_conn kept[FTP_STREAMS_MAX]; /* MODE E: for the next file */
    size_t nkept;
    unsigned char *small; /* ftp_quick.c's memory; NULL: none yet */

    struct cred *delegated; /* what the login brought; NULL */
    struct err unusable;    /* why what it brought is of no use */
    struct cred *cred;      /* what is shown: that, or DCSC's; NULL */
    struct tls_ctx *server, *client;
};

/* Defaults of a new session; DCAU A, PROT C, MODE S. */
void ftp_data_init(struct ftp_data *d, const struct conf *conf,
                   const struct ftp_who *who, struct trust *trust);
/* Close and free all. */
void ftp_data_fini(struct ftp_data *d);

/* Close the kept connections: DCAU, PROT, MODE or TYPE changed. */
void ftp_data_drop(struct ftp_data *d);
/* Whether the peer still holds C, which was kept, and nothing waits on it. */
bool ftp_data_is_alive(const struct ftp_conn *c);
/* Forget where data goes as well: a new PASV or PORT. */
void ftp_data_reset(struct ftp_data *d);
/* Show CRED (referenced; NULL: the delegated one) from now on. */
void ftp_data_use(struct ftp_data *d, struct cred *cred);

/* Listen for data on the address family of the control channel, N times:
 * several are stripes, on gridftp.stripe_addresses in turn. */
int ftp_data_listen(struct ftp_data *d, size_t n, struct err *err);
/* The address of listener I as the reply of PASV names it: the public one where
 * set. */
void ftp_data_named(const struct ftp_data *d, size_t i, struct net_addr *a);
/* Whether data may go to or come from A: the client's own host, or any under
 * DCAU where gridftp.third_party allows it.  -1 with ERR AUTHZ. */
int ftp_data_allowed(const struct ftp_data *d, const struct net_addr *a,
                     struct err *err);

/* Take one waiting connection off listener I; 1, 0 when it was nobody we talk
 * to (logged), -1 with ERR.  ftp_conn_secure() is next. */
int ftp_data_accept(struct ftp_data *d, size_t i, struct ftp_conn *c,
                    struct err *err);
/* Connect to address I of PORT and kin, unless STOP_FD can be read before. */
int ftp_data_connect(struct ftp_data *d, size_t i, struct ftp_conn *c,
                     int stop_fd, struct err *err);
/* Whether DCAU and PROT can be had as they were asked for.  -1 with ERR AUTHN.
 */
int ftp_data_check(const struct ftp_data *d, struct err *err);
/* Prepare the TLS contexts that they need; before any thread. */
int ftp_data_prepare(struct ftp_data *d, struct err *err);
/* The handshake that DCAU and PROT ask for, peer judged.  Thread safe. */
int ftp_conn_secure(const struct ftp_data *d, struct ftp_conn *c,
                    bool connector, struct err *err);

/* Whether C is ready for EVENTS; false: TIMEOUT_MS have gone by in which no
 * connection of its transfer moved anything. */
bool ftp_conn_ready(struct ftp_conn *c, short events, int timeout_ms);
/* Note that C has moved something. */
void ftp_conn_note(struct ftp_conn *c);
/* Wait for data on C or for STOP_FD (-1: none): 1 data or end, 0 stop, -1 with
 * ERR TIMEOUT after TIMEOUT_MS. */
int ftp_conn_wait(struct ftp_conn *c, int stop_fd, int timeout_ms,
                  struct err *err);
/* Up to N bytes; 0 at the end.  -1 with ERR TIMEOUT, UNREACHABLE. */
ssize_t ftp_conn_read(struct ftp_conn *c, void *p, size_t n, int timeout_ms,
                      struct err *err);
/* All N bytes; 1, 0 at an end before the first byte, -1 with ERR. */
int ftp_conn_read_all(struct ftp_conn *c, void *p, size_t n, int timeout_ms,
                      struct err *err);
/* Send N bytes; MORE: others follow at once. */
int ftp_conn_write(struct ftp_conn *c, const void *p, size_t n, bool more,
                   int timeout_ms, struct err *err);
/* Send N bytes of FILE from OFFSET; how many there were (fewer at the end of
 * the file), or -1 with ERR; *local says that it was the file that failed, with
 * errno.  SCRATCH of FTP_BLOCK_SIZE bytes serves TLS. */
int64_t ftp_conn_send_file(struct ftp_conn *c, int file, int64_t offset,
                           int64_t n, void *scratch, int timeout_ms,
                           bool *local, struct err *err);
/* Make the data connection FD fail in the thread that uses it.  A MODE S
 * sender's, in the middle of its file (net_reset_on_close()), is reset: its end
 * would be the file's. */
void ftp_conn_break(int fd);
/* Close; orderly when TLS and ORDERLY. */
void ftp_conn_close(struct ftp_conn *c, bool orderly);

#endif
