/* http/engine_worker.c - a worker: handshake steps, whole requests, pieces of
 * files; it never waits for a peer. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/codec.h"
#include "base/log.h"
#include "http/engine.h"

/* Log why C's handshake failed. */
static void
worker_refused(struct http_server *s, const struct conn *c,
               const struct err *err)
{
    char from[NET_TEXT];

    atomic_fetch_add(&s->metrics.handshakes_failed[err->code], 1);
    log_event(LOG_NOTICE, "http.handshake.fail", "from=%s reason=%s",
              net_text(&c->from, from), err->text);
}

/* Create C's TLS unless it exists. */
static int
worker_tls(struct http_server *s, struct conn *c, struct err *err)
{
    struct tls_ctx *ctx;
    int rc;

    if (c->tls != NULL)
        return 0;
    lock_take(&s->lock);
    ctx = tls_ctx_ref(s->ctx);
    lock_release(&s->lock);
    rc = tls_create(ctx, c->fd, NULL, &c->tls, err);
    tls_ctx_unref(ctx);
    return rc;
}

/* Do one step of C's handshake. */
static void
worker_handshake(struct http_server *s, struct conn *c)
{
    struct err err = ERR_INIT;
    char from[NET_TEXT];
    int step = -1;

    if (worker_tls(s, c, &err) == 0)
        step = tls_handshake(c->tls, &err);
    queue_done(s);
    if (step < 0) {
        worker_refused(s, c, &err);
        c->state = CONN_CLOSING;
        step = TLS_DONE;
    } else if (step == TLS_DONE) {
        atomic_fetch_add_explicit(&s->metrics.handshakes_ok, 1,
                                  memory_order_relaxed);
        log_event(LOG_DEBUG, "http.handshake.ok", "from=%s dn=%s tls=%s",
                  net_text(&c->from, from), conn_identity(c),
                  tls_description(c->tls));
        c->state = CONN_READING;
        c->deadline = time_mono_ms() + s->spec.idle_timeout_s * 1000LL;
        step = tls_pending(c->tls) > 0 ? TLS_DONE : TLS_WANT_READ;
    }
    conn_arm(s, c, (enum tls_want)step);
}

/* Write C's answer as far as the peer takes it, but only one turn's share of a
 * file. 0: all is sent; 1: *want; -1: the peer or the file failed. */
static int
worker_push(struct http_server *s, struct conn *c, enum tls_want *want)
{
    int rc = conn_flush(s, c, want);

    for (size_t n = 0; rc > 0 && *want == TLS_DONE; n += ENGINE_FILE_PIECE) {
        if (n >= ENGINE_TURN) {
            *want = TLS_WANT_WRITE;
            break;
        }
        if (conn_fill(c) < 0)
            return -1;
        rc = conn_flush(s, c, want);
    }
    return rc;
}

/* Write C's answer as far as possible, and hand C back. */
static void
worker_write(struct http_server *s, struct conn *c)
{
    enum tls_want want;
    int rc;

    c->state = CONN_FLUSHING;
    rc = worker_push(s, c, &want);
    if (rc < 0) {
        c->state = CONN_CLOSING;
        want = TLS_DONE;
    } else if (rc == 0) {
        conn_next(s, c);
        want = c->state == CONN_READING && c->in.len == 0 &&
                       (c->tls == NULL || tls_pending(c->tls) == 0)
                   ? TLS_WANT_READ
                   : TLS_DONE;
        if (c->state == CONN_LINGERING)
            want = TLS_WANT_READ;
    }
    conn_arm(s, c, want);
}

/* Monotonic clock in microseconds. */
static long long
now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

/* The handler took a part of C's body: hand C back for the next part, with the
 * time limit of a request. */
static void
worker_more(struct http_server *s, struct conn *c)
{
    bool told = http_wants_continue(c->msg);

    http_part_taken(c->msg);
    conn_hold(s, c, 0);
    c->state = told && conn_continue(c) < 0 ? CONN_CLOSING : CONN_READING;
    c->deadline = time_mono_ms() + s->spec.request_timeout_s * 1000LL;
    conn_arm(s, c,
             c->state == CONN_READING && c->in.len == 0 &&
                     (c->tls == NULL || tls_pending(c->tls) == 0)
                 ? TLS_WANT_READ
                 : TLS_DONE);
}

/* Run the handler of C's request; false: it waits, and C is handed back. */
static bool
worker_call(struct http_server *s, struct conn *c, struct answer *a)
{
    long long begun = now_us();
    bool failed = false;
    char log_id[16];
    size_t row;

    snprintf(log_id, sizeof(log_id), "%04x-%08x", s->id_base & 0xffff,
             atomic_fetch_add(&s->next_id, 1));
    log_context("request", log_id);
    do {
        *a = (struct answer){ .status = 200, .file = -1 };
        wait_begin(s, c);
        row = call_answer(s, c, log_id, a, &failed);
    } while (a->later && !wait_park(s, c));
    if (!a->later && !a->more)
        metrics_request(&s->metrics, row, failed, now_us() - begun);
    log_context("request", NULL);
    return !a->later;
}

/* Answer C's request, or make it wait. */
static void
worker_request(struct http_server *s, struct conn *c)
{
    struct answer a;

    if (c->begun_ms == 0)
        c->begun_ms = time_mono_ms();
    if (!worker_call(s, c, &a)) {
        conn_arm_end(s, c);
        return;
    }
    if (a.more) {
        worker_more(s, c);
        return;
    }
    conn_answer(s, c, &a);
    c->deadline = time_mono_ms() + s->spec.request_timeout_s * 1000LL;
    worker_write(s, c);
}

void *
worker_run(void *arg)
{
    struct http_server *s = arg;
    struct conn *c;

    while ((c = queue_get(s)) != NULL) {
        bool request = c->state == CONN_WORKING;
        unsigned who = c->who;

        if (c->state == CONN_HANDSHAKE)
            worker_handshake(s, c);
        else if (request)
            worker_request(s, c);
        else {
            c->deadline += time_mono_ms();
            worker_write(s, c);
        }
        atomic_store(&c->busy, false);
        if (request)
            queue_answered(s, who);
    }
    return NULL;
}
