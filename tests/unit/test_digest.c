/* tests/unit/test_digest.c - checksums against published values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "gsi/digest.h"

static const struct {
    const char *name, *of_abc;
} known[] = {
    { "adler32", "024d0127" },
    { "CRC32", "352441c2" },
    { "md5", "900150983cd24fb0d6963f7d28e17f72" },
    { "SHA-1", "a9993e364706816aba3e25717850c26c9cd0d89d" },
    { "sha256",
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
    { "SHA512",
      "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
      "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f" },
};

static void
abc_has_the_published_sums(void **state)
{
    char text[DIGEST_TEXT];
    struct err err = ERR_INIT;
    struct digest *d;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        enum digest_kind kind = digest_find(known[i].name);

        assert_int_not_equal(kind, DIGEST_NONE);
        assert_int_equal(digest_create(kind, &d, &err), 0);
        digest_update(d, "a", 1);
        digest_update(d, "bc", 2);
        assert_string_equal(digest_final(d, text), known[i].of_abc);
        digest_destroy(d);
    }
}

static int
stop(void *arg)
{
    return ++*(int *)arg > 1;
}

static void
a_part_of_a_file_is_summed(void **state)
{
    FILE *f = tmpfile();
    char text[DIGEST_TEXT];
    struct err err = ERR_INIT;
    int ticks = 0, fd = fileno(f);
    const struct digest_part middle = { .fd = fd, .offset = 1, .length = 3 },
                             end = { .fd = fd, .offset = 4, .length = -1 },
                             stopped = { fd, 0, -1, stop, &ticks };

    (void)state;
    assert_int_equal(pwrite(fd, "xabcy", 5, 0), 5);
    assert_int_equal(digest_file(DIGEST_MD5, &middle, text, &err), 0);
    assert_string_equal(text, known[2].of_abc);
    assert_int_equal(digest_file(DIGEST_CRC32, &end, text, &err), 0);
    assert_string_equal(text, "fbdb2615");
    assert_int_equal(ftruncate(fd, 1 << 20), 0);
    assert_int_equal(digest_file(DIGEST_MD5, &stopped, text, &err), -1);
    assert_int_equal(err.code, ERR_CANCELLED);
    fclose(f);
}

static void
unknown_names_are_none(void **state)
{
    (void)state;
    assert_int_equal(digest_find("md4"), DIGEST_NONE);
    assert_int_equal(digest_find(""), DIGEST_NONE);
    assert_int_equal(digest_find("adler32adler32adler32"), DIGEST_NONE);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(abc_has_the_published_sums),
        cmocka_unit_test(a_part_of_a_file_is_summed),
        cmocka_unit_test(unknown_names_are_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
