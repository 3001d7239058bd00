/* tests/unit/test_codec.c - small encodings, there, back and refused. */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/codec.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void
base64_is_that_of_rfc4648(void **state)
{
    static const char *const texts[] = {
        "", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"
    };
    struct buf b = BUF_INIT;
    size_t n;

    (void)state;
    for (n = 0; n < COUNT(texts); n++) {
        buf_clear(&b);
        base64_encode(&b, "foobar", n);
        assert_string_equal(buf_str(&b), texts[n]);
        buf_clear(&b);
        assert_int_equal(base64_decode(&b, texts[n], strlen(texts[n])), 0);
        assert_int_equal(b.len, n);
        assert_memory_equal(buf_str(&b), "foobar", n);
    }
    buf_clear(&b);
    assert_int_equal(base64_decode(&b, "+/+/", 4), 0);
    assert_memory_equal(b.data, "\xFB\xFF\xBF", 3);
    buf_fini(&b);
}

static void
bad_base64_leaves_nothing(void **state)
{
    static const char *const bad[] = {
        "Z",
        "Zg",
        "Zg=",
        "Zg==Zg==",
        "Zg= =",
        "Zm9v\n",
        "Z===",
        "====",
        "Zh==",
        "Zm9=",
        "Zm 9",
        "Zm-_",
        "Zm9vYmFyZm9vYmF\xff",
        "=m9v",
        "Zm=v",
    };
    struct buf b = BUF_INIT;
    size_t i;

    (void)state;
    buf_adds(&b, "kept");
    for (i = 0; i < COUNT(bad); i++) {
        assert_int_equal(base64_decode(&b, bad[i], strlen(bad[i])), -1);
        assert_string_equal(buf_str(&b), "kept");
    }
    buf_fini(&b);
}

static void
hex_is_lower_case(void **state)
{
    struct buf b = BUF_INIT;

    (void)state;
    hex_encode(&b, "\x00\xAB\xff", 3);
    assert_string_equal(buf_str(&b), "00abff");
    buf_fini(&b);
}

static void
percent_goes_both_ways(void **state)
{
    struct buf b = BUF_INIT;
    char bad[][8] = { "%", "a%2", "%zz", "%00", "x%0", "%-1", "% 1" };
    size_t i;

    (void)state;
    percent_encode(&b, "/a b?%\xc3\xa4~\n", "/");
    assert_string_equal(buf_str(&b), "/a%20b%3F%25%C3%A4~%0A");
    assert_int_equal(percent_decode(b.data), 0);
    assert_string_equal(b.data, "/a b?%\xc3\xa4~\n");
    for (i = 0; i < COUNT(bad); i++) {
        char before[8];

        memcpy(before, bad[i], 8);
        assert_int_equal(percent_decode(bad[i]), -1);
        assert_string_equal(bad[i], before);
    }
    buf_fini(&b);
}

static const struct {
    const char *text;
    long long t;
} times[] = {
    { "1970-01-01T00:00:00Z", 0 },
    { "2026-11-23T05:25:22Z", 1795411522 },
    { "2026-11-23T05:25:22", 1795411522 },
    { "2026-11-23T05:25:22.999", 1795411522 },
    { "2026-11-23T06:25:22+01:00", 1795411522 },
    { "2026-11-22T19:55:22.5-09:30", 1795411522 },
    { " \n2026-11-23T05:25:22Z\t", 1795411522 },
    { "2024-02-29T24:00:00Z", 1709251200 },
    { "1969-12-31T23:59:59Z", -1 },
    { "10000-01-01T00:00:00Z", 253402300800 },
};

static const char *const bad_times[] = {
    "",
    "2026",
    "2026-11-23",
    "2026-11-23T05:25Z",
    "2026-13-01T00:00:00Z",
    "2026-00-01T00:00:00Z",
    "2025-02-29T00:00:00Z",
    "1900-02-29T00:00:00Z",
    "2026-04-31T00:00:00Z",
    "2026-11-23T24:00:01Z",
    "2026-11-23T25:00:00Z",
    "2026-11-23T05:60:00Z",
    "2026-11-23T05:25:60Z",
    "2026-11-23T05:25:22.Z",
    "2026-11-23T05:25:22+15:00",
    "2026-11-23T05:25:22+1:00",
    "2026-11-23T05:25:22Zx",
    "2026-11-23 05:25:22Z",
    "-2026-11-23T05:25:22Z",
    "0000-01-01T00:00:00Z",
    "02026-11-23T05:25:22Z",
    "9999999-11-23T05:25:22Z",
    "2026-1-23T05:25:22Z",
};

static void
times_are_those_of_xml_schema(void **state)
{
    char text[TIME_TEXT];
    time_t t;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(times); i++) {
        t = 12345;
        assert_int_equal(time_parse(times[i].text, &t), 0);
        assert_int_equal(t, times[i].t);
    }
    for (i = 0; i < COUNT(bad_times); i++)
        assert_int_equal(time_parse(bad_times[i], &t), -1);
    assert_string_equal(time_utc(1795411522, text), "2026-11-23T05:25:22Z");
    assert_string_equal(time_utc_ms(1795411522007, text),
                        "2026-11-23T05:25:22.007Z");
    assert_string_equal(time_utc_ms(-1, text), "1969-12-31T23:59:59.999Z");
    assert_string_equal(time_utc(-61313309738, text), "0027-01-22T05:04:22Z");
    time_utc((time_t)LLONG_MAX, text);
    time_utc((time_t)LLONG_MIN, text);
}

static const struct {
    const char *text;
    long long seconds;
} durations[] = {
    { "PT0S", 0 },           { "PT5M", 300 },         { "P1D", 86400 },
    { "P0Y0M1DT1H", 90000 }, { "PT1.9S", 1 },         { "-PT30S", -30 },
    { " PT1S\n", 1 },        { "P1DT1H1M1S", 90061 },
};

static const char *const bad_durations[] = {
    "",
    "P",
    "PT",
    "P1DT",
    "1D",
    "P1H",
    "PT1D",
    "PT1",
    "P1Y",
    "P1M",
    "PT1.S",
    "PT1.5M",
    "PT1S1M",
    "P1D1D",
    "P-1D",
    "PT1Sx",
    "T1S",
    "+PT1S",
    "PTT1S",
    "PT1.2.3S",
    "P99999999999999999999D",
    "P9223372036854775807D",
    "PT9223372036854775807S",
};

static void
durations_are_days_and_less(void **state)
{
    long long seconds;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(durations); i++) {
        assert_int_equal(duration_parse(durations[i].text, &seconds), 0);
        assert_int_equal(seconds, durations[i].seconds);
    }
    for (i = 0; i < COUNT(bad_durations); i++)
        assert_int_equal(duration_parse(bad_durations[i], &seconds), -1);
}

static void
uuids_are_random_and_strict(void **state)
{
    static const char *const bad[] = {
        "",
        "23de8517-cd5c-47d4-9f52-f2001f79bf9",
        "23de8517-cd5c-47d4-9f52-f2001f79bf900",
        "23DE8517-cd5c-47d4-9f52-f2001f79bf90",
        "23de8517cd5c-47d4-9f52--f2001f79bf90",
        "../../../../../../../../../etc/shado",
        "23de8517-cd5c-47d4-9f52-f2001f79bf9/",
    };
    char one[UUID_TEXT], two[UUID_TEXT];
    size_t i;

    (void)state;
    for (i = 0; i < 1000; i++) {
        uuid_make(one);
        assert_true(uuid_ok(one));
        assert_int_equal(one[14], '4');
        assert_non_null(strchr("89ab", one[19]));
    }
    uuid_make(two);
    assert_string_not_equal(one, two);
    for (i = 0; i < COUNT(bad); i++)
        assert_false(uuid_ok(bad[i]));
}

static void
numbers_are_whole_and_in_range(void **state)
{
    static const char *const bad[] = {
        "",
        "-",
        "+1",
        " 1",
        "1 ",
        "1x",
        "0x10",
        "1.0",
        "11",
        "-11",
        "99999999999999999999",
        "--1",
    };
    long long v;
    size_t i;

    (void)state;
    assert_int_equal(number_parse("010", -10, 10, &v), 0);
    assert_int_equal(v, 10);
    assert_int_equal(number_parse("-10", -10, 10, &v), 0);
    assert_int_equal(v, -10);
    assert_int_equal(number_parse("9223372036854775807", 0, LLONG_MAX, &v), 0);
    assert_true(v == LLONG_MAX);
    for (i = 0; i < COUNT(bad); i++)
        assert_int_equal(number_parse(bad[i], -10, 10, &v), -1);
    assert_int_equal(number_parse("9223372036854775808", 0, LLONG_MAX, &v), -1);
}

static void
sizes_have_units_of_1024(void **state)
{
    static const struct {
        const char *text;
        long long bytes;
    } good[] = {
        { "0", 0 },           { "10", 10 },       { "10B", 10 },
        { "64k", 65536 },     { "64K", 65536 },   { "1 MiB", 1048576 },
        { "2G", 2147483648 }, { "3mb", 3145728 }, { "1T", 1099511627776 },
    };
    static const char *const bad[] = {
        "",
        "k",
        "-1",
        "1.5M",
        "1 ",
        "1  M",
        "1x",
        "1iB",
        "1kiBx",
        "9999999999G",
        "18014398509481984k",
        "1Mi",
    };
    char text[TIME_TEXT];
    long long v;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(good); i++) {
        assert_int_equal(size_parse(good[i].text, &v), 0);
        assert_int_equal(v, good[i].bytes);
    }
    for (i = 0; i < COUNT(bad); i++)
        assert_int_equal(size_parse(bad[i], &v), -1);
    assert_string_equal(size_text(0, text), "0 B");
    assert_string_equal(size_text(1023, text), "1023 B");
    assert_string_equal(size_text(1024, text), "1.0 KiB");
    assert_string_equal(size_text(1258291, text), "1.2 MiB");
    assert_string_equal(size_text(1048575, text), "1.0 MiB");
    size_text(LLONG_MAX, text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(base64_is_that_of_rfc4648),
        cmocka_unit_test(bad_base64_leaves_nothing),
        cmocka_unit_test(hex_is_lower_case),
        cmocka_unit_test(percent_goes_both_ways),
        cmocka_unit_test(times_are_those_of_xml_schema),
        cmocka_unit_test(durations_are_days_and_less),
        cmocka_unit_test(uuids_are_random_and_strict),
        cmocka_unit_test(numbers_are_whole_and_in_range),
        cmocka_unit_test(sizes_have_units_of_1024),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
