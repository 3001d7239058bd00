/* tests/unit/test_modee.c - MODE E headers as the Globus client sends them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "gridftp/proto/modee.h"

static void
header_is_big_endian_and_comes_back(void **state)
{
    struct modee_block in = { MODEE_EOD, 0x0102030405ull,
                              0x1112131415161718ll },
                       out;
    unsigned char h[MODEE_HEADER];
    struct err err = ERR_INIT;

    (void)state;
    modee_encode(&in, h);
    assert_memory_equal(h,
                        "\x08\x00\x00\x00\x01\x02\x03\x04\x05"
                        "\x11\x12\x13\x14\x15\x16\x17\x18",
                        MODEE_HEADER);
    assert_int_equal(modee_decode(h, &out, &err), 0);
    assert_int_equal(out.flags, MODEE_EOD);
    assert_true(out.count == in.count && out.offset == in.offset);
}

static void
globus_end_of_file_announces_two_connections(void **state)
{
    unsigned char h[MODEE_HEADER] = { 0x48, [16] = 2 };
    struct modee_block b;
    struct err err = ERR_INIT;

    (void)state;
    assert_int_equal(modee_decode(h, &b, &err), 0);
    assert_int_equal(b.flags, MODEE_EOF | MODEE_EOD);
    assert_int_equal(b.offset, 2);
}

static void
hostile_headers_are_refused(void **state)
{
    static const struct modee_block bad[] = {
        { 0, MODEE_COUNT_MAX + 1, 0 },
        { 0, UINT64_MAX, 0 },
        { 0, 1, INT64_MAX },
        { 0, 1, UINT64_MAX },
        { MODEE_EOF, 1, 1 },
        { MODEE_EOF, 0, MODEE_EODS_MAX + 1 },
        { MODEE_EOF | MODEE_EOD, 0, UINT64_MAX },
    };
    unsigned char h[MODEE_HEADER];
    struct modee_block b;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct err err = ERR_INIT;

        modee_encode(&bad[i], h);
        assert_int_equal(modee_decode(h, &b, &err), -1);
        assert_int_equal(err.code, ERR_PROTOCOL);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(header_is_big_endian_and_comes_back),
        cmocka_unit_test(globus_end_of_file_announces_two_connections),
        cmocka_unit_test(hostile_headers_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
