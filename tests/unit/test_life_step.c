/* tests/unit/test_life_step.c - whatever happens to jobs and their tasks, in
 * whatever order: memory, store and rule agree, and every job comes to an end
 * that it never leaves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "gatekeeper/life/life_step.h"

#define JOBS   60
#define EVENTS 120
/* Rounds that any job needs at most to its end, once nothing odd happens. */
#define ROUNDS 20

static char dir[64], path[128];
static struct life *l;
static unsigned seed;

static unsigned
dice(unsigned n)
{
    seed = seed * 1103515245u + 12345u;
    return (seed >> 16) % n;
}

static int
setup(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    snprintf(dir, sizeof(dir), "/tmp/test_life_step.XXXXXX");
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof(path), "%s/jobs.db", dir);
    l = xcalloc(1, sizeof(*l));
    l->store = &store_sqlite;
    l->ready_tail = &l->ready_head;
    l->idle = 1; /* nobody acts here */
    pthread_cond_init(&l->ready_cond, NULL);
    assert_int_equal(l->store->open(path, &l->store_self, &err), 0);
    assert_int_equal(l->store->join(l->store_self,
                                    &(struct store_member){ .instance = "gk" },
                                    &err),
                     0);
    assert_int_equal(journal_open(&l->journal, l->store, l->store_self, &err),
                     0);
    return 0;
}

static int
teardown(void **state)
{
    static const char *const files[] = { "", "-wal", "-shm" };

    (void)state;
    life_table_fini(l);
    journal_close(l->journal);
    l->store->close(l->store_self);
    pthread_cond_destroy(&l->ready_cond);
    free(l);
    for (int i = 0; i < 3; i++) {
        char file[160];

        snprintf(file, sizeof(file), "%s%s", path, files[i]);
        unlink(file);
    }
    rmdir(dir);
    return 0;
}

/* A job of N tasks, accepted. */
static struct life_job *
new_job(uint32_t n)
{
    struct store_job j = { .state = LIFE_NEW,
                           .outcome = LIFE_DONE,
                           .tasks = n };
    struct err err = ERR_INIT;
    enum store_added how;
    struct life_job *job;

    uuid_make(j.id);
    j.owner = xstrdup("/CN=a");
    j.record = xstrdup("{}");
    j.kind = xstrdup("jsdl");
    j.document = xstrdup("<x/>");
    j.scheduler = xstrdup("fork");
    j.entered_ms[LIFE_NEW] = time_now_ms();
    assert_int_equal(l->store->add(l->store_self, &j, &how, NULL, NULL, &err),
                     0);
    job = life_table_add(l, &j);
    job->stages_out = dice(2) == 0;
    job->cleans = dice(2) == 0;
    store_job_fini(&j);
    return job;
}

/* What comes next when all goes well. */
static struct life_note *
next_note(const struct life_job *job)
{
    static const enum life_event by_state[LIFE_STATES] = {
        [LIFE_NEW] = LIFE_EV_GO,
        [LIFE_STAGEIN] = LIFE_EV_GO,
        [LIFE_HELD] = LIFE_EV_RELEASE,
        [LIFE_READY] = LIFE_EV_INTENT,
        [LIFE_STAGEOUT] = LIFE_EV_STAGED
    };
    struct life_note *note;

    if (job->state == LIFE_CLEANUP)
        return life_note_create(job->id,
                                job->outcome == LIFE_DONE     ? LIFE_EV_SUCCEED
                                : job->outcome == LIFE_FAILED ? LIFE_EV_FAIL
                                                              : LIFE_EV_ABORT,
                                -1);
    if (!life_state_by_tasks((enum life_state)job->state) ||
        job->state == LIFE_READY)
        return life_note_create(job->id, by_state[job->state], -1);
    note = life_note_create(job->id, LIFE_EV_SUBMITTED, -1);
    for (uint32_t i = 0; i < job->ntasks; i++) {
        enum task_state state = (enum task_state)job->task[i].state;

        if (!task_state_final(state))
            life_note_mark(note, &job->task[i],
                           task_state_submitted(state) ? LIFE_EV_EXITED
                                                       : LIFE_EV_SUBMITTED,
                           state);
    }
    return note;
}

/* Some event for some tasks of JOB, or for the job itself. */
static struct life_note *
random_note(struct life_job *job)
{
    static const enum life_event own[] = { LIFE_EV_STAGE,   LIFE_EV_HOLD,
                                           LIFE_EV_GO,      LIFE_EV_RELEASE,
                                           LIFE_EV_STAGED,  LIFE_EV_FAULT,
                                           LIFE_EV_SUCCEED, LIFE_EV_GO };
    static const enum life_event of_task[] = {
        LIFE_EV_SUBMITTED, LIFE_EV_SUBMITTED, LIFE_EV_STARTED,
        LIFE_EV_STARTED,   LIFE_EV_STOPPED,   LIFE_EV_EXITED,
        LIFE_EV_KILLED,    LIFE_EV_FAULT,     LIFE_EV_FORGOTTEN
    };
    struct life_note *note;

    if (dice(40) == 0)
        return life_note_create(job->id, LIFE_EV_CANCEL, -1);
    if (dice(40) == 0) {
        note = life_note_create(job->id, LIFE_EV_LIMITS, -1);
        note->record = xstrdup("{}");
        return note;
    }
    if (job->state == LIFE_CLEANUP) /* it ends by its outcome */
        return next_note(job);
    if (!life_state_by_tasks((enum life_state)job->state)) {
        note = life_note_create(job->id, own[dice(8)], -1);
        note->fault = note->event == LIFE_EV_FAULT ? xstrdup("it broke") : NULL;
        return note;
    }
    note = life_note_create(job->id, LIFE_EV_FAULT, -1);
    for (uint32_t i = 0; i < job->ntasks; i++) {
        struct life_mark *mark;

        if (dice(3) == 0)
            continue;
        mark = life_note_mark(note, &job->task[i], of_task[dice(9)],
                              (enum task_state)job->task[i].state);
        if (mark->event == LIFE_EV_KILLED && !job->cancel)
            mark->event = LIFE_EV_EXITED; /* nobody ended it */
        if (mark->event == LIFE_EV_SUBMITTED)
            mark->sched_id = xstrdup("7");
        if (mark->event == LIFE_EV_FAULT)
            mark->fault = xstrdup("it broke");
        mark->exit.set = mark->event == LIFE_EV_EXITED;
    }
    return note;
}

/* What the store has of JOB is what memory has. */
static void
check_store(const struct life_job *job)
{
    struct err err = ERR_INIT;
    struct store_job kept;

    assert_int_equal(l->store->load(l->store_self, job->id, &kept, &err), 0);
    assert_int_equal(kept.state, job->state);
    assert_int_equal(kept.outcome, job->outcome);
    assert_int_equal(kept.cancel, job->cancel);
    for (size_t i = 0; i < kept.ntask; i++) {
        const struct store_task *t = &kept.task[i];

        /* What did not begin when its job ended was not written anew. */
        if (t->state != TASK_READY)
            assert_int_equal(t->state, job->task[t->index].state);
    }
    store_job_fini(&kept);
}

static void
check_job(const struct life_job *job)
{
    struct life_tally tally = { .of = { 0 } };

    for (uint32_t i = 0; i < job->ntasks; i++)
        tally.of[job->task[i].state]++;
    assert_memory_equal(&tally, &job->tally, sizeof(tally));
    if (life_state_by_tasks((enum life_state)job->state)) {
        assert_false(life_rule_over(&tally));
        assert_int_equal(life_rule_state((enum life_state)job->state, &tally),
                         job->state);
    }
    if (life_state_final((enum life_state)job->state)) {
        assert_true(life_rule_over(&tally));
        assert_int_equal(job->state, job->outcome);
        assert_int_equal(job->cancel, job->outcome == LIFE_CANCELLED);
    }
    check_store(job);
}

/* NOTE happens: stored, then true.  Final jobs and tasks stay what they are. */
static void
happen(struct life_job *job, struct life_note *note)
{
    bool was_final = life_state_final((enum life_state)job->state);
    uint8_t *before = xcalloc(job->ntasks, 1);
    struct err err = ERR_INIT;
    struct life_step s;

    for (uint32_t i = 0; i < job->ntasks; i++)
        before[i] = job->task[i].state;
    if (life_step_prepare(l, note, &s, &err)) {
        assert_true(!was_final || note->event == LIFE_EV_RESUBMIT);
        assert_int_equal(
            l->store->change(l->store_self, &s.change, 1, NULL, NULL, &err), 0);
        assert_false(s.change.fenced);
        life_step_enact(l, &s);
        life_step_fini(&s);
    }
    for (uint32_t i = 0; i < job->ntasks; i++)
        if (task_state_final((enum task_state)before[i]) &&
            note->event != LIFE_EV_RESUBMIT)
            assert_int_equal(before[i], job->task[i].state);
    life_note_free(note);
    free(before);
    check_job(job);
}

/* The life of a job of 1 to 6 tasks, by its number. */
static struct life_job *
live(unsigned number)
{
    struct life_job *job;
    int rounds = 0;

    seed = number;
    job = new_job(1 + dice(6));
    for (int i = 0; i < EVENTS; i++)
        happen(job, random_note(job));
    while (!life_state_final((enum life_state)job->state) && rounds++ < ROUNDS)
        happen(job, next_note(job));
    assert_true(life_state_final((enum life_state)job->state));
    happen(job, random_note(job));
    return job;
}

static void
every_job_ends_and_stays_so_whatever_happens(void **state)
{
    (void)state;
    for (unsigned i = 1; i <= JOBS; i++)
        (void)live(i);
}

static void
tasks_of_one_job_change_in_one_commit(void **state)
{
    struct life_job *job = new_job(1000);
    struct err err = ERR_INIT;
    struct life_step s;

    (void)state;
    happen(job, life_note_create(job->id, LIFE_EV_GO, -1));
    assert_int_equal(job->tally.of[TASK_SUBMITTING], 1000);
    assert_true(life_step_prepare(l, next_note(job), &s, &err));
    assert_int_equal(s.ntasks, 1000);
    assert_int_equal(s.change.nsteps, 1);
    life_note_free(s.note);
    life_step_fini(&s);
}

/* Each of the events of JOB's tasks begins where the one before it ended, and
 * the last one ends where the task is. */
static void
check_told(const struct life_job *job)
{
    const struct store_query q = { .job = job->id, .max = 100000 };
    int *now = xcalloc(job->ntasks, sizeof(*now));
    struct err err = ERR_INIT;
    struct store_events all;

    for (uint32_t i = 0; i < job->ntasks; i++)
        now[i] = LIFE_READY;
    assert_int_equal(l->store->events(l->store_self, &q, &all, &err), 0);
    for (size_t i = 0; i < all.n; i++)
        for (int t = all.of[i].task; t >= 0 && t <= all.of[i].last_task; t++) {
            assert_int_equal(all.of[i].from, now[t]);
            now[t] = (int)all.of[i].to;
        }
    store_events_fini(&all);
    for (uint32_t i = 0; i < job->ntasks; i++)
        assert_string_equal(
            life_state_word((enum life_state)now[i]),
            task_state_word((enum task_state)job->task[i].state));
    free(now);
}

static void
every_change_of_a_task_is_in_the_journal(void **state)
{
    (void)state;
    for (unsigned i = 1; i <= JOBS; i++) {
        struct life_job *job = live(i);

        if (job->ntasks > 1)
            check_told(job);
    }
}

/* Tasks of JOB that are over, one in three or all, are to run once more. */
static void
resubmit(struct life_job *job, bool all)
{
    struct life_note *note = life_note_create(job->id, LIFE_EV_RESUBMIT, -1);

    for (uint32_t i = 0; i < job->ntasks; i++)
        if (task_state_final((enum task_state)job->task[i].state) &&
            (all || dice(3) == 0))
            life_note_mark(note, &job->task[i], LIFE_EV_RESUBMIT,
                           (enum task_state)job->task[i].state);
    if (note->nmarks > 0)
        happen(job, note);
    else
        life_note_free(note);
}

static void
what_runs_once_more_is_a_new_attempt_and_ends_again(void **state)
{
    (void)state;
    for (unsigned i = 1; i <= JOBS; i++) {
        struct life_job *job = live(i);
        int rounds = 0;

        resubmit(job, true);
        assert_int_equal(job->state, LIFE_READY);
        assert_null(job->fault);
        assert_false(job->cancel);
        for (uint32_t t = 0; t < job->ntasks; t++) {
            assert_int_equal(job->task[t].attempt, 2);
            assert_null(job->task[t].sched_id);
            assert_false(job->task[t].exit.set || job->task[t].tried);
        }
        for (int n = 0; n < EVENTS; n++) {
            happen(job, random_note(job));
            if (life_state_by_tasks((enum life_state)job->state))
                resubmit(job, false);
        }
        while (!life_state_final((enum life_state)job->state) &&
               rounds++ < ROUNDS)
            happen(job, next_note(job));
        assert_true(life_state_final((enum life_state)job->state));
        if (job->ntasks > 1)
            check_told(job);
    }
}

static void
tasks_that_change_alike_share_an_event(void **state)
{
    struct life_job *job = new_job(1000);
    struct err err = ERR_INIT;
    struct store_events all;
    struct store_query q = { .job = job->id, .max = 100000 };

    (void)state;
    while (!life_state_final((enum life_state)job->state))
        happen(job, next_note(job));
    check_told(job);
    assert_int_equal(l->store->events(l->store_self, &q, &all, &err), 0);
    assert_true(all.n < 20);
    store_events_fini(&all);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            every_job_ends_and_stays_so_whatever_happens, setup, teardown),
        cmocka_unit_test_setup_teardown(tasks_of_one_job_change_in_one_commit,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(
            every_change_of_a_task_is_in_the_journal, setup, teardown),
        cmocka_unit_test_setup_teardown(
            what_runs_once_more_is_a_new_attempt_and_ends_again, setup,
            teardown),
        cmocka_unit_test_setup_teardown(tasks_that_change_alike_share_an_event,
                                        setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
