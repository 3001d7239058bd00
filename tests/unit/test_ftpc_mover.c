/* tests/unit/test_ftpc_mover.c - blocks of a data connection that a thread of
 * their own brings into the file; over a socket pair. */
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "gridftp/client/ftpc_mover.h"

#define WATCHDOG_S 60
#define FIRST      1000 /* bytes of the block that a job begins in */

/* A connection in the middle of its first block, which lies at 0. */
struct world {
    int peer, file, wake;
    struct ftpc_conn *conn;
    struct ftpc_mover *mover;
    struct ftpc_mover_news news; /* summed up */
};

static int
setup(void **state)
{
    struct world *w = calloc(1, sizeof(*w));
    const struct ftpc_conn_how how = { .prot = 'C', .dcau = 'N' };
    int fd[2];

    alarm(WATCHDOG_S);
    assert_non_null(w);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd), 0);
    w->peer = fd[0];
    w->conn = ftpc_conn_create(fd[1], &how, NULL);
    w->conn->buf = calloc(1, FTPC_CONN_BUF);
    w->conn->left = FIRST;
    w->file = memfd_create("file", MFD_CLOEXEC);
    w->wake = eventfd(0, EFD_CLOEXEC);
    w->conn->mover = w->mover = ftpc_mover_create(w->conn, w->wake);
    assert_non_null(w->mover);
    *state = w;
    return 0;
}

static int
teardown(void **state)
{
    struct world *w = *state;

    ftpc_mover_drop(w->conn);
    ranges_fini(&w->news.arrived);
    close(w->peer);
    close(w->file);
    close(w->wake);
    free(w);
    return 0;
}

static void
start(struct world *w, uint64_t base, int64_t end)
{
    const struct ftpc_mover_job job = { .fd = w->file,
                                        .base = base,
                                        .end = end };

    ftpc_mover_start(w->mover, &job);
}

/* N bytes C from the peer. */
static void
feed(struct world *w, size_t n, char c)
{
    char *p = malloc(n);

    assert_non_null(p);
    memset(p, c, n);
    assert_int_equal(send(w->peer, p, n, MSG_NOSIGNAL), n);
    free(p);
}

static void
feed_header(struct world *w, unsigned flags, uint64_t count, uint64_t offset)
{
    const struct modee_block b = { .flags = flags,
                                   .count = count,
                                   .offset = offset };
    unsigned char h[MODEE_HEADER];

    modee_encode(&b, h);
    assert_int_equal(send(w->peer, h, sizeof(h), MSG_NOSIGNAL), sizeof(h));
}

/* Note what is new. */
static void
look(struct world *w)
{
    struct ftpc_mover_news n;
    size_t i;

    ftpc_mover_look(w->mover, &n);
    for (i = 0; i < n.arrived.n; i++)
        ranges_add(&w->news.arrived, n.arrived.r[i].begin, n.arrived.r[i].end,
                   NULL);
    ranges_fini(&n.arrived);
    w->news.ended = n.ended;
    w->news.local = n.local;
    w->news.lost = n.lost;
}

static void
wait_end(struct world *w)
{
    uint64_t ends;

    assert_int_equal(read(w->wake, &ends, sizeof(ends)), sizeof(ends));
    look(w);
    assert_true(w->news.ended);
    assert_false(ftpc_mover_busy(w->mover));
}

/* TEXT: as ranges_text() has it. */
static void
assert_arrived(const struct world *w, const char *text)
{
    struct buf b = BUF_INIT;

    ranges_text(&w->news.arrived, &b);
    assert_string_equal(buf_str(&b), text);
    buf_fini(&b);
}

static void
assert_byte(const struct world *w, off_t at, char c)
{
    char got = 0;

    assert_int_equal(pread(w->file, &got, 1, at), 1);
    assert_int_equal(got, c);
}

static void
blocks_go_where_they_belong(void **state)
{
    struct world *w = *state;

    start(w, 0, -1);
    feed(w, FIRST, 'a');
    feed_header(w, 0, 500, 5000);
    feed(w, 500, 'b');
    feed_header(w, 0, 0, 0); /* nothing, and no end */
    feed_header(w, 0, 500, 2000);
    feed(w, 500, 'c');
    feed_header(w, MODEE_EOD, 0, 0);
    wait_end(w);
    assert_arrived(w, "0-1000,2000-2500,5000-5500");
    assert_byte(w, 999, 'a');
    assert_byte(w, 2000, 'c');
    assert_byte(w, 5499, 'b');
    assert_int_equal(w->news.local.code, ERR_OK);
    assert_int_equal(w->news.lost.code, ERR_OK);
}

static void
an_end_is_left_to_the_owner(void **state)
{
    struct world *w = *state;

    start(w, 0, -1);
    feed(w, FIRST, 'a');
    feed_header(w, MODEE_EOD | MODEE_EOF, 0, 1);
    feed(w, 3, 'n'); /* the next file's */
    wait_end(w);
    assert_int_equal(w->conn->at, 0);
    assert_int_equal(w->conn->end, MODEE_HEADER);
    assert_int_equal(w->conn->buf[0], MODEE_EOD | MODEE_EOF);
    assert_int_equal(w->conn->left, 0);
}

static void
a_block_that_tells_its_end_is_the_last(void **state)
{
    struct world *w = *state;

    w->conn->block_eod = true;
    start(w, 0, -1);
    feed(w, FIRST, 'a');
    feed_header(w, 0, 10, 0); /* the next file's */
    wait_end(w);
    assert_int_equal(w->conn->end, 0);
    assert_arrived(w, "0-1000");
}

static void
a_part_counts_from_its_beginning(void **state)
{
    struct world *w = *state;

    w->conn->offset = 100;
    start(w, 100, 3000);
    feed(w, FIRST, 'a');
    feed_header(w, 0, 10, 2000);
    feed(w, 10, 'b');
    feed_header(w, MODEE_EOD, 0, 0);
    wait_end(w);
    assert_arrived(w, "100-1100,2100-2110");
    assert_byte(w, 2100, 'b');
}

/* What the owner must refuse is not written. */
static void
bytes_beyond_the_part_are_not_taken(void **state)
{
    struct world *w = *state;

    start(w, 100, 2000);
    feed(w, FIRST, 'a');
    feed_header(w, 0, 10, 1891);
    feed(w, 10, 'b');
    wait_end(w);
    assert_int_equal(w->conn->end, MODEE_HEADER);
    assert_arrived(w, "0-1000");
}

static void
a_header_beyond_all_sense_is_left_to_the_owner(void **state)
{
    struct world *w = *state;

    start(w, 100, -1);
    feed(w, FIRST, 'a');
    /* Right by itself; with the base it would lie beyond 2^63. */
    feed_header(w, 0, 10, (uint64_t)INT64_MAX - 50);
    wait_end(w);
    assert_int_equal(w->conn->end, MODEE_HEADER);
    assert_arrived(w, "0-1000");
}

static void
a_connection_that_ends_in_a_block_says_so(void **state)
{
    struct world *w = *state;

    start(w, 0, -1);
    feed(w, FIRST - 1, 'a');
    shutdown(w->peer, SHUT_WR);
    wait_end(w);
    assert_true(w->conn->eof);
    assert_int_equal(w->conn->left, 1);
    assert_arrived(w, "0-999");
}

static void
a_connection_that_ends_in_a_header_keeps_what_came(void **state)
{
    struct world *w = *state;

    start(w, 0, -1);
    feed(w, FIRST + 5, 0);
    shutdown(w->peer, SHUT_WR);
    wait_end(w);
    assert_true(w->conn->eof);
    assert_int_equal(w->conn->end, 5);
}

static void
a_file_that_cannot_be_written_is_the_local_side(void **state)
{
    struct world *w = *state;

    close(w->file);
    w->file = open("/dev/full", O_WRONLY | O_CLOEXEC);
    start(w, 0, -1);
    feed(w, FIRST, 'a');
    wait_end(w);
    assert_int_equal(w->news.local.code, ERR_NOSPACE);
    assert_int_equal(w->news.lost.code, ERR_OK);
    assert_arrived(w, "");
    assert_int_equal(w->conn->left, 0); /* read all the same */
}

static void
what_has_come_is_told_while_more_is_awaited(void **state)
{
    struct world *w = *state;

    start(w, 0, -1);
    feed(w, 10, 'a');
    while (ranges_total(&w->news.arrived) < 10) {
        poll(NULL, 0, 1);
        look(w);
        assert_false(w->news.ended);
    }
    assert_true(ftpc_mover_busy(w->mover));
    feed(w, FIRST - 10, 'a');
    feed_header(w, MODEE_EOD, 0, 0);
    wait_end(w);
    assert_arrived(w, "0-1000");
}

static void
much_is_news_before_the_end(void **state)
{
    struct world *w = *state;
    uint64_t wakes;

    w->conn->left = 5 << 20;
    start(w, 0, -1);
    feed(w, (5 << 20) - 1, 'a');
    assert_int_equal(read(w->wake, &wakes, sizeof(wakes)), sizeof(wakes));
    look(w);
    assert_false(w->news.ended);
    assert_true(ranges_total(&w->news.arrived) >= 4 << 20);
}

static void
a_stopped_one_can_be_taken_up_again(void **state)
{
    struct world *w = *state;

    start(w, 0, -1);
    feed(w, 10, 'a');
    ftpc_mover_stop(w->mover);
    wait_end(w);
    assert_true(w->conn->left >= FIRST - 10);
    start(w, 0, -1);
    feed(w, FIRST - 10, 'b');
    feed_header(w, MODEE_EOD, 0, 0);
    wait_end(w);
    assert_arrived(w, "0-1000");
}

static void
one_that_is_halted_tells_what_it_brought(void **state)
{
    struct world *w = *state;

    start(w, 0, -1);
    feed(w, 10, 'a');
    while (lseek(w->file, 0, SEEK_END) < 10)
        poll(NULL, 0, 1);
    ftpc_mover_halt(w->mover);
    look(w);
    assert_true(w->news.ended);
    assert_arrived(w, "0-10");
}

static void
one_at_work_is_broken_off_at_once(void **state)
{
    struct world *w = *state;

    start(w, 0, -1);
    feed(w, 10, 'a');
    ftpc_mover_drop(w->conn); /* would wait for ever */
    w->conn = NULL;
    assert_true(recv(w->peer, &(char){ 0 }, 1, 0) <= 0);
}

int
main(void)
{
#define CLAIM(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    static const struct CMUnitTest tests[] = {
        CLAIM(blocks_go_where_they_belong),
        CLAIM(an_end_is_left_to_the_owner),
        CLAIM(a_block_that_tells_its_end_is_the_last),
        CLAIM(a_part_counts_from_its_beginning),
        CLAIM(bytes_beyond_the_part_are_not_taken),
        CLAIM(a_header_beyond_all_sense_is_left_to_the_owner),
        CLAIM(a_connection_that_ends_in_a_block_says_so),
        CLAIM(a_connection_that_ends_in_a_header_keeps_what_came),
        CLAIM(a_file_that_cannot_be_written_is_the_local_side),
        CLAIM(what_has_come_is_told_while_more_is_awaited),
        CLAIM(much_is_news_before_the_end),
        CLAIM(a_stopped_one_can_be_taken_up_again),
        CLAIM(one_that_is_halted_tells_what_it_brought),
        CLAIM(one_at_work_is_broken_off_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
