/* tests/unit/test_engine_conn.c - how long a peer has for an answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/codec.h"
#include "http/engine.h"

#define TIMEOUT_S 30
#define LITTLE    1000 /* ms that are left */

struct ends {
    struct http_server s;
    struct listener listener;
    struct conn *c;
    int peer;
};

/* A connection with an answer of N bytes, of which the peer took nothing yet;
 * LITTLE ms are left. */
static void
begin(struct ends *e, size_t n)
{
    struct net_addr from = { .len = 0 };
    int fd[2];

    memset(&e->s, 0, sizeof(e->s));
    e->s.spec.request_timeout_s = TIMEOUT_S;
    e->s.held_max = 1000;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd),
                     0);
    e->listener = (struct listener){ .clear = true };
    e->c = conn_create(fd[0], &e->listener, &from);
    e->peer = fd[1];
    memset(buf_reserve(&e->c->out, n), 'x', n);
    e->c->out.len = n;
    e->c->deadline = time_mono_ms() + LITTLE;
}

static void
end(struct ends *e)
{
    conn_destroy(e->c);
    close(e->peer);
}

/* Write until the peer's side is full. */
static void
fill(struct ends *e)
{
    enum tls_want want;
    size_t before;

    do {
        before = e->c->sent;
        assert_int_equal(conn_flush(&e->s, e->c, &want), 1);
    } while (e->c->sent > before);
}

/* Let the peer take N bytes. */
static void
take(struct ends *e, size_t n)
{
    char piece[4096];

    while (n > 0) {
        ssize_t got = read(e->peer, piece, n < 4096 ? n : 4096);

        assert_true(got > 0);
        n -= (size_t)got;
    }
}

static void
who_takes_little_gains_little(void **state)
{
    struct ends e;
    long long before;
    size_t sent;

    (void)state;
    begin(&e, 64 << 20);
    fill(&e);
    before = e.c->deadline = time_mono_ms() + LITTLE;
    sent = e.c->sent;
    for (int i = 0; i < 200 && e.c->sent == sent; i++) {
        take(&e, 1024);
        fill(&e);
    }
    assert_true(e.c->sent > sent);
    assert_int_equal(e.c->deadline - before,
                     (long long)(e.c->sent - sent) * 1000 / ENGINE_RATE_MIN);
    end(&e);
}

static void
who_takes_all_has_no_longer_than_for_a_request(void **state)
{
    struct ends e;
    enum tls_want want;

    (void)state;
    begin(&e, 8 << 20);
    while (conn_flush(&e.s, e.c, &want) == 1)
        take(&e, 1024);
    assert_true(e.c->deadline <= time_mono_ms() + TIMEOUT_S * 1000);
    assert_true(e.c->deadline > time_mono_ms() + LITTLE);
    end(&e);
}

static void
answers_together_have_a_limit(void **state)
{
    struct ends one, other;
    struct http_server *s = &one.s;
    size_t most = 4000000;

    (void)state;
    begin(&one, 1);
    begin(&other, 1);
    s->held_out_max = most;
    assert_true(conn_hold_answer(s, one.c, most * 10)); /* the only one */
    assert_false(conn_hold_answer(s, other.c, ENGINE_JOIN_MAX + 1));
    assert_true(conn_hold_answer(s, other.c, ENGINE_JOIN_MAX)); /* small */
    conn_hold_answer(s, one.c, 0);
    assert_true(conn_hold_answer(s, other.c, most));
    conn_hold_answer(s, other.c, 0);
    assert_int_equal(atomic_load(&s->held_out), 0);
    end(&one);
    end(&other);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_takes_little_gains_little),
        cmocka_unit_test(who_takes_all_has_no_longer_than_for_a_request),
        cmocka_unit_test(answers_together_have_a_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
