/* tests/unit/test_sge_text.c - what Grid Engine's commands print is read as it
 * is meant, and no name of a job can make it mean something else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "gatekeeper/schedulers/sge_text.h"

#define JOB(id, name, state)                                        \
    "<job_list><JB_job_number>" id "</JB_job_number><JB_name>" name \
    "</JB_name><JB_owner>alice</JB_owner><state>" state "</state></job_list>"

#define ARRAY(id, name, state, tasks)                               \
    "<job_list><JB_job_number>" id "</JB_job_number><JB_name>" name \
    "</JB_name><JB_owner>alice</JB_owner><state>" state             \
    "</state><tasks>" tasks "</tasks></job_list>"

static int
read_lines(const char *jobs, struct batch_lines *lines)
{
    struct buf text = BUF_INIT;
    int rc;

    buf_addf(&text,
             "<?xml version='1.0'?>\n<job_info><queue_info></queue_info>"
             "<job_info>%s</job_info></job_info>",
             jobs);
    rc = sge_text_lines(&text, lines, NULL);
    buf_fini(&text);
    return rc;
}

static void
a_job_is_what_its_letters_say(void **state)
{
    static const struct {
        const char *word;
        enum sched_state ours;
        bool began, held;
    } rows[] = {
        { "qw", SCHED_PENDING, false, false },
        { "hqw", SCHED_PENDING, false, true },
        { "Eqw", SCHED_PENDING, false, false },
        { "t", SCHED_RUNNING, true, false },
        { "dr", SCHED_RUNNING, true, false },
        { "hr", SCHED_RUNNING, true, false },
        { "Rr", SCHED_RUNNING, true, false },
        { "s", SCHED_SUSPENDED, true, false },
        { "T", SCHED_SUSPENDED, true, false },
    };
    struct batch_lines lines;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        char job[256];

        snprintf(job, sizeof(job), JOB("7", "gk1", "%s"), rows[i].word);
        assert_int_equal(read_lines(job, &lines), 0);
        assert_int_equal(lines.n, 1);
        assert_int_equal(lines.line->state->state, rows[i].ours);
        assert_int_equal(lines.line->began, rows[i].began);
        assert_int_equal(lines.line->held, rows[i].held);
        assert_string_equal(lines.line->user, "alice");
        batch_lines_fini(&lines);
    }
    assert_null(sge_text_state("z"));
}

static void
other_peoples_names_change_nothing(void **state)
{
    struct batch_lines lines;
    size_t n;

    (void)state;
    assert_int_equal(read_lines(JOB("5", "a\001\377 &lt;b", "r")
                                    JOB("6", "gk1", "qw") JOB("x", "gk1", "r")
                                        JOB("8", "gk0", "r"),
                                &lines),
                     0);
    assert_int_equal(lines.n, 2);
    assert_string_equal(batch_lines_named(&lines, "gk1", &n)->id, "6");
    assert_int_equal(n, 1);
    batch_lines_fini(&lines);
    assert_int_equal(read_lines("<job_list>", &lines), -1);
    assert_int_equal(lines.n, 0);
}

static void
an_array_is_a_line_for_each_of_its_tasks(void **state)
{
    static const char *const bad[] = { "x",     "1-3", "3-1:1",
                                       "1-3:0", "1;2", "1-999999999:1" };
    struct batch_lines lines;
    size_t n;

    (void)state;
    assert_int_equal(read_lines(ARRAY("7", "gk1-a2-100", "qw", "1-5:2,8")
                                    ARRAY("7", "gk1-a2-100", "r", "2")
                                        ARRAY("9", "other", "r", "1-9:1"),
                                &lines),
                     0);
    assert_int_equal(lines.n, 5);
    assert_string_equal(batch_lines_named(&lines, "gk1-104-2", &n)->id, "7.5");
    assert_int_equal(n, 1);
    assert_string_equal(batch_lines_named(&lines, "gk1-107-2", &n)->array, "7");
    assert_true(batch_lines_named(&lines, "gk1-101-2", &n)->began);
    sge_text_reasons("job_number: 7\nscheduling info: full\n", &lines);
    assert_string_equal(batch_lines_named(&lines, "gk1-100-2", &n)->reason,
                        "full");
    batch_lines_fini(&lines);
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        char job[300];

        snprintf(job, sizeof(job), ARRAY("7", "gk1-a1-0", "qw", "%s"), bad[i]);
        assert_int_equal(read_lines(job, &lines), -1);
        batch_lines_fini(&lines);
    }
}

static void
a_reason_belongs_to_its_job(void **state)
{
    struct batch_lines lines;
    size_t n;

    (void)state;
    assert_int_equal(
        read_lines(JOB("2", "gk2", "Eqw") JOB("3", "gk3", "qw"), &lines), 0);
    sge_text_reasons(
        "==========\njob_number:                 2\n"
        "error reason          1:      12/01/2026 00:44:39 [7:8]: error: "
        "can't open output file \"/x\"\n"
        "scheduling info:            Job is in error state\n"
        "job_number:                 3\n"
        "scheduling info:            queue \"a\" is full\n",
        &lines);
    assert_string_equal(batch_lines_named(&lines, "gk2", &n)->reason,
                        "error: can't open output file \"/x\"");
    assert_string_equal(batch_lines_named(&lines, "gk3", &n)->reason,
                        "queue \"a\" is full");
    batch_lines_fini(&lines);
}

static void
queues_their_limits_and_load_are_read(void **state)
{
    struct sched_info info = { .nshares = 0 };
    struct buf text = BUF_INIT;

    (void)state;
    buf_adds(&text, "<job_info><cluster_queue_summary><name>debug</name>"
                    "<available>3</available><total>4</total>"
                    "</cluster_queue_summary></job_info>");
    assert_int_equal(sge_text_queues(&text, &info, NULL), 0);
    assert_int_equal(info.nshares, 1);
    assert_int_equal(info.share[0].slots, 4);
    assert_int_equal(info.share[0].free_slots, 3);
    sge_text_limits(
        "qname                 debug\nh_rt                  1:00:00\n", &info);
    assert_int_equal(info.share[0].max_wall, 3600);
    buf_clear(&text);
    buf_adds(
        &text,
        "<job_info><queue_info><job_list><state>r</state><queue_name>debug@h"
        "</queue_name></job_list></queue_info><job_info><job_list><state>qw"
        "</state><queue_name></queue_name><tasks>1-9:2</tasks></job_list>"
        "</job_info></job_info>");
    assert_int_equal(sge_text_load(&text, &info, NULL), 0);
    assert_int_equal(info.share[0].running, 1);
    assert_int_equal(info.share[0].waiting, 5);
    assert_int_equal(sge_text_array_max("a 1\nmax_aj_tasks    75000\n"), 75000);
    assert_int_equal(sge_text_array_max("max_aj_instances 2\n"), -1);
    buf_fini(&text);
    assert_int_equal(sge_text_time("INFINITY"), -1);
    assert_int_equal(sge_text_time("90"), 90);
    assert_int_equal(sge_text_time("0:1:30,[h=1:0:0]"), 90);
}

static void
the_accounting_tells_how_it_failed(void **state)
{
    char text[100];

    (void)state;
    assert_true(sge_text_history("qname        debug\nfailed       37  : "
                                 "qmaster enforced h_rt limit   \n"
                                 "exit_status  137                  (Killed)\n",
                                 text, sizeof(text)));
    assert_string_equal(
        text, "failed 37  : qmaster enforced h_rt limit, exit status 137");
    assert_false(
        sge_text_history("error: job name x not found\n", text, sizeof(text)));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_job_is_what_its_letters_say),
        cmocka_unit_test(other_peoples_names_change_nothing),
        cmocka_unit_test(an_array_is_a_line_for_each_of_its_tasks),
        cmocka_unit_test(a_reason_belongs_to_its_job),
        cmocka_unit_test(queues_their_limits_and_load_are_read),
        cmocka_unit_test(the_accounting_tells_how_it_failed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
