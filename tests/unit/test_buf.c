/* tests/unit/test_buf.c - the string that owns every byte from outside. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"

static void
what_is_added_is_there(void **state)
{
    struct buf b = BUF_INIT;
    int i;

    (void)state;
    assert_string_equal(buf_str(&b), "");
    for (i = 0; i < 1000; i++)
        buf_addf(&b, "%d,", i);
    buf_add(&b, "\0z", 2);
    buf_addc(&b, '!');
    assert_int_equal(b.len, 3890 + 3);
    assert_memory_equal(b.data + b.len - 4, ",\0z!", 5);
    buf_clear(&b);
    assert_string_equal(buf_str(&b), "");
    buf_fini(&b);
    buf_fini(&b);
}

static void
a_format_longer_than_the_room_is_whole(void **state)
{
    struct buf b = BUF_INIT;
    char longer[5000];

    (void)state;
    memset(longer, 'y', sizeof(longer) - 1);
    longer[sizeof(longer) - 1] = '\0';
    buf_adds(&b, "x");
    buf_addf(&b, "%s", longer);
    assert_int_equal(b.len, 5000);
    assert_int_equal(b.data[5000], '\0');
    assert_int_equal(strspn(b.data + 1, "y"), 4999);
    buf_fini(&b);
}

static void
reserve_and_drop_keep_the_end_mark(void **state)
{
    struct buf b = BUF_INIT;

    (void)state;
    memcpy(buf_reserve(&b, 100), "hello", 5);
    b.len += 5;
    buf_drop(&b, 3);
    assert_string_equal(buf_str(&b), "lo");
    buf_drop(&b, 99);
    assert_int_equal(b.len, 0);
    assert_string_equal(buf_str(&b), "");
    buf_fini(&b);
    buf_reserve(&b, 1);
    assert_string_equal(buf_str(&b), "");
    buf_wipe(&b);
    assert_null(b.data);
    buf_wipe(&b);
}

static void
detach_hands_over(void **state)
{
    struct buf b = BUF_INIT;
    char *s;

    (void)state;
    s = buf_detach(&b);
    assert_string_equal(s, "");
    free(s);
    buf_adds(&b, "mine");
    s = buf_detach(&b);
    assert_string_equal(s, "mine");
    assert_null(b.data);
    free(s);
}

static void
lines_end_in_lf_or_crlf(void **state)
{
    struct buf b = BUF_INIT;
    size_t used;

    (void)state;
    assert_null(buf_line(&b, &used));
    buf_adds(&b, "USER x\r\n\n\r\r\nhalf");
    assert_string_equal(buf_line(&b, &used), "USER x");
    assert_int_equal(used, 8);
    buf_drop(&b, used);
    assert_string_equal(buf_line(&b, &used), "");
    assert_int_equal(used, 1);
    buf_drop(&b, used);
    assert_string_equal(buf_line(&b, &used), "\r");
    buf_drop(&b, used);
    assert_null(buf_line(&b, &used));
    assert_string_equal(buf_str(&b), "half");
    buf_fini(&b);
}

static const struct {
    const char *in, *out;
} xml[] = {
    { "", "" },
    { "plain", "plain" },
    { "a<b>&\"'", "a&lt;b&gt;&amp;&quot;&#39;" },
    { "]]>", "]]&gt;" },
    { "t\tn\nr\r", "t&#9;n&#10;r&#13;" },
    { "\x01\x1f\x7f", "\xEF\xBF\xBD\xEF\xBF\xBD\x7f" },
    { "\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80",
      "\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80" },
    /* overlong '<', a surrogate, beyond U+10FFFF, cut off, a lone tail */
    { "\xC0\xBC", "\xEF\xBF\xBD\xEF\xBF\xBD" },
    { "\xED\xA0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD" },
    { "\xF4\x90\x80\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD" },
    { "a\xE2\x82", "a\xEF\xBF\xBD\xEF\xBF\xBD" },
    { "\x80<", "\xEF\xBF\xBD&lt;" },
    /* U+FFFE and U+FFFF are no XML characters, U+FFFD is */
    { "\xEF\xBF\xBE\xEF\xBF\xBF", "\xEF\xBF\xBD\xEF\xBF\xBD" },
    { "\xEF\xBF\xBD", "\xEF\xBF\xBD" },
};

static void
xml_text_cannot_leave_its_element(void **state)
{
    struct buf b = BUF_INIT;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(xml) / sizeof(xml[0]); i++) {
        buf_clear(&b);
        buf_add_xml(&b, xml[i].in);
        assert_string_equal(buf_str(&b), xml[i].out);
    }
    buf_fini(&b);
}

static void
reading_stops_at_the_limit(void **state)
{
    struct buf b = BUF_INIT;
    int fd[2];

    (void)state;
    assert_int_equal(pipe(fd), 0);
    assert_int_equal(write(fd[1], "12345", 5), 5);
    close(fd[1]);
    buf_adds(&b, "0");
    assert_int_equal(buf_read_fd(&b, fd[0], 5), 0);
    assert_string_equal(buf_str(&b), "012345");
    close(fd[0]);

    assert_int_equal(pipe(fd), 0);
    assert_int_equal(write(fd[1], "12345", 5), 5);
    close(fd[1]);
    buf_clear(&b);
    assert_int_equal(buf_read_fd(&b, fd[0], 4), -1);
    assert_int_equal(errno, EFBIG);
    close(fd[0]);
    assert_int_equal(buf_read_fd(&b, fd[0], 4), -1);
    assert_int_equal(errno, EBADF);
    buf_fini(&b);
}

/* Or a key that is read leaves a copy of itself where it was first. */
static void
the_end_of_a_small_file_is_seen_in_place(void **state)
{
    struct buf b = BUF_INIT;
    char text[1700];
    int fd[2];

    (void)state;
    memset(text, 'x', sizeof(text));
    assert_int_equal(pipe(fd), 0);
    assert_int_equal(write(fd[1], text, sizeof(text)), sizeof(text));
    close(fd[1]);
    assert_int_equal(buf_read_fd(&b, fd[0], 1 << 20), 0);
    assert_int_equal(b.len, sizeof(text));
    assert_in_range(b.cap, 65536, 65537); /* one allocation */
    close(fd[0]);
    buf_fini(&b);
}

static void
errno_survives_fini(void **state)
{
    struct buf b = BUF_INIT;

    (void)state;
    buf_adds(&b, "x");
    errno = EAGAIN;
    buf_fini(&b);
    assert_int_equal(errno, EAGAIN);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_added_is_there),
        cmocka_unit_test(a_format_longer_than_the_room_is_whole),
        cmocka_unit_test(reserve_and_drop_keep_the_end_mark),
        cmocka_unit_test(detach_hands_over),
        cmocka_unit_test(lines_end_in_lf_or_crlf),
        cmocka_unit_test(xml_text_cannot_leave_its_element),
        cmocka_unit_test(reading_stops_at_the_limit),
        cmocka_unit_test(errno_survives_fini),
        cmocka_unit_test(the_end_of_a_small_file_is_seen_in_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
