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

/* R's files from a server of script SRC to one of script DST. */
static void
third(struct run *r, const char *const *src, const char *const *dst,
      struct ftpclient_conf conf)
{
    struct ftpclient_how how = { .mode = FTPCLIENT_EXTENDED, .depth = 16 };

    r->server[0] = ftpscript_start("src", src);
    r->server[1] = ftpscript_start("dst", dst);
    r->c[0] = client(r->server[0], conf);
    r->c[1] = client(r->server[1], conf);
    r->rc = ftpclient_third_run(r->c[0], r->c[1], &how, next, done, r, &r->err);
    ftpscript_note("returned");
}

/* The same to a server of script DST, from here. */
static void
put(struct run *r, const char *const *dst, struct ftpclient_conf conf)
{
    struct ftpclient_how how = { .mode = FTPCLIENT_EXTENDED, .depth = 16 };

    r->server[1] = ftpscript_start("dst", dst);
    r->c[1] = client(r->server[1], conf);
    r->rc = ftpclient_put(r->c[1], &how, next, done, r, &r->err);
    ftpscript_note("returned");
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

/* Nothing of it is believed, and it is no failure of its own. */
static void
assert_untouched(const struct run *r, int i)
{
    const struct ftpclient_xfer *x = &r->file[i].x;

    assert_false(x->begun);
    assert_false(x->transient);
    assert_int_equal(x->bytes, 0);
    assert_int_equal(x->have->n, 0);
    assert_int_equal(r->file[i].told, 0);
    assert_string_equal(x->err.text, r->err.text);
}

static void
assert_told(const struct run *r, int i, const char *why)
{
    if (strstr(r->file[i].x.err.text, why) == NULL)
        fail_msg("'%s' does not tell '%s'", r->file[i].x.err.text, why);
}

#define DEFAULTS ((struct ftpclient_conf){ .host = NULL })
#define PERF(n)  "112-Perf Marker\r\n Stripe Bytes Transferred: " n "\r\n112 End"
#define SCRIPT   static const char *const

/* ---- claims ---- */

static void
the_next_waits_for_the_destination(void **state)
{
    SCRIPT src[] = { "<RETR /a",     ">150 a",      "?/a told 1",
                     ">150 still a", "<RETR /b",    ">150 b",
                     ">226 a sent",  ">226 b sent", NULL };
    SCRIPT dst[] = { "<STOR /a", "?/a told 2", ">150 a", "<STOR /b",
                     ">226 a",   ">150 b",     ">226 b", NULL };
    struct run *r = begin(2);

    (void)state;
    third(r, src, dst, DEFAULTS);
    assert_int_equal(r->rc, 0);
    assert_order("dst>150 a", "next /b");
    assert_order("next /b", "dst<STOR /b");
    assert_order("dst<STOR /b", "dst>226 a"); /* ahead it does go */
    assert_int_equal(r->file[0].x.err.code, ERR_OK);
    assert_int_equal(r->file[1].x.err.code, ERR_OK);
    run_end(r);
}

static void
the_next_waits_for_the_source(void **state)
{
    SCRIPT src[] = { "<RETR /a", "?/a told 2", ">150 a", "<RETR /b",
                     ">226 a",   ">150 b",     ">226 b", NULL };
    SCRIPT dst[] = { "<STOR /a",    ">150 a",   ">" PERF("1"), "?/a told 1",
                     ">" PERF("2"), "<STOR /b", ">226 a",      ">150 b",
                     ">226 b",      NULL };
    struct run *r = begin(2);

    (void)state;
    third(r, src, dst, DEFAULTS);
    assert_int_equal(r->rc, 0);
    assert_order("src>150 a", "next /b");
    assert_order("src<RETR /b", "src>226 a");
    run_end(r);
}

static void
a_refused_file_fails_alone(void **state)
{
    SCRIPT src[] = { "<RETR /a",
                     ">150 a",
                     "?dst>500 no room for a",
                     ">426 nobody hears",
                     "<RETR /b",
                     ">150 b",
                     ">226 b",
                     NULL };
    SCRIPT dst[] = { "<STOR /a", "?/a told 1", ">500 no room for a",
                     "<STOR /b", ">150 b",     ">226 b",
                     NULL };
    struct run *r = begin(2);

    (void)state;
    third(r, src, dst, DEFAULTS);
    assert_int_equal(r->rc, 0);
    assert_order("done /a", "next /b");
    assert_order("src>426 nobody hears", "dst<STOR /b");
    assert_told(r, 0, "no room for a");
    assert_int_equal(r->file[1].x.err.code, ERR_OK);
    assert_true(ftpclient_usable(r->c[0]) && ftpclient_usable(r->c[1]));
    run_end(r);
}

/* The source of those that fail in the middle. */
SCRIPT two_begun[] = { "<RETR /a", ">150 a", "<RETR /b", "?dst>451 a is lost",
                       ">426 a",   "$",      NULL };

static void
what_comes_after_a_failure_is_not_believed(void **state)
{
    SCRIPT dst[] = { "<STOR /a",
                     ">150 a",
                     "<STOR /b",
                     ">111 Range Marker 0-100",
                     ">451 a is lost",
                     "?src eof",
                     "~done /b",
                     ">150 b",
                     ">" PERF("50"),
                     ">111 Range Marker 0-50",
                     "~done /b",
                     ">226 b",
                     NULL };
    struct run *r = begin(2);

    (void)state;
    third(r, two_begun, dst, DEFAULTS);
    assert_int_equal(r->rc, -1);
    assert_order("dst>226 b", "done /a");
    assert_order("dst>226 b", "done /b");
    assert_told(r, 0, "a is lost");
    assert_int_equal(ranges_total(&r->file[0].have), 100);
    assert_true(r->file[0].x.begun);
    assert_untouched(r, 1);
    run_end(r);
}

static void
what_was_told_before_is_taken_back(void **state)
{
    SCRIPT src_late[] = { "<RETR /a",       ">150 a", "<RETR /b", "?/b told 1",
                          ">451 a is lost", "$",      NULL };
    SCRIPT dst_early[] = { "<STOR /a",     ">150 a",
                           "<STOR /b",     ">226 a",
                           ">150 b",       ">111 Range Marker 0-50",
                           ">" PERF("50"), "?src eof",
                           ">426 b",       NULL };
    SCRIPT src_early[] = { "<RETR /a", ">150 a", "<RETR /b", ">226 a",
                           ">150 b",   "$",      NULL };
    SCRIPT dst_late[] = { "<STOR /a",       ">150 a",
                          "<STOR /b",       "?/b told 1",
                          ">451 a is lost", "?src eof",
                          ">426 b",         NULL };
    const char *const *pair[][2] = { { src_late, dst_early },
                                     { src_early, dst_late } };
    struct run *r;
    size_t i;

    (void)state;
    for (i = 0; i < 2; i++) {
        r = begin(2);
        third(r, pair[i][0], pair[i][1], DEFAULTS);
        assert_int_equal(r->rc, -1);
        assert_told(r, 0, "a is lost");
        r->file[1].told = 0;
        assert_untouched(r, 1);
        run_end(r);
    }
}

static void
a_bystander_does_not_fail_by_itself(void **state)
{
    SCRIPT dst[] = { "<STOR /a", ">150 a",   "<STOR /b", ">451 a is lost",
                     "?src eof", "~done /b", ">150 b",   ">550 b is no file",
                     NULL };
    struct run *r = begin(2);

    (void)state;
    third(r, two_begun, dst, DEFAULTS);
    assert_int_equal(r->rc, -1);
    assert_order("dst>550 b is no file", "done /b");
    assert_untouched(r, 1);
    run_end(r);
}

static void
a_destination_may_end_by_closing(void **state)
{
    SCRIPT dst[] = { "<STOR /a", ">150 a",   "<STOR /b", ">451 a is lost",
                     "?src eof", "~done /b", "." };
    struct run *r = begin(2);

    (void)state;
    third(r, two_begun, dst, DEFAULTS);
    assert_int_equal(r->rc, -1);
    assert_order("dst over", "done /a");
    assert_order("dst over", "done /b");
    assert_told(r, 0, "a is lost");
    assert_untouched(r, 1);
    run_end(r);
}

static void
a_silent_one_is_told_to_end(void **state)
{
    SCRIPT dst[] = { "<STOR /a", ">150 a",   "<STOR /b", ">451 a is lost",
                     "$",        "~done /b", "." };
    struct run *r = begin(2);

    (void)state;
    third(r, two_begun, dst, (struct ftpclient_conf){ .end_timeout_ms = 2000 });
    assert_int_equal(r->rc, -1);
    assert_order("dst eof", "dst over");
    assert_order("dst over", "done /a");
    assert_untouched(r, 1);
    run_end(r);
}

static void
one_that_hangs_is_left(void **state)
{
    SCRIPT dst[] = { "<STOR /a",       ">150 a",    "<STOR /b",
                     ">451 a is lost", "?returned", "." };
    SCRIPT silent[] = { "<RETR /a", ">150 a", "<RETR /b", "$", NULL };
    struct run *r = begin(2);

    (void)state;
    third(r, silent, dst, (struct ftpclient_conf){ .end_timeout_ms = 50 });
    assert_int_equal(r->rc, -1);
    /* whose silence that was no next file has to pay for */
    assert_int_equal(r->file[1].x.err.code, ERR_UNREACHABLE);
    assert_untouched(r, 1);
    assert_false(ftpclient_usable(r->c[1]));
    run_end(r);
}

static void
what_the_source_refuses_is_not_waited_for(void **state)
{
    SCRIPT src[] = { "<RETR /a", "?dst>150 a", ">550 no such a", NULL };
    SCRIPT dst[] = { "<STOR /a", ">150 a", "$", "~done /a", "." };
    /* The watchdog barks earlier. */
    struct ftpclient_conf conf = { .end_timeout_ms = 3600 * 1000 };
    struct run *r = begin(1);

    (void)state;
    third(r, src, dst, conf);
    assert_int_equal(r->rc, -1);
    assert_order("dst over", "done /a");
    assert_told(r, 0, "no such a");
    assert_true(r->file[0].x.begun);
    assert_true(ftpclient_usable(r->c[0]));
    run_end(r);
}

static void
the_first_to_know_is_heard(void **state)
{
    SCRIPT src_first[] = { "<RETR /a", "?dst>150 a", ">150 a",
                           ">451 my disk broke", NULL };
    SCRIPT dst_second[] = { "<STOR /a",
                            ">150 a",
                            "?src>451 my disk broke",
                            "~done /a",
                            ">451 that was short",
                            NULL };
    SCRIPT dst_first[] = { "<STOR /a", ">150 a", "?/a told 1",
                           ">451 my disk broke", NULL };
    SCRIPT src_second[] = {
        "<RETR /a",          ">150 a", "?dst>451 my disk broke", "~done /a",
        ">451 nobody hears", NULL
    };
    SCRIPT src_lost[] = { "<RETR /a", "?dst>150 a", ">150 a", ">426 lost",
                          NULL };
    SCRIPT dst_knows[] = { "<STOR /a",           ">150 a",
                           "?src>426 lost",      "~done /a",
                           ">451 my disk broke", NULL };
    const char *const *pair[][2] = { { src_first, dst_second },
                                     { src_second, dst_first },
                                     { src_lost, dst_knows } };
    struct run *r;
    size_t i;

    (void)state;
    for (i = 0; i < 3; i++) {
        r = begin(1);
        third(r, pair[i][0], pair[i][1], DEFAULTS);
        assert_int_equal(r->rc, 0);
        assert_told(r, 0, "my disk broke");
        run_end(r);
    }
}

static void
a_stor_that_has_not_left_never_does(void **state)
{
    SCRIPT src[] = { "<RETR /a", "?/a told 1", ">150 a", "!" };
    SCRIPT dst[] = { "<STOR /a",  ">150 a", ">" PERF("1"), "?src gone",
                     "~returned", ">226 a", NULL };
    struct run *r = begin(2);

    (void)state;
    r->file[0].hold_at = 2; /* what comes next is queued, not sent */
    r->file[0].hold = "src gone";
    third(r, src, dst, DEFAULTS);
    assert_int_equal(r->rc, -1);
    assert_order("src gone", "next /b");
    assert_order("dst>226 a", "done /b"); /* but a is heard to its end */
    assert_untouched(r, 1);
    run_end(r);
    assert_int_equal(ftpscript_at("dst<STOR /b"), -1);
}

static void
a_put_is_put_down_before_it_is_given_back(void **state)
{
    SCRIPT dst[] = { "<STOR /a", ">150 a",   "<STOR /b", ">451 a is lost",
                     "$",        "~done /a", "." };
    struct run *r = begin(2);

    (void)state;
    put(r, dst, DEFAULTS);
    assert_int_equal(r->rc, -1);
    assert_order("dst over", "done /a");
    assert_order("dst over", "done /b");
    assert_told(r, 0, "a is lost");
    assert_untouched(r, 1);
    run_end(r);
}

static void
a_put_that_stalls_likewise(void **state)
{
    SCRIPT dst[] = { "<STOR /a", ">150 a", "<STOR /b", "$", "~done /a", "." };
    struct run *r = begin(2);

    (void)state;
    put(r, dst, (struct ftpclient_conf){ .stall_timeout_ms = 500 });
    assert_int_equal(r->rc, -1);
    assert_order("dst over", "done /a");
    assert_int_equal(r->file[0].x.err.code, ERR_TIMEOUT);
    assert_untouched(r, 1);
    run_end(r);
}

static void
a_put_that_hangs_is_left(void **state)
{
    SCRIPT dst[] = { "<STOR /a",       ">150 a",    "<STOR /b",
                     ">451 a is lost", "?returned", "." };
    struct run *r = begin(2);

    (void)state;
    put(r, dst, (struct ftpclient_conf){ .end_timeout_ms = 50 });
    assert_int_equal(r->rc, -1);
    assert_untouched(r, 1);
    run_end(r);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_next_waits_for_the_destination),
        cmocka_unit_test(the_next_waits_for_the_source),
        cmocka_unit_test(a_refused_file_fails_alone),
        cmocka_unit_test(what_comes_after_a_failure_is_not_believed),
        cmocka_unit_test(what_was_told_before_is_taken_back),
        cmocka_unit_test(a_bystander_does_not_fail_by_itself),
        cmocka_unit_test(a_destination_may_end_by_closing),
        cmocka_unit_test(a_silent_one_is_told_to_end),
        cmocka_unit_test(one_that_hangs_is_left),
        cmocka_unit_test(what_the_source_refuses_is_not_waited_for),
        cmocka_unit_test(the_first_to_know_is_heard),
        cmocka_unit_test(a_stor_that_has_not_left_never_does),
        cmocka_unit_test(a_put_is_put_down_before_it_is_given_back),
        cmocka_unit_test(a_put_that_stalls_likewise),
        cmocka_unit_test(a_put_that_hangs_is_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
