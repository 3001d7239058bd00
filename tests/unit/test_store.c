/* tests/unit/test_store.c - what every store promises, on the SQLite one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "gatekeeper/store/store.h"

static const struct store *store = &store_sqlite;
static char dir[64], path[128];
static void *self;
static struct err err;
static const struct store_limit many = { 1000, 1000 };

static int
setup(void **state)
{
    (void)state;
    snprintf(dir, sizeof(dir), "/tmp/test_store.XXXXXX");
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof(path), "%s/jobs.db", dir);
    err = (struct err)ERR_INIT;
    assert_int_equal(store->open(path, &self, &err), 0);
    assert_int_equal(
        store->join(self, &(struct store_member){ .instance = "gk" }, &err), 0);
    return 0;
}

static int
teardown(void **state)
{
    static const char *const files[] = { "", "-wal", "-shm" };

    (void)state;
    store->close(self);
    self = NULL;
    for (int i = 0; i < 3; i++) {
        char file[160];

        snprintf(file, sizeof(file), "%s%s", path, files[i]);
        unlink(file);
    }
    rmdir(dir);
    return 0;
}

static void
again(const char *instance)
{
    store->close(self);
    assert_int_equal(store->open(path, &self, &err), 0);
    assert_int_equal(
        store->join(self, &(struct store_member){ .instance = instance }, &err),
        0);
}

/* A new job of OWNER under KEY, with so many TASKS; its id to ID. */
static enum store_added
add_array(const char *owner, const char *key, const char *record,
          uint32_t tasks, char id[UUID_TEXT])
{
    struct store_job job = { .state = LIFE_NEW,
                             .outcome = LIFE_DONE,
                             .tasks = tasks };
    enum store_added how;

    uuid_make(job.id);
    job.owner = xstrdup(owner);
    job.key = key != NULL ? xstrdup(key) : NULL;
    job.record = xstrdup(record);
    job.kind = xstrdup("jsdl");
    job.document = xstrdup("<x/>");
    job.scheduler = xstrdup("fork");
    job.entered_ms[LIFE_NEW] = time_now_ms();
    assert_int_equal(store->add(self, &job, &how, NULL, NULL, &err), 0);
    memcpy(id, job.id, UUID_TEXT);
    if (how == STORE_KNOWN)
        assert_string_not_equal(job.record, record);
    store_job_fini(&job);
    return how;
}

/* The same with one. */
static enum store_added
add(const char *owner, const char *key, const char *record, char id[UUID_TEXT])
{
    return add_array(owner, key, record, 1, id);
}

static struct store_change
change_from(const char *id, int from, enum life_state to, enum life_event event)
{
    struct store_change c = { .id = id,
                              .step = { { .task = -1,
                                          .attempt = -1,
                                          .from = from,
                                          .to = to,
                                          .event = event,
                                          .t_ms = time_now_ms() } },
                              .nsteps = 1,
                              .outcome = -1,
                              .failed_state = -1 };

    memcpy(c.step[0].job, id, UUID_TEXT);
    return c;
}

static struct store_change
change_to(const char *id, enum life_state state, enum life_event event)
{
    return change_from(id, LIFE_NEW, state, event);
}

/* The only task of a job goes to STATE. */
static struct store_task
task_to(enum task_state state)
{
    return (struct store_task){ .attempt = 1, .state = state };
}

static void
a_job_comes_back_as_it_went(void **state)
{
    struct store_task t = task_to(TASK_SUBMITTING);
    char name[] = "gk1", sched_id[] = "77", fault[] = "it broke";
    struct store_change c;
    struct store_job job;
    char id[UUID_TEXT];

    (void)state;
    assert_int_equal(add("/CN=a", "k", "{\"a\":1}", id), STORE_ADDED);
    c = change_to(id, LIFE_READY, LIFE_EV_GO);
    c.step[1] = c.step[0];
    c.step[1].from = LIFE_READY;
    c.step[1].to = LIFE_SUBMITTING;
    c.step[1].event = LIFE_EV_INTENT;
    c.nsteps = 2;
    c.account = "alice";
    c.session = "/s/alice/1";
    c.home = "/home/alice";
    t.submit_name = name;
    c.task = &t;
    c.ntasks = 1;
    assert_int_equal(store->change(self, &c, 1, NULL, NULL, &err), 0);
    c = change_to(id, LIFE_FAILED, LIFE_EV_FAIL);
    t = task_to(TASK_FAILED);
    t.sched_id = sched_id;
    t.fault = fault;
    c.task = &t;
    c.ntasks = 1;
    c.fault = "it broke";
    c.outcome = LIFE_FAILED;
    c.failed_state = LIFE_RUNNING;
    t.exit = (struct store_exit){
        .set = true, .code = 3, .user_ms = 12, .maxrss = 4096
    };
    assert_int_equal(store->change(self, &c, 1, NULL, NULL, &err), 0);
    again("gk");
    assert_int_equal(store->load(self, id, &job, &err), 0);
    assert_int_equal(job.state, LIFE_FAILED);
    assert_string_equal(job.owner, "/CN=a");
    assert_string_equal(job.key, "k");
    assert_string_equal(job.record, "{\"a\":1}");
    assert_string_equal(job.document, "<x/>");
    assert_string_equal(job.account, "alice");
    assert_int_equal(job.tasks, 1);
    assert_int_equal(job.ntask, 1);
    assert_int_equal(job.task[0].state, TASK_FAILED);
    assert_string_equal(job.task[0].submit_name, "gk1");
    assert_string_equal(job.task[0].sched_id, "77");
    assert_string_equal(job.task[0].fault, "it broke");
    assert_string_equal(job.fault, "it broke");
    assert_int_equal(job.failed_state, LIFE_RUNNING);
    assert_true(job.task[0].exit.set);
    assert_int_equal(job.task[0].exit.code, 3);
    assert_true(job.entered_ms[LIFE_SUBMITTING] > 0);
    assert_true(job.entered_ms[LIFE_RUNNING] == 0);
    store_job_fini(&job);
}

static void
tasks_change_with_their_job_or_alone(void **state)
{
    struct store_task t[3] = { task_to(TASK_SUBMITTING),
                               task_to(TASK_SUBMITTING),
                               task_to(TASK_SUBMITTING) };
    char id[UUID_TEXT], name[3][8] = { "gk-0", "gk-1", "gk-2" }, other[] = "x";
    struct store_change c;
    struct store_job job;

    (void)state;
    add_array("/CN=a", NULL, "{}", 4, id);
    c = change_to(id, LIFE_SUBMITTING, LIFE_EV_INTENT);
    for (uint32_t i = 0; i < 3; i++) {
        t[i].index = i;
        t[i].submit_name = name[i];
    }
    c.task = t;
    c.ntasks = 3;
    assert_int_equal(store->change(self, &c, 1, NULL, NULL, &err), 0);
    /* One goes on alone: the job is where it was, without a step. */
    c.nsteps = 0;
    c.ntasks = 1;
    t[0] = (struct store_task){ .index = 1, .attempt = 1, .state = TASK_DONE };
    t[0].exit = (struct store_exit){ .set = true, .code = 5 };
    assert_int_equal(store->change(self, &c, 1, NULL, NULL, &err), 0);
    /* What another attempt says is not this one's. */
    t[0] = (struct store_task){ .index = 2, .attempt = 2, .state = TASK_DONE };
    t[0].sched_id = other;
    assert_int_equal(store->change(self, &c, 1, NULL, NULL, &err), 0);
    assert_int_equal(store->load(self, id, &job, &err), 0);
    assert_int_equal(job.state, LIFE_SUBMITTING);
    assert_int_equal(job.tasks, 4);
    assert_int_equal(job.ntask, 3); /* of the fourth nothing is known */
    assert_int_equal(job.task[1].state, TASK_DONE);
    assert_string_equal(job.task[1].submit_name, "gk-1");
    assert_int_equal(job.task[1].exit.code, 5);
    assert_int_equal(job.task[2].state, TASK_SUBMITTING);
    assert_null(job.task[2].sched_id);
    assert_false(job.task[2].exit.set);
    store_job_fini(&job);
}

static void
same_owner_and_key_is_the_same_job(void **state)
{
    char first[UUID_TEXT], second[UUID_TEXT];

    (void)state;
    assert_int_equal(add("/CN=a", "k", "{}", first), STORE_ADDED);
    assert_int_equal(add("/CN=a", "k", "{\"other\":1}", second), STORE_KNOWN);
    assert_string_equal(first, second);
    assert_int_equal(add("/CN=b", "k", "{}", second), STORE_ADDED);
    assert_string_not_equal(first, second);
    assert_int_equal(add("/CN=a", NULL, "{}", second), STORE_ADDED);
    assert_int_equal(add("/CN=a", NULL, "{}", first), STORE_ADDED);
}

static void
a_key_finds_its_owners_job(void **state)
{
    char first[UUID_TEXT], found[UUID_TEXT], *record = NULL;
    struct err why = ERR_INIT;

    (void)state;
    assert_int_equal(add("/CN=f", "find me", "{\"x\":1}", first), STORE_ADDED);
    assert_int_equal(
        store->find(self, "/CN=f", "find me", found, &record, &why), 0);
    assert_string_equal(first, found);
    assert_string_equal(record, "{\"x\":1}");
    free(record);
    assert_int_equal(
        store->find(self, "/CN=g", "find me", found, &record, &why), -1);
    assert_int_equal(why.code, ERR_NOT_FOUND);
}

static void
another_epochs_job_is_fenced(void **state)
{
    struct store_change c;
    struct store_job job;
    char id[UUID_TEXT];

    (void)state;
    add("/CN=a", NULL, "{}", id);
    again("another gatekeeper");
    c = change_to(id, LIFE_CLEANUP, LIFE_EV_CANCEL);
    assert_int_equal(store->change(self, &c, 1, NULL, NULL, &err), 0);
    assert_true(c.fenced);
    assert_int_equal(store->load(self, id, &job, &err), 0);
    assert_int_equal(job.state, LIFE_NEW);
    store_job_fini(&job);
    /* The same one, started again, takes its jobs over. */
    again("gk");
    assert_int_equal(store->change(self, &c, 1, NULL, NULL, &err), 0);
    assert_false(c.fenced);
}

static void
one_that_was_replaced_keeps_nothing_new(void **state)
{
    struct store_delegation d = { .expires = 2000000000 };
    struct store_job job = { .state = LIFE_NEW, .tasks = 1 };
    struct err why = ERR_INIT;
    enum store_added how;
    void *old = self;

    (void)state;
    assert_int_equal(store->fenced(old, &why), 0);
    assert_int_equal(store->open(path, &self, &err), 0);
    assert_int_equal(
        store->join(self, &(struct store_member){ .instance = "gk" }, &err), 0);
    assert_int_equal(store->fenced(old, &why), -1);
    assert_int_equal(why.code, ERR_STATE);
    assert_int_equal(store->fenced(self, &err), 0);
    why = (struct err)ERR_INIT;
    uuid_make(job.id);
    job.owner = job.record = job.kind = job.document = job.scheduler =
        xstrdup("x");
    assert_int_equal(store->add(old, &job, &how, NULL, NULL, &why), -1);
    assert_int_equal(why.code, ERR_STATE);
    assert_int_equal(store->add(self, &job, &how, NULL, NULL, &err), 0);
    d.owner = d.id = d.request = job.owner;
    why = (struct err)ERR_INIT;
    assert_int_equal(store->put_delegation(old, &d, &many, &why), -1);
    assert_int_equal(why.code, ERR_STATE);
    why = (struct err)ERR_INIT;
    assert_int_equal(store->set_setting(old, "k", "v", &why), -1);
    free(job.owner);
    store->close(old);
}

static int
put(const char *owner, const char *id, const struct store_limit *max,
    struct err *why)
{
    struct store_delegation d = { .expires = 2000000000, .created = 1 };
    int rc;

    *why = (struct err)ERR_INIT;
    d.owner = xstrdup(owner);
    d.id = xstrdup(id);
    d.credential = xstrdup("PEM");
    rc = store->put_delegation(self, &d, max, why);
    store_delegation_fini(&d);
    return rc;
}

static void
delegations_are_limited(void **state)
{
    const struct store_limit max = { .owner = 2, .all = 3 };
    struct err why;
    long long n;

    (void)state;
    assert_int_equal(put("/CN=a", "1", &max, &why), 0);
    assert_int_equal(put("/CN=a", "2", &max, &why), 0);
    assert_int_equal(put("/CN=a", "3", &max, &why), -1);
    assert_int_equal(why.code, ERR_LIMIT);
    /* a renewal is no new one */
    assert_int_equal(put("/CN=a", "2", &max, &why), 0);
    assert_int_equal(put("/CN=a", "1", &max, &why), 0);
    assert_int_equal(put("/CN=b", "1", &max, &why), 0);
    assert_int_equal(put("/CN=b", "2", &max, &why), -1);
    assert_int_equal(why.code, ERR_LIMIT);
    /* what is gone, by whichever way, makes room, after a restart as well */
    assert_int_equal(store->drop_delegation(self, "/CN=a", "1", &err), 0);
    again("gk");
    assert_int_equal(put("/CN=b", "2", &max, &why), 0);
    assert_int_equal(put("/CN=b", "3", &max, &why), -1);
    assert_int_equal(store->expire_delegations(self, 2000000001, &n, &err), 0);
    assert_int_equal(n, 3);
    assert_int_equal(put("/CN=b", "3", &max, &why), 0);
}

/* Events after SINCE, of JOB unless that is NULL; the caller's. */
static struct store_events
events(const char *job, long long since, size_t max)
{
    const struct store_query q = { .job = job, .since = since, .max = max };
    struct store_events found;

    assert_int_equal(store->events(self, &q, &found, &err), 0);
    return found;
}

static void
every_change_is_an_event_with_its_number(void **state)
{
    char id[UUID_TEXT], other[UUID_TEXT], why[] = "cancelled by its owner";
    struct store_events all, some;
    struct store_change c;

    (void)state;
    add("/CN=a", NULL, "{}", id);
    add("/CN=a", NULL, "{}", other);
    c = change_to(id, LIFE_CLEANUP, LIFE_EV_CANCEL);
    c.step[0].reason = why;
    c.step[1] = c.step[0];
    c.step[1].from = LIFE_CLEANUP;
    c.step[1].to = LIFE_CANCELLED;
    c.step[1].event = LIFE_EV_ABORT;
    c.step[1].reason = NULL;
    c.nsteps = 2;
    assert_int_equal(store->change(self, &c, 1, NULL, NULL, &err), 0);
    assert_int_equal(c.step[0].seq, 3);
    assert_int_equal(c.step[1].seq, 4);
    again("gk");
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
        struct store_change c =
            change_from(id, LIFE_RUNNING, LIFE_SUSPENDED, LIFE_EV_STOPPED);

        c.step[1] = c.step[0];
        c.step[1].from = LIFE_SUSPENDED;
        c.step[1].to = LIFE_RUNNING;
        c.step[1].event = LIFE_EV_STARTED;
        c.nsteps = 2;
        c.keep = keep;
        assert_int_equal(store->change(self, &c, 1, NULL, NULL, &err), 0);
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
    add("/CN=a", NULL, "{}", id);
    c = change_to(id, LIFE_RUNNING, LIFE_EV_STARTED);
    c.step[0].t_ms = 1000;
    assert_int_equal(store->change(self, &c, 1, NULL, NULL, &err), 0);
    add("/CN=a", NULL, "{}", other);
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
    assert_int_equal(store->load(self, id, &job, &err), 0);
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
    add_array("/CN=a", NULL, "{}", 100, id);
    c = change_to(id, LIFE_READY, LIFE_EV_GO);
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
    assert_int_equal(store->change(self, &c, 1, NULL, NULL, &err), 0);
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
    add("/CN=a", NULL, "{}", id);
    assert_int_equal(store->remove(self, ids, 1, &err), 0);
    all = events(NULL, 0, 10);
    assert_int_equal(all.n, 0);
    assert_int_equal(all.first, 0);
    assert_int_equal(all.last, 1);
    store_events_fini(&all);
    again("gk");
    add("/CN=a", NULL, "{}", later);
    all = events(later, 0, 10);
    assert_int_equal(all.n, 1);
    assert_int_equal(all.of[0].seq, 2);
    store_events_fini(&all);
    assert_int_equal(
        store->events(self, &(struct store_query){ .job = id }, &all, &err),
        -1);
    assert_int_equal(err.code, ERR_NOT_FOUND);
    err = (struct err)ERR_INIT;
}

static void
the_time_of_a_state_is_when_it_was_entered(void **state)
{
    struct store_change c;
    struct store_job job;
    char id[UUID_TEXT];

    (void)state;
    add("/CN=a", NULL, "{}", id);
    c = change_to(id, LIFE_RUNNING, LIFE_EV_STARTED);
    c.step[0].t_ms = 1000;
    assert_int_equal(store->change(self, &c, 1, NULL, NULL, &err), 0);
    c = change_from(id, LIFE_RUNNING, LIFE_RUNNING, LIFE_EV_CANCEL);
    assert_int_equal(store->change(self, &c, 1, NULL, NULL, &err), 0);
    assert_int_equal(store->load(self, id, &job, &err), 0);
    assert_int_equal(job.entered_ms[LIFE_RUNNING], 1000);
    store_job_fini(&job);
}

static int
count(struct store_job *job, void *arg)
{
    int *n = arg;

    assert_non_null(job->record); /* it is not over */
    assert_null(job->document);
    ++*n;
    return 0;
}

static void
removed_jobs_are_gone(void **state)
{
    char id[UUID_TEXT], other[UUID_TEXT];
    const char *ids[] = { id };
    struct store_job job;
    int n = 0;

    (void)state;
    add("/CN=a", "k", "{}", id);
    add("/CN=a", "l", "{}", other);
    assert_int_equal(store->remove(self, ids, 1, &err), 0);
    assert_int_equal(store->each(self, count, &n, &err), 0);
    assert_int_equal(n, 1);
    assert_int_equal(store->load(self, id, &job, &err), -1);
    assert_int_equal(err.code, ERR_NOT_FOUND);
    err = (struct err)ERR_INIT;
    /* and the key is free again */
    assert_int_equal(add("/CN=a", "k", "{}", id), STORE_ADDED);
}

static void
delegations_belong_to_their_owner(void **state)
{
    struct store_delegation d = { 0 }, got;
    long long n;

    (void)state;
    d.owner = xstrdup("/CN=a");
    d.id = xstrdup("1");
    d.request = xstrdup("KEY");
    d.expires = 1000;
    d.created = 900;
    assert_int_equal(store->put_delegation(self, &d, &many, &err), 0);
    assert_int_equal(store->get_delegation(self, "/CN=b", "1", &got, &err), -1);
    assert_int_equal(err.code, ERR_NOT_FOUND);
    err = (struct err)ERR_INIT;
    free(d.request);
    d.request = NULL;
    d.credential = xstrdup("PEM");
    assert_int_equal(store->put_delegation(self, &d, &many, &err), 0);
    assert_int_equal(store->get_delegation(self, "/CN=a", "1", &got, &err), 0);
    assert_string_equal(got.credential, "PEM");
    assert_null(got.request);
    store_delegation_fini(&got);
    /* a renewal's request leaves the credential in place */
    free(d.credential);
    d.credential = NULL;
    d.request = xstrdup("KEY2");
    assert_int_equal(store->put_delegation(self, &d, &many, &err), 0);
    assert_int_equal(store->get_delegation(self, "/CN=a", "1", &got, &err), 0);
    assert_string_equal(got.credential, "PEM");
    assert_string_equal(got.request, "KEY2");
    store_delegation_fini(&got);
    assert_int_equal(store->expire_delegations(self, 999, &n, &err), 0);
    assert_int_equal(n, 0);
    assert_int_equal(store->expire_delegations(self, 1001, &n, &err), 0);
    assert_int_equal(n, 1);
    assert_int_equal(store->drop_delegation(self, "/CN=a", "1", &err), -1);
    err = (struct err)ERR_INIT;
    store_delegation_fini(&d);
}

static void
settings_outlive_a_restart(void **state)
{
    char *value;

    (void)state;
    assert_int_equal(store->get_setting(self, "k", &value, &err), 0);
    assert_null(value);
    assert_int_equal(store->set_setting(self, "k", "no", &err), 0);
    assert_int_equal(store->set_setting(self, "k", "yes", &err), 0);
    again("gk");
    assert_int_equal(store->get_setting(self, "k", &value, &err), 0);
    assert_string_equal(value, "yes");
    free(value);
}

static void
nobody_else_may_read_it(void **state)
{
    struct stat st;

    (void)state;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_job_comes_back_as_it_went),
        TEST(tasks_change_with_their_job_or_alone),
        TEST(same_owner_and_key_is_the_same_job),
        TEST(a_key_finds_its_owners_job),
        TEST(another_epochs_job_is_fenced),
        TEST(one_that_was_replaced_keeps_nothing_new),
        TEST(every_change_is_an_event_with_its_number),
        TEST(a_job_that_goes_on_for_ever_has_a_bounded_journal),
        TEST(what_happens_to_tasks_is_one_event_with_its_range),
        TEST(a_number_is_given_once_and_goes_with_its_job),
        TEST(the_time_of_a_state_is_when_it_was_entered),
        TEST(delegations_are_limited),
        TEST(removed_jobs_are_gone),
        TEST(delegations_belong_to_their_owner),
        TEST(settings_outlive_a_restart),
        TEST(nobody_else_may_read_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
