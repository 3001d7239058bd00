/* tests/unit/test_warmup.c - gsi/warmup.h: the rehearsal goes through a whole
 * login, whatever the host's own chain is worth. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "gsi/warmup.h"
#include "tests/lib/lib_testca.h"

static char dir[] = "/tmp/test_warmup.XXXXXX";
static struct testca *ca, *other;
static struct trust *trust;

static int
begin(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    assert_non_null(mkdtemp(dir));
    ca = testca_create("/O=Grid/CN=Test CA");
    other = testca_create("/O=Other/CN=Other CA");
    testca_trust(ca, dir, NULL);
    return trust_open(dir, TRUST_CRL_IF_PRESENT, &trust, &err);
}

static int
end(void **state)
{
    (void)state;
    trust_close(trust);
    testca_destroy(ca);
    testca_destroy(other);
    testca_remove_dir(dir);
    return 0;
}

static void
a_login_is_gone_through_with_a_throwaway_key(void **state)
{
    const struct testcert gate = { .name = "/O=Grid/CN=localhost" };
    struct cred *host = testca_issue(ca, &gate);
    struct err err = ERR_INIT;

    (void)state;
    if (warmup_run(trust, host, &err) < 0)
        fail_msg("%s", err.text);
    cred_unref(host);
}

static void
a_host_that_its_own_trust_directory_refuses_is_said(void **state)
{
    const struct testcert gate = { .name = "/O=Other/CN=localhost" };
    struct cred *host = testca_issue(other, &gate);
    struct err err = ERR_INIT;

    (void)state;
    assert_int_equal(warmup_run(trust, host, &err), -1);
    assert_int_equal(err.code, ERR_AUTHN);
    cred_unref(host);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_login_is_gone_through_with_a_throwaway_key),
        cmocka_unit_test(a_host_that_its_own_trust_directory_refuses_is_said),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
