/* tests/unit/test_journal.c - what readers of the journal are promised: every
 * event once and in order, or a word that some are missing. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fs.h"
#include "base/thread.h"
#include "gatekeeper/journal/journal.h"

static const struct store *store = &store_sqlite;
static char dir[64], path[128];
static void *self;
static struct journal *journal;
static struct err err;

static void
open_all(void)
{
    err = (struct err)ERR_INIT;
    assert_int_equal(store->open(path, &self, &err), 0);
    assert_int_equal(
        store->join(self, &(struct store_member){ .instance = "gk" }, &err), 0);
    assert_int_equal(journal_open(&journal, store, self, &err), 0);
}

static void
close_all(void)
{
    journal_close(journal);
    store->close(self);
}

static int
setup(void **state)
{
    (void)state;
    snprintf(dir, sizeof(dir), "/tmp/test_journal.XXXXXX");
    if (mkdtemp(dir) == NULL)
        return -1;
    snprintf(path, sizeof(path), "%s/jobs.db", dir);
    open_all();
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    close_all();
    return fs_remove_tree(AT_FDCWD, dir, NULL);
}

/* A store_kept_fn, ARG is the job. */
static void
publish(void *arg)
{
    const struct store_job *job = arg;
    struct store_event event = { .seq = job->seq,
                                 .task = -1,
                                 .attempt = -1,
                                 .from = -1,
                                 .event = LIFE_EV_ACCEPT };

    memcpy(event.job, job->id, UUID_TEXT);
    journal_append(journal, &event);
}

/* One more job, and so one more event; its id to ID unless that is NULL. */
static void
add(char id[UUID_TEXT])
{
    struct store_job job = { .state = LIFE_NEW };
    enum store_added how;
    char word[] = "x";

    uuid_make(job.id);
    job.owner = job.record = job.kind = job.document = job.scheduler = word;
    assert_int_equal(store->add(self, &job, &how, publish, &job, &err), 0);
    if (id != NULL)
        memcpy(id, job.id, UUID_TEXT);
}

/* Add N jobs from a thread of its own. */
static void *
add_many(void *arg)
{
    const int *n = arg;

    for (int i = 0; i < *n; i++)
        add(NULL);
    return NULL;
}

/* Read on from *SINCE as long as there is something; how many there were. */
static size_t
follow(long long *since, size_t page)
{
    struct store_events found;
    size_t n = 0;
    bool more = true;

    while (more) {
        assert_int_equal(journal_read(journal, *since, page, &found, &err), 0);
        for (size_t i = 0; i < found.n; i++)
            assert_int_equal(found.of[i].seq, ++*since);
        n += found.n;
        more = found.more;
        store_events_fini(&found);
    }
    return n;
}

static void
a_reader_sees_every_event_once_and_in_order(void **state)
{
    pthread_t writer[4];
    long long since = 0;
    int each = 400;
    size_t n = 0;

    (void)state;
    for (int i = 0; i < 4; i++)
        assert_int_equal(
            thread_start(&writer[i], "writer", add_many, &each, &err), 0);
    while (n < 1600) {
        assert_true(journal_wait(journal, since, time_mono_ms() + 60000));
        n += follow(&since, 7);
    }
    for (int i = 0; i < 4; i++)
        pthread_join(writer[i], NULL);
    assert_int_equal(n, 1600);
    assert_int_equal(journal_last(journal), 1600);
    /* memory has the newest only; the store has them all */
    since = 0;
    assert_int_equal(follow(&since, 500), 1600);
}

static void
a_restart_goes_on_at_the_same_number(void **state)
{
    long long since = 0;

    (void)state;
    add(NULL);
    add(NULL);
    close_all();
    open_all();
    assert_int_equal(journal_last(journal), 2);
    add(NULL);
    assert_int_equal(follow(&since, 10), 3);
}

static void
who_missed_something_is_told_to_begin_anew(void **state)
{
    char first[UUID_TEXT];
    const char *ids[] = { first };
    struct store_events found;
    long long since = 0;

    (void)state;
    add(first);
    for (int i = 0; i < 3; i++)
        add(NULL);
    assert_int_equal(store->remove(self, ids, 1, &err), 0);
    close_all();
    open_all(); /* memory is empty */
    assert_int_equal(journal_read(journal, 1, 10, &found, &err), 0);
    assert_int_equal(found.n, 3);
    store_events_fini(&found);
    add(NULL);
    /* beyond the end: the store was restored */
    assert_int_equal(journal_read(journal, 99, 10, &found, &err), -1);
    assert_int_equal(err.code, ERR_STATE);
    err = (struct err)ERR_INIT;
    since = journal_last(journal);
    assert_int_equal(follow(&since, 10), 0);
    /* and 0 is the beginning of what there is */
    assert_int_equal(journal_read(journal, 0, 10, &found, &err), 0);
    assert_int_equal(found.of[0].seq, 2);
    store_events_fini(&found);
}

static void
events_that_went_with_their_jobs_are_missed(void **state)
{
    char id[3][UUID_TEXT];
    const char *ids[] = { id[0], id[1] };
    struct store_events found;

    (void)state;
    for (int i = 0; i < 3; i++)
        add(id[i]);
    assert_int_equal(store->remove(self, ids, 2, &err), 0);
    close_all();
    open_all();
    assert_int_equal(journal_read(journal, 1, 10, &found, &err), -1);
    assert_int_equal(err.code, ERR_STATE);
    assert_non_null(strstr(err.text, "must start again"));
    err = (struct err)ERR_INIT;
    assert_int_equal(journal_read(journal, 2, 10, &found, &err), 0);
    assert_int_equal(found.n, 1);
    store_events_fini(&found);
}

static void
what_another_process_wrote_comes_from_the_store(void **state)
{
    struct store_event event = { .seq = 5, .from = -1 };
    long long since = 1;

    (void)state;
    add(NULL);
    add(NULL);
    /* Two that were not published here, then one that was. */
    for (int i = 0; i < 3; i++) {
        struct store_job job = { .state = LIFE_NEW };
        enum store_added how;
        char word[] = "x";

        uuid_make(job.id);
        job.owner = job.record = job.kind = job.document = job.scheduler = word;
        assert_int_equal(store->add(self, &job, &how, NULL, NULL, &err), 0);
        memcpy(event.job, job.id, UUID_TEXT);
    }
    journal_append(journal, &event);
    assert_int_equal(follow(&since, 10), 4);
}

static void
a_wait_has_an_end(void **state)
{
    (void)state;
    add(NULL);
    assert_true(journal_wait(journal, 0, 0));
    assert_false(journal_wait(journal, 1, time_mono_ms()));
    journal_end(journal);
    assert_false(journal_wait(journal, 1, time_mono_ms() + 600000));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_reader_sees_every_event_once_and_in_order),
        TEST(a_restart_goes_on_at_the_same_number),
        TEST(who_missed_something_is_told_to_begin_anew),
        TEST(events_that_went_with_their_jobs_are_missed),
        TEST(what_another_process_wrote_comes_from_the_store),
        TEST(a_wait_has_an_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
