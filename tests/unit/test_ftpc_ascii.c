/* tests/unit/test_ftpc_ascii.c - TYPE A, cut anywhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "gridftp/client/ftpc_ascii.h"

/* TEXT in, in pieces of CUT bytes; a CR that is left over is added. */
static size_t
all_in(const char *text, size_t cut, unsigned char *out)
{
    unsigned char piece[64];
    size_t n, to = 0, at, len = strlen(text);
    bool cr = false;

    for (at = 0; at < len; at += n) {
        n = len - at < cut ? len - at : cut;
        memcpy(piece + 1, text + at, n);
        memcpy(out + to, piece, ftpc_ascii_in(piece, n, &cr));
        to = strlen((char *)out);
    }
    if (cr)
        out[to++] = '\r';
    return to;
}

static void
cr_lf_becomes_lf_wherever_it_is_cut(void **state)
{
    static const struct {
        const char *wire, *file;
    } rows[] = {
        { "", "" },
        { "a\r\nb\r\n", "a\nb\n" },
        { "a\nb", "a\nb" },
        { "\r\r\n\r", "\r\n\r" },
        { "x\ry\r\r\n", "x\ry\r\n" },
    };
    size_t i, cut;

    (void)state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        for (cut = 1; cut < 10; cut++) {
            unsigned char out[128] = { 0 };
            size_t n = all_in(rows[i].wire, cut, out);

            assert_int_equal(n, strlen(rows[i].file));
            assert_memory_equal(out, rows[i].file, n);
        }
}

static void
lf_becomes_cr_lf_in_place(void **state)
{
    unsigned char p[64];
    size_t n;

    (void)state;
    memcpy(p + 6, "\n\n\na\r\n", 6);
    n = ftpc_ascii_out(p, 6);
    assert_int_equal(n, 10);
    assert_memory_equal(p, "\r\n\r\n\r\na\r\r\n", 10);
    assert_int_equal(ftpc_ascii_out(p, 0), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cr_lf_becomes_lf_wherever_it_is_cut),
        cmocka_unit_test(lf_becomes_cr_lf_in_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
