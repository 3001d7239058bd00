/* tests/unit/test_task_set.c - tasks of a job as people name them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "jobs/task_set.h"

static void
numbers_and_ranges_come_in_order(void **state)
{
    struct err err = ERR_INIT;
    struct buf text = BUF_INIT;
    struct task_set set;

    (void)state;
    assert_int_equal(task_set_parse("7,0-2,9999", &set, &err), 0);
    assert_false(set.failed);
    assert_int_equal(set.n, 3);
    assert_true(task_set_has(&set, 0) && task_set_has(&set, 2) &&
                task_set_has(&set, 7) && task_set_has(&set, 9999));
    assert_false(task_set_has(&set, 3) || task_set_has(&set, 6) ||
                 task_set_has(&set, 8) || task_set_has(&set, 10000));
    task_set_text(&set, &text);
    assert_string_equal(buf_str(&text), "0-2,7,9999");
    buf_fini(&text);
    task_set_fini(&set);
    assert_int_equal(task_set_parse("failed", &set, &err), 0);
    assert_true(set.failed);
}

static void
what_names_no_tasks_is_refused(void **state)
{
    static const char *const bad[] = {
        "",    "a",     "1,",  ",1",    "-1",  "2-1", "1-",      "1--2",
        "1,1", "1-5,3", "1 2", "10000", "0x1", "all", "failed,1"
    };
    struct task_set set;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct err err = ERR_INIT;

        assert_int_equal(task_set_parse(bad[i], &set, &err), -1);
        assert_int_equal(err.code, ERR_USAGE);
        assert_null(set.of);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_and_ranges_come_in_order),
        cmocka_unit_test(what_names_no_tasks_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
