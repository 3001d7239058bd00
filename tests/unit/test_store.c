/* tests/unit/test_store.c - what every store promises, on the SQLite one: jobs,
 * delegations, settings.  Its journal is test_store_journal.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "tests/lib/lib_storecase.h"

static const struct store_limit many = { 1000, 1000 };

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
    assert_int_equal(storecase_add("/CN=a", "k", "{\"a\":1}", id), STORE_ADDED);
    c = storecase_change_to(id, LIFE_READY, LIFE_EV_GO);
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
    assert_int_equal(storecase.store->change(storecase.self, &c, 1, NULL, NULL,
                                             &storecase.err),
                     0);
    c = storecase_change_to(id, LIFE_FAILED, LIFE_EV_FAIL);
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
    assert_int_equal(storecase.store->change(storecase.self, &c, 1, NULL, NULL,
                                             &storecase.err),
                     0);
    storecase_again("gk");
    assert_int_equal(
        storecase.store->load(storecase.self, id, &job, &storecase.err), 0);
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
    storecase_add_array("/CN=a", NULL, "{}", 4, id);
    c = storecase_change_to(id, LIFE_SUBMITTING, LIFE_EV_INTENT);
    for (uint32_t i = 0; i < 3; i++) {
        t[i].index = i;
        t[i].submit_name = name[i];
    }
    c.task = t;
    c.ntasks = 3;
    assert_int_equal(storecase.store->change(storecase.self, &c, 1, NULL, NULL,
                                             &storecase.err),
                     0);
    /* One goes on alone: the job is where it was, without a step. */
    c.nsteps = 0;
    c.ntasks = 1;
    t[0] = (struct store_task){ .index = 1, .attempt = 1, .state = TASK_DONE };
    t[0].exit = (struct store_exit){ .set = true, .code = 5 };
    assert_int_equal(storecase.store->change(storecase.self, &c, 1, NULL, NULL,
                                             &storecase.err),
                     0);
    /* What another attempt says is not this one's. */
    t[0] = (struct store_task){ .index = 2, .attempt = 2, .state = TASK_DONE };
    t[0].sched_id = other;
    assert_int_equal(storecase.store->change(storecase.self, &c, 1, NULL, NULL,
                                             &storecase.err),
                     0);
    assert_int_equal(
        storecase.store->load(storecase.self, id, &job, &storecase.err), 0);
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
    assert_int_equal(storecase_add("/CN=a", "k", "{}", first), STORE_ADDED);
    assert_int_equal(storecase_add("/CN=a", "k", "{\"other\":1}", second),
                     STORE_KNOWN);
    assert_string_equal(first, second);
    assert_int_equal(storecase_add("/CN=b", "k", "{}", second), STORE_ADDED);
    assert_string_not_equal(first, second);
    assert_int_equal(storecase_add("/CN=a", NULL, "{}", second), STORE_ADDED);
    assert_int_equal(storecase_add("/CN=a", NULL, "{}", first), STORE_ADDED);
}

static void
a_key_finds_its_owners_job(void **state)
{
    char first[UUID_TEXT], found[UUID_TEXT], *record = NULL;
    struct err why = ERR_INIT;

    (void)state;
    assert_int_equal(storecase_add("/CN=f", "find me", "{\"x\":1}", first),
                     STORE_ADDED);
    assert_int_equal(storecase.store->find(storecase.self, "/CN=f", "find me",
                                           found, &record, &why),
                     0);
    assert_string_equal(first, found);
    assert_string_equal(record, "{\"x\":1}");
    free(record);
    assert_int_equal(storecase.store->find(storecase.self, "/CN=g", "find me",
                                           found, &record, &why),
                     -1);
    assert_int_equal(why.code, ERR_NOT_FOUND);
}

static void
another_epochs_job_is_fenced(void **state)
{
    struct store_change c;
    struct store_job job;
    char id[UUID_TEXT];

    (void)state;
    storecase_add("/CN=a", NULL, "{}", id);
    storecase_again("another gatekeeper");
    c = storecase_change_to(id, LIFE_CLEANUP, LIFE_EV_CANCEL);
    assert_int_equal(storecase.store->change(storecase.self, &c, 1, NULL, NULL,
                                             &storecase.err),
                     0);
    assert_true(c.fenced);
    assert_int_equal(
        storecase.store->load(storecase.self, id, &job, &storecase.err), 0);
    assert_int_equal(job.state, LIFE_NEW);
    store_job_fini(&job);
    /* The same one, started again, takes its jobs over. */
    storecase_again("gk");
    assert_int_equal(storecase.store->change(storecase.self, &c, 1, NULL, NULL,
                                             &storecase.err),
                     0);
    assert_false(c.fenced);
}

static void
one_that_was_replaced_keeps_nothing_new(void **state)
{
    struct store_delegation d = { .expires = 2000000000 };
    struct store_job job = { .state = LIFE_NEW, .tasks = 1 };
    struct err why = ERR_INIT;
    enum store_added how;
    void *old = storecase.self;

    (void)state;
    assert_int_equal(storecase.store->fenced(old, &why), 0);
    storecase_open("gk");
    assert_int_equal(storecase.store->fenced(old, &why), -1);
    assert_int_equal(why.code, ERR_STATE);
    assert_int_equal(storecase.store->fenced(storecase.self, &storecase.err),
                     0);
    why = (struct err)ERR_INIT;
    uuid_make(job.id);
    job.owner = job.record = job.kind = job.document = job.scheduler =
        xstrdup("x");
    assert_int_equal(storecase.store->add(old, &job, &how, NULL, NULL, &why),
                     -1);
    assert_int_equal(why.code, ERR_STATE);
    assert_int_equal(storecase.store->add(storecase.self, &job, &how, NULL,
                                          NULL, &storecase.err),
                     0);
    d.owner = d.id = d.request = job.owner;
    why = (struct err)ERR_INIT;
    assert_int_equal(storecase.store->put_delegation(old, &d, &many, &why), -1);
    assert_int_equal(why.code, ERR_STATE);
    why = (struct err)ERR_INIT;
    assert_int_equal(storecase.store->set_setting(old, "k", "v", &why), -1);
    free(job.owner);
    storecase.store->close(old);
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
    rc = storecase.store->put_delegation(storecase.self, &d, max, why);
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
    assert_int_equal(storecase.store->drop_delegation(storecase.self, "/CN=a",
                                                      "1", &storecase.err),
                     0);
    storecase_again("gk");
    assert_int_equal(put("/CN=b", "2", &max, &why), 0);
    assert_int_equal(put("/CN=b", "3", &max, &why), -1);
    assert_int_equal(storecase.store->expire_delegations(
                         storecase.self, 2000000001, &n, &storecase.err),
                     0);
    assert_int_equal(n, 3);
    assert_int_equal(put("/CN=b", "3", &max, &why), 0);
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
    storecase_add("/CN=a", "k", "{}", id);
    storecase_add("/CN=a", "l", "{}", other);
    assert_int_equal(
        storecase.store->remove(storecase.self, ids, 1, &storecase.err), 0);
    assert_int_equal(
        storecase.store->each(storecase.self, count, &n, &storecase.err), 0);
    assert_int_equal(n, 1);
    assert_int_equal(
        storecase.store->load(storecase.self, id, &job, &storecase.err), -1);
    assert_int_equal(storecase.err.code, ERR_NOT_FOUND);
    storecase.err = (struct err)ERR_INIT;
    /* and the key is free again */
    assert_int_equal(storecase_add("/CN=a", "k", "{}", id), STORE_ADDED);
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
    assert_int_equal(storecase.store->put_delegation(storecase.self, &d, &many,
                                                     &storecase.err),
                     0);
    assert_int_equal(storecase.store->get_delegation(storecase.self, "/CN=b",
                                                     "1", &got, &storecase.err),
                     -1);
    assert_int_equal(storecase.err.code, ERR_NOT_FOUND);
    storecase.err = (struct err)ERR_INIT;
    free(d.request);
    d.request = NULL;
    d.credential = xstrdup("PEM");
    assert_int_equal(storecase.store->put_delegation(storecase.self, &d, &many,
                                                     &storecase.err),
                     0);
    assert_int_equal(storecase.store->get_delegation(storecase.self, "/CN=a",
                                                     "1", &got, &storecase.err),
                     0);
    assert_string_equal(got.credential, "PEM");
    assert_null(got.request);
    store_delegation_fini(&got);
    /* a renewal's request leaves the credential in place */
    free(d.credential);
    d.credential = NULL;
    d.request = xstrdup("KEY2");
    assert_int_equal(storecase.store->put_delegation(storecase.self, &d, &many,
                                                     &storecase.err),
                     0);
    assert_int_equal(storecase.store->get_delegation(storecase.self, "/CN=a",
                                                     "1", &got, &storecase.err),
                     0);
    assert_string_equal(got.credential, "PEM");
    assert_string_equal(got.request, "KEY2");
    store_delegation_fini(&got);
    assert_int_equal(storecase.store->expire_delegations(storecase.self, 999,
                                                         &n, &storecase.err),
                     0);
    assert_int_equal(n, 0);
    assert_int_equal(storecase.store->expire_delegations(storecase.self, 1001,
                                                         &n, &storecase.err),
                     0);
    assert_int_equal(n, 1);
    assert_int_equal(storecase.store->drop_delegation(storecase.self, "/CN=a",
                                                      "1", &storecase.err),
                     -1);
    storecase.err = (struct err)ERR_INIT;
    store_delegation_fini(&d);
}

static void
settings_outlive_a_restart(void **state)
{
    char *value;

    (void)state;
    assert_int_equal(storecase.store->get_setting(storecase.self, "k", &value,
                                                  &storecase.err),
                     0);
    assert_null(value);
    assert_int_equal(
        storecase.store->set_setting(storecase.self, "k", "no", &storecase.err),
        0);
    assert_int_equal(storecase.store->set_setting(storecase.self, "k", "yes",
                                                  &storecase.err),
                     0);
    storecase_again("gk");
    assert_int_equal(storecase.store->get_setting(storecase.self, "k", &value,
                                                  &storecase.err),
                     0);
    assert_string_equal(value, "yes");
    free(value);
}

static void
nobody_else_may_read_it(void **state)
{
    struct stat st;

    (void)state;
    assert_int_equal(stat(storecase.path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
}

#define TEST(f) \
    cmocka_unit_test_setup_teardown(f, storecase_setup, storecase_teardown)

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
        TEST(delegations_are_limited),
        TEST(removed_jobs_are_gone),
        TEST(delegations_belong_to_their_owner),
        TEST(settings_outlive_a_restart),
        TEST(nobody_else_may_read_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
