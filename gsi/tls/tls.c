/* gsi/tls/tls.c - one TLS connection over a socket (RFC 8446, RFC 5246). */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/codec.h"
#include "base/net.h"
#include "gsi/tls/tls_conn.h"

#define DRAIN_MAX  65536
/* Collect the records of a long write, so that one send(2) carries eight of
 * them. */
#define GATHER_MAX 131072
#define RECORD_MAX 16640

struct tls {
    SSL *ssl;
    struct tls_ctx *ctx;
    struct tls_judge judge;
    int fd;
    bool nowait;      /* never block, even on a blocking descriptor */
    bool eof;         /* the peer has closed its side */
    bool established; /* the handshake is over */
    bool dead;        /* no more output is possible */
    bool gathering;   /* records are being collected in out */
    char *out;        /* GATHER_MAX + RECORD_MAX bytes, or NULL */
    size_t from, to;  /* the unsent part of out */
    char description[48];
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static BIO_METHOD *method;

/* The part of N bytes to read ahead that is whole full-size records: an
 * incomplete last record would need another read. */
static size_t
whole_records(const struct tls *t, size_t n)
{
    size_t record =
        SSL_version(t->ssl) == TLS1_3_VERSION ? TLS_RECORD_13 : TLS_RECORD_12;

    return n > record ? n - n % record : n;
}

/* Callbacks of a socket BIO that raises no SIGPIPE and can be non-blocking. */
static int
bio_read(BIO *b, char *p, int n)
{
    struct tls *t = BIO_get_data(b);
    ssize_t got;

    do {
        got = recv(t->fd, p, whole_records(t, (size_t)n),
                   t->nowait ? MSG_DONTWAIT : 0);
    } while (got < 0 && errno == EINTR);
    BIO_clear_retry_flags(b);
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        BIO_set_retry_read(b);
    t->eof = got == 0;
    return (int)got;
}

static ssize_t
send_some(const struct tls *t, const char *p, size_t n)
{
    ssize_t put;

    do {
        put = send(t->fd, p, n, MSG_NOSIGNAL | (t->nowait ? MSG_DONTWAIT : 0));
    } while (put < 0 && errno == EINTR);
    return put;
}

/* Send the collected records. -1 with errno: not all were sent. */
static int
send_gathered(struct tls *t)
{
    while (t->from < t->to) {
        ssize_t put = send_some(t, t->out + t->from, t->to - t->from);

        if (put < 0)
            return -1;
        t->from += (size_t)put;
    }
    t->from = t->to = 0;
    return 0;
}

/* Collect one record; -1 with errno when there is no room yet. */
static ssize_t
gather(struct tls *t, const char *p, size_t n)
{
    if (t->to + n > GATHER_MAX + RECORD_MAX && send_gathered(t) < 0)
        return -1;
    memcpy(t->out + t->to, p, n);
    t->to += n;
    return (ssize_t)n;
}

static int
bio_write(BIO *b, const char *p, int n)
{
    struct tls *t = BIO_get_data(b);
    ssize_t put = t->gathering && n <= RECORD_MAX ? gather(t, p, (size_t)n)
                                                  : send_some(t, p, (size_t)n);

    BIO_clear_retry_flags(b);
    if (put < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        BIO_set_retry_write(b);
    return (int)put;
}

static long
bio_ctrl(BIO *b, int cmd, long num, void *ptr)
{
    const struct tls *t = BIO_get_data(b);

    (void)num, (void)ptr;
    if (cmd == BIO_CTRL_EOF)
        return t->eof;
    return cmd == BIO_CTRL_FLUSH || cmd == BIO_CTRL_DUP;
}

static void
make_method(void)
{
    method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "tls");
    if (method == NULL || BIO_meth_set_read(method, bio_read) != 1 ||
        BIO_meth_set_write(method, bio_write) != 1 ||
        BIO_meth_set_ctrl(method, bio_ctrl) != 1)
        abort();
}

int
tls_create(struct tls_ctx *ctx, int fd, const char *host, struct tls **tls,
           struct err *err)
{
    struct tls *t = xcalloc(1, sizeof(*t));
    BIO *bio = NULL;

    *tls = NULL;
    pthread_once(&once, make_method);
    t->fd = fd;
    if ((t->ssl = tls_ctx_ssl(ctx, host, &t->judge, err)) == NULL)
        goto bad;
    t->ctx = tls_ctx_ref(ctx);
    if ((bio = BIO_new(method)) == NULL) {
        err_set(err, ERR_NOMEM, "cannot begin TLS: out of memory");
        goto bad;
    }
    BIO_set_data(bio, t);
    BIO_set_init(bio, 1);
    SSL_set_bio(t->ssl, bio, bio);
    /* Return after each record, even one without data, so that a peer who sends
     * empty records without end cannot keep a thread.  Not with read-ahead,
     * because the caller could not wait for the buffered bytes. */
    if (!SSL_get_read_ahead(t->ssl))
        SSL_clear_mode(t->ssl, SSL_MODE_AUTO_RETRY);
    *tls = t;
    return 0;
bad:
    t->dead = true;
    tls_destroy(t);
    return -1;
}

void
tls_destroy(struct tls *tls)
{
    int saved = errno;

    if (tls == NULL)
        return;
    if (tls->established && !tls->dead) {
        tls->nowait = true;
        SSL_shutdown(tls->ssl);
    }
    SSL_free(tls->ssl);
    free(tls->out);
    tls_judge_fini(&tls->judge);
    tls_ctx_unref(tls->ctx);
    free(tls);
    ERR_clear_error();
    errno = saved;
}

/* A server that closes with unread bytes resets the connection, and the reset
 * may overtake the alert.  So read what has arrived. */
static void
drain(struct tls *t)
{
    char waste[4096];
    size_t total = 0;
    ssize_t n;

    while (total < DRAIN_MAX &&
           (n = recv(t->fd, waste, sizeof(waste), MSG_DONTWAIT)) > 0)
        total += (size_t)n;
}

static int
handshake_failed(struct tls *t, int ssl_error, struct err *err)
{
    t->dead = true;
    tls_explain(&t->judge, ssl_error, "TLS handshake",
                tls_judge_err(&t->judge));
    if (t->judge.server)
        drain(t);
    return tls_failure(t, err);
}

int
tls_handshake(struct tls *tls, struct err *err)
{
    int rc, e;

    if (tls->established)
        return TLS_DONE;
    if (tls->dead)
        return tls_failure(tls, err);
    ERR_clear_error();
    errno = 0;
    rc = SSL_do_handshake(tls->ssl);
    if (rc == 1) {
        tls->established = true;
        snprintf(tls->description, sizeof(tls->description), "%s %s",
                 SSL_get_version(tls->ssl), SSL_get_cipher(tls->ssl));
        return TLS_DONE;
    }
    e = SSL_get_error(tls->ssl, rc);
    if (e == SSL_ERROR_WANT_READ)
        return TLS_WANT_READ;
    if (e == SSL_ERROR_WANT_WRITE)
        return TLS_WANT_WRITE;
    return handshake_failed(tls, e, err);
}

/* Poll T's descriptor for WANT until DEADLINE (time_mono_ms(); -1: no limit).
 */
static int
wait_for(const struct tls *t, enum tls_want want, long long deadline,
         const char *what, struct err *err)
{
    long long left = -1;
    int rc;

    do {
        if (deadline >= 0 && (left = deadline - time_mono_ms()) < 0)
            left = 0;
        rc = net_wait(t->fd, want == TLS_WANT_WRITE ? POLLOUT : POLLIN,
                      (int)left);
    } while (rc < 0 && errno == EINTR);
    if (rc == 1)
        return 0;
    if (rc == 0)
        return err_set(err, ERR_TIMEOUT, "%s: the peer did not answer in time",
                       what);
    return err_set(err, ERR_IO, "%s: %s", what, strerror(errno));
}

static long long
deadline_in(int timeout_ms)
{
    return timeout_ms < 0 ? -1 : time_mono_ms() + timeout_ms;
}

int
tls_handshake_wait(struct tls *tls, int timeout_ms, struct err *err)
{
    long long deadline = deadline_in(timeout_ms);
    bool nowait = tls->nowait;
    int rc;

    tls->nowait = true;
    while ((rc = tls_handshake(tls, err)) > TLS_DONE)
        if (wait_for(tls, (enum tls_want)rc, deadline, "TLS handshake", err) ==
            -1) {
            rc = -1;
            break;
        }
    tls->nowait = nowait;
    return rc;
}

const struct peer *
tls_peer(const struct tls *tls)
{
    const struct tls_verdict *v = tls->judge.verdict;

    return tls->established && v != NULL ? tls_verdict_peer(v) : NULL;
}

/* After a failed write, read the alert that the peer may have sent before it
 * closed. */
static void
read_pending_alert(struct tls *t)
{
    int saved = errno;
    char c;

    t->nowait = true;
    ERR_clear_error();
    SSL_read(t->ssl, &c, 1);
    ERR_clear_error();
    errno = saved;
}

static const struct {
    enum err_code code;
    int number;
} errnos[] = {
    { ERR_AUTHN, EACCES },
    { ERR_PROTOCOL, EPROTO },
    { ERR_LIMIT, EPROTO },
};

/* Record for tls_failure() why the connection ended, by E of
 * SSL_get_error(). */
static int
failed(struct tls *t, int e, bool reading)
{
    size_t i;

    t->dead = true;
    if (!reading && e == SSL_ERROR_SYSCALL)
        read_pending_alert(t);
    tls_explain(&t->judge, e, reading ? "TLS read" : "TLS write",
                tls_judge_err(&t->judge));
    for (i = 0; i < sizeof(errnos) / sizeof(errnos[0]); i++)
        if (errnos[i].code == t->judge.err->code)
            errno = errnos[i].number;
    if (errno == 0)
        errno = ECONNRESET;
    return -1;
}

static ssize_t
io_failed(struct tls *t, bool reading, enum tls_want *want)
{
    int e = SSL_get_error(t->ssl, 0);

    *want = TLS_DONE;
    if (e == SSL_ERROR_WANT_READ || e == SSL_ERROR_WANT_WRITE) {
        *want = e == SSL_ERROR_WANT_READ ? TLS_WANT_READ : TLS_WANT_WRITE;
        errno = EAGAIN;
        return -1;
    }
    if (reading && e == SSL_ERROR_ZERO_RETURN)
        return 0;
    return failed(t, e, reading);
}

/* Whether T can read and write: not before the handshake is over, nor after a
 * failure. */
static bool
usable(const struct tls *t, enum tls_want *want)
{
    *want = TLS_DONE;
    if (t->established && !t->dead)
        return true;
    errno = ENOTCONN;
    return false;
}

/* Decrypt further records that arrived with the first, as far as P has room;
 * the next read reports the end or an error. */
static size_t
read_on(struct tls *t, char *p, size_t n)
{
    bool nowait = t->nowait;
    enum tls_want want;
    size_t total = 0, got;

    t->nowait = true;
    while (total < n && SSL_has_pending(t->ssl)) {
        if (SSL_read_ex(t->ssl, p + total, n - total, &got) != 1) {
            io_failed(t, true, &want);
            break;
        }
        total += got;
    }
    t->nowait = nowait;
    return total;
}

/* Whether N bytes may be read or written now: 1, or the caller's result. */
static int
io_begin(struct tls *t, size_t n, enum tls_want *want)
{
    if (!usable(t, want))
        return -1;
    ERR_clear_error();
    errno = 0;
    return n > 0;
}

ssize_t
tls_read(struct tls *tls, void *p, size_t n, enum tls_want *want)
{
    int go = io_begin(tls, n, want);
    size_t got;

    if (go <= 0)
        return go;
    if (SSL_read_ex(tls->ssl, p, n, &got) == 1)
        return (ssize_t)(got + read_on(tls, (char *)p + got, n - got));
    return io_failed(tls, true, want);
}

ssize_t
tls_write(struct tls *tls, const void *p, size_t n, enum tls_want *want)
{
    int go = io_begin(tls, n, want);
    size_t put;

    if (go <= 0)
        return go;
    if (SSL_write_ex(tls->ssl, p, n, &put) == 1)
        return (ssize_t)put;
    return io_failed(tls, false, want);
}

int
tls_failure(const struct tls *tls, struct err *err)
{
    const struct err *e = tls->judge.err;

    if (e != NULL && e->code != ERR_OK)
        return err_set(err, e->code, "%s", e->text);
    return err_set(err, ERR_IO, "TLS connection not usable");
}

ssize_t
tls_read_wait(struct tls *tls, void *p, size_t n, int timeout_ms,
              struct err *err)
{
    long long deadline = deadline_in(timeout_ms);
    bool nowait = tls->nowait;
    enum tls_want want;
    ssize_t got;

    tls->nowait = true;
    while ((got = tls_read(tls, p, n, &want)) < 0) {
        if (want == TLS_DONE) {
            tls_failure(tls, err);
            break;
        }
        if (wait_for(tls, want, deadline, "TLS read", err) < 0)
            break;
    }
    tls->nowait = nowait;
    return got;
}

/* Write all of P as records, which may be collected in out. */
static int
write_records(struct tls *t, const char *p, size_t n, int timeout_ms,
              struct err *err)
{
    enum tls_want want;
    ssize_t put;

    while (n > 0) {
        put = tls_write(t, p, n, &want);
        if (put > 0) {
            p += put;
            n -= (size_t)put;
        } else if (want == TLS_DONE) {
            tls_failure(t, err);
            return -1;
        } else if (wait_for(t, want, deadline_in(timeout_ms), "TLS write",
                            err) < 0) {
            return -1;
        }
    }
    return 0;
}

/* Send everything in out; a failure ends the connection. */
static int
write_gathered(struct tls *t, int timeout_ms, struct err *err)
{
    while (send_gathered(t) < 0) {
        if (errno != EAGAIN && errno != EWOULDBLOCK) {
            (void)failed(t, SSL_ERROR_SYSCALL, false);
            tls_failure(t, err);
            return -1;
        }
        if (wait_for(t, TLS_WANT_WRITE, deadline_in(timeout_ms), "TLS write",
                     err) < 0)
            return -1;
    }
    return 0;
}

int
tls_write_all(struct tls *tls, const void *p, size_t n, int timeout_ms,
              struct err *err)
{
    bool nowait = tls->nowait;
    int rc;

    tls->nowait = true;
    if (n > RECORD_MAX && tls->out == NULL)
        tls->out = xcalloc(GATHER_MAX + RECORD_MAX, 1);
    tls->gathering = n > RECORD_MAX;
    rc = write_records(tls, p, n, timeout_ms, err);
    if (rc == 0 && tls->gathering)
        rc = write_gathered(tls, timeout_ms, err);
    tls->dead |= tls->to > 0;
    tls->gathering = false;
    tls->nowait = nowait;
    return rc;
}

size_t
tls_pending(const struct tls *tls)
{
    int n = SSL_pending(tls->ssl);

    return n > 0 ? (size_t)n : (size_t)SSL_has_pending(tls->ssl);
}

const char *
tls_description(const struct tls *tls)
{
    return tls->description;
}

int
tls_recheck(struct tls *tls, struct err *err)
{
    if (tls->judge.verdict == NULL)
        return 0;
    return tls_verdict_again(tls->judge.verdict, err);
}
