/* tests/unit/test_pbs_text.c - what the commands of PBS and TORQUE print is
 * read as it is meant. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "gatekeeper/schedulers/pbs_text.h"

static void
jobs_of_both_kinds_are_read(void **state)
{
    struct batch_lines lines = { .line = NULL };

    (void)state;
    pbs_text_lines("Job Id:\t17\n\tJob_Name = gk1\n\tJob_Owner = alice@n1\n"
                   "\tjob_state = Q\n\tPriority = 0\n\n"
                   "Job Id: 18.server.example.org\n    Job_Name = gk2\n"
                   "    Job_Owner = bob@n1\n    job_state = H\n"
                   "    Hold_Types = u\n    Priority = 0\n"
                   "    comment = Not Running: no nodes\n\n"
                   "Job Id: 19.server\n    Job_Name = gk3\n"
                   "    Job_Owner = bob@n1\n    job_state = Q\n"
                   "    Hold_Types = n\n    Priority = 0\n"
                   "Job Id: 20\n    Job_Name = a b\n    job_state = R\n",
                   &lines);
    assert_int_equal(lines.n, 3);
    assert_string_equal(lines.line[0].id, "17");
    assert_string_equal(lines.line[0].user, "alice");
    assert_true(lines.line[0].held);
    assert_string_equal(lines.line[1].id, "18");
    assert_true(lines.line[1].held);
    assert_string_equal(lines.line[1].reason, "Not Running: no nodes");
    assert_false(lines.line[2].held);
    batch_lines_fini(&lines);
}

static void
a_job_that_is_over_or_unknown_is_told(void **state)
{
    struct batch_lines lines = { .line = NULL };

    (void)state;
    pbs_text_lines("Job Id: 1\n\tJob_Name = gk1\n\tjob_state = C\n"
                   "Job Id: 2\n\tJob_Name = gk2\n\tjob_state = Z\n",
                   &lines);
    assert_true(lines.line[0].state->over);
    assert_null(lines.line[1].state);
    batch_lines_fini(&lines);
}

static void
queues_and_nodes_are_read(void **state)
{
    struct sched_info info = { .nshares = 0 };

    (void)state;
    pbs_text_queues("Queue   Memory CPU Time Walltime Node Run Que Lm  State\n"
                    "------- ------ -------- -------- ---- --- --- --  -----\n"
                    "debug     --      --    01:00:00   --   1   2 --   E R\n"
                    "long      --      --       --      --   0   0 --   E R\n"
                    "                                      --- ---\n",
                    &info);
    assert_int_equal(info.nshares, 2);
    assert_int_equal(info.share[0].max_wall, 3600);
    assert_int_equal(info.share[0].running, 1);
    assert_int_equal(info.share[0].waiting, 2);
    assert_int_equal(info.share[1].max_wall, -1);
    pbs_text_nodes("n1\n    state = job-exclusive\n    np = 2\n\n"
                   "n2\n    state = free\n    np = 4\n",
                   &info);
    assert_int_equal(info.share[0].slots, 6);
    assert_int_equal(info.share[1].free_slots, 4);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(jobs_of_both_kinds_are_read),
        cmocka_unit_test(a_job_that_is_over_or_unknown_is_told),
        cmocka_unit_test(queues_and_nodes_are_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
