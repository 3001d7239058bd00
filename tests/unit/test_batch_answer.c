/* tests/unit/test_batch_answer.c - the ids that commands of batch systems print
 * and the failures that they report are read as they are meant. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "gatekeeper/schedulers/batch_answer.h"

static const enum batch_kind kinds[] = { BATCH_SLURM, BATCH_SGE, BATCH_PBS };

#define EACH_KIND(k) for (const enum batch_kind *k = kinds; k < kinds + 3; k++)

static void
only_a_number_is_an_id(void **state)
{
    static const char *const bad[] = {
        "",
        "\n",
        "Submitted 17\n",
        "Your job 17 (\"x\") has been submitted\n",
        "17 ",
        "17 x\n",
        "17\n18\n",
        "-17\n",
        "17:1\n",
        "123456789012345678901\n",
    };
    char id[SCHED_ID_MAX];

    (void)state;
    EACH_KIND(k)
    {
        assert_int_equal(batch_answer_id(*k, "17\n", id), 0);
        assert_string_equal(id, "17");
        for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
            assert_int_equal(batch_answer_id(*k, bad[i], id), -1);
    }
}

static void
each_system_may_add_to_an_id_what_it_does(void **state)
{
    static const struct {
        const char *text;
        enum batch_kind kind;
    } good[] = {
        { "18;cluster\n", BATCH_SLURM },
        { "18.server.example.org\n", BATCH_PBS },
    };
    char id[SCHED_ID_MAX];

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
        EACH_KIND(k)
    if (*k == good[i].kind) {
        assert_int_equal(batch_answer_id(*k, good[i].text, id), 0);
        assert_string_equal(id, "18");
    } else {
        assert_int_equal(batch_answer_id(*k, good[i].text, id), -1);
    }
    assert_int_equal(batch_answer_id(BATCH_SGE, "17.1-10:1\n", id), 0);
    assert_string_equal(id, "17");
    assert_int_equal(batch_answer_id(BATCH_SLURM, "17.1-10:1\n", id), -1);
    assert_int_equal(batch_answer_id(BATCH_SGE, "17.1-10:1x\n", id), -1);
}

/* What commands print, and what is told of it. */
static const struct {
    enum batch_kind kind;
    bool transient;
    const char *diag, *error; /* NULL: another test's */
} failures[] = {
    { BATCH_SLURM, true,
      "slurm_load_jobs error: Unable to contact slurm controller (connect "
      "failure)",
      NULL },
    { BATCH_SLURM, true,
      "sbatch: error: Batch job submission failed: Socket timed out on "
      "send/recv operation",
      NULL },
    { BATCH_SLURM, true,
      "sbatch: error: Batch job submission failed: Zero Bytes were "
      "transmitted or received",
      NULL },
    { BATCH_SLURM, true,
      "sbatch: error: Slurm temporarily unable to accept job, sleeping and "
      "retrying",
      NULL },
    { BATCH_SLURM, true,
      "scontrol: error: Slurm backup controller in standby mode", NULL },
    { BATCH_SLURM, false,
      "sbatch: error: Batch job submission failed: Invalid partition name "
      "specified",
      "Batch job submission failed: Invalid partition name specified" },
    { BATCH_SLURM, false, "sbatch: error: one\nsbatch: error: two\033[1m\n",
      "two?[1m" },
    { BATCH_SGE, true,
      "error: commlib error: got select error (Connection refused)\n"
      "Unable to run job: unable to send message to qmaster using port 1 on "
      "host \"h\": got send error\nExiting.\n",
      "unable to send message to qmaster using port 1 on host \"h\": got send "
      "error" },
    { BATCH_SGE, false,
      "Unable to run job: job rejected: the requested project \"x\" does not "
      "exist\nExiting.\n",
      "job rejected: the requested project \"x\" does not exist" },
    { BATCH_SGE, true, "error: commlib error\nerror: unable to reach it\n",
      "unable to reach it" },
    { BATCH_SGE, false, "denied: job \"9\" does not exist\n",
      "job \"9\" does not exist" },
    { BATCH_PBS, true, "Problem loading jobs.\n", "Problem loading jobs." },
    { BATCH_PBS, false, "qsub: Unknown queue\n", "Unknown queue" },
    { BATCH_PBS, false, "sbatch: error: one\n sbatch: error: two\n'\n", "two" },
    { BATCH_PBS, false, "", "" },
};

static void
a_refusal_is_not_a_transient_failure(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(failures) / sizeof(*failures); i++)
        assert_int_equal(
            batch_answer_transient(failures[i].kind, failures[i].diag),
            failures[i].transient);
}

static void
the_last_message_is_told_in_one_line(void **state)
{
    char text[100];

    (void)state;
    for (size_t i = 0; i < sizeof(failures) / sizeof(*failures); i++)
        if (failures[i].error != NULL) {
            batch_answer_error(failures[i].kind, failures[i].diag, text,
                               sizeof(text));
            assert_string_equal(text, failures[i].error);
        }
    batch_answer_error(BATCH_PBS, "error: 123456789", text, 5);
    assert_string_equal(text, "1234");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_a_number_is_an_id),
        cmocka_unit_test(each_system_may_add_to_an_id_what_it_does),
        cmocka_unit_test(a_refusal_is_not_a_transient_failure),
        cmocka_unit_test(the_last_message_is_told_in_one_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
