/* tests/unit/test_err.c - the failure that travels up. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"

static void
first_error_wins(void **state)
{
    struct err e = ERR_INIT;

    (void)state;
    assert_int_equal(err_set(&e, ERR_IO, "disk %d", 1), -1);
    assert_int_equal(err_set(&e, ERR_AUTHZ, "second"), -1);
    assert_int_equal(e.code, ERR_IO);
    assert_string_equal(e.text, "disk 1");
}

static void
context_goes_in_front(void **state)
{
    struct err e = ERR_INIT;

    (void)state;
    err_set(&e, ERR_IO, "cannot open '%s'", "x");
    assert_int_equal(err_wrap(&e, "load %s", "configuration"), -1);
    assert_string_equal(e.text, "load configuration: cannot open 'x'");
    assert_int_equal(e.code, ERR_IO);
}

static void
a_cut_reason_ends_in_plus(void **state)
{
    char longer[2 * sizeof(((struct err *)0)->text)];
    struct err e = ERR_INIT;

    (void)state;
    memset(longer, 'x', sizeof(longer) - 1);
    longer[sizeof(longer) - 1] = '\0';
    err_set(&e, ERR_IO, "%s", longer);
    assert_int_equal(strlen(e.text), sizeof(e.text) - 1);
    assert_int_equal(e.text[sizeof(e.text) - 2], '+');
    err_wrap(&e, "%s", longer);
    assert_int_equal(strlen(e.text), sizeof(e.text) - 1);
    assert_int_equal(e.text[sizeof(e.text) - 2], '+');
}

static void
errno_and_null_survive(void **state)
{
    (void)state;
    errno = ENOTTY;
    assert_int_equal(err_set(NULL, ERR_IO, "nobody listens"), -1);
    assert_int_equal(err_wrap(NULL, "nor here"), -1);
    assert_int_equal(errno, ENOTTY);
}

static void
every_code_has_all_edges(void **state)
{
    int i;

    (void)state;
    for (i = 1; i < ERR_COUNT; i++) {
        enum err_code code = (enum err_code)i;

        assert_in_range(err_exit_status(code), 64, 78);
        assert_in_range(err_ftp_reply(code), 421, 553);
        assert_in_range(err_http_status(code), 400, 507);
        assert_true(err_soap_fault(code)[0] != '\0');
        assert_true(err_public_text(code)[0] != '\0');
    }
}

static void
http_tells_the_callers_faults_from_ours(void **state)
{
    (void)state;
    assert_int_equal(err_http_status(ERR_OK), 200);
    assert_int_equal(err_http_status(ERR_AUTHN), 403);
    assert_int_equal(err_http_status(ERR_NOT_FOUND), 404);
    assert_int_equal(err_http_status(ERR_LIMIT), 429);
    assert_int_equal(err_http_status(ERR_IO), 500);
    assert_int_equal(err_http_status(ERR_NOSPACE), 507);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_error_wins),
        cmocka_unit_test(context_goes_in_front),
        cmocka_unit_test(a_cut_reason_ends_in_plus),
        cmocka_unit_test(errno_and_null_survive),
        cmocka_unit_test(every_code_has_all_edges),
        cmocka_unit_test(http_tells_the_callers_faults_from_ours),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
