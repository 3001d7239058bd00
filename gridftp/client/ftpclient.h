/* gridftp/client/ftpclient.h - a client of GridFTP servers: sessions,
 * transfers, listings (RFC 959, 2228, 2389, 3659, GFD.20, GFD.47).
 *
 * A session is one control connection with the data connections that belong
 * to it; one thread at a time uses it, and every call waits until it is done.
 * Many sessions may run in as many threads.  Parallel streams of a get get
 * threads of the session's own, with all signals blocked; callbacks are called
 * in the caller's thread only.
 *
 *     struct ftpclient_conf conf = { .host = "h", .cred = cred,
 *                                    .trust = trust };
 *     struct ftpclient_how how = { .mode = FTPCLIENT_STREAM };
 *     struct ftpclient_xfer x = { .path = "/remote", .whole = true, .size = -1,
 *                                 .fd = fd };
 *     struct ftpclient *c;
 *
 *     if (ftpclient_open(&conf, &c, &err) == 0 &&
 *         ftpclient_get_one(c, &how, &x, &err) == 0)
 *         ...
 *     ftpclient_close(c);
 *
 * Errors: NOT_FOUND, AUTHZ, EXISTS, NOSPACE, REMOTE are the server's word on
 * one file and leave the session usable; UNREACHABLE, TIMEOUT, PROTOCOL, AUTHN
 * concern the session: see ftpclient_usable(). */
#ifndef GRIDFTP_FTPCLIENT_H
#define GRIDFTP_FTPCLIENT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "base/buf.h"
#include "base/err.h"
#include "gridftp/proto/facts.h"
#include "gridftp/proto/ranges.h"
#include "gsi/chain/chain.h"
#include "gsi/cred.h"

struct ftpclient;

/* Protection of the data channel (PROT, RFC 2228). */
enum ftpclient_prot {
    FTPCLIENT_CLEAR,  /* authenticated, then clear */
    FTPCLIENT_SAFE,   /* integrity; in practice TLS */
    FTPCLIENT_PRIVATE /* TLS */
};

/* Called with each line of the dialogue, without its line end. */
typedef void ftpclient_trace_fn(void *arg, bool from_server, const char *line);

struct ftpclient_how;

/* The first requests of a session.  They are sent together with the login to a
 * server that handles pipelining, and so cost no extra round trip; other
 * requests are possible anyway. */
struct ftpclient_first {
    const char *stat;                /* path for ftpclient_stat(), .. */
    const struct ftpclient_how *how; /* .. then a run or a listing; NULL */
    bool put;                        /* of puts */
};

/* Zeroed fields mean the defaults.  Strings are copied, cred and trust
 * referenced. */
struct ftpclient_conf {
    const char *host;
    unsigned port;        /* 0 = 2811, or 21 when clear */
    bool plain;           /* plain FTP of RFC 959 without GSI */
    const char *user;     /* requested account; NULL: as the server maps us, or
                             anonymous when plain */
    const char *password; /* plain only */
    /* required name of the server, instead of its host name */
    const char *subject;
    struct cred *cred; /* our credential; NULL only when plain */
    struct trust *trust;
    struct cred *data_cred; /* for the data channels (DCSC P); NULL */
    bool no_delegation;     /* data channels and third-party transfers then need
                               no_dcau */
    bool no_dcau;           /* data channels without authentication */
    enum ftpclient_prot prot;
    bool ipv6;              /* always use EPSV and EPRT */
    int connect_timeout_ms; /* 0 = 30 s */
    int stall_timeout_ms; /* limit for a time without any byte or reply; 0 = 600
                             s, -1 = none */
    int reply_timeout_ms; /* how long to wait for the reply after all data of a
                             get has arrived; 0 = 20 s */
    int keepalive_s;    /* a control connection silent for this long sends a TCP
                           keepalive probe; 0 = 30 s, -1 = never */
    int end_timeout_ms; /* how long to wait for the server to stop when a put is
                           abandoned; 0 = 10 s */
    int tcp_buffer;     /* SO_SNDBUF, SO_RCVBUF and SBUF; 0 = the system's */
    size_t block_size;  /* for MODE E and reads; 0 = 256 KiB */
    const char *app; /* program name sent to the server; NULL = "gatehouse" */
    const char *job; /* UUID of the grid job that moves the files, sent to the
                        server for its log; NULL = none */
    /* Options of some servers; NULL: not sent. */
    const char *net_stack;  /* drivers of data channels, bottom first, "tcp,gsi"
                               (SITE SETNETSTACK); ours are TCP and GSI */
    const char *disk_stack; /* file drivers (SITE SETDISKSTACK); the bytes moved
                               may then differ from the file's */
    const char *module; /* module for ERET and ESTO instead of RETR and STOR of
                           whole files, .. */
    const char *module_args; /* .. and its arguments; NULL = none */
    const char *assertion;   /* for the server's authorization, without CR (SITE
                                AUTHZ_ASSERT); sent first, .. */
    bool assert_each;        /* .. and again before each run of transfers */
    /* Called after each 5 s without an answer while the session opens; NULL. */
    void (*silence)(void *arg, int seconds);
    void *silence_arg;
    /* Called once when connected, with the round trip time; NULL. */
    void (*connected)(void *arg, int rtt_ms);
    void *connected_arg;
    /* NULL: unknown; read only during ftpclient_open() */
    const struct ftpclient_first *first;
    ftpclient_trace_fn *trace;
    void *trace_arg;
};

/* Features from FEAT. */
enum ftpclient_feature {
    FTPCLIENT_REST = 1,
    FTPCLIENT_PARALLEL = 2,
    FTPCLIENT_DCAU = 4,
    FTPCLIENT_DCSC = 8,
    FTPCLIENT_ERET = 16,
    FTPCLIENT_ESTO = 32,
    FTPCLIENT_SIZE = 64,
    FTPCLIENT_MLST = 128,
    FTPCLIENT_CKSM = 256,
    FTPCLIENT_SPAS = 512,
    FTPCLIENT_MFMT = 1024,
    FTPCLIENT_MDTM = 2048,
    FTPCLIENT_MLSR = 4096,
    FTPCLIENT_UTF8 = 8192,
    FTPCLIENT_CLIENTINFO = 16384,
    FTPCLIENT_SBUF = 32768
};

/* Connect, authenticate, log in and read the features. -1 with ERR; *C is then
 * NULL. */
int ftpclient_open(const struct ftpclient_conf *conf, struct ftpclient **c,
                   struct err *err);
/* Send QUIT if that does not block, close everything, free.  NULL is
 * allowed. */
void ftpclient_close(struct ftpclient *c);
/* Whether further calls can succeed; false after the control connection was
 * lost or a transfer was abandoned in the middle. */
bool ftpclient_usable(const struct ftpclient *c);
/* Bits of enum ftpclient_feature. */
unsigned ftpclient_features(const struct ftpclient *c);
/* The shortest time from command to reply in milliseconds. */
int ftpclient_rtt_ms(const struct ftpclient *c);
/* Whether the server may be able to connect to us, which gets in MODE E need:
 * false if our address is private and translated (RFC 1918, 6598, 4193). */
bool ftpclient_reachable(const struct ftpclient *c);
/* The account we were mapped to ("230 User NAME logged in"); "" unknown. */
const char *ftpclient_account(const struct ftpclient *c);

/* ---- files and directories ---- */

/* Facts of PATH (MLST; SIZE and MDTM without it).  Free with facts_fini(). */
int ftpclient_stat(struct ftpclient *c, const char *path, struct facts *facts,
                   struct err *err);
/* Called for each entry except "." and ".."; a result other than 0 ends the
 * listing with ERR CANCELLED unless ERR was set. */
typedef int ftpclient_entry_fn(void *arg, const struct facts *entry,
                               struct err *err);
/* List directory PATH with MLSD.  Entries are reported while data arrives. */
int ftpclient_list(struct ftpclient *c, const char *path,
                   ftpclient_entry_fn *entry, void *arg, struct err *err);
/* One of several directories. */
struct ftpclient_listing {
    const char *path;
    ftpclient_entry_fn *entry;
    void *arg;
    /* OUT */
    char *unique;   /* identifies the directory at its server (fact Unique); the
                       caller must free() it; NULL: not sent */
    bool no_data;   /* MODE E: the server could not connect to us */
    struct err err; /* ERR_OK: listed */
};
struct ftpclient_how;
/* List the N directories DIRS with MLSD in one run, pipelined as HOW says;
 * entries are reported directory by directory. 0 when the session is still
 * usable (directories may have failed), else -1 with ERR, which is also set for
 * directories not reached. */
int ftpclient_list_run(struct ftpclient *c, const struct ftpclient_how *how,
                       struct ftpclient_listing *dirs, size_t n,
                       struct err *err);
/* The fact Unique, which identifies a directory at its server, of the last
 * listed directory; valid until the next listing; NULL: not sent. */
const char *ftpclient_listed(const struct ftpclient *c);
/* Make a directory; ERR EXISTS when the name exists. */
int ftpclient_mkdir(struct ftpclient *c, const char *path, struct err *err);
/* Make N directories, pipelined if the server is known to support that; THERE,
 * initially false: which of them exist now.  Use ftpclient_mkdir() to learn why
 * another failed. 0, or -1 with ERR when the session was lost. */
int ftpclient_mkdirs(struct ftpclient *c, const char *const *paths, size_t n,
                     bool *there, struct err *err);
/* Make PATH's missing parents; existing ones are left alone. */
int ftpclient_mkparents(struct ftpclient *c, const char *path, struct err *err);
/* Remove a directory, a file; change name, mode (permission bits), modification
 * time. */
int ftpclient_rmdir(struct ftpclient *c, const char *path, struct err *err);
int ftpclient_delete(struct ftpclient *c, const char *path, struct err *err);
int ftpclient_rename(struct ftpclient *c, const char *from, const char *to,
                     struct err *err);
int ftpclient_chmod(struct ftpclient *c, const char *path, unsigned mode,
                    struct err *err);
int ftpclient_utime(struct ftpclient *c, const char *path, time_t mtime,
                    struct err *err);
/* Checksum by ALGORITHM ("MD5", "ADLER32", "SHA256"..) of LENGTH bytes (-1: to
 * the end) from OFFSET, lower-case hex appended to SUM. */
int ftpclient_checksum(struct ftpclient *c, const char *algorithm,
                       const char *path, int64_t offset, int64_t length,
                       struct buf *sum, struct err *err);
/* Send any command with one reply; returns its number, -1 with ERR when none
 * arrived.  TEXT (may be NULL) gets its lines. */
int ftpclient_command(struct ftpclient *c, const char *command,
                      struct buf *text, struct err *err);

/* ---- transfers ---- */

enum ftpclient_mode {
    FTPCLIENT_STREAM,  /* MODE S: one connection per file, bytes in order */
    FTPCLIENT_EXTENDED /* MODE E: parallel, connections kept between files */
};

/* How to run transfers; zeroed = MODE S. */
struct ftpclient_how {
    enum ftpclient_mode mode;
    int parallel; /* streams of MODE E; 0 = 1 */
    int depth;    /* commands pipelined in MODE E; 0 = 1 */
    bool ascii;   /* TYPE A, MODE S only: lines end in CR LF on the network; no
                     restart, no parts */
    bool stripe;  /* MODE E: use several addresses of the server (SPAS, SPOR) if
                     it has them; parallel is per address */
    int64_t layout; /* stripe layout requested from the sender: block size; -1
                       one part each; 0 server's default */
};

struct ftpclient_xfer;
/* The local ends of a transfer.  OPEN is called when the server has begun to
 * send (get) or just before the command (put), so that thousands can wait
 * without a descriptor; it may set fd.  READ: bytes at OFFSET (0 = end), -1
 * with ERR.  WRITE: 0 or -1 with ERR.  Either may be NULL: fd is then used, by
 * pread/pwrite at the file offset, or plain read/write when STREAM is set (a
 * pipe; never with parallel streams). */
typedef int ftpclient_open_fn(struct ftpclient_xfer *x, struct err *err);
typedef ssize_t ftpclient_read_fn(struct ftpclient_xfer *x, void *p, size_t n,
                                  int64_t offset, struct err *err);
typedef int ftpclient_write_fn(struct ftpclient_xfer *x, const void *p,
                               size_t n, int64_t offset, struct err *err);
/* Called as bytes move; a result other than 0 cancels (ERR CANCELLED). */
typedef int ftpclient_progress_fn(struct ftpclient_xfer *x);

/* One file.  Offsets refer to the remote file. */
struct ftpclient_xfer {
    const char *path;
    const char *to; /* third-party: the path at the destination */
    int64_t offset; /* of a part */
    int64_t length; /* of a part; <= 0 with WHOLE */
    bool whole;     /* offset and length are ignored */
    int64_t size;   /* put, third-party: total bytes, -1 unknown */
    /* get: ranges that exist already, extended as data arrives (owned by the
     * caller); put: the server's ranges; NULL */
    struct ranges *have;
    int fd;
    bool stream;
    ftpclient_open_fn *open;         /* may be NULL */
    ftpclient_read_fn *read;         /* NULL: fd */
    ftpclient_write_fn *write;       /* NULL: fd */
    ftpclient_progress_fn *progress; /* may be NULL */
    void *user;                      /* for the caller's use */
    /* OUT */
    int64_t bytes;  /* moved */
    bool begun;     /* the server had begun; if not, a retry does not count */
    bool transient; /* the server reported a transient failure */
    bool no_data;   /* MODE E: the server could not connect to us */
    struct err err; /* ERR_OK: success */
};

/* Returns the next file of a run, NULL when there is none now: the run then
 * ends when the outstanding files have ended. */
typedef struct ftpclient_xfer *ftpclient_next_fn(void *arg);
/* X has ended with x->err.  Called once for each file taken from next. */
typedef void ftpclient_done_fn(void *arg, struct ftpclient_xfer *x);

/* Fetch (store) the files from next, pipelined as HOW says. 0 when the session
 * is still usable (files may have failed), else -1 with ERR; files not begun
 * then have begun = false. */
int ftpclient_get(struct ftpclient *c, const struct ftpclient_how *how,
                  ftpclient_next_fn *next, ftpclient_done_fn *done, void *arg,
                  struct err *err);
int ftpclient_put(struct ftpclient *c, const struct ftpclient_how *how,
                  ftpclient_next_fn *next, ftpclient_done_fn *done, void *arg,
                  struct err *err);
/* Fetch (store) one file, as a run of one. */
int ftpclient_get_one(struct ftpclient *c, const struct ftpclient_how *how,
                      struct ftpclient_xfer *x, struct err *err);
int ftpclient_put_one(struct ftpclient *c, const struct ftpclient_how *how,
                      struct ftpclient_xfer *x, struct err *err);
/* Copy X->path of SRC to DST_PATH of DST directly between the servers; MODE S,
 * or E with parallel streams and kept connections. x->have: the ranges DST has,
 * extended by its markers.  Both sessions need delegation, or no_dcau. -1 with
 * ERR: the file's failure, or a session's: see ftpclient_usable(). */
int ftpclient_third(struct ftpclient *src, struct ftpclient *dst,
                    const struct ftpclient_how *how, struct ftpclient_xfer *x,
                    const char *dst_path, struct err *err);
/* The same for the files from next, HOW->depth of them pipelined in MODE E:
 * x->path of SRC to x->to of DST; x->open is called before each command.  If a
 * file fails while others are outstanding, the sessions end: 0, or -1 with ERR,
 * as for ftpclient_get(). */
int ftpclient_third_run(struct ftpclient *src, struct ftpclient *dst,
                        const struct ftpclient_how *how,
                        ftpclient_next_fn *next, ftpclient_done_fn *done,
                        void *arg, struct err *err);

#endif
