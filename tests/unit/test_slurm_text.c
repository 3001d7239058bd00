/* tests/unit/test_slurm_text.c - what Slurm's commands print is read as it is
 * meant, and no name of a job can make it mean something else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "gatekeeper/schedulers/slurm_text.h"

#define MARK "0123456789abcdef"

static void
a_line_of_squeue_is_read(void **state)
{
    struct batch_lines lines;
    const struct batch_line *l;
    size_t n;

    (void)state;
    assert_int_equal(
        slurm_text_lines(MARK "=17=PENDING==alice=gk2=JobHeldUser=" MARK
                              "\n" MARK "=18=RUNNING=n[1-2]=bob=gk1=None=" MARK
                              "\n",
                         MARK, &lines, NULL),
        0);
    assert_int_equal(lines.n, 2);
    l = batch_lines_named(&lines, "gk2", &n);
    assert_int_equal(n, 1);
    assert_string_equal(l->id, "17");
    assert_string_equal(l->user, "alice");
    assert_false(l->began);
    assert_true(l->held);
    l = batch_lines_named(&lines, "gk1", &n);
    assert_int_equal(l->state->state, SCHED_RUNNING);
    assert_true(l->began);
    assert_null(batch_lines_named(&lines, "gk", &n));
    batch_lines_fini(&lines);
}

static void
a_job_of_that_name_cannot_add_lines(void **state)
{
    struct batch_lines lines;
    size_t n;

    (void)state;
    assert_int_equal(
        slurm_text_lines(MARK
                         "=5=RUNNING=n1=eve=x\n17=CANCELLED==alice=gk1=None"
                         "=None=" MARK "\n" MARK
                         "=6=RUNNING=n1=eve=gk1=x=None=" MARK "\n",
                         MARK, &lines, NULL),
        0);
    assert_int_equal(lines.n, 1);
    assert_string_equal(batch_lines_named(&lines, "gk1", &n)->user, "eve");
    batch_lines_fini(&lines);
}

static void
an_administrators_hold_and_unknown_words_are_told_apart(void **state)
{
    struct batch_lines lines;
    size_t n;

    (void)state;
    assert_int_equal(
        slurm_text_lines(MARK "=7=PENDING==a=gk1=JobHeldAdmin=" MARK "\n" MARK
                              "=8=WONDERFUL=n1=a=gk2=None=" MARK "\n",
                         MARK, &lines, NULL),
        0);
    assert_false(batch_lines_named(&lines, "gk1", &n)->held);
    assert_null(batch_lines_named(&lines, "gk2", &n)->state);
    batch_lines_fini(&lines);
}

static void
what_is_no_list_is_an_error(void **state)
{
    static const char *const bad[] = {
        "slurm_load_jobs error\n", MARK "=17=PENDING==a=gk1=None=\n",
        MARK "=17=PENDING==a=gk1=None=" MARK "\nmore",
        "fedcba9876543210=1=a==b=c=d=" MARK "\n"
    };
    struct batch_lines lines;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        assert_int_equal(slurm_text_lines(bad[i], MARK, &lines, NULL), -1);
    assert_int_equal(slurm_text_lines("", MARK, &lines, NULL), 0);
    assert_int_equal(lines.n, 0);
}

static void
partitions_and_their_load_are_read(void **state)
{
    struct sched_info info = { .nshares = 0 };

    (void)state;
    assert_int_equal(slurm_text_shares("debug=up=1:00:00=1/3/0/4\n"
                                       "long=down=infinite=0/2/1/3\n",
                                       &info, NULL),
                     0);
    assert_int_equal(info.nshares, 2);
    assert_string_equal(info.share[0].name, "debug");
    assert_int_equal(info.share[0].slots, 4);
    assert_int_equal(info.share[0].free_slots, 3);
    assert_int_equal(info.share[0].max_wall, 3600);
    assert_int_equal(info.share[1].free_slots, 0);
    assert_int_equal(info.share[1].max_wall, -1);
    slurm_text_load("PENDING=debug,long\nRUNNING=debug\nSUSPENDED=debug\n",
                    &info);
    assert_int_equal(info.share[0].waiting, 1);
    assert_int_equal(info.share[0].running, 2);
    assert_int_equal(slurm_text_shares("debug=up\n", &info, NULL), -1);
}

static void
times_have_days_and_may_be_endless(void **state)
{
    (void)state;
    assert_int_equal(slurm_text_time("2-01:02:03"), 176523);
    assert_int_equal(slurm_text_time("30:00"), 1800);
    assert_int_equal(slurm_text_time("infinite"), -1);
    assert_int_equal(slurm_text_time("n/a"), -1);
    assert_int_equal(slurm_text_time("1:2:3:4"), -1);
}

static void
the_accounting_tells_the_last_state(void **state)
{
    (void)state;
    assert_string_equal(slurm_text_history("CANCELLED by 0\n")->word,
                        "CANCELLED");
    assert_string_equal(slurm_text_history("RUNNING\nOUT_OF_MEMORY|\n")->word,
                        "OUT_OF_MEMORY");
    assert_null(slurm_text_history("Slurm accounting storage is disabled\n"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_of_squeue_is_read),
        cmocka_unit_test(a_job_of_that_name_cannot_add_lines),
        cmocka_unit_test(
            an_administrators_hold_and_unknown_words_are_told_apart),
        cmocka_unit_test(what_is_no_list_is_an_error),
        cmocka_unit_test(partitions_and_their_load_are_read),
        cmocka_unit_test(times_have_days_and_may_be_endless),
        cmocka_unit_test(the_accounting_tells_the_last_state),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
