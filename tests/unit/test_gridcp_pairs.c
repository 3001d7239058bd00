/* tests/unit/test_gridcp_pairs.c - lists of pairs as -f reads and -df writes
 * them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "clients/gridcp/gridcp_pairs.h"

static void
lines_are_pairs_with_parts(void **state)
{
    static const struct {
        const char *line;
        int rc;
        const char *src, *dst;
        long long offset, length;
    } rows[] = {
        { "a b", 1, "a", "b", -1, -1 },
        { "  \"a x\"\t\"b\"  ", 1, "a x", "b", -1, -1 },
        { "a b 10 20", 1, "a", "b", 10, 20 },
        { "\"a\" \"b\" 10,20", 1, "a", "b", 10, 20 },
        { "\"a\" \"b\" 10 size=5;modify=7;", 1, "a", "b", 10, -1 },
        { "a b 0,-1 size=5;", 1, "a", "b", -1, -1 },
        { "a b 0 5", 1, "a", "b", 0, 5 },
        { "# a b", 0, NULL, NULL, 0, 0 },
        { "   ", 0, NULL, NULL, 0, 0 },
        { "", 0, NULL, NULL, 0, 0 },
        { "a", -1, NULL, NULL, 0, 0 },
        { "a b x", -1, NULL, NULL, 0, 0 },
        { "a b 1 2 3", -1, NULL, NULL, 0, 0 },
        { "a b -5", -1, NULL, NULL, 0, 0 },
    };
    struct gridcp_pair p;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(gridcp_pairs_parse(rows[i].line, &p, NULL),
                         rows[i].rc);
        if (rows[i].rc != 1)
            continue;
        assert_string_equal(p.src, rows[i].src);
        assert_string_equal(p.dst, rows[i].dst);
        assert_int_equal(p.offset, rows[i].offset);
        assert_int_equal(p.length, rows[i].length);
        gridcp_pairs_pair_fini(&p);
    }
}

static void
what_is_written_is_read(void **state)
{
    struct buf out = BUF_INIT;
    struct gridcp_pair p;

    (void)state;
    gridcp_pairs_write("gsiftp://h/a b\"c\nd", "file:///x", 5, -1, &out);
    assert_string_equal(buf_str(&out),
                        "\"gsiftp://h/a b%22c%0Ad\" \"file:///x\" 5,-1\n");
    out.data[out.len - 1] = '\0';
    assert_int_equal(gridcp_pairs_parse(out.data, &p, NULL), 1);
    assert_string_equal(p.src, "gsiftp://h/a b%22c%0Ad");
    assert_int_equal(p.offset, 5);
    assert_int_equal(p.length, -1);
    gridcp_pairs_pair_fini(&p);
    buf_fini(&out);
}

/* A list in file NAME that holds the N bytes of DATA; its error is WANT. */
static void
fails(const char *name, const char *data, size_t n, const char *want)
{
    struct gridcp_pairs *list = NULL;
    struct gridcp_pair p;
    struct err err = ERR_INIT;
    FILE *f = data != NULL ? fopen(name, "w") : NULL;
    int rc;

    if (f != NULL) {
        assert_int_equal(fwrite(data, 1, n, f), n);
        assert_int_equal(fclose(f), 0);
    }
    assert_int_equal(gridcp_pairs_open(name, &list, &err), 0);
    while ((rc = gridcp_pairs_next(list, &p, &err)) == 1)
        gridcp_pairs_pair_fini(&p);
    assert_int_equal(rc, -1);
    assert_non_null(strstr(err.text, want));
    gridcp_pairs_close(list);
}

static void
a_bad_list_says_where(void **state)
{
    char dir[] = "/tmp/gridcp_pairs.XXXXXX", file[64];

    (void)state;
    assert_non_null(mkdtemp(dir));
    snprintf(file, sizeof(file), "%s/list", dir);
    fails(dir, NULL, 0, "after line 0: Is a directory");
    fails(file, "a b\nc\n", 6, "line 2: 'c' is not SOURCE DESTINATION");
    fails(file, "a b\nc \0d\ne f\n", 13, "line 2: longer than");
    unlink(file);
    rmdir(dir);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_pairs_with_parts),
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(a_bad_list_says_where),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
