/* tests/unit/test_upload_list.c - what a site says it has of a job's uploads.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "clients/gridrun/upload_list.h"

static void
lines_become_entries(void **state)
{
    struct upload_list l;

    (void)state;
    assert_int_equal(
        upload_list_parse("size=10;received=5;complete=no; in\n"
                          "new=1;size=0;received=0;complete=yes; d/a%20b\n",
                          &l, NULL),
        0);
    assert_int_equal(l.n, 2);
    assert_string_equal(l.of[0].name, "in");
    assert_int_equal(l.of[0].size, 10);
    assert_int_equal(l.of[0].received, 5);
    assert_false(l.of[0].complete);
    assert_string_equal(l.of[1].name, "d/a b");
    assert_true(l.of[1].complete);
    upload_list_fini(&l);
    assert_int_equal(upload_list_parse("", &l, NULL), 0);
    assert_int_equal(l.n, 0);
}

static void
other_lines_are_refused(void **state)
{
    static const char *const bad[] = {
        "x",
        "size=10;received=5;complete=no;",
        "size=10;received=5;complete=no; ",
        "size=10;received=11;complete=no; x",
        "size=-1;received=0;complete=no; x",
        "size=99999999999999999999;received=0;complete=no; x",
        "received=0;complete=no; x",
        "size=1;complete=no; x",
        "size=1;received=0; x",
        "size=1;received=0;complete=no; x%00",
        "\n",
    };
    struct upload_list l;
    struct err err = ERR_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        err = (struct err)ERR_INIT;
        assert_int_equal(upload_list_parse(bad[i], &l, &err), -1);
        assert_int_equal(err.code, ERR_PROTOCOL);
        assert_int_equal(l.n, 0);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_become_entries),
        cmocka_unit_test(other_lines_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
