/* tests/unit/test_ranges.c - byte ranges, checked against a plain bitmap. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gridftp/proto/ranges.h"

static void
neighbours_and_overlaps_become_one(void **state)
{
    struct ranges set = { 0 };
    struct buf text = BUF_INIT;
    struct err err = ERR_INIT;

    (void)state;
    assert_int_equal(ranges_add(&set, 10, 20, &err), 0);
    assert_int_equal(ranges_add(&set, 30, 40, &err), 0);
    assert_int_equal(ranges_add(&set, 20, 30, &err), 0);
    assert_int_equal(ranges_add(&set, 50, 50, &err), 0);
    assert_int_equal(set.n, 1);
    assert_int_equal(ranges_add(&set, 0, 5, &err), 0);
    ranges_text(&set, &text);
    assert_string_equal(buf_str(&text), "0-5,10-40");
    assert_int_equal(ranges_total(&set), 35);
    buf_fini(&text);
    ranges_fini(&set);
}

#define BITS 300
static void
any_order_agrees_with_a_bitmap(void **state)
{
    struct ranges set = { 0 };
    char bit[BITS + 1] = { 0 };
    struct err err = ERR_INIT;
    struct range hole;
    int i, round, a, b;

    (void)state;
    srand(7);
    for (round = 0; round < 20; round++) {
        for (i = 0; i < 12; i++) {
            a = rand() % BITS;
            b = a + rand() % 20;
            b = b > BITS ? BITS : b;
            memset(bit + a, 1, (size_t)(b - a));
            assert_int_equal(ranges_add(&set, a, b, &err), 0);
            for (a = 0; a < BITS && bit[a]; a++)
                ;
            assert_int_equal(ranges_hole(&set, 0, BITS, &hole), a < BITS);
            if (a == BITS)
                break;
            for (b = a; b < BITS && !bit[b]; b++)
                ;
            assert_true(hole.begin == a && hole.end == b);
            assert_int_equal(ranges_has(&set, 0, a), 1);
            assert_int_equal(ranges_has(&set, 0, a + 1), 0);
        }
        for (i = a = 0; i < BITS; i++)
            a += bit[i];
        assert_int_equal(ranges_total(&set), a);
        memset(bit, 0, sizeof(bit));
        ranges_fini(&set);
    }
}

static void
restart_markers_are_read(void **state)
{
    struct ranges set = { 0 };
    struct err err = ERR_INIT;

    (void)state;
    assert_int_equal(ranges_parse("0-1000,3000-4000", &set, &err), 0);
    assert_int_equal(set.n, 2);
    assert_int_equal(set.r[1].begin, 3000);
    ranges_fini(&set);
    assert_int_equal(ranges_parse("19999000", &set, &err), 0);
    assert_int_equal(set.r[0].end, 19999000);
    ranges_fini(&set);
    assert_int_equal(ranges_parse("0", &set, &err), 0);
    assert_int_equal(set.n, 0);
}

static void
bad_markers_are_refused(void **state)
{
    static const char *const bad[] = { "",     "x",     "-",
                                       "1-",   "5-1",   "1-2,",
                                       "-1",   "1-2,3", "9223372036854775808",
                                       "1 -2", "1-2 ",  "0x1-2" };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct ranges set = { 0 };
        struct err err = ERR_INIT;

        assert_int_equal(ranges_parse(bad[i], &set, &err), -1);
        assert_int_equal(err.code, ERR_SYNTAX);
        ranges_fini(&set);
    }
}

static void
pieces_are_limited(void **state)
{
    struct ranges set = { 0 };
    struct err err = ERR_INIT;
    int64_t i;

    (void)state;
    for (i = 0; i < RANGES_MAX; i++)
        assert_int_equal(ranges_add(&set, 2 * i, 2 * i + 1, &err), 0);
    assert_int_equal(ranges_add(&set, 2 * i, 2 * i + 1, &err), -1);
    assert_int_equal(err.code, ERR_LIMIT);
    assert_int_equal(ranges_add(&set, 1, 2, NULL), 0);
    ranges_fini(&set);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(neighbours_and_overlaps_become_one),
        cmocka_unit_test(any_order_agrees_with_a_bitmap),
        cmocka_unit_test(restart_markers_are_read),
        cmocka_unit_test(bad_markers_are_refused),
        cmocka_unit_test(pieces_are_limited),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
