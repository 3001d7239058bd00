/* tests/unit/test_store_conformance.c - what every store promises to several
 * gatekeepers at once (store.h), over the interface: two members, this process
 * and another one, on each store of the table. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "base/fs.h"
#include "tests/lib/lib_storemember.h"
#include "tests/lib/lib_testdisk.h"

static ssize_t
full_pwrite(int fd, const void *data, size_t n, off_t at)
{
    (void)fd, (void)data, (void)n, (void)at;
    errno = ENOSPC;
    return -1;
}

static void
fill_sqlite(bool full)
{
    sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
    sqlite3_syscall_ptr to = full ? (sqlite3_syscall_ptr)full_pwrite : NULL;

    vfs->xSetSystemCall(vfs, "pwrite", to);
    vfs->xSetSystemCall(vfs, "pwrite64", to);
}

/* The stores. */
static const struct subject {
    const struct store *store;
    const char *where;       /* below the test's directory */
    void (*fill)(bool full); /* its disk, as this process sees it */
} subjects[] = {
    { &store_sqlite, "jobs.db", fill_sqlite },
};

static const struct subject *subject;
static char dir[64], where[160];

#define LONG_MS 600000

static void
join_both(void)
{
    assert_int_equal(there(JOIN, "a", LONG_MS, "")->rc, 0);
    assert_int_equal(here(JOIN, "b", LONG_MS, "")->rc, 0);
}

/* Until instance NAME has no time left, says the store's own clock. */
static void
await_end_of(const char *name)
{
    const struct timespec pause = { .tv_nsec = 5000000 };

    while (here(LEFT, name, 0, "")->number > 0)
        nanosleep(&pause, NULL);
}

/* ---- leases and takeover ---- */

static void
a_lease_runs_while_it_is_renewed(void **state)
{
    long long left;

    (void)state;
    join_both();
    left = here(LEFT, "a", 0, "")->number;
    assert_true(left > 0 && left <= LONG_MS);
    assert_true(there(HELD, "", 0, "")->flag);
    assert_int_equal(there(ADD, "", 3, "")->rc, 0);
    assert_int_equal(there(HEARTBEAT, "", 0, "")->rc, 0);
    assert_int_equal(here(CLAIM, "all", 10, "")->n, 0);
    /* What the other has written is told with the heartbeat. */
    assert_int_equal(here(HEARTBEAT, "", 0, "")->number, 3);
    assert_true(here(HEARTBEAT, "", 0, "")->flag);
}

static void
one_without_a_lease_is_never_taken_over(void **state)
{
    (void)state;
    assert_int_equal(there(JOIN, "a", 0, "")->rc, 0);
    assert_int_equal(there(ADD, "", 1, "")->rc, 0);
    assert_true(there(HELD, "", 0, "")->flag);
    assert_int_equal(there(LEAVE, "", 0, "")->rc, 0);
    member_end_other(SIGKILL);
    assert_int_equal(here(JOIN, "b", LONG_MS, "")->rc, 0);
    assert_int_equal(here(LEFT, "a", 0, "")->number, -1);
    assert_int_equal(here(CLAIM, "all", 10, "")->n, 0);
    assert_string_equal(here(CLAIM, "all", 10, "")->text, "");
}

static void
what_one_leaves_is_taken_over_live_jobs_first(void **state)
{
    char id[4][UUID_TEXT];
    struct answer *a;

    (void)state;
    join_both();
    a = there(ADD, "", 4, "");
    memcpy(id, a->id, sizeof(id));
    assert_int_equal(there(CHANGE, "", LIFE_DONE, id[0])->rc, 0);
    assert_int_equal(there(CHANGE, "", LIFE_FAILED, id[1])->rc, 0);
    assert_true(here(CHANGE, "", LIFE_READY, id[3])->flag); /* not ours */
    assert_string_equal(here(LOAD, "", 0, id[3])->text, "a");
    assert_int_equal(there(LEAVE, "", 0, "")->rc, 0);
    a = here(CLAIM, "", 2, "");
    assert_string_equal(a->text, "a");
    assert_int_equal(a->n, 2);
    assert_true(a->flag);
    for (int i = 0; i < 2; i++)
        assert_true(strcmp(a->id[i], id[2]) == 0 ||
                    strcmp(a->id[i], id[3]) == 0);
    a = here(CLAIM, "all", 2, "");
    assert_int_equal(a->n, 2);
    assert_string_equal(here(LOAD, "", 0, id[0])->text, "b");
    assert_false(here(CHANGE, "", LIFE_READY, id[3])->flag);
    assert_int_equal(here(LEFT, "a", 0, "")->number, -2);
}

static bool
has(const struct answer *a, const char *id)
{
    for (size_t i = 0; i < a->n; i++)
        if (strcmp(a->id[i], id) == 0)
            return true;
    return false;
}

static void
two_that_claim_at_once_never_get_the_same_job(void **state)
{
    struct answer *mine, *theirs;

    (void)state;
    assert_int_equal(here(JOIN, "gone", LONG_MS, "")->rc, 0);
    assert_int_equal(here(ADD, "", 60, "")->rc, 0);
    assert_int_equal(here(LEAVE, "", 0, "")->rc, 0);
    join_both();
    tell(CLAIM, "all", 3, "");
    mine = here(CLAIM, "all", 3, "");
    theirs = take_answer();
    assert_int_equal(mine->rc, 0);
    assert_int_equal(theirs->rc, 0);
    /* When one has seen the last, the other may still take its three. */
    assert_int_equal(mine->n + theirs->n, 60);
    for (size_t i = 0; i < mine->n; i++)
        assert_false(has(theirs, mine->id[i]));
}

/* All that a member may want to write is refused with CODE, and WORD. */
static void
assert_other_writes_nothing(const char *id, enum err_code code,
                            const char *word)
{
    static const enum verb writes[] = { ADD,      CHANGE,    REMOVE, SET,
                                        DELEGATE, HEARTBEAT, FENCED };

    for (size_t i = 0; i < sizeof(writes) / sizeof(writes[0]); i++) {
        struct answer *a = there(writes[i], "", 1, id);

        assert_int_equal(a->rc, -1);
        assert_int_equal(a->code, code);
        assert_non_null(strstr(a->text, word));
    }
}

static void
one_stopped_past_its_lease_writes_nothing(void **state)
{
    char id[UUID_TEXT];
    long long last;

    (void)state;
    join_both();
    memcpy(id, there(ADD, "", 1, "")->id[0], UUID_TEXT);
    assert_int_equal(there(JOIN, "a", 200, "")->rc, 0);
    assert_int_equal(kill(member_pid(), SIGSTOP), 0);
    assert_int_equal(waitpid(member_pid(), NULL, WUNTRACED), member_pid());
    await_end_of("a");
    assert_string_equal(here(CLAIM, "all", 10, "")->id[0], id);
    assert_false(here(CHANGE, "", LIFE_READY, id)->flag);
    last = here(HEARTBEAT, "", 0, "")->number;
    assert_int_equal(kill(member_pid(), SIGCONT), 0);
    assert_false(there(HELD, "", 0, "")->flag);
    assert_other_writes_nothing(id, ERR_LEASE, "ran out");
    assert_int_equal(here(LOAD, "", 0, id)->number, LIFE_READY);
    assert_int_equal(here(HEARTBEAT, "", 0, "")->number, last);
    /* It joins anew; what was taken over stays where it is. */
    assert_int_equal(there(JOIN, "a", LONG_MS, "")->rc, 0);
    assert_true(there(CHANGE, "", LIFE_HELD, id)->flag);
    assert_int_equal(there(ADD, "", 1, "")->rc, 0);
}

static void
a_lease_that_ran_out_is_never_renewed(void **state)
{
    char id[UUID_TEXT];

    (void)state;
    join_both();
    memcpy(id, there(ADD, "", 1, "")->id[0], UUID_TEXT);
    assert_int_equal(there(JOIN, "a", 1, "")->rc, 0);
    await_end_of("a");
    assert_other_writes_nothing(id, ERR_LEASE, "ran out");
    /* Nobody has taken it over: it is its own when it joins anew. */
    assert_int_equal(there(JOIN, "a", LONG_MS, "")->rc, 0);
    assert_false(there(CHANGE, "", LIFE_READY, id)->flag);
}

static void
a_process_that_was_replaced_writes_nothing(void **state)
{
    char id[UUID_TEXT];

    (void)state;
    assert_int_equal(there(JOIN, "a", LONG_MS, "")->rc, 0);
    memcpy(id, there(ADD, "", 1, "")->id[0], UUID_TEXT);
    assert_int_equal(here(JOIN, "a", LONG_MS, "")->rc, 0);
    assert_false(here(CHANGE, "", LIFE_READY, id)->flag);
    assert_other_writes_nothing(id, ERR_STATE, "taken over");
    assert_int_equal(here(LOAD, "", 0, id)->number, LIFE_READY);
}

/* ---- what they share ---- */

static void
the_same_key_at_two_at_once_is_one_job(void **state)
{
    struct answer *mine, *theirs;

    (void)state;
    join_both();
    tell(ADD, "k", 50, "");
    mine = here(ADD, "k", 50, "");
    theirs = take_answer();
    assert_int_equal(mine->rc, 0);
    assert_int_equal(theirs->rc, 0);
    assert_int_equal(mine->number + theirs->number, 50);
    for (int i = 0; i < 50; i++)
        assert_string_equal(mine->id[i], theirs->id[i]);
    assert_int_equal(here(LIST, "all", 7, "")->n, 50);
}

static void
a_list_in_pages_has_the_jobs_of_all(void **state)
{
    char id[6][UUID_TEXT];
    struct answer *a;

    (void)state;
    join_both();
    for (int i = 0; i < 6; i++)
        memcpy(id[i], (i % 2 == 0 ? here : there)(ADD, "", 1, "")->id[0],
               UUID_TEXT);
    a = there(LIST, "all", 4, "");
    assert_int_equal(a->n, 6);
    for (int i = 0; i < 6; i++)
        assert_string_equal(a->id[i], id[5 - i]);
    a = here(LIST, "", 2, id[4]);
    assert_int_equal(a->n, 2);
    assert_true(a->flag);
    assert_string_equal(a->id[0], id[3]);
    uuid_make(id[0]);
    assert_int_equal(here(LIST, "", 2, id[0])->code, ERR_NOT_FOUND);
}

static void
a_setting_is_one_instances(void **state)
{
    (void)state;
    join_both();
    assert_int_equal(there(SET, "drain", 0, "yes")->rc, 0);
    assert_string_equal(here(GET, "drain", 0, "")->text, "none");
    assert_int_equal(here(SET, "drain", 0, "no")->rc, 0);
    assert_string_equal(there(GET, "drain", 0, "")->text, "yes");
    assert_int_equal(there(JOIN, "a", LONG_MS, "")->rc, 0);
    assert_string_equal(there(GET, "drain", 0, "")->text, "yes");
}

/* ---- faults ---- */

static void
one_killed_in_a_transaction_leaves_all_of_it_or_nothing(void **state)
{
    struct answer kept, *a;

    (void)state;
    join_both();
    kept = *there(ADD, "", 5, "");
    assert_int_equal(there(ADD_HANGING, "", 0, "")->rc, 0);
    member_end_other(SIGKILL);
    assert_int_equal(here(ADD, "", 1, "")->rc, 0);
    assert_int_equal(here(JOIN, "a", LONG_MS, "")->rc, 0);
    a = here(LIST, "all", 100, "");
    assert_true(a->n == 6 || a->n == 7);
    for (size_t i = 0; i < kept.n; i++)
        assert_true(has(a, kept.id[i]));
    kept = *a;
    for (size_t i = 0; i < kept.n; i++)
        assert_int_equal(here(LOAD, "", 0, kept.id[i])->rc, 0);
}

static void
a_write_waits_for_that_of_another_process(void **state)
{
    const struct answer *hung;
    struct answer *a;

    (void)state;
    join_both();
    assert_int_equal(here(ADD_HANGING, "", 0, "")->rc, 0);
    tell(ADD, "", 1, "");
    testdisk_go();
    hung = member_hanging();
    assert_int_equal(hung->rc, 0);
    assert_int_equal(take_answer()->rc, 0);
    a = here(LIST, "all", 100, "");
    assert_int_equal(a->n, 2);
    assert_true(has(a, hung->id[0]));
}

/* While FAULT strikes the other one its writes fail with CODE, and leave
 * nothing; this one's go on, and afterwards its own do. */
static void
assert_survives(enum verb fault, enum err_code code)
{
    struct answer *a;

    join_both();
    assert_int_equal(there(ADD, "", 2, "")->rc, 0);
    there(fault, "", 1, "");
    a = there(ADD, "", 1, "");
    assert_int_equal(a->rc, -1);
    assert_int_equal(a->code, code);
    assert_int_equal(there(HEARTBEAT, "", 0, "")->code, code);
    assert_int_equal(here(LIST, "all", 100, "")->n, 2);
    assert_int_equal(here(ADD, "", 1, "")->rc, 0);
    there(fault, "", 0, "");
    assert_int_equal(there(ADD, "", 1, "")->rc, 0);
    assert_int_equal(there(HEARTBEAT, "", 0, "")->rc, 0);
    assert_int_equal(here(LIST, "all", 100, "")->n, 4);
}

static void
a_disk_that_fails_is_said_and_survived(void **state)
{
    (void)state;
    assert_survives(BREAK, ERR_IO);
}

static void
a_full_disk_is_said_and_survived(void **state)
{
    (void)state;
    assert_survives(FILL, ERR_NOSPACE);
}

/* ---- each on a new store ---- */

static int
setup(void **state)
{
    (void)state;
    snprintf(dir, sizeof(dir), "/tmp/test_store_conf.XXXXXX");
    assert_non_null(mkdtemp(dir));
    snprintf(where, sizeof(where), "%s/%s", dir, subject->where);
    member_init(subject->store, where, subject->fill);
    member_start_other();
    return 0;
}

static int
teardown(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    member_end_other(0);
    member_close();
    assert_int_equal(fs_remove_tree(AT_FDCWD, dir, &err), 0);
    return 0;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(a_lease_runs_while_it_is_renewed),
        TEST(one_without_a_lease_is_never_taken_over),
        TEST(what_one_leaves_is_taken_over_live_jobs_first),
        TEST(two_that_claim_at_once_never_get_the_same_job),
        TEST(one_stopped_past_its_lease_writes_nothing),
        TEST(a_lease_that_ran_out_is_never_renewed),
        TEST(a_process_that_was_replaced_writes_nothing),
        TEST(the_same_key_at_two_at_once_is_one_job),
        TEST(a_list_in_pages_has_the_jobs_of_all),
        TEST(a_setting_is_one_instances),
        TEST(one_killed_in_a_transaction_leaves_all_of_it_or_nothing),
        TEST(a_write_waits_for_that_of_another_process),
        TEST(a_disk_that_fails_is_said_and_survived),
        TEST(a_full_disk_is_said_and_survived),
    };
    int failed = 0;

    for (size_t i = 0; i < sizeof(subjects) / sizeof(subjects[0]); i++) {
        subject = &subjects[i];
        failed += cmocka_run_group_tests_name(subject->store->name, tests, NULL,
                                              NULL);
    }
    return failed;
}
