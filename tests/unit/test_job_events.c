/* tests/unit/test_job_events.c - a site's events of a job, as gridrun reads
 * them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "clients/gridrun/job_events.h"

static int
parse(const char *text, struct job_events *events)
{
    struct err err = ERR_INIT;
    int rc = job_events_parse(text, strlen(text), events, &err);

    assert_int_equal(err.code, rc == 0 ? ERR_OK : ERR_PROTOCOL);
    return rc;
}

static void
events_are_read_in_their_order(void **state)
{
    struct job_events e;

    (void)state;
    assert_int_equal(
        parse("{\"seq\":9,\"more\":true,\"new\":1,\"events\":["
              "{\"seq\":3,\"time\":\"t\",\"to\":\"New\",\"reason\":\"r\"},"
              "{\"seq\":9,\"time\":\"u\",\"to\":\"Ready\",\"from\":\"New\","
              "\"reason\":\"s\",\"task\":4},"
              "{\"seq\":10,\"time\":\"u\",\"to\":\"Ready\",\"from\":\"New\","
              "\"reason\":\"s\",\"task\":5,\"lastTask\":9,\"attempt\":2}]}",
              &e),
        0);
    assert_int_equal(e.n, 3);
    assert_int_equal(e.seq, 9);
    assert_true(e.more);
    assert_null(e.of[0].from);
    assert_int_equal(e.of[0].task, -1);
    assert_string_equal(e.of[1].from, "New");
    assert_string_equal(e.of[1].reason, "s");
    assert_int_equal(e.of[1].task, 4);
    assert_int_equal(e.of[1].last_task, 4);
    assert_int_equal(e.of[2].last_task, 9);
    assert_int_equal(e.of[2].attempt, 2);
    job_events_fini(&e);
}

static void
what_is_no_such_answer_is_refused_whole(void **state)
{
    static const char *const bad[] = {
        "",
        "job 59ec8ed7-27d6-49f3-8e7d-31b0485f7440\nstate Running\n",
        "[]",
        "{\"seq\":1,\"more\":false}",
        "{\"seq\":-1,\"more\":false,\"events\":[]}",
        "{\"seq\":1,\"more\":false,\"events\":{}}",
        "{\"seq\":1,\"more\":false,\"events\":[{\"time\":\"t\"}]}",
        "{\"seq\":1,\"more\":false,\"events\":[{\"time\":\"t\",\"to\":\"New\","
        "\"reason\":\"r\"},7]}",
    };
    struct job_events e;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(parse(bad[i], &e), -1);
        assert_null(e.of);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_are_read_in_their_order),
        cmocka_unit_test(what_is_no_such_answer_is_refused_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
