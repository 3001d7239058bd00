/* tests/unit/test_ftpc_get.c - files that come over several data connections
 * (MODE E, GFD.20 s.3.3), from a scripted server that does what it likes. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "gridftp/client/ftpclient.h"
#include "tests/lib/lib_ftpscript.h"

#define WATCHDOG_S 60
#define FILES      2

typedef const char *const SCRIPT;

/* One file: where it goes, what came of it. */
struct file {
    struct ftpclient_xfer x;
    struct ranges have;
    int64_t note_at; /* "PATH there" is an event when so much has come */
    bool noted;
    int kept; /* the test's own descriptor of what x->fd is */
};

struct run {
    struct file file[FILES];
    size_t n, next;
    int rc;
    bool usable;
    struct err err;
};

static int
open_file(struct ftpclient_xfer *x, struct err *err)
{
    struct file *f = x->user;

    x->fd = dup(f->kept);
    return x->fd >= 0 ? 0 : err_set(err, ERR_IO, "no descriptor");
}

static int
note_progress(struct ftpclient_xfer *x)
{
    struct file *f = x->user;

    if (f->noted || x->bytes < f->note_at)
        return 0;
    f->noted = true;
    ftpscript_note("%s there", x->path);
    return 0;
}

static struct ftpclient_xfer *
next_file(void *arg)
{
    struct run *r = arg;

    return r->next < r->n ? &r->file[r->next++].x : NULL;
}

static void
file_done(void *arg, struct ftpclient_xfer *x)
{
    (void)arg;
    if (x->fd >= 0)
        close(x->fd);
    ftpscript_note("done %s", x->path);
}

/* N files "/a" and "/b", of which "/a" NOTE_AT bytes are awaited. */
static void
prepare(struct run *r, size_t n, int64_t note_at)
{
    static const char *const path[FILES] = { "/a", "/b" };
    size_t i;

    memset(r, 0, sizeof(*r));
    r->n = n;
    for (i = 0; i < n; i++) {
        struct file *f = &r->file[i];

        f->kept = memfd_create(path[i], MFD_CLOEXEC);
        f->note_at = i == 0 ? note_at : INT64_MAX;
        f->x = (struct ftpclient_xfer){
            .path = path[i],
            .whole = true,
            .size = -1,
            .have = &f->have,
            .fd = -1,
            .open = open_file,
            .progress = note_progress,
            .user = f,
        };
    }
}

/* Get them over two streams from a server of SCRIPT. */
static void
get(struct run *r, SCRIPT *script)
{
    struct ftpclient_conf conf = { .host = "127.0.0.1", .plain = true };
    struct ftpclient_how how = { .mode = FTPCLIENT_EXTENDED,
                                 .parallel = 2,
                                 .depth = 2 };
    struct ftpscript *s;
    struct ftpclient *c;

    alarm(WATCHDOG_S);
    ftpscript_forget();
    s = ftpscript_start("srv", script);
    conf.port = ftpscript_port(s);
    assert_int_equal(ftpclient_open(&conf, &c, &r->err), 0);
    r->rc = ftpclient_get(c, &how, next_file, file_done, r, &r->err);
    r->usable = ftpclient_usable(c);
    ftpclient_close(c);
    ftpscript_finish(s);
}

static void
finish(struct run *r)
{
    size_t i;

    for (i = 0; i < r->n; i++) {
        close(r->file[i].kept);
        ranges_fini(&r->file[i].have);
    }
}

static off_t
size_of(const struct run *r, size_t i)
{
    struct stat st;

    assert_int_equal(fstat(r->file[i].kept, &st), 0);
    return st.st_size;
}

/* From AT on there are N bytes C in file I. */
static void
assert_bytes(const struct run *r, size_t i, off_t at, size_t n, char c)
{
    char *p = malloc(n);

    assert_non_null(p);
    assert_int_equal(pread(r->file[i].kept, p, n, at), n);
    assert_int_equal(p[0], c);
    assert_memory_equal(p, p + 1, n - 1);
    free(p);
}

static void
assert_have(const struct run *r, size_t i, const char *text)
{
    struct buf b = BUF_INIT;

    ranges_text(&r->file[i].have, &b);
    assert_string_equal(buf_str(&b), text);
    buf_fini(&b);
}

static void
blocks_of_two_connections_make_the_file(void **state)
{
    SCRIPT script[] = { "<RETR /a",
                        ">150 a",
                        "+",
                        "+",
                        "*0 0 200000 100000 200000",
                        "*1 0 100000 0 100000",
                        "*1 0 10 300000 10",
                        "*0 8 0 0 0",
                        "*1 48 0 2 0",
                        ">226 a",
                        NULL };
    struct run r;

    (void)state;
    prepare(&r, 1, 0);
    get(&r, script);
    assert_int_equal(r.rc, 0);
    assert_int_equal(r.file[0].x.err.code, ERR_OK);
    assert_int_equal(r.file[0].x.bytes, 300010);
    assert_int_equal(size_of(&r, 0), 300010);
    assert_bytes(&r, 0, 0, 100000, 'b');
    assert_bytes(&r, 0, 100000, 200000, 'a');
    assert_bytes(&r, 0, 300000, 10, 'b');
    assert_have(&r, 0, "0-300010");
    finish(&r);
}

/* The server counts one end where two connections bring data, and goes on. */
static void
what_comes_of_a_file_that_is_over_is_not_the_nexts(void **state)
{
    SCRIPT script[] = { "<RETR /a",
                        ">150 a",
                        "+",
                        "+",
                        "*1 0 300000 0 1000",
                        "*0 0 200000 0 200000",
                        "?/a there",
                        "*0 48 0 1 0",
                        ">226 a",
                        "?done /a",
                        "<RETR /b",
                        ">150 b",
                        "&1 100000",
                        "*0 0 10 0 10",
                        "*0 48 0 1 0",
                        ">226 b",
                        NULL };
    struct run r;

    (void)state;
    prepare(&r, 2, 201000);
    get(&r, script);
    assert_int_equal(r.file[0].x.err.code, ERR_OK);
    assert_int_equal(r.file[1].x.err.code, ERR_OK);
    assert_int_equal(size_of(&r, 1), 10);
    assert_bytes(&r, 1, 0, 10, 'a');
    assert_have(&r, 1, "0-10");
    finish(&r);
}

static void
what_came_before_a_connection_broke_is_known(void **state)
{
    SCRIPT script[] = { "<RETR /a",
                        ">150 a",
                        "+",
                        "+",
                        "*0 0 200000 1000000 70000",
                        "*1 0 200000 0 80000",
                        "?/a there",
                        "-0",
                        ">426 lost",
                        NULL };
    struct run r;

    (void)state;
    prepare(&r, 1, 150000);
    get(&r, script);
    assert_int_not_equal(r.file[0].x.err.code, ERR_OK);
    assert_int_equal(r.file[0].x.bytes, 150000);
    assert_have(&r, 0, "0-80000,1000000-1070000");
    finish(&r);
}

static void
a_full_disk_costs_the_file_and_not_the_session(void **state)
{
    SCRIPT script[] = { "<RETR /a",
                        ">150 a",
                        "+",
                        "+",
                        "*0 0 100000 100000 100000",
                        "*1 0 100000 0 100000",
                        "*0 8 0 0 0",
                        "*1 48 0 2 0",
                        ">226 a",
                        "<RETR /b",
                        ">150 b",
                        "*0 0 100000 0 100000",
                        "*0 48 0 2 0",
                        "*1 8 0 0 0",
                        ">226 b",
                        NULL };
    struct run r;

    (void)state;
    prepare(&r, 2, 0);
    close(r.file[0].kept);
    r.file[0].kept = open("/dev/full", O_WRONLY | O_CLOEXEC);
    get(&r, script);
    assert_int_equal(r.rc, 0);
    assert_int_equal(r.file[0].x.err.code, ERR_NOSPACE);
    assert_have(&r, 0, "");
    assert_int_equal(r.file[1].x.err.code, ERR_OK);
    assert_int_equal(size_of(&r, 1), 100000);
    finish(&r);
}

static void
bytes_beyond_a_part_are_refused(void **state)
{
    SCRIPT script[] = {
        "<ERET P 1000 100000 /a", ">150 a", "+", "+", "*0 0 70000 0 70000",
        "*1 0 70000 70000 70000", "$",      NULL
    };
    struct run r;

    (void)state;
    prepare(&r, 1, 0);
    r.file[0].x.whole = false;
    r.file[0].x.offset = 1000;
    r.file[0].x.length = 100000;
    get(&r, script);
    assert_int_equal(r.rc, -1);
    assert_int_equal(r.err.code, ERR_PROTOCOL);
    assert_false(r.usable);
    assert_true(size_of(&r, 0) <= 101000);
    finish(&r);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_of_two_connections_make_the_file),
        cmocka_unit_test(what_comes_of_a_file_that_is_over_is_not_the_nexts),
        cmocka_unit_test(what_came_before_a_connection_broke_is_known),
        cmocka_unit_test(a_full_disk_costs_the_file_and_not_the_session),
        cmocka_unit_test(bytes_beyond_a_part_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
