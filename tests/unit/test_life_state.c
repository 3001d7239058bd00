/* tests/unit/test_life_state.c - a walk over the tables of the life of a job
 * and of its tasks, and over the rule that joins them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "gatekeeper/life/life_rule.h"

/* A job of one task, whose state that task is in. */
static enum task_state
task_of(enum life_state s)
{
    return (enum task_state)task_state_parse(life_state_word(s));
}

/* Where E leads a job of one task from S. */
static bool
step(enum life_state s, enum life_event e, enum life_state *to)
{
    struct life_tally tally = { .of = { 0 } };
    enum life_action action;
    enum task_state next;

    if (!life_state_by_tasks(s))
        return life_state_next(s, e, to, &action);
    if (!task_state_next(task_of(s), e, &next, &action))
        return false;
    tally.of[next] = 1;
    if (life_rule_over(&tally))
        return life_state_next(
            s, life_rule_end(s, e == LIFE_EV_CANCEL || e == LIFE_EV_KILLED), to,
            &action);
    *to = life_rule_state(s, &tally);
    return true;
}

static void
every_live_state_has_an_exit_and_final_ones_but_one(void **state)
{
    (void)state;
    for (int s = 0; s < LIFE_STATES; s++) {
        bool leaves = false;

        for (int e = 0; e < LIFE_EVENTS; e++) {
            enum life_state to;

            if (!step((enum life_state)s, (enum life_event)e, &to))
                continue;
            /* What is over is so until its owner wants it once more. */
            if (life_state_final((enum life_state)s))
                assert_int_equal(e, LIFE_EV_RESUBMIT);
            leaves |= (int)to != s;
        }
        assert_true(leaves);
    }
}

static void
every_state_is_reached_from_the_first(void **state)
{
    bool seen[LIFE_STATES] = { [LIFE_NEW] = true }, grew = true;

    (void)state;
    while (grew) {
        grew = false;
        for (int s = 0; s < LIFE_STATES; s++)
            for (int e = 0; seen[s] && e < LIFE_EVENTS; e++) {
                enum life_state to;

                if (step((enum life_state)s, (enum life_event)e, &to) &&
                    !seen[to])
                    seen[to] = grew = true;
            }
    }
    for (int s = 0; s < LIFE_STATES; s++)
        assert_true(seen[s]);
}

static void
every_live_state_comes_to_an_end(void **state)
{
    bool ends[LIFE_STATES] = { false }, grew = true;

    (void)state;
    for (int s = 0; s < LIFE_STATES; s++)
        ends[s] = life_state_final((enum life_state)s);
    while (grew) {
        grew = false;
        for (int s = 0; s < LIFE_STATES; s++)
            for (int e = 0; !ends[s] && e < LIFE_EVENTS; e++) {
                enum life_state to;

                if (step((enum life_state)s, (enum life_event)e, &to) &&
                    ends[to])
                    ends[s] = grew = true;
            }
    }
    for (int s = 0; s < LIFE_STATES; s++)
        assert_true(ends[s]);
}

static void
users_can_cancel_until_the_clean_up(void **state)
{
    enum life_state to;

    (void)state;
    for (int s = 0; s < LIFE_STATES; s++)
        assert_int_equal(step((enum life_state)s, LIFE_EV_CANCEL, &to),
                         s != LIFE_CLEANUP &&
                             !life_state_final((enum life_state)s));
}

static void
nothing_starts_without_an_intent(void **state)
{
    (void)state;
    for (int s = 0; s < LIFE_STATES; s++)
        for (int e = 0; e < LIFE_EVENTS; e++) {
            enum life_state to;

            if (!step((enum life_state)s, (enum life_event)e, &to) ||
                (int)to == s)
                continue;
            /* The one way to the scheduler is through the stored name. */
            if (to == LIFE_SUBMITTING)
                assert_int_equal(e, LIFE_EV_INTENT);
            if (to == LIFE_PENDING)
                assert_true(s == LIFE_SUBMITTING && e == LIFE_EV_SUBMITTED);
            if (to == LIFE_RUNNING)
                assert_true(s == LIFE_PENDING || s == LIFE_SUSPENDED);
        }
}

static void
what_its_scheduler_forgot_is_submitted_again_unless_it_began(void **state)
{
    enum life_action action;
    enum task_state next;
    enum life_state to;

    (void)state;
    for (int s = 0; s < LIFE_STATES; s++)
        assert_int_equal(step((enum life_state)s, LIFE_EV_FORGOTTEN, &to),
                         s == LIFE_PENDING);
    assert_true(step(LIFE_PENDING, LIFE_EV_FORGOTTEN, &to));
    assert_int_equal(to, LIFE_READY);
    assert_true(
        task_state_next(TASK_PENDING, LIFE_EV_FORGOTTEN, &next, &action));
    assert_int_equal(next, TASK_READY);
    assert_int_equal(action, LIFE_DO_intend);
}

static void
what_ended_has_been_running(void **state)
{
    enum life_action action;
    enum task_state next;
    enum life_state to;

    (void)state;
    assert_true(task_state_next(TASK_PENDING, LIFE_EV_EXITED, &next, &action));
    assert_int_equal(next, TASK_RUNNING);
    assert_int_equal(action, LIFE_DO_end);
    assert_true(step(LIFE_PENDING, LIFE_EV_EXITED, &to));
    assert_int_equal(to, LIFE_RUNNING);
    assert_true(step(to, LIFE_EV_EXITED, &to));
    assert_int_equal(to, LIFE_STAGEOUT);
}

#define LIFE_TASKS LIFE_STATES

static void
no_transition_stands_twice(void **state)
{
    static const int rows[][2] = {
#define LIFE(from, event, to, action) { LIFE_##from, LIFE_EV_##event },
#include "gatekeeper/life/life.def"
#define TASK(from, event, to, action) \
    { LIFE_STATES + 1 + TASK_##from, LIFE_EV_##event },
#include "gatekeeper/life/task.def"
    };
    size_t n = sizeof(rows) / sizeof(rows[0]);

    (void)state;
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++)
            assert_false(rows[i][0] == rows[j][0] && rows[i][1] == rows[j][1]);
}

static void
a_restart_knows_what_to_do_in_each_live_state(void **state)
{
    (void)state;
    for (int s = 0; s < LIFE_STATES; s++) {
        bool nothing =
            life_state_resume((enum life_state)s) == LIFE_DO_none &&
            (!life_state_by_tasks((enum life_state)s) ||
             task_state_resume(task_of((enum life_state)s)) == LIFE_DO_none);

        assert_int_equal(nothing, s == LIFE_HELD ||
                                      life_state_final((enum life_state)s));
    }
}

static void
words_lead_back_to_states(void **state)
{
    (void)state;
    for (int s = 0; s < LIFE_STATES; s++)
        assert_int_equal(life_state_parse(life_state_word((enum life_state)s)),
                         s);
    for (int s = 0; s < TASK_STATES; s++)
        assert_int_equal(task_state_parse(task_state_word((enum task_state)s)),
                         s);
    assert_int_equal(life_state_parse("Nowhere"), -1);
    assert_int_equal(task_state_parse("New"), -1);
    assert_string_equal(life_event_word(LIFE_EV_EXITED), "exited");
    assert_int_equal(life_event_parse("exited"), LIFE_EV_EXITED);
    assert_int_equal(life_event_parse("levitated"), -1);
    for (int e = 0; e < LIFE_EVENTS; e++)
        assert_true(strlen(life_event_reason((enum life_event)e)) > 0);
}

/* A job of several tasks in the states that WORDS begin: "DRP" is Done,
 * Running, Pending ("S" is Submitting, "H" suspended). */
static struct life_tally
tally_of(const char *words)
{
    static const char letters[TASK_STATES + 1] = "ASPRHDFC";
    struct life_tally tally = { .of = { 0 } };

    for (; *words != '\0'; words++)
        tally.of[strchr(letters, *words) - letters]++;
    return tally;
}

static void
a_job_is_what_its_foremost_task_is(void **state)
{
    static const struct {
        enum life_state now;
        const char *tasks;
        enum life_state is;
    } rows[] = {
        { LIFE_READY, "AAA", LIFE_READY },
        { LIFE_READY, "ASA", LIFE_SUBMITTING },
        { LIFE_SUBMITTING, "SSP", LIFE_PENDING },
        { LIFE_PENDING, "PPR", LIFE_RUNNING },
        { LIFE_PENDING, "HRP", LIFE_RUNNING },
        { LIFE_RUNNING, "HHP", LIFE_SUSPENDED },
        /* It has begun: that others wait for a slot does not take it back. */
        { LIFE_RUNNING, "DPP", LIFE_RUNNING },
        { LIFE_SUSPENDED, "DFP", LIFE_RUNNING },
        /* Refused tasks say nothing of those that are under way. */
        { LIFE_SUBMITTING, "FFS", LIFE_SUBMITTING },
        { LIFE_PENDING, "FFP", LIFE_PENDING },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct life_tally tally = tally_of(rows[i].tasks);

        assert_false(life_rule_over(&tally));
        assert_int_equal(life_rule_state(rows[i].now, &tally), rows[i].is);
    }
}

static void
a_job_ends_as_its_tasks_did(void **state)
{
    struct life_tally all_done = tally_of("DDD"), one_failed = tally_of("DFD");

    (void)state;
    assert_true(life_rule_over(&all_done));
    assert_true(life_rule_over(&one_failed));
    assert_int_equal(life_rule_outcome(&all_done, false), LIFE_DONE);
    assert_int_equal(life_rule_outcome(&one_failed, false), LIFE_FAILED);
    assert_int_equal(life_rule_outcome(&one_failed, true), LIFE_CANCELLED);
    /* What no scheduler ever had has nothing to stage out. */
    assert_int_equal(life_rule_end(LIFE_SUBMITTING, false), LIFE_EV_FAULT);
    assert_int_equal(life_rule_end(LIFE_RUNNING, false), LIFE_EV_EXITED);
    assert_int_equal(life_rule_end(LIFE_RUNNING, true), LIFE_EV_KILLED);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_live_state_has_an_exit_and_final_ones_but_one),
        cmocka_unit_test(every_state_is_reached_from_the_first),
        cmocka_unit_test(every_live_state_comes_to_an_end),
        cmocka_unit_test(users_can_cancel_until_the_clean_up),
        cmocka_unit_test(nothing_starts_without_an_intent),
        cmocka_unit_test(
            what_its_scheduler_forgot_is_submitted_again_unless_it_began),
        cmocka_unit_test(what_ended_has_been_running),
        cmocka_unit_test(no_transition_stands_twice),
        cmocka_unit_test(a_restart_knows_what_to_do_in_each_live_state),
        cmocka_unit_test(a_job_is_what_its_foremost_task_is),
        cmocka_unit_test(a_job_ends_as_its_tasks_did),
        cmocka_unit_test(words_lead_back_to_states),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
