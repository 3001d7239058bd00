/* tests/unit/test_gridcp_entries.c - many entries of a directory come back as
 * they were put there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "clients/gridcp/gridcp_entries.h"

#define MANY 50000

/* The I-th entry; names of 1 to 255 bytes. */
static struct gridcp_name
entry(int i, char name[256])
{
    memset(name, 'a' + i % 26, 256);
    name[1 + i % 255] = '\0';
    if (i % 255 > 10)
        name[snprintf(name, 256, "%d\n", i)] = 'x';
    return (struct gridcp_name){ .name = name,
                                 .dir = i % 3 == 0,
                                 .size = i == 5 ? -1 : INT64_MAX - i,
                                 .mtime = i - 1 };
}

/* Entries FROM to TO. */
static void
fill(struct gridcp_entries *l, int from, int to)
{
    struct gridcp_name n;
    char name[256];
    int i;

    for (i = from; i < to; i++) {
        n = entry(i, name);
        gridcp_entries_add(l, &n);
    }
}

static void
assert_all(struct gridcp_entries *l, int many)
{
    struct gridcp_name got, want;
    char name[256];
    int i;

    for (i = 0; i < many; i++) {
        want = entry(i, name);
        assert_int_equal(gridcp_entries_next(l, &got, NULL), 1);
        assert_string_equal(got.name, want.name);
        assert_int_equal(got.dir, want.dir);
        assert_int_equal(got.size, want.size);
        assert_int_equal(got.mtime, want.mtime);
    }
    assert_int_equal(gridcp_entries_next(l, &got, NULL), 0);
    assert_int_equal(gridcp_entries_next(l, &got, NULL), 0);
}

static void
few_need_no_file(void **state)
{
    struct gridcp_entries l = { 0 };

    (void)state;
    assert_all(&l, 0);
    fill(&l, 0, 100);
    assert_false(l.open);
    assert_all(&l, 100);
    gridcp_entries_fini(&l);
}

static void
many_come_back_in_order(void **state)
{
    struct gridcp_entries l = { 0 };

    (void)state;
    fill(&l, 0, MANY);
    assert_true(l.open && l.written > 0 && l.tail.len > 0);
    assert_true(l.tail.cap < 1024 * 1024);
    assert_all(&l, MANY);
    assert_true(l.chunk.cap < 1024 * 1024);
    gridcp_entries_fini(&l);
    assert_all(&l, 0);
}

static void
the_file_is_nobody_elses(void **state)
{
    struct gridcp_entries l = { 0 };
    struct stat st;

    (void)state;
    fill(&l, 0, MANY);
    assert_int_equal(fstat(l.fd, &st), 0);
    assert_int_equal(st.st_nlink, 0);
    assert_int_equal(st.st_mode & 077, 0);
    gridcp_entries_fini(&l);
}

static void
without_room_they_stay_in_memory(void **state)
{
    struct gridcp_entries l = { 0 };

    (void)state;
    assert_int_equal(setenv("TMPDIR", "/nonexistent", 1), 0);
    fill(&l, 0, MANY);
    assert_int_equal(unsetenv("TMPDIR"), 0);
    assert_false(l.open);
    assert_all(&l, MANY);
    gridcp_entries_fini(&l);
}

static void
a_file_that_fills_up_keeps_what_it_has(void **state)
{
    struct gridcp_entries l = { 0 };
    int fd;

    (void)state;
    fill(&l, 0, MANY / 2);
    /* No more can be written. */
    fd = dup(l.fd);
    assert_true(fd >= 0);
    assert_int_equal(close(l.fd), 0);
    fill(&l, MANY / 2, MANY);
    assert_true(l.none);
    assert_int_equal(dup2(fd, l.fd), l.fd);
    close(fd);
    assert_all(&l, MANY);
    gridcp_entries_fini(&l);
}

static void
a_file_that_lost_its_end_is_an_error(void **state)
{
    struct gridcp_entries l = { 0 };
    struct gridcp_name n;
    struct err err = ERR_INIT;
    int rc;

    (void)state;
    fill(&l, 0, MANY);
    assert_int_equal(ftruncate(l.fd, 100000), 0);
    while ((rc = gridcp_entries_next(&l, &n, &err)) > 0)
        ;
    assert_int_equal(rc, -1);
    assert_int_equal(err.code, ERR_IO);
    gridcp_entries_fini(&l);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(few_need_no_file),
        cmocka_unit_test(many_come_back_in_order),
        cmocka_unit_test(the_file_is_nobody_elses),
        cmocka_unit_test(without_room_they_stay_in_memory),
        cmocka_unit_test(a_file_that_fills_up_keeps_what_it_has),
        cmocka_unit_test(a_file_that_lost_its_end_is_an_error),
    };

    unsetenv("TMPDIR");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
