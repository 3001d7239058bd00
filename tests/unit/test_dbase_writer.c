/* tests/unit/test_dbase_writer.c - who shares a transaction, what each of them
 * is told, and when. */
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/dbase_writer.h"
#include "base/fs.h"
#include "base/log.h"
#include "tests/lib/lib_testdisk.h"

/* A group is never longer. */
#define GROUP_MAX 512
#define MANY      (GROUP_MAX + 88)

static char dir[64];
static char path[96];
static struct dbase *db;
static const char *const schema[] = {
    "CREATE TABLE t (k INTEGER UNIQUE, up INTEGER REFERENCES t (k)"
    " DEFERRABLE INITIALLY DEFERRED)",
};
/* What SQLite itself says of it. */
static atomic_int commits;

/* One that asks the writer. */
struct ask {
    struct dbase_request r;
    int key;
    int commit; /* how many there were when it was run; -1 not yet */
};

static int
count_commit(void *arg)
{
    (void)arg;
    atomic_fetch_add(&commits, 1);
    return 0;
}

static void
open_db(void)
{
    struct err err = ERR_INIT;

    assert_int_equal(dbase_open(&db, path, schema, 1, &err), 0);
    /* Nothing is asked yet: the writer sleeps. */
    sqlite3_commit_hook(db->sql, count_commit, NULL);
    atomic_store(&commits, 0);
}

static int
setup(void **state)
{
    (void)state;
    snprintf(dir, sizeof(dir), "/tmp/test_dbase_writer.XXXXXX");
    if (mkdtemp(dir) == NULL)
        return -1;
    snprintf(path, sizeof(path), "%s/x.db", dir);
    open_db();
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    testdisk_fail(false);
    testdisk_go();
    dbase_close(db);
    db = NULL;
    return fs_remove_tree(AT_FDCWD, dir, NULL);
}

/* ---- what is asked ---- */

static int
run(sqlite3 *sql, const char *format, int key, struct err *err)
{
    char *text = sqlite3_mprintf(format, key);
    int rc = dbase_exec(sql, text, err);

    sqlite3_free(text);
    return rc;
}

static int
insert(sqlite3 *sql, void *arg, struct err *err)
{
    struct ask *a = arg;

    a->commit = atomic_load(&commits);
    return run(sql, "INSERT INTO t (k) VALUES (%d)", a->key, err);
}

static int
insert_then_fail(sqlite3 *sql, void *arg, struct err *err)
{
    insert(sql, arg, err);
    return err_set(err, ERR_STATE, "changed my mind");
}

/* Its parent is not there: COMMIT sees that, not INSERT. */
static int
insert_orphan(sqlite3 *sql, void *arg, struct err *err)
{
    struct ask *a = arg;

    return run(sql, "INSERT INTO t VALUES (%d, -1)", a->key, err);
}

static int
end_transaction(sqlite3 *sql, void *arg, struct err *err)
{
    (void)arg;
    sqlite3_exec(sql, "ROLLBACK", NULL, NULL, NULL);
    return err_set(err, ERR_NOSPACE, "the disk ended it all");
}

static int
end_transaction_silently(sqlite3 *sql, void *arg, struct err *err)
{
    (void)arg;
    (void)err;
    sqlite3_exec(sql, "ROLLBACK", NULL, NULL, NULL);
    return 0;
}

/* ---- asking ---- */

/* A[0..N) wait for the writer from one moment on, as threads in dbase_write()
 * do: insert the keys KEY and up, where nothing else is to be done. */
static void
ask(struct ask *a, int n, int key)
{
    for (int i = 0; i < n; i++) {
        if (a[i].r.fn == NULL)
            a[i].r.fn = insert;
        a[i].r.arg = &a[i];
        a[i].key = key + i;
        a[i].commit = -1;
        sem_init(&a[i].r.done, 0, 0);
        a[i].r.next = i + 1 < n ? &a[i + 1].r : NULL;
    }
    lock_take(&db->lock);
    *db->tail = &a[0].r;
    db->tail = &a[n - 1].r.next;
    db->waiting += n;
    pthread_cond_signal(&db->work);
    lock_release(&db->lock);
}

/* How many of them have been told. */
static int
told(struct ask *a, int n)
{
    int sum = 0, value;

    for (int i = 0; i < n; i++) {
        sem_getvalue(&a[i].r.done, &value);
        sum += value;
    }
    return sum;
}

/* Wait until all are; how many were told that it is written. */
static int
written(struct ask *a, int n)
{
    int sum = 0;

    for (int i = 0; i < n; i++) {
        while (sem_wait(&a[i].r.done) != 0)
            continue;
        sum += a[i].r.rc == 0;
    }
    return sum;
}

struct query {
    const char *text;
    int n;
};

static int
first_number(sqlite3 *sql, void *arg, struct err *err)
{
    struct query *q = arg;
    sqlite3_stmt *stmt;

    if (sqlite3_prepare_v2(sql, q->text, -1, &stmt, NULL) != SQLITE_OK)
        return dbase_fail(sql, "ask", err);
    sqlite3_step(stmt);
    q->n = sqlite3_column_int(stmt, 0);
    sqlite3_finalize(stmt);
    return 0;
}

/* The number that TEXT selects. */
static int
number(const char *text)
{
    struct query q = { text, -1 };
    struct err err = ERR_INIT;

    assert_int_equal(dbase_read(db, first_number, &q, &err), 0);
    return q.n;
}

static int
rows(void)
{
    return number("SELECT count(*) FROM t");
}

/* ---- claims ---- */

static void
who_waits_together_shares_one_transaction(void **state)
{
    struct ask a[20] = { 0 };
    struct dbase_stats stats;

    (void)state;
    ask(a, 20, 1);
    assert_int_equal(written(a, 20), 20);
    assert_int_equal(rows(), 20);
    assert_int_equal(atomic_load(&commits), 1);
    dbase_stats(db, &stats);
    assert_int_equal(stats.commits, 1);
    assert_int_equal(stats.writes, 20);
    assert_int_equal(stats.failures, 0);
}

static void
who_comes_during_a_commit_shares_the_next(void **state)
{
    struct ask a[1] = { 0 }, b[3] = { 0 }, c[2] = { 0 };

    (void)state;
    testdisk_hold();
    ask(a, 1, 1);
    testdisk_await();
    ask(b, 3, 11);
    ask(c, 2, 21);
    testdisk_go();
    assert_int_equal(written(a, 1) + written(b, 3) + written(c, 2), 6);
    assert_int_equal(atomic_load(&commits), 2);
    assert_int_equal(a[0].commit, 0);
    assert_int_equal(b[0].commit, 1);
    assert_int_equal(c[1].commit, 1);
}

static void
a_group_has_an_end_and_the_order_is_kept(void **state)
{
    static struct ask a[MANY];

    (void)state;
    ask(a, MANY, 1);
    assert_int_equal(written(a, MANY), MANY);
    assert_int_equal(atomic_load(&commits), 2);
    for (int i = 0; i < MANY; i++)
        assert_int_equal(a[i].commit, i < GROUP_MAX ? 0 : 1);
    assert_int_equal(rows(), MANY);
    assert_int_equal(number("SELECT count(*) FROM t WHERE k <> rowid"), 0);
}

static void
nobody_is_told_before_the_group_is_on_disk(void **state)
{
    struct ask a[5] = { 0 };

    (void)state;
    testdisk_hold();
    ask(a, 5, 1);
    testdisk_await();
    /* All have been run; none is written. */
    assert_int_equal(a[4].commit, 0);
    assert_int_equal(told(a, 5), 0);
    assert_int_equal(rows(), 0);
    testdisk_go();
    assert_int_equal(written(a, 5), 5);
    assert_int_equal(rows(), 5);
}

static int published[8], npublished;

static void
publish(void *arg)
{
    const struct ask *a = arg;

    assert_true(npublished < 8);
    published[npublished++] = a->key;
}

static void
what_is_on_disk_is_published_in_its_order(void **state)
{
    static const int kept[] = { 1, 2, 4, 5 };
    struct ask a[5] = { 0 }, lost[2] = { 0 };

    (void)state;
    npublished = 0;
    for (int i = 0; i < 5; i++)
        a[i].r.then = publish;
    lost[1].r.then = publish;
    a[2].r.fn = insert_then_fail;
    testdisk_hold();
    ask(a, 5, 1);
    testdisk_await();
    assert_int_equal(npublished, 0);
    testdisk_go();
    assert_int_equal(written(a, 5), 4);
    assert_int_equal(npublished, 4);
    for (int i = 0; i < 4; i++)
        assert_int_equal(published[i], kept[i]);
    testdisk_fail(true);
    ask(lost, 2, 11);
    assert_int_equal(written(lost, 2), 0);
    assert_int_equal(npublished, 4);
}

static void
a_failing_write_fails_alone(void **state)
{
    struct ask a[5] = { 0 }, again[2] = { 0 };
    struct dbase_stats stats;

    (void)state;
    a[2].r.fn = insert_then_fail;
    ask(a, 5, 1);
    assert_int_equal(written(a, 5), 4);
    assert_int_equal(a[2].r.err.code, ERR_STATE);
    assert_string_equal(a[2].r.err.text, "changed my mind");
    assert_int_equal(number("SELECT count(*) FROM t WHERE k = 3"), 0);
    assert_int_equal(rows(), 4);
    assert_int_equal(atomic_load(&commits), 1);
    ask(again, 2, 2); /* 2 is there, 3 is not */
    assert_int_equal(written(again, 2), 1);
    assert_int_equal(again[0].r.err.code, ERR_EXISTS);
    assert_int_equal(rows(), 5);
    dbase_stats(db, &stats);
    assert_int_equal(stats.failures, 2);
}

static void
a_failing_disk_is_told_to_all(void **state)
{
    struct ask a[4] = { 0 }, b[4] = { 0 };

    (void)state;
    a[1].r.fn = insert_then_fail;
    testdisk_fail(true);
    ask(a, 4, 1);
    assert_int_equal(written(a, 4), 0);
    for (int i = 0; i < 4; i++)
        assert_int_equal(a[i].r.err.code, i == 1 ? ERR_STATE : ERR_IO);
    assert_int_equal(rows(), 0);
    testdisk_fail(false);
    ask(b, 4, 1);
    assert_int_equal(written(b, 4), 4);
    assert_int_equal(rows(), 4);
}

static void
what_a_commit_refuses_is_taken_back(void **state)
{
    struct ask a[2] = { 0 }, b[2] = { 0 };

    (void)state;
    a[1].r.fn = insert_orphan;
    ask(a, 2, 1);
    assert_int_equal(written(a, 2), 0);
    assert_int_equal(a[0].r.err.code, ERR_EXISTS);
    assert_int_equal(rows(), 0);
    ask(b, 2, 1);
    assert_int_equal(written(b, 2), 2);
    assert_int_equal(rows(), 2);
}

static void
a_lost_transaction_fails_those_in_it_only(void **state)
{
    struct ask a[6] = { 0 }, b[2] = { 0 };

    (void)state;
    a[2].r.fn = end_transaction;
    a[4].r.fn = insert_then_fail;
    ask(a, 6, 1);
    assert_int_equal(written(a, 6), 2);
    for (int i = 0; i < 3; i++)
        assert_string_equal(a[i].r.err.text, "the disk ended it all");
    assert_int_equal(a[0].r.err.code, ERR_NOSPACE);
    assert_int_equal(a[4].r.err.code, ERR_STATE);
    assert_int_equal(number("SELECT sum(k) FROM t"), 4 + 6);
    assert_int_equal(atomic_load(&commits), 1);
    b[1].r.fn = end_transaction_silently; /* and the last of its group */
    ask(b, 2, 11);
    assert_int_equal(written(b, 2), 0);
    assert_int_equal(b[0].r.err.code, ERR_IO);
    assert_int_equal(b[1].r.err.code, ERR_IO);
    assert_int_equal(rows(), 2);
}

/* Let the disk go once the database is being closed. */
static void *
go_at_the_end(void *arg)
{
    bool stop = false;

    (void)arg;
    while (!stop) {
        sched_yield();
        lock_take(&db->lock);
        stop = db->stop;
        lock_release(&db->lock);
    }
    testdisk_go();
    return NULL;
}

static void
what_waits_at_the_end_is_written(void **state)
{
    struct ask a[1] = { 0 }, b[3] = { 0 };
    pthread_t thread;

    (void)state;
    testdisk_hold();
    ask(a, 1, 1);
    testdisk_await();
    ask(b, 3, 2);
    pthread_create(&thread, NULL, go_at_the_end, NULL);
    dbase_close(db);
    pthread_join(thread, NULL);
    db = NULL;
    assert_int_equal(told(a, 1) + told(b, 3), 4);
    assert_int_equal(written(a, 1) + written(b, 3), 4);
    open_db();
    assert_int_equal(rows(), 4);
}

#define DB(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        DB(who_waits_together_shares_one_transaction),
        DB(who_comes_during_a_commit_shares_the_next),
        DB(a_group_has_an_end_and_the_order_is_kept),
        DB(nobody_is_told_before_the_group_is_on_disk),
        DB(what_is_on_disk_is_published_in_its_order),
        DB(a_failing_write_fails_alone),
        DB(a_failing_disk_is_told_to_all),
        DB(what_a_commit_refuses_is_taken_back),
        DB(a_lost_transaction_fails_those_in_it_only),
        DB(what_waits_at_the_end_is_written),
    };

    /* Failing disks are logged; they fail here on purpose. */
    log_open("test_dbase_writer", "/dev/null", LOG_ERR);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
