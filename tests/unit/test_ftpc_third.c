/* tests/unit/test_ftpc_third.c - which command goes out when, and what is
 * believed, between servers that fail: scripted ones, everything that happens
 * in one history. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/codec.h"
#include "base/net.h"
#include "gridftp/client/ftpclient.h"
#include "tests/lib/lib_ftpscript.h"

/* Nothing here waits this long but what hangs. */
#define WATCHDOG_S 60
/* What must not happen is given so long to happen. */
#define CHANCE_MS  300

/* A happened, and then B did. */
static void
assert_order(const char *a, const char *b)
{
    int first = ftpscript_at(a), second = ftpscript_at(b);

    if (first >= 0 && second > first)
        return;
    ftpscript_print();
    fail_msg("'%s' (%d) is not followed by '%s' (%d)", a, first, b, second);
}

/* ---- a run of files ---- */

#define FILES 2

struct file {
    char path[8];
    struct ftpclient_xfer x;
    struct ranges have;
    int told;
    int hold_at;      /* when it is told the n-th time the client is kept .. */
    const char *hold; /* .. until this event */
};

struct run {
    struct ftpscript *server[2];
    struct ftpclient *c[2];
    struct file file[FILES];
    int n, next;
    int rc;
    struct err err;
};

static int
progress(struct ftpclient_xfer *x)
{
    struct file *f = x->user;

    ftpscript_note("%s told %d", f->path, ++f->told);
    if (f->hold != NULL && f->told == f->hold_at)
        ftpscript_await(f->hold, -1);
    return 0;
}

static ssize_t
source(struct ftpclient_xfer *x, void *p, size_t n, int64_t offset,
       struct err *err)
{
    (void)x;
    (void)err;
    if (offset > 0)
        return 0;
    memset(p, 'x', n < 100 ? n : 100);
    return n < 100 ? (ssize_t)n : 100;
}

static struct ftpclient_xfer *
next(void *arg)
{
    struct run *r = arg;
    struct file *f;

    if (r->next == r->n)
        return NULL;
    f = &r->file[r->next++];
    ftpscript_note("next %s", f->path);
    return &f->x;
}

static void
done(void *arg, struct ftpclient_xfer *x)
{
    (void)arg;
    ftpscript_note("done %s", x->path);
}

static struct ftpclient *
client(const struct ftpscript *s, struct ftpclient_conf conf)
{
    struct ftpclient *c;
    struct err err = ERR_INIT;

    conf.host = "127.0.0.1";
    conf.port = ftpscript_port(s);
    conf.plain = true;
    if (ftpclient_open(&conf, &c, &err) < 0)
        fail_msg("%s", err.text);
    return c;
}

static struct run *
begin(int files)
{
    struct run *r = xcalloc(1, sizeof(*r));
    int i;

    alarm(WATCHDOG_S);
    ftpscript_forget();
    r->n = files;
    for (i = 0; i < files; i++) {
        struct file *f = &r->file[i];

        snprintf(f->path, sizeof(f->path), "/%c", 'a' + i);
        f->x = (struct ftpclient_xfer){ .path = f->path,
                                        .to = f->path,
                                        .whole = true,
                                        .size = -1,
                                        .have = &f->have,
                                        .fd = -1,
                                        .read = source,
                                        .progress = progress,
                                        .user = f };
    }
    return r;
}

static void
run_end(struct run *r)
{
    int i;

    for (i = 0; i < 2; i++) {
        ftpclient_close(r->c[i]);
        ftpscript_finish(r->server[i]);
        ranges_fini(&r->file[i].have);
    }
    free(r);
}

/* Nothing of it is believed, and it is not a failure of its own. */
static void
assert_untouched(const struct run *r, int i)
{
    const struct ftpclient_xfer *x = &r->file[i].x;

    assert_false(x->begun);
    assert_false(x->transient);
    assert_int_equal(x->bytes, 0);
    assert_int_equal(x->have->n, 0);
    assert_string_equal(x->err.text, r->err.text);
}

static void
assert_told(const struct run *r, int i, const char *why)
{
    if (strstr(r->file[i].x.err.text, why) == NULL)
        fail_msg("'%s' does not tell '%s'", r->file[i].x.err.text, why);
}

/* ---- what only some claim ---- */

static void
both_arrived(const struct run *r)
{
    assert_int_equal(r->file[0].x.err.code, ERR_OK);
    assert_int_equal(r->file[1].x.err.code, ERR_OK);
}

static void
b_arrived_and_both_go_on(const struct run *r)
{
    assert_int_equal(r->file[1].x.err.code, ERR_OK);
    assert_true(ftpclient_usable(r->c[0]) && ftpclient_usable(r->c[1]));
}

static void
a_keeps_what_arrived(const struct run *r)
{
    assert_int_equal(ranges_total(&r->file[0].have), 100);
    assert_true(r->file[0].x.begun);
}

/* whose silence that was no next file has to pay for */
static void
b_was_not_reached(const struct run *r)
{
    assert_int_equal(r->file[1].x.err.code, ERR_UNREACHABLE);
    assert_false(ftpclient_usable(r->c[1]));
}

static void
a_begun_and_source_goes_on(const struct run *r)
{
    assert_true(r->file[0].x.begun);
    assert_true(ftpclient_usable(r->c[0]));
}

static void
a_timed_out(const struct run *r)
{
    assert_int_equal(r->file[0].x.err.code, ERR_TIMEOUT);
}

/* ---- claims ---- */

#define SCENES 3
#define ORDERS 3

/* Two files, /a and /b, unless ONLY_A: from a server that follows SRC to one
 * that follows DST; SRC NULL: put from here.  Each scene must end alike. */
struct claim {
    const char *name;
    bool only_a;
    const char *from; /* what /a is called at the source; NULL: /a */
    struct ftpclient_conf conf;
    int hold_at;      /* when /a is told the n-th time the client is kept .. */
    const char *hold; /* .. until this event */
    struct scene {
        const char *const *src, *const *dst;
    } scene[SCENES];
    int rc;
    struct order {
        const char *first, *then;
    } order[ORDERS];
    const char *never;   /* no such event */
    const char *told;    /* words of what /a failed of */
    bool untouched;      /* /b: nothing of it is believed .. */
    bool told_meanwhile; /* .. at the end, though it was told of before */
    void (*also)(const struct run *r);
};

#define SAYS(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define PERF(n)   "112-Perf Marker\r\n Stripe Bytes Transferred: " n "\r\n112 End"

/* The source, and the destinations, of those that fail in the middle. */
static const char *const two_begun[] = {
    "<RETR /a", ">150 a", "<RETR /b", "?dst>451 a is lost", ">426 a", "$", NULL
};
static const char *const lost_then_mute[] = {
    "<STOR /a", ">150 a", "<STOR /b", ">451 a is lost", "$", "~done /a", "."
};
static const char *const lost_then_hangs[] = { "<STOR /a",  ">150 a",
                                               "<STOR /b",  ">451 a is lost",
                                               "?returned", "." };

static struct claim claims[] = {
    { .name = "the_next_waits_for_the_destination",
      .scene = { { SAYS("<RETR /a", ">150 a", "?/a told 1", ">150 still a",
                        "<RETR /b", ">150 b", ">226 a sent", ">226 b sent"),
                   SAYS("<STOR /a", "?/a told 2", ">150 a", "<STOR /b",
                        ">226 a", ">150 b", ">226 b") } },
      .order = { { "dst>150 a", "next /b" },
                 { "next /b", "dst<STOR /b" },
                 { "dst<STOR /b", "dst>226 a" } }, /* ahead it does go */
      .also = both_arrived },

    { .name = "the_next_waits_for_the_source",
      .scene = { { SAYS("<RETR /a", "?/a told 2", ">150 a", "<RETR /b",
                        ">226 a", ">150 b", ">226 b"),
                   SAYS("<STOR /a", ">150 a", ">" PERF("1"), "?/a told 1",
                        ">" PERF("2"), "<STOR /b", ">226 a", ">150 b",
                        ">226 b") } },
      .order = { { "src>150 a", "next /b" }, { "src<RETR /b", "src>226 a" } } },

    { .name = "a_refused_file_fails_alone",
      .scene = { { SAYS("<RETR /a", ">150 a", "?dst>500 no room for a",
                        ">426 nobody hears", "<RETR /b", ">150 b", ">226 b"),
                   SAYS("<STOR /a", "?/a told 1", ">500 no room for a",
                        "<STOR /b", ">150 b", ">226 b") } },
      .order = { { "done /a", "next /b" },
                 { "src>426 nobody hears", "dst<STOR /b" } },
      .told = "no room for a",
      .also = b_arrived_and_both_go_on },

    { .name = "a_name_that_cannot_be_sent_leaves_no_store",
      .from = "/two\nlines",
      .scene = { { SAYS("<RETR /b", ">150 b", ">226 b"),
                   SAYS("<STOR /b", ">150 b", ">226 b") } },
      .told = "line end",
      .never = "dst<STOR /a",
      .also = b_arrived_and_both_go_on },

    { .name = "what_comes_after_a_failure_is_not_believed",
      .scene = { { two_begun,
                   SAYS("<STOR /a", ">150 a", "<STOR /b",
                        ">111 Range Marker 0-100", ">451 a is lost", "?src eof",
                        "~done /b", ">150 b", ">" PERF("50"),
                        ">111 Range Marker 0-50", "~done /b", ">226 b") } },
      .rc = -1,
      .order = { { "dst>226 b", "done /a" }, { "dst>226 b", "done /b" } },
      .told = "a is lost",
      .untouched = true,
      .also = a_keeps_what_arrived },

    { .name = "what_was_told_before_is_taken_back",
      .scene = { { SAYS("<RETR /a", ">150 a", "<RETR /b", "?/b told 1",
                        ">451 a is lost", "$"),
                   SAYS("<STOR /a", ">150 a", "<STOR /b", ">226 a", ">150 b",
                        ">111 Range Marker 0-50", ">" PERF("50"), "?src eof",
                        ">426 b") },
                 { SAYS("<RETR /a", ">150 a", "<RETR /b", ">226 a", ">150 b",
                        "$"),
                   SAYS("<STOR /a", ">150 a", "<STOR /b", "?/b told 1",
                        ">451 a is lost", "?src eof", ">426 b") } },
      .rc = -1,
      .told = "a is lost",
      .untouched = true,
      .told_meanwhile = true },

    { .name = "a_bystander_does_not_fail_by_itself",
      .scene = { { two_begun, SAYS("<STOR /a", ">150 a", "<STOR /b",
                                   ">451 a is lost", "?src eof", "~done /b",
                                   ">150 b", ">550 b is not a file") } },
      .rc = -1,
      .order = { { "dst>550 b is not a file", "done /b" } },
      .untouched = true },

    { .name = "a_destination_may_end_by_closing",
      .scene = { { two_begun,
                   SAYS("<STOR /a", ">150 a", "<STOR /b", ">451 a is lost",
                        "?src eof", "~done /b", ".") } },
      .rc = -1,
      .order = { { "dst over", "done /a" }, { "dst over", "done /b" } },
      .told = "a is lost",
      .untouched = true },

    { .name = "a_silent_one_is_told_to_end",
      .conf = { .end_timeout_ms = 2000 },
      .scene = { { two_begun, SAYS("<STOR /a", ">150 a", "<STOR /b",
                                   ">451 a is lost", "$", "~done /b", ".") } },
      .rc = -1,
      .order = { { "dst eof", "dst over" }, { "dst over", "done /a" } },
      .untouched = true },

    { .name = "one_that_hangs_is_left",
      .conf = { .end_timeout_ms = 50 },
      .scene = { { SAYS("<RETR /a", ">150 a", "<RETR /b", "$"),
                   lost_then_hangs } },
      .rc = -1,
      .untouched = true,
      .also = b_was_not_reached },

    { .name = "what_the_source_refuses_is_not_waited_for",
      .only_a = true,
      .conf = { .end_timeout_ms =
                    3600 * 1000 }, /* the watchdog barks earlier */
      .scene = { { SAYS("<RETR /a", "?dst>150 a", ">550 no such a"),
                   SAYS("<STOR /a", ">150 a", "$", "~done /a", ".") } },
      .rc = -1,
      .order = { { "dst over", "done /a" } },
      .told = "no such a",
      .also = a_begun_and_source_goes_on },

    { .name = "the_first_to_know_is_heard",
      .only_a = true,
      .scene = { { SAYS("<RETR /a", "?dst>150 a", ">150 a",
                        ">451 my disk broke"),
                   SAYS("<STOR /a", ">150 a", "?src>451 my disk broke",
                        "~done /a", ">451 that was short") },
                 { SAYS("<RETR /a", ">150 a", "?dst>451 my disk broke",
                        "~done /a", ">451 nobody hears"),
                   SAYS("<STOR /a", ">150 a", "?/a told 1",
                        ">451 my disk broke") },
                 { SAYS("<RETR /a", "?dst>150 a", ">150 a", ">426 lost"),
                   SAYS("<STOR /a", ">150 a", "?src>426 lost", "~done /a",
                        ">451 my disk broke") } },
      .told = "my disk broke" },

    { .name = "a_stor_that_has_not_left_never_does",
      .hold_at = 2, /* what comes next is queued, not sent */
      .hold = "src gone",
      .scene = { { SAYS("<RETR /a", "?/a told 1", ">150 a", "!"),
                   SAYS("<STOR /a", ">150 a", ">" PERF("1"), "?src gone",
                        "~returned", ">226 a") } },
      .rc = -1,
      .order = { { "src gone", "next /b" },
                 { "dst>226 a", "done /b" } }, /* but a is heard to its end */
      .never = "dst<STOR /b",
      .untouched = true },

    { .name = "a_put_is_put_down_before_it_is_given_back",
      .scene = { { NULL, lost_then_mute } },
      .rc = -1,
      .order = { { "dst over", "done /a" }, { "dst over", "done /b" } },
      .told = "a is lost",
      .untouched = true },

    { .name = "a_put_that_stalls_likewise",
      .conf = { .stall_timeout_ms = 500 },
      .scene = { { NULL, SAYS("<STOR /a", ">150 a", "<STOR /b", "$", "~done /a",
                              ".") } },
      .rc = -1,
      .order = { { "dst over", "done /a" } },
      .untouched = true,
      .also = a_timed_out },

    { .name = "a_put_that_hangs_is_left",
      .conf = { .end_timeout_ms = 50 },
      .scene = { { NULL, lost_then_hangs } },
      .rc = -1,
      .untouched = true },
};

/* ---- a scene ---- */

static void
play(struct run *r, const struct claim *c, const struct scene *s)
{
    struct ftpclient_how how = { .mode = FTPCLIENT_EXTENDED, .depth = 16 };

    r->file[0].hold_at = c->hold_at;
    r->file[0].hold = c->hold;
    if (c->from != NULL)
        r->file[0].x.path = c->from;
    if (s->src != NULL) {
        r->server[0] = ftpscript_start("src", s->src);
        r->c[0] = client(r->server[0], c->conf);
    }
    r->server[1] = ftpscript_start("dst", s->dst);
    r->c[1] = client(r->server[1], c->conf);
    r->rc = s->src != NULL
                ? ftpclient_third_run(r->c[0], r->c[1], &how, next, done, r,
                                      &r->err)
                : ftpclient_put(r->c[1], &how, next, done, r, &r->err);
    ftpscript_note("returned");
}

static void
assert_claim(const struct run *r, const struct claim *c)
{
    int i;

    assert_int_equal(r->rc, c->rc);
    for (i = 0; i < ORDERS && c->order[i].first != NULL; i++)
        assert_order(c->order[i].first, c->order[i].then);
    if (c->told != NULL)
        assert_told(r, 0, c->told);
    if (c->untouched) {
        assert_untouched(r, 1);
        assert_int_equal(r->file[1].told > 0, c->told_meanwhile);
    }
    if (c->also != NULL)
        c->also(r);
}

static void
holds(void **state)
{
    const struct claim *c = *state;
    struct run *r;
    int i;

    for (i = 0; i < SCENES && c->scene[i].dst != NULL; i++) {
        r = begin(c->only_a ? 1 : 2);
        play(r, c, &c->scene[i]);
        assert_claim(r, c);
        run_end(r);
        if (c->never != NULL)
            assert_int_equal(ftpscript_at(c->never), -1);
    }
}

#define CLAIMS (sizeof(claims) / sizeof(claims[0]))

int
main(void)
{
    struct CMUnitTest tests[CLAIMS] = { { .name = NULL } };
    size_t i;

    for (i = 0; i < CLAIMS; i++)
        tests[i] = (struct CMUnitTest){ .name = claims[i].name,
                                        .test_func = holds,
                                        .initial_state = &claims[i] };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
