/* http/engine_front.c - the front thread: accepts connections, collects
 * complete requests, flushes slow answers, enforces timeouts. */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/log.h"
#include "base/table.h"
#include "http/engine.h"
#include "http/http_body.h"

#define FRONT_EVENTS   256
#define FRONT_ACCEPTS  64 /* before others get a turn */
#define FRONT_SWEEP_MS 500

/* Add C to the server's list. */
static void
front_link(struct http_server *s, struct conn *c)
{
    client_enter(s, c);
    s->crowd[c->crowd]++;
    atomic_store(&s->metrics.connections, s->connections);
}

/* Close C, which the front thread owns. */
static void
front_close(struct http_server *s, struct conn *c)
{
    if (c->state == CONN_WAITING)
        wait_leave(s, c);
    client_leave(s, c);
    s->crowd[c->crowd]--;
    atomic_store(&s->metrics.connections, s->connections);
    conn_hold(s, c, 0);
    conn_hold_answer(s, c, 0);
    conn_destroy(c);
}

/* Log that C ends early. */
static void
front_log(const struct conn *c, const char *event, const char *why)
{
    char from[NET_TEXT];

    log_event(LOG_NOTICE, event, "from=%s dn=%s reason=%s",
              net_text(&c->from, from), conn_identity(c), why);
}

/* Feed the N bytes PIECE to C's request. 1: it, or a part of its body, went to
 * the workers; 0: more is needed; -1: close. */
static int
front_feed(struct http_server *s, struct conn *c, const char *piece, size_t n)
{
    enum http_state state;
    size_t used;
    bool fresh = c->msg == NULL;

    if (fresh) {
        c->msg = xcalloc(1, sizeof(*c->msg));
        http_init(c->msg, s->spec.body_max);
        c->msg->limit = call_limit;
        c->msg->limit_arg = c;
    }
    state = http_feed(c->msg, piece, n, &used);
    if (fresh && http_begun(c->msg))
        c->deadline = time_mono_ms() + s->spec.request_timeout_s * 1000LL;
    if (!conn_hold(s, c, c->msg->body.len) && state == HTTP_BODY)
        state = http_refuse(c->msg, 503,
                            "too much is being received: try again later");
    if (state == HTTP_DONE || state == HTTP_BAD || http_part_due(c->msg)) {
        if (state != HTTP_BAD && used < n) {
            struct buf rest = BUF_INIT;

            buf_add(&rest, piece + used, n - used);
            buf_fini(&c->in);
            c->in = rest;
        } else {
            buf_fini(&c->in);
        }
        c->state = CONN_WORKING;
        queue_put(s, c);
        return 1;
    }
    if (!http_begun(c->msg)) {
        http_fini(c->msg);
        free(c->msg);
        c->msg = NULL;
        return 0;
    }
    return http_wants_continue(c->msg) ? conn_continue(c) : 0;
}

/* The peer closed its side, or failed when N < 0. */
static void
front_ended(struct http_server *s, struct conn *c, ssize_t n)
{
    if (c->msg != NULL)
        front_log(c, "http.request.cut",
                  n < 0 ? "the connection failed inside a request"
                        : "the connection ended inside a request");
    front_close(s, c);
}

/* Read bytes for C's next request. */
static void
front_read(struct http_server *s, struct conn *c)
{
    static _Thread_local char piece[ENGINE_PIECE];
    enum tls_want want = TLS_WANT_READ;
    size_t turn = ENGINE_TURN;
    ssize_t n;
    int rc = 0;

    if (c->in.len > 0) {
        struct buf in = c->in;

        c->in = (struct buf)BUF_INIT;
        rc = front_feed(s, c, in.data, in.len);
        buf_fini(&in);
    }
    while (rc == 0 && turn > 0) {
        n = conn_read(c, piece, sizeof(piece), &want);
        if (n <= 0 && want == TLS_DONE) {
            front_ended(s, c, n);
            return;
        }
        if (n <= 0) {
            conn_arm(s, c, want);
            return;
        }
        turn -= (size_t)n + ENGINE_READ_COST < turn
                    ? (size_t)n + ENGINE_READ_COST
                    : turn;
        atomic_fetch_add_explicit(&s->metrics.bytes_in, (unsigned long long)n,
                                  memory_order_relaxed);
        rc = front_feed(s, c, piece, (size_t)n);
    }
    if (rc < 0)
        front_close(s, c);
    else if (rc == 0)
        conn_arm(s, c, TLS_DONE);
}

/* Continue sending C's answer. */
static void
front_flush(struct http_server *s, struct conn *c)
{
    enum tls_want want;
    int rc = conn_flush(s, c, &want);

    if (rc < 0) {
        front_close(s, c);
    } else if (rc > 0 && want == TLS_DONE && atomic_load(&s->ended)) {
        if (conn_fill(c) < 0)
            front_close(s, c);
        else
            conn_arm(s, c, TLS_DONE);
    } else if (rc > 0 && want == TLS_DONE) {
        c->state = CONN_FILLING;
        c->deadline -= time_mono_ms(); /* the time that is left */
        queue_put(s, c);
    } else if (rc > 0) {
        conn_arm(s, c, want);
    } else {
        conn_next(s, c);
        conn_arm(s, c, TLS_DONE);
    }
}

/* Discard further input of C, up to a limit; a peer that keeps sending instead
 * of reading the answer is reset. */
static void
front_linger(struct http_server *s, struct conn *c)
{
    static _Thread_local char waste[65536];

    for (int i = 0; i < 64; i++) {
        ssize_t n = recv(c->fd, waste, sizeof(waste), 0);

        if (n == 0 || (n < 0 && errno != EAGAIN)) {
            front_close(s, c);
            return;
        }
        if (n < 0)
            break;
        c->wasted += (size_t)n;
    }
    if (c->wasted > ENGINE_LINGER_MAX)
        front_close(s, c);
    else
        conn_arm(s, c, TLS_WANT_READ);
}

/* Handle an event of C. */
static void
front_step(struct http_server *s, struct conn *c)
{
    /* A worker arms C first and clears busy right after. */
    while (atomic_load(&c->busy))
        sched_yield();
    switch (c->state) {
    case CONN_HANDSHAKE:
        queue_put(s, c);
        break;
    case CONN_READING:
        if (atomic_load(&s->stopping))
            front_close(s, c);
        else
            front_read(s, c);
        break;
    case CONN_FLUSHING:
        front_flush(s, c);
        break;
    case CONN_LINGERING:
        front_linger(s, c);
        break;
    case CONN_WAITING: /* the peer has gone */
    case CONN_WORKING:
    case CONN_FILLING:
    case CONN_CLOSING:
        front_close(s, c);
        break;
    }
}

/* The group that the peer at FROM counts in: its address, or the network half
 * of an IPv6 address. */
static unsigned
front_crowd(const struct net_addr *from)
{
    const struct sockaddr_in *v4 = (const void *)&from->sa;
    const struct sockaddr_in6 *v6 = (const void *)&from->sa;
    const unsigned char *ip = (const void *)&v4->sin_addr;
    size_t n = sizeof(v4->sin_addr);
    unsigned h;

    if (from->sa.ss_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr))
        ip = v6->sin6_addr.s6_addr + 12;
    else if (from->sa.ss_family == AF_INET6) {
        ip = v6->sin6_addr.s6_addr;
        n = 8;
    }
    h = table_hash_bytes(TABLE_HASH, ip, n);
    return (h ^ h >> 16) % ENGINE_CROWDS;
}

/* Whether closing C loses nothing but time. */
static bool
front_idle(const struct conn *c)
{
    return c->state == CONN_WAITING ||
           (c->msg == NULL &&
            (c->state == CONN_READING || c->state == CONN_HANDSHAKE));
}

/* No place is free: close the longest-idle connection of the group with the
 * most, unless CROWD would then have as many. */
static bool
front_make_room(struct http_server *s, unsigned crowd)
{
    unsigned most = 0;
    struct conn *oldest = NULL;

    for (unsigned i = 1; i < ENGINE_CROWDS; i++)
        if (s->crowd[i] > s->crowd[most])
            most = i;
    if (s->crowd[crowd] + 1 >= s->crowd[most])
        return false;
    for (struct conn *c = s->conns; c != NULL; c = c->next)
        if (c->crowd == most && !atomic_load(&c->busy) && front_idle(c) &&
            (oldest == NULL || c->deadline <= oldest->deadline))
            oldest = c;
    if (oldest == NULL)
        return false;
    front_log(oldest, "http.connection.yield",
              "too many connections, most of them from this address");
    front_close(s, oldest);
    return true;
}

/* Accept FD from LISTENER, or close it when there are too many. */
static void
front_take(struct http_server *s, int fd, const struct listener *listener,
           const struct net_addr *from)
{
    struct conn *c;
    unsigned crowd = front_crowd(from);
    struct epoll_event ev = { .events = EPOLLIN | EPOLLONESHOT };

    atomic_fetch_add(&s->metrics.accepted, 1);
    if (s->connections >= s->spec.connections_max &&
        !front_make_room(s, crowd)) {
        atomic_fetch_add(&s->metrics.refused, 1);
        close(fd);
        return;
    }
    c = conn_create(fd, listener, from);
    c->crowd = crowd;
    c->deadline = time_mono_ms() + s->spec.request_timeout_s * 1000LL;
    ev.data.ptr = c;
    if (epoll_ctl(s->epoll_fd, EPOLL_CTL_ADD, fd, &ev) < 0) {
        conn_destroy(c);
        return;
    }
    front_link(s, c);
}

/* Take in the connection of http_server_probe(), however many there are. */
static void
front_probe(struct http_server *s)
{
    struct epoll_event ev = { .events = EPOLLIN | EPOLLONESHOT };
    struct net_addr from = { .sa.ss_family = AF_UNIX };
    int fd = atomic_exchange(&s->probe_fd, -1);
    struct conn *c;

    if (fd < 0)
        return;
    c = conn_create(fd, &s->probing, &from);
    c->deadline = time_mono_ms() + s->spec.request_timeout_s * 1000LL;
    ev.data.ptr = c;
    if (epoll_ctl(s->epoll_fd, EPOLL_CTL_ADD, fd, &ev) < 0)
        conn_destroy(c);
    else
        front_link(s, c);
}

/* No descriptor is free: accept one connection with the spare descriptor and
 * close it, so that it neither waits nor wakes this thread again and again. */
static void
front_shed(struct http_server *s, const struct listener *listener)
{
    int fd;

    close(s->spare_fd);
    fd = accept4(listener->fd, NULL, NULL, SOCK_CLOEXEC);
    if (fd >= 0)
        close(fd);
    s->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    atomic_fetch_add(&s->metrics.refused, 1);
    log_event(LOG_ERR, "http.accept.fail", "error=%s connections=%d",
              strerror(EMFILE), s->connections);
}

/* Accept the connections waiting at LISTENER. */
static void
front_accept(struct http_server *s, const struct listener *listener)
{
    for (int i = 0; i < FRONT_ACCEPTS; i++) {
        struct net_addr from = { .len = sizeof(from.sa) };
        int fd = accept4(listener->fd, (struct sockaddr *)&from.sa, &from.len,
                         SOCK_CLOEXEC | SOCK_NONBLOCK);

        if (fd >= 0) {
            front_take(s, fd, listener, &from);
        } else if (errno == EMFILE || errno == ENFILE) {
            front_shed(s, listener);
            return;
        } else if (errno != EINTR && errno != ECONNABORTED) {
            return;
        }
    }
}

/* C has timed out. */
static void
front_expire(struct http_server *s, struct conn *c)
{
    if (c->state == CONN_HANDSHAKE) {
        atomic_fetch_add(&s->metrics.handshakes_failed[ERR_TIMEOUT], 1);
        front_log(c, "http.handshake.fail", "it took too long");
    } else if (c->state == CONN_READING && c->msg != NULL) {
        front_log(c, "http.request.cut", "the request took too long");
    } else if (c->state == CONN_FLUSHING) {
        front_log(c, "http.answer.cut", "the peer reads nothing");
    }
    front_close(s, c);
}

/* Close timed-out connections and return the memory of large requests to the
 * system; the holes that a parsed document leaves are small and remain. */
static void
front_sweep(struct http_server *s)
{
    long long now = time_mono_ms();
    struct conn *next;

    if (atomic_exchange(&s->trim, false))
        malloc_trim(0);

    for (struct conn *c = s->conns; c != NULL; c = next) {
        next = c->next;
        if (!atomic_load(&c->busy) && c->state != CONN_WAITING &&
            c->deadline < now)
            front_expire(s, c);
    }
}

/* The listener at WHAT; NULL: it is a connection. */
static struct listener *
front_listener(const struct http_server *s, const void *what)
{
    for (size_t i = 0; i < s->listeners; i++)
        if (what == &s->listener[i])
            return &s->listener[i];
    return NULL;
}

/* Handle events.  Listeners come last, because accepting may close another
 * connection, whose event must not be pending. */
static void
front_events(struct http_server *s, const struct epoll_event *ev, int n)
{
    for (int i = 0; i < n; i++) {
        void *what = ev[i].data.ptr;
        struct listener *listener = front_listener(s, what);
        eventfd_t count;

        if (what == &s->wake_fd)
            eventfd_read(s->wake_fd, &count);
        else if (listener != NULL)
            listener->ready = true;
        else
            front_step(s, what);
    }
    for (size_t i = 0; i < s->listeners; i++)
        if (s->listener[i].ready) {
            s->listener[i].ready = false;
            front_accept(s, &s->listener[i]);
        }
}

/* Whether to end: the end was requested, and all answers are sent or have taken
 * too long. */
static bool
front_over(const struct http_server *s, long long *since)
{
    bool flushing = false;

    if (!atomic_load(&s->ended))
        return false;
    if (*since == 0)
        *since = time_mono_ms();
    for (const struct conn *c = s->conns; c != NULL && !flushing; c = c->next)
        flushing = !atomic_load(&c->busy) && c->state == CONN_FLUSHING;
    return !flushing || time_mono_ms() - *since > ENGINE_DRAIN_MS;
}

void *
front_run(void *arg)
{
    struct http_server *s = arg;
    struct epoll_event ev[FRONT_EVENTS];
    long long swept = time_mono_ms(), ending = 0;

    while (!front_over(s, &ending)) {
        int n = epoll_wait(s->epoll_fd, ev, FRONT_EVENTS,
                           wait_pause(s, FRONT_SWEEP_MS));

        if (n > 0)
            front_events(s, ev, n);
        front_probe(s);
        /* Only now, because the events above may include theirs. */
        wait_resume(s);
        if (time_mono_ms() - swept >= FRONT_SWEEP_MS) {
            swept = time_mono_ms();
            front_sweep(s);
        }
    }
    return NULL;
}
