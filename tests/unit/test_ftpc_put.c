/* tests/unit/test_ftpc_put.c - files sent in MODE S, where nothing but the end
 * of the connection tells that all has come; to a scripted server. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "gridftp/client/ftpclient.h"
#include "tests/lib/lib_ftpscript.h"

#define WATCHDOG_S 60
#define SIZE       100

/* How a source breaks. */
struct breach {
    int64_t at;
    enum err_code code;
};

/* Bytes up to SIZE; x->user: how the source breaks, if it does. */
static ssize_t
source(struct ftpclient_xfer *x, void *p, size_t n, int64_t offset,
       struct err *err)
{
    const struct breach *b = x->user;

    if (b != NULL && offset >= b->at)
        return err_set(err, b->code, "the source broke");
    if (b != NULL && (int64_t)n > b->at)
        n = (size_t)b->at;
    if (offset + (int64_t)n > SIZE)
        n = (size_t)(SIZE - offset);
    memset(p, 'x', n);
    return (ssize_t)n;
}

/* Put X to a server of SCRIPT; what ftpclient_put_one() said. */
static int
put(const char *const *script, struct ftpclient_xfer *x, struct err *err)
{
    struct ftpscript *s;
    struct ftpclient_conf conf = { .host = "127.0.0.1", .plain = true };
    struct ftpclient_how how = { .mode = FTPCLIENT_STREAM };
    struct ftpclient *c;
    int rc;

    alarm(WATCHDOG_S);
    ftpscript_forget();
    s = ftpscript_start("srv", script);
    conf.port = ftpscript_port(s);
    assert_int_equal(ftpclient_open(&conf, &c, err), 0);
    rc = ftpclient_put_one(c, &how, x, err);
    ftpscript_note("returned");
    ftpclient_close(c);
    ftpscript_finish(s);
    return rc;
}

static void
assert_happened(const char *event)
{
    if (ftpscript_at(event) >= 0)
        return;
    ftpscript_print();
    fail_msg("'%s' did not happen", event);
}

static void
the_end_of_the_connection_ends_the_file(void **state)
{
    static const char *const script[] = { "<STOR /a", ">150 a", "=", ">226 a",
                                          NULL };
    struct ftpclient_xfer x = {
        .path = "/a", .whole = true, .size = -1, .fd = -1, .read = source
    };
    struct err err = ERR_INIT;

    (void)state;
    assert_int_equal(put(script, &x, &err), 0);
    assert_happened("srv data 100 ended");
}

static void
a_part_is_continued_behind_its_end(void **state)
{
    static const char *const script[] = { "<STOR /a", ">150 a", "=", ">226 a",
                                          NULL };
    struct ranges have = { 0 };
    struct ftpclient_xfer x = { .path = "/a",
                                .whole = true,
                                .size = -1,
                                .have = &have,
                                .fd = -1,
                                .read = source };
    struct err err = ERR_INIT;

    (void)state;
    assert_int_equal(ranges_add(&have, 0, 30, NULL), 0);
    assert_int_equal(put(script, &x, &err), 0);
    assert_happened("srv(REST 30");
    assert_happened("srv data 70 ended");
    assert_int_equal(x.bytes, 70);
    ranges_fini(&have);
}

static void
assert_no_end(enum err_code code)
{
    static const char *const script[] = { "<STOR /a", ">150 a", "=", "$", "." };
    struct breach b = { 60, code };
    struct ftpclient_xfer x = { .path = "/a",
                                .whole = true,
                                .size = SIZE,
                                .fd = -1,
                                .read = source,
                                .user = &b };
    struct err err = ERR_INIT;
    char event[64];
    int sent = 0;

    assert_int_equal(put(script, &x, &err), -1);
    assert_int_equal(err.code, code);
    for (; sent <= SIZE; sent++) {
        snprintf(event, sizeof(event), "srv data %d ended", sent);
        assert_int_equal(ftpscript_at(event), -1);
    }
}

static void
a_source_that_breaks_is_no_end_of_the_file(void **state)
{
    (void)state;
    assert_no_end(ERR_IO);
}

/* A source may itself be a connection that was lost. */
static void
nor_is_one_that_was_lost(void **state)
{
    (void)state;
    assert_no_end(ERR_UNREACHABLE);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_end_of_the_connection_ends_the_file),
        cmocka_unit_test(a_part_is_continued_behind_its_end),
        cmocka_unit_test(a_source_that_breaks_is_no_end_of_the_file),
        cmocka_unit_test(nor_is_one_that_was_lost),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
