/* tests/unit/test_store_journal.c - what every store promises of its journal,
 * on the SQLite one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/lib_storecase.h"

/* Events after SINCE, of JOB unless that is NULL; the caller's. */
static struct store_events
events(const char *job, long long since, size_t max)
{
    const struct store_query q = { .job = job, .since = since, .max = max };
    struct store_events found;

    assert_int_equal(
        storecase.store->events(storecase.self, &q, &found, &storecase.err), 0);
    return found;
}

static void
every_change_is_an_event_with_its_number(void **state)
{
    char id[UUID_TEXT], other[UUID_TEXT], why[] = "cancelled by its owner";
    struct store_events all, some;
    struct store_change c;

    (void)state;
    storecase_add("/CN=a", NULL, "{}", id);
    storecase_add("/CN=a", NULL, "{}", other);
    c = storecase_change_to(id, LIFE_CLEANUP, LIFE_EV_CANCEL);
    c.step[0].reason = why;
    c.step[1] = c.step[0];
    c.step[1].from = LIFE_CLEANUP;
    c.step[1].to = LIFE_CANCELLED;
    c.step[1].event = LIFE_EV_ABORT;
    c.step[1].reason = NULL;
    c.nsteps = 2;
    assert_int_equal(storecase.store->change(storecase.self, &c, 1, NULL, NULL,
                                             &storecase.err),
                     0);
    assert_int_equal(c.step[0].seq, 3);
    assert_int_equal(c.step[1].seq, 4);
    storecase_again("gk");
    all = events(NULL, 0, 100);
    assert_int_equal(all.n, 4);
    assert_int_equal(all.first, 1);
    assert_int_equal(all.last, 4);
    assert_string_equal(all.of[1].job, other);
    assert_int_equal(all.of[0].from, -1);
    assert_int_equal(all.of[0].event, LIFE_EV_ACCEPT);
    assert_int_equal(all.of[2].from, LIFE_NEW);
    assert_int_equal(all.of[2].to, LIFE_CLEANUP);
    assert_string_equal(all.of[2].reason, "cancelled by its owner");
    assert_null(all.of[3].reason);
    assert_int_equal(all.of[3].task, -1);
    store_events_fini(&all);
    some = events(id, 1, 1);
    assert_int_equal(some.n, 1);
    assert_true(some.more);
    assert_int_equal(some.of[0].seq, 3);
    assert_int_equal(some.state, LIFE_CANCELLED);
    store_events_fini(&some);
}

/* A job that is stopped and continued N times, of whose events KEEP stay. */
static void
stop_and_go(const char *id, int n, long long keep)
{
    for (int i = 0; i < n; i++) {
        struct store_change c = storecase_change_from(
            id, LIFE_RUNNING, LIFE_SUSPENDED, LIFE_EV_STOPPED);

        c.step[1] = c.step[0];
        c.step[1].from = LIFE_SUSPENDED;
        c.step[1].to = LIFE_RUNNING;
        c.step[1].event = LIFE_EV_STARTED;
        c.nsteps = 2;
        c.keep = keep;
        assert_int_equal(storecase.store->change(storecase.self, &c, 1, NULL,
                                                 NULL, &storecase.err),
                         0);
    }
}

static void
a_job_that_goes_on_for_ever_has_a_bounded_journal(void **state)
{
    struct store_events all, mine;
    struct store_change c;
    struct store_job job;
    char id[UUID_TEXT], other[UUID_TEXT];

    (void)state;
    storecase_add("/CN=a", NULL, "{}", id);
    c = storecase_change_to(id, LIFE_RUNNING, LIFE_EV_STARTED);
    c.step[0].t_ms = 1000;
    assert_int_equal(storecase.store->change(storecase.self, &c, 1, NULL, NULL,
                                             &storecase.err),
                     0);
    storecase_add("/CN=a", NULL, "{}", other);
    stop_and_go(id, 1000, 100);
    mine = events(id, 0, 5000);
    assert_true(mine.n <= 100 + LIFE_STATES);
    assert_int_equal(mine.of[mine.n - 1].seq, mine.last);
    /* Who has seen FIRST - 1 has missed nothing; who is behind is told so. */
    assert_true(mine.first > 1900);
    assert_int_equal(mine.of[mine.n - 1].seq - mine.first + 1,
                     mine.n - 1); /* New is the last that led there */
    assert_int_equal(mine.of[0].to, LIFE_NEW);
    all = events(NULL, 0, 5000);
    assert_int_equal(all.first, mine.first);
    store_events_fini(&all);
    store_events_fini(&mine);
    mine = events(other, 0, 10);
    assert_int_equal(mine.n, 1);
    assert_int_equal(mine.first, 1);
    store_events_fini(&mine);
    assert_int_equal(
        storecase.store->load(storecase.self, id, &job, &storecase.err), 0);
    assert_true(job.entered_ms[LIFE_NEW] > 0);
    assert_true(job.entered_ms[LIFE_SUSPENDED] > 0);
    store_job_fini(&job);
}

static void
what_happens_to_tasks_is_one_event_with_its_range(void **state)
{
    struct store_task_event told[2] = { { .at = 0 }, { .at = 1 } };
    struct store_events all;
    struct store_change c;
    char id[UUID_TEXT];

    (void)state;
    storecase_add_array("/CN=a", NULL, "{}", 100, id);
    c = storecase_change_to(id, LIFE_READY, LIFE_EV_GO);
    for (int i = 0; i < 2; i++) {
        told[i].event = c.step[0];
        told[i].event.task = 3 + i;
        told[i].event.last_task = i == 0 ? 3 : 99;
        told[i].event.attempt = 2;
        told[i].event.from = LIFE_READY;
        told[i].event.to = LIFE_SUBMITTING;
        told[i].event.event = LIFE_EV_INTENT;
    }
    c.told = told;
    c.ntold = 2;
    assert_int_equal(storecase.store->change(storecase.self, &c, 1, NULL, NULL,
                                             &storecase.err),
                     0);
    assert_int_equal(told[0].event.seq, 2);
    assert_int_equal(c.step[0].seq, 3);
    assert_int_equal(told[1].event.seq, 4);
    all = events(id, 0, 100);
    assert_int_equal(all.n, 4);
    assert_int_equal(all.of[1].task, 3);
    assert_int_equal(all.of[1].last_task, 3);
    assert_int_equal(all.of[2].task, -1);
    assert_int_equal(all.of[3].task, 4);
    assert_int_equal(all.of[3].last_task, 99);
    assert_int_equal(all.of[3].attempt, 2);
    assert_int_equal(all.state, LIFE_READY);
    store_events_fini(&all);
}

static void
a_number_is_given_once_and_goes_with_its_job(void **state)
{
    char id[UUID_TEXT], later[UUID_TEXT];
    const char *ids[] = { id };
    struct store_events all;

    (void)state;
    storecase_add("/CN=a", NULL, "{}", id);
    assert_int_equal(
        storecase.store->remove(storecase.self, ids, 1, &storecase.err), 0);
    all = events(NULL, 0, 10);
    assert_int_equal(all.n, 0);
    assert_int_equal(all.first, 0);
    assert_int_equal(all.last, 1);
    store_events_fini(&all);
    storecase_again("gk");
    storecase_add("/CN=a", NULL, "{}", later);
    all = events(later, 0, 10);
    assert_int_equal(all.n, 1);
    assert_int_equal(all.of[0].seq, 2);
    store_events_fini(&all);
    assert_int_equal(storecase.store->events(storecase.self,
                                             &(struct store_query){ .job = id },
                                             &all, &storecase.err),
                     -1);
    assert_int_equal(storecase.err.code, ERR_NOT_FOUND);
    storecase.err = (struct err)ERR_INIT;
}

static void
the_time_of_a_state_is_when_it_was_entered(void **state)
{
    struct store_change c;
    struct store_job job;
    char id[UUID_TEXT];

    (void)state;
    storecase_add("/CN=a", NULL, "{}", id);
    c = storecase_change_to(id, LIFE_RUNNING, LIFE_EV_STARTED);
    c.step[0].t_ms = 1000;
    assert_int_equal(storecase.store->change(storecase.self, &c, 1, NULL, NULL,
                                             &storecase.err),
                     0);
    c = storecase_change_from(id, LIFE_RUNNING, LIFE_RUNNING, LIFE_EV_CANCEL);
    assert_int_equal(storecase.store->change(storecase.self, &c, 1, NULL, NULL,
                                             &storecase.err),
                     0);
    assert_int_equal(
        storecase.store->load(storecase.self, id, &job, &storecase.err), 0);
    assert_int_equal(job.entered_ms[LIFE_RUNNING], 1000);
    store_job_fini(&job);
}

#define TEST(f) \
    cmocka_unit_test_setup_teardown(f, storecase_setup, storecase_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_change_is_an_event_with_its_number),
        TEST(a_job_that_goes_on_for_ever_has_a_bounded_journal),
        TEST(what_happens_to_tasks_is_one_event_with_its_range),
        TEST(a_number_is_given_once_and_goes_with_its_job),
        TEST(the_time_of_a_state_is_when_it_was_entered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
