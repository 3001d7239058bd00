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
    FTPCLIENT_SAFE,   /* integrity; TLS in fact */
    FTPCLIENT_PRIVATE /* TLS */
};

/* One line of the dialogue, without its end; FROM_SERVER or sent. */
typedef void ftpclient_trace_fn(void *arg, bool from_server, const char *line);

struct ftpclient_how;

/* What a session will be asked for first.  To a server that takes commands
 * ahead it is sent with the login, and so costs no round trip of its own; when
 * something else is asked for after all, nothing is lost. */
struct ftpclient_first {
    const char *stat;                /* ftpclient_stat() of this path, .. */
    const struct ftpclient_how *how; /* .. then a run or a listing; NULL */
    bool put;                        /* of puts */
};

/* Zeroed fields are the defaults.  Strings are copied, cred and trust
 * referenced. */
struct ftpclient_conf {
    const char *host;
    unsigned port;        /* 0 = 2811, or 21 when clear */
    bool plain;           /* FTP of RFC 959: no GSI */
    const char *user;     /* account asked for; NULL: as the server maps us,
                             or anonymous when plain */
    const char *password; /* plain only */
    const char *subject;  /* the server's expected name, instead of its host
                             name */
    struct cred *cred;    /* ours; NULL only when plain */
    struct trust *trust;
    struct cred *data_cred; /* for the data channels (DCSC P); NULL */
    bool no_delegation; /* data channels and third party then need no_dcau */
    bool no_dcau;       /* data channels without authentication */
    enum ftpclient_prot prot;
    bool ipv6;              /* EPSV, EPRT always */
    int connect_timeout_ms; /* 0 = 30 s */
    int stall_timeout_ms;   /* no byte and no reply for so long; 0 = 600 s,
                               -1 = never */
    int reply_timeout_ms;   /* all data of a get has come: how long the server's
                               reply to it is waited for; 0 = 20 s */
    int keepalive_s;    /* a control connection silent for so long sends a TCP
                           keepalive probe; 0 = 30 s, -1 = never */
    int end_timeout_ms; /* how long a session given up in the middle of a put
                           is waited for to end at the server; 0 = 10 s */
    int tcp_buffer;     /* SO_SNDBUF, SO_RCVBUF and SBUF; 0 = the system's */
    size_t block_size;  /* of MODE E and of reads; 0 = 256 KiB */
    const char *app;    /* told to the server; NULL = "gatehouse" */
    const char *job; /* the grid job for which files are moved, a UUID: told to
                        the server, whose log then names it; NULL = none */
    /* What some servers let their users choose; NULL: not told. */
    const char *net_stack;  /* drivers of data channels, bottom first, "tcp,gsi"
                               (SITE SETNETSTACK); ours are TCP and GSI */
    const char *disk_stack; /* drivers of files (SITE SETDISKSTACK): what moves
                               may be no file's bytes then */
    const char *module;     /* of ERET and ESTO, in the place of RETR and STOR
                               of whole files, .. */
    const char *module_args; /* .. and its arguments; NULL = none */
    const char *assertion;   /* for the server's authorization, without CR (SITE
                                AUTHZ_ASSERT); told first, .. */
    bool assert_each;        /* .. and again before each run of transfers */
    /* Told of each 5 s without an answer while the session is opened; NULL. */
    void (*silence)(void *arg, int seconds);
    void *silence_arg;
    /* Told once, as soon as there is a connection, how long its round trip
     * is; NULL. */
    void (*connected)(void *arg, int rtt_ms);
    void *connected_arg;
    const struct ftpclient_first *first; /* NULL: not known; used at once */
    ftpclient_trace_fn *trace;
    void *trace_arg;
};

/* What FEAT told. */
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

/* Connect, authenticate, log in, ask for the features.  -1 with ERR; *C is
 * then NULL. */
int ftpclient_open(const struct ftpclient_conf *conf, struct ftpclient **c,
                   struct err *err);
/* Say QUIT when that needs no waiting, close all, free.  NULL ok. */
void ftpclient_close(struct ftpclient *c);
/* Whether another call can succeed; false after the control connection was
 * lost or a transfer was given up in the middle. */
bool ftpclient_usable(const struct ftpclient *c);
/* Bits of enum ftpclient_feature. */
unsigned ftpclient_features(const struct ftpclient *c);
/* Milliseconds from command to reply, the shortest seen. */
int ftpclient_rtt_ms(const struct ftpclient *c);
/* Whether the server may be able to connect to us, as gets in MODE E want it:
 * not from a private address that others translate (RFC 1918, 6598, 4193). */
bool ftpclient_reachable(const struct ftpclient *c);
/* The account that we were given ("230 User NAME logged in"); "" unknown. */
const char *ftpclient_account(const struct ftpclient *c);

/* ---- files and directories ---- */

/* Facts of PATH (MLST; SIZE and MDTM where there is none).  facts_fini() them.
 */
int ftpclient_stat(struct ftpclient *c, const char *path, struct facts *facts,
                   struct err *err);
/* Each entry, "." and ".." left out; a result other than 0 ends the listing
 * with ERR CANCELLED unless ERR was set. */
typedef int ftpclient_entry_fn(void *arg, const struct facts *entry,
                               struct err *err);
/* MLSD of directory PATH.  Entries come while data arrives. */
int ftpclient_list(struct ftpclient *c, const char *path,
                   ftpclient_entry_fn *entry, void *arg, struct err *err);
/* One of several directories. */
struct ftpclient_listing {
    const char *path;
    ftpclient_entry_fn *entry;
    void *arg;
    /* OUT */
    char *unique;   /* what is the directory's alone at its server (the fact
                       Unique), the caller's to free(); NULL not told */
    bool no_data;   /* MODE E: the server could not connect to us */
    struct err err; /* ERR_OK: listed */
};
struct ftpclient_how;
/* MLSD of the N directories DIRS in one run, as many ahead as HOW says; entries
 * come directory by directory.  0 when the session is still usable (directories
 * may have failed), else -1 with ERR, which is also told of those that were not
 * reached. */
int ftpclient_list_run(struct ftpclient *c, const struct ftpclient_how *how,
                       struct ftpclient_listing *dirs, size_t n,
                       struct err *err);
/* What is the directory's alone at its server (the fact Unique) that was listed
 * last, until the next one is; NULL not told. */
const char *ftpclient_listed(const struct ftpclient *c);
/* Make a directory; ERR EXISTS when something stands there already. */
int ftpclient_mkdir(struct ftpclient *c, const char *path, struct err *err);
/* Make N directories, all asked for at once where the server is known to take
 * that; THERE, false before: which of them are there now.  Why others are not
 * is said by ftpclient_mkdir().  0, or -1 with ERR when the session was lost.
 */
int ftpclient_mkdirs(struct ftpclient *c, const char *const *paths, size_t n,
                     bool *there, struct err *err);
/* Make PATH's missing parents; those that exist are left alone. */
int ftpclient_mkparents(struct ftpclient *c, const char *path, struct err *err);
/* Remove a directory, a file; give it another name, mode (permission bits),
 * modification time. */
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
/* Any command of one reply; its number, -1 with ERR when none came.  TEXT (may
 * be NULL) gets its lines. */
int ftpclient_command(struct ftpclient *c, const char *command,
                      struct buf *text, struct err *err);

/* ---- transfers ---- */

enum ftpclient_mode {
    FTPCLIENT_STREAM,  /* MODE S: a connection per file, order kept */
    FTPCLIENT_EXTENDED /* MODE E: parallel, connections kept between files */
};

/* How the transfers of a run go; zeroed = MODE S. */
struct ftpclient_how {
    enum ftpclient_mode mode;
    int parallel; /* streams of MODE E; 0 = 1 */
    int depth;    /* commands sent ahead in MODE E; 0 = 1 */
    bool ascii;   /* TYPE A, in MODE S only: lines end in CR LF on the way; no
                     restart, no parts */
    bool stripe;  /* MODE E: several addresses of the server (SPAS, SPOR), where
                     it has them; parallel counts for each */
    int64_t layout; /* of stripes, told to the sender: blocks of so many bytes;
                       -1 one part each; 0 as the server does */
};

struct ftpclient_xfer;
/* The data ends of a transfer.  OPEN runs when the server has begun to send
 * (get) or just before it is asked (put), so that thousands may wait without a
 * descriptor; it may set fd.  READ: how many bytes at OFFSET (0 = end), -1 with
 * ERR.  WRITE: 0 or -1 with ERR.  Either may be NULL: fd is then used, by
 * pread/pwrite at file offset, or plain read/write when STREAM is set (a pipe;
 * never with parallel streams). */
typedef int ftpclient_open_fn(struct ftpclient_xfer *x, struct err *err);
typedef ssize_t ftpclient_read_fn(struct ftpclient_xfer *x, void *p, size_t n,
                                  int64_t offset, struct err *err);
typedef int ftpclient_write_fn(struct ftpclient_xfer *x, const void *p,
                               size_t n, int64_t offset, struct err *err);
/* Called as bytes move; other than 0 cancels (ERR CANCELLED). */
typedef int ftpclient_progress_fn(struct ftpclient_xfer *x);

/* One file.  Offsets are those in the remote file. */
struct ftpclient_xfer {
    const char *path;
    const char *to;      /* third party: the path at the destination */
    int64_t offset;      /* a part: from here */
    int64_t length;      /* and so long; <= 0 with WHOLE */
    bool whole;          /* offset and length do not count */
    int64_t size;        /* put, third party: bytes there are, -1 unknown */
    struct ranges *have; /* get: what is there already, grows as data arrives
                            (the caller's); put: what the server has; NULL */
    int fd;
    bool stream;
    ftpclient_open_fn *open;         /* NULL ok */
    ftpclient_read_fn *read;         /* NULL: fd */
    ftpclient_write_fn *write;       /* NULL: fd */
    ftpclient_progress_fn *progress; /* NULL ok */
    void *user;                      /* the caller's */
    /* OUT */
    int64_t bytes;  /* moved */
    bool begun;     /* the server had begun; when not, trying again is free */
    bool transient; /* the server said "try again" */
    bool no_data;   /* MODE E: the server could not connect to us */
    struct err err; /* ERR_OK: done */
};

/* The next file of a run, NULL when there is none (now: the run then ends when
 * those outstanding have ended). */
typedef struct ftpclient_xfer *ftpclient_next_fn(void *arg);
/* X ended, x->err says how. Every one taken from next comes here once. */
typedef void ftpclient_done_fn(void *arg, struct ftpclient_xfer *x);

/* Fetch (store) files as next gives them, as many commands ahead as HOW says.
 * 0 when the session is still usable (files may have failed), else -1 with
 * ERR; those not begun then have begun = false. */
int ftpclient_get(struct ftpclient *c, const struct ftpclient_how *how,
                  ftpclient_next_fn *next, ftpclient_done_fn *done, void *arg,
                  struct err *err);
int ftpclient_put(struct ftpclient *c, const struct ftpclient_how *how,
                  ftpclient_next_fn *next, ftpclient_done_fn *done, void *arg,
                  struct err *err);
/* One file; the same as a run of one. */
int ftpclient_get_one(struct ftpclient *c, const struct ftpclient_how *how,
                      struct ftpclient_xfer *x, struct err *err);
int ftpclient_put_one(struct ftpclient *c, const struct ftpclient_how *how,
                      struct ftpclient_xfer *x, struct err *err);
/* X->path of SRC to DST_PATH of DST, the data between the two servers; MODE S,
 * or E with parallel streams and connections kept.  x->have: what DST has,
 * grows by its markers.  Both need delegation, or no_dcau.  -1 with ERR: the
 * file's failure, or a session's: see ftpclient_usable(). */
int ftpclient_third(struct ftpclient *src, struct ftpclient *dst,
                    const struct ftpclient_how *how, struct ftpclient_xfer *x,
                    const char *dst_path, struct err *err);
/* The same for files as next gives them, HOW->depth of them ahead in MODE E:
 * x->path of SRC to x->to of DST; x->open is called before each is asked for.
 * A file that fails while others are out ends the sessions: 0, or -1 with ERR,
 * as with ftpclient_get(). */
int ftpclient_third_run(struct ftpclient *src, struct ftpclient *dst,
                        const struct ftpclient_how *how,
                        ftpclient_next_fn *next, ftpclient_done_fn *done,
                        void *arg, struct err *err);

#endif
