/* tests/unit/test_batchname.c - the names that a batch system knows tasks by.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gatekeeper/supervisor/batchname.h"

#define JOB "gk59ec8ed727d649f38e7d31b0485f7440"

static void
an_element_of_an_array_is_its_task(void **state)
{
    char array[BATCHNAME_MAX], submit[BATCHNAME_MAX];
    uint32_t task = 0, attempt = 0;

    (void)state;
    batchname_array(JOB "-5000-2", 2, 4000, array);
    assert_string_equal(array, JOB "-a2-4000");
    assert_true(batchname_element(array, 1000, submit));
    assert_string_equal(submit, JOB "-5000-2");
    assert_true(batchname_task(submit, &task, &attempt));
    assert_int_equal(task, 5000);
    assert_int_equal(attempt, 2);
}

static void
other_names_are_no_arrays_and_no_tasks(void **state)
{
    static const char *const bad[] = { "",           JOB,          JOB "-3-1",
                                       JOB "-a1",    JOB "-a1-",   JOB "-a0-0",
                                       JOB "-a1-0x", JOB "-a-1-0", "a" };
    static const char *const none[] = { "",         JOB,         JOB "-3",
                                        JOB "-3-0", JOB "-a1-0", JOB "-3-1-1",
                                        "x-3-99999" };
    char submit[BATCHNAME_MAX];
    uint32_t task, attempt;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(batchname_element(bad[i], 0, submit));
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
        assert_false(batchname_task(none[i], &task, &attempt));
}

/* As each batch system sets them; Grid Engine counts from 1, and says
 * "undefined" where there is no array. */
static void
the_environment_names_the_task(void **state)
{
    static const struct {
        const char *name, *value, *index, *number;
        uint32_t task, attempt;
    } rows[] = {
        { "SLURM_JOB_NAME", JOB "-a2-10", "SLURM_ARRAY_TASK_ID", "3", 13, 2 },
        { "JOB_NAME", JOB "-a1-10", "SGE_TASK_ID", "1", 10, 1 },
        { "JOB_NAME", JOB "-5-3", "SGE_TASK_ID", "undefined", 5, 3 },
        { "JOB_NAME", JOB "-a1-10", "SGE_TASK_ID", "0", 0, 0 },
        { "JOB_NAME", JOB, "SGE_TASK_ID", "undefined", 0, 0 },
        { "PBS_JOBNAME", JOB "-4-1", "X", "", 4, 1 },
    };
    uint32_t task, attempt;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        setenv(rows[i].name, rows[i].value, 1);
        setenv(rows[i].index, rows[i].number, 1);
        batchname_environment(&task, &attempt);
        assert_int_equal(task, rows[i].task);
        assert_int_equal(attempt, rows[i].attempt);
        unsetenv(rows[i].name);
        unsetenv(rows[i].index);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_element_of_an_array_is_its_task),
        cmocka_unit_test(other_names_are_no_arrays_and_no_tasks),
        cmocka_unit_test(the_environment_names_the_task),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
