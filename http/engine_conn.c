/* http/engine_conn.c - one connection: reading, writing, its answer. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/log.h"
#include "base/testpoint.h"
#include "http/engine.h"

struct conn *
conn_create(int fd, const struct listener *listener,
            const struct net_addr *from)
{
    struct conn *c = xcalloc(1, sizeof(*c));

    c->fd = fd;
    c->file = -1;
    c->listener = listener;
    if (listener->local && net_local_peer(fd, &c->uid) < 0)
        c->uid = (uid_t)-1;
    c->state = listener->clear ? CONN_READING : CONN_HANDSHAKE;
    c->from = *from;
    atomic_init(&c->busy, false);
    return c;
}

/* Free C's request. */
static void
conn_forget(struct conn *c)
{
    if (c->msg != NULL)
        http_fini(c->msg);
    free(c->msg);
    c->msg = NULL;
}

/* Free C's answer. */
static void
conn_empty(struct conn *c)
{
    if (c->file >= 0)
        close(c->file);
    c->file = -1;
    buf_fini(&c->out);
    buf_fini(&c->body);
    c->sent = 0;
}

void
conn_destroy(struct conn *c)
{
    conn_forget(c);
    conn_empty(c);
    buf_fini(&c->in);
    if (c->tls != NULL)
        tls_destroy(c->tls);
    close(c->fd);
    free(c->shown_dn);
    free(c->shown_last);
    free(c);
}

/* Translate the result of recv() or send() to that of tls.h. */
static ssize_t
conn_plain(ssize_t n, enum tls_want would, enum tls_want *want)
{
    *want = n < 0 && errno == EAGAIN ? would : TLS_DONE;
    return n;
}

ssize_t
conn_read(struct conn *c, void *p, size_t n, enum tls_want *want)
{
    *want = TLS_DONE;
    if (c->tls != NULL)
        return tls_read(c->tls, p, n, want);
    return conn_plain(recv(c->fd, p, n, 0), TLS_WANT_READ, want);
}

ssize_t
conn_write(struct conn *c, const void *p, size_t n, enum tls_want *want)
{
    *want = TLS_DONE;
    if (c->tls != NULL)
        return tls_write(c->tls, p, n, want);
    return conn_plain(send(c->fd, p, n, MSG_NOSIGNAL), TLS_WANT_WRITE, want);
}

const char *
conn_identity(const struct conn *c)
{
    const struct peer *peer = c->tls != NULL ? tls_peer(c->tls) : NULL;

    return peer != NULL ? peer->identity : "-";
}

/* Arm epoll once for EVENTS; a disarmed descriptor is not registered with
 * epoll. */
static void
arm_events(struct http_server *s, struct conn *c, uint32_t events)
{
    struct epoll_event ev = { .events = EPOLLONESHOT | events, .data.ptr = c };

    if (epoll_ctl(s->epoll_fd, EPOLL_CTL_MOD, c->fd, &ev) < 0 &&
        (errno != ENOENT ||
         epoll_ctl(s->epoll_fd, EPOLL_CTL_ADD, c->fd, &ev) < 0))
        log_event(LOG_ERR, "http.epoll.fail", "error=%s", strerror(errno));
}

void
conn_arm(struct http_server *s, struct conn *c, enum tls_want want)
{
    /* A socket is nearly always writable, so EPOLLOUT reports at once. */
    arm_events(s, c, want == TLS_WANT_READ ? EPOLLIN | EPOLLRDHUP : EPOLLOUT);
}

void
conn_arm_end(struct http_server *s, struct conn *c)
{
    arm_events(s, c, EPOLLRDHUP);
}

void
conn_disarm(struct http_server *s, struct conn *c)
{
    epoll_ctl(s->epoll_fd, EPOLL_CTL_DEL, c->fd, NULL);
}

int
conn_continue(struct conn *c)
{
    static const char line[] = "HTTP/1.1 100 Continue\r\n\r\n";
    enum tls_want want;

    return conn_write(c, line, sizeof(line) - 1, &want) == sizeof(line) - 1
               ? 0
               : -1;
}

bool
conn_gone(struct conn *c)
{
    struct pollfd p = { .fd = c->fd, .events = POLLRDHUP };

    if (poll(&p, 1, 0) <= 0)
        return false;
    if ((p.revents & (POLLERR | POLLHUP | POLLNVAL)) != 0)
        return true;
    /* The peer sends no more.  Check whether it still reads; HTTP/1.0 has no
     * way to do that. */
    if ((p.revents & POLLRDHUP) == 0 || c->probed || c->msg->minor == 0)
        return false;
    c->probed = true;
    return conn_continue(c) < 0;
}

/* A buffer shrank from BEFORE to NOW bytes: if that is much, request a memory
 * trim. */
static void
conn_freed(struct http_server *s, size_t before, size_t now)
{
    if (before >= now + ENGINE_TRIM)
        atomic_store(&s->trim, true);
}

bool
conn_hold(struct http_server *s, struct conn *c, size_t n)
{
    size_t all = atomic_fetch_add(&s->held, n - c->held) + (n - c->held);

    conn_freed(s, c->held, n);
    c->held = n;
    return all <= s->held_max || n <= ENGINE_SMALL;
}

bool
conn_hold_answer(struct http_server *s, struct conn *c, size_t n)
{
    size_t all =
        atomic_fetch_add(&s->held_out, n - c->held_out) + (n - c->held_out);

    conn_freed(s, c->held_out, n);
    c->held_out = n;
    if (all <= s->held_out_max || n <= ENGINE_JOIN_MAX || all == n)
        return true;
    atomic_fetch_sub(&s->held_out, n);
    c->held_out = 0;
    return false;
}

/* The current value of the Date field (RFC 9110 s.5.6.7). */
static void
date_text(char *text, size_t n)
{
    time_t now = time(NULL);
    struct tm tm;

    gmtime_r(&now, &tm);
    strftime(text, n, "%a, %d %b %Y %H:%M:%S GMT", &tm);
}

/* Write A's head to C->out; LENGTH is the body's. */
static void
conn_head(struct conn *c, const struct answer *a, long long length)
{
    char date[64];

    date_text(date, sizeof(date));
    buf_addf(&c->out, "HTTP/1.1 %d %s\r\nServer: gatehouse\r\nDate: %s\r\n",
             a->status, http_phrase(a->status), date);
    if (a->type != NULL)
        buf_addf(&c->out, "Content-Type: %s\r\n", a->type);
    if (a->status != 204 && a->status != 304)
        buf_addf(&c->out, "Content-Length: %lld\r\n", length);
    if (a->ranges)
        buf_adds(&c->out, "Accept-Ranges: bytes\r\n");
    if (c->close_after)
        buf_adds(&c->out, "Connection: close\r\n");
    else if (c->msg->minor == 0)
        buf_adds(&c->out, "Connection: keep-alive\r\n");
    buf_add(&c->out, a->headers.data, a->headers.len);
    buf_adds(&c->out, "\r\n");
}

/* Replace A by a short error answer, because slow readers already hold too
 * much. */
static void
conn_too_much(struct http_server *s, struct conn *c, struct answer *a)
{
    static const char why[] = "too much is being sent: try again later\n";
    size_t n = a->body.len;

    if (a->file >= 0)
        n += a->file_left < ENGINE_FILE_PIECE ? (size_t)a->file_left
                                              : ENGINE_FILE_PIECE;
    if (conn_hold_answer(s, c, n))
        return;
    log_event(LOG_WARNING, "http.answer.refuse", "dn=%s bytes=%zu reason=%s",
              conn_identity(c), a->body.len, "too much is waiting to be sent");
    if (a->file >= 0)
        close(a->file);
    buf_fini(&a->headers);
    buf_fini(&a->body);
    *a = (struct answer){ .status = 503,
                          .type = "text/plain; charset=utf-8",
                          .file = -1,
                          .close = a->close };
    buf_adds(&a->body, why);
}

void
conn_answer(struct http_server *s, struct conn *c, struct answer *a)
{
    long long length;
    bool bodiless;

    conn_too_much(s, c, a);
    length = (long long)a->body.len + (a->file >= 0 ? a->file_left : 0);
    bodiless = a->status == 204 || a->status == 304 ||
               (c->msg->method != NULL && strcmp(c->msg->method, "HEAD") == 0);

    conn_empty(c);
    c->close_after =
        a->close || !http_keeps(c->msg) || atomic_load(&s->stopping);
    conn_head(c, a, length);
    if (bodiless) {
        if (a->file >= 0)
            close(a->file);
    } else {
        c->file = a->file;
        c->file_at = a->file_at;
        c->file_left = a->file >= 0 ? a->file_left : 0;
        if (a->body.len <= ENGINE_JOIN_MAX) {
            buf_add(&c->out, a->body.data, a->body.len);
        } else {
            c->body = a->body;
            a->body = (struct buf)BUF_INIT;
        }
    }
    buf_fini(&a->headers);
    buf_fini(&a->body);
    a->file = -1;
}

/* C read N bytes: extend its deadline accordingly, but not beyond the initial
 * time. */
static void
conn_credit(const struct http_server *s, struct conn *c, size_t n)
{
    long long most = time_mono_ms() + s->spec.request_timeout_s * 1000LL;

    c->deadline += (long long)n * 1000 / ENGINE_RATE_MIN;
    if (c->deadline > most)
        c->deadline = most;
}

/* Write B from byte C->sent on, at most *turn bytes for now. */
static int
conn_write_buf(struct http_server *s, struct conn *c, struct buf *b,
               size_t *turn, enum tls_want *want)
{
    while (c->sent < b->len) {
        ssize_t n;

        if (*turn == 0) {
            *want = TLS_WANT_WRITE;
            return 1;
        }
        n = conn_write(c, b->data + c->sent, b->len - c->sent, want);
        if (n <= 0)
            return *want == TLS_DONE ? -1 : 1;
        c->sent += (size_t)n;
        *turn = (size_t)n < *turn ? *turn - (size_t)n : 0;
        atomic_fetch_add_explicit(&s->metrics.bytes_out, (unsigned long long)n,
                                  memory_order_relaxed);
        conn_credit(s, c, (size_t)n);
    }
    return 0;
}

int
conn_flush(struct http_server *s, struct conn *c, enum tls_want *want)
{
    size_t turn = ENGINE_TURN;
    int rc = conn_write_buf(s, c, &c->out, &turn, want);

    if (rc != 0)
        return rc;
    if (c->out.len > 0) {
        buf_fini(&c->out);
        c->sent = 0;
    }
    rc = conn_write_buf(s, c, &c->body, &turn, want);
    if (rc != 0)
        return rc;
    *want = TLS_DONE;
    return c->file >= 0 && c->file_left > 0 ? 1 : 0;
}

int
conn_fill(struct conn *c)
{
    size_t want = c->file_left < ENGINE_FILE_PIECE ? (size_t)c->file_left
                                                   : ENGINE_FILE_PIECE;
    ssize_t n;

    buf_clear(&c->body);
    c->sent = 0;
    n = pread(c->file, buf_reserve(&c->body, want), want, c->file_at);
    /* A file that became shorter than announced ends the connection. */
    if (n <= 0)
        return -1;
    c->body.len = (size_t)n;
    c->file_at += n;
    c->file_left -= n;
    return 0;
}

void
conn_next(struct http_server *s, struct conn *c)
{
    bool all_read = c->msg == NULL || c->msg->state == HTTP_DONE;

    test_point("http.replied");
    c->probed = false;
    c->begun_ms = 0;
    c->wait_over = false;
    conn_empty(c);
    conn_forget(c);
    conn_hold(s, c, 0);
    conn_hold_answer(s, c, 0);
    if (!c->close_after) {
        c->state = CONN_READING;
        c->deadline = time_mono_ms() + s->spec.idle_timeout_s * 1000LL;
        return;
    }
    /* Closing with unread bytes would reset the connection, and the peer might
     * lose the answer. */
    c->state = CONN_CLOSING;
    if (all_read)
        return;
    c->state = CONN_LINGERING;
    c->deadline = time_mono_ms() + ENGINE_LINGER_MS;
    if (c->tls != NULL)
        tls_destroy(c->tls); /* sends close_notify */
    c->tls = NULL;
    shutdown(c->fd, SHUT_WR);
}
