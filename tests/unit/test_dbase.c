/* tests/unit/test_dbase.c - writers and readers, failing disks, schema steps.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "base/buf.h"
#include "base/dbase.h"
#include "base/fs.h"
#include "base/log.h"
#include "tests/lib/lib_testdisk.h"

#define THREADS 8
#define ROUNDS  50

static char dir[64];
static char path[96];
static struct dbase *db;
static const char *const schema[] = {
    "CREATE TABLE t (k TEXT PRIMARY KEY, v INTEGER)",
    "CREATE TABLE u (x); CREATE INDEX ui ON u (x)",
};

static atomic_int disk_full;

static ssize_t
full_pwrite(int fd, const void *p, size_t n, off_t at)
{
    if (atomic_load(&disk_full)) {
        errno = ENOSPC;
        return -1;
    }
    return pwrite(fd, p, n, at);
}

static int
setup(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    snprintf(dir, sizeof(dir), "/tmp/test_dbase.XXXXXX");
    if (mkdtemp(dir) == NULL)
        return -1;
    snprintf(path, sizeof(path), "%s/x.db", dir);
    return dbase_open(&db, path, schema, 2, &err);
}

static int
teardown(void **state)
{
    (void)state;
    testdisk_fail(false);
    testdisk_go();
    atomic_store(&disk_full, 0);
    dbase_close(db);
    db = NULL;
    return fs_remove_tree(AT_FDCWD, dir, NULL);
}

static int
insert(sqlite3 *sql, void *arg, struct err *err)
{
    char *text = sqlite3_mprintf("INSERT INTO t VALUES (%Q, 1)", arg);
    int rc = dbase_exec(sql, text, err);

    sqlite3_free(text);
    return rc;
}

static int
insert_then_fail(sqlite3 *sql, void *arg, struct err *err)
{
    insert(sql, arg, err);
    return err_set(err, ERR_STATE, "changed my mind");
}

static int
fail_silently(sqlite3 *sql, void *arg, struct err *err)
{
    (void)sql;
    (void)arg;
    (void)err;
    return -1;
}

static int
count(sqlite3 *sql, void *arg, struct err *err)
{
    sqlite3_stmt *stmt;

    if (sqlite3_prepare_v2(sql, "SELECT count(*) FROM t", -1, &stmt, NULL) !=
        SQLITE_OK)
        return dbase_fail(sql, "count", err);
    sqlite3_step(stmt);
    *(int *)arg = sqlite3_column_int(stmt, 0);
    sqlite3_finalize(stmt);
    return 0;
}

static int
rows(void)
{
    struct err err = ERR_INIT;
    int n = -1;

    assert_int_equal(dbase_read(db, count, &n, &err), 0);
    return n;
}

static int
put(const char *key, struct err *err)
{
    char copy[32];

    *err = (struct err)ERR_INIT;
    snprintf(copy, sizeof(copy), "%s", key);
    return dbase_write(db, insert, copy, err);
}

static void
a_write_is_read_back(void **state)
{
    struct err err;
    struct stat st;

    (void)state;
    assert_int_equal(put("a", &err), 0);
    assert_int_equal(rows(), 1);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
}

static void
a_failed_write_is_undone_alone(void **state)
{
    struct err err = ERR_INIT;
    char key[] = "b";

    (void)state;
    assert_int_equal(dbase_write(db, insert_then_fail, key, &err), -1);
    assert_int_equal(err.code, ERR_STATE);
    assert_string_equal(err.text, "changed my mind");
    assert_int_equal(rows(), 0);
    assert_int_equal(put("a", &err), 0);
    assert_int_equal(put("a", &err), -1);
    assert_int_equal(err.code, ERR_EXISTS);
    assert_int_equal(rows(), 1);
    err = (struct err)ERR_INIT;
    assert_int_equal(dbase_write(db, fail_silently, NULL, &err), -1);
    assert_int_equal(err.code, ERR_INTERNAL);
}

static void
readers_cannot_write(void **state)
{
    struct err err = ERR_INIT;
    char key[] = "r";

    (void)state;
    assert_int_equal(dbase_read(db, insert, key, &err), -1);
    assert_int_equal(rows(), 0);
}

static void *
many_writes(void *arg)
{
    struct err err;
    char key[32];
    int i;

    for (i = 0; i < ROUNDS; i++) {
        snprintf(key, sizeof(key), "%d.%d", *(int *)arg, i);
        if (put(key, &err) < 0 || rows() < i + 1)
            return arg;
    }
    return NULL;
}

static void
writes_that_wait_share_a_commit(void **state)
{
    pthread_t thread[THREADS];
    struct dbase_stats stats;
    int id[THREADS], i;
    void *bad;

    (void)state;
    for (i = 0; i < THREADS; i++) {
        id[i] = i;
        pthread_create(&thread[i], NULL, many_writes, &id[i]);
    }
    for (i = 0; i < THREADS; i++) {
        pthread_join(thread[i], &bad);
        assert_null(bad);
    }
    dbase_stats(db, &stats);
    assert_int_equal(rows(), THREADS * ROUNDS);
    assert_int_equal(stats.writes, THREADS * ROUNDS);
    assert_int_equal(stats.failures, 0);
    assert_true(stats.commits < stats.writes);
}

static atomic_int gated_returned;

static void *
gated_write(void *arg)
{
    struct err err;

    put(arg, &err);
    atomic_fetch_add(&gated_returned, 1);
    return NULL;
}

static void
no_write_returns_before_its_fsync(void **state)
{
    char a[] = "a", b[] = "b";
    pthread_t one, two;

    (void)state;
    atomic_store(&gated_returned, 0);
    testdisk_hold();
    pthread_create(&one, NULL, gated_write, a);
    testdisk_await(); /* until it is in its fsync */
    pthread_create(&two, NULL, gated_write, b);
    assert_int_equal(rows(), 0);
    assert_int_equal(atomic_load(&gated_returned), 0);
    testdisk_go();
    pthread_join(one, NULL);
    pthread_join(two, NULL);
    assert_int_equal(rows(), 2);
}

/* What a process that opens copies of the files as they are now would find:
 * the state after kill -9. */
static int
rows_after_kill(void)
{
    char *script = xasprintf("mkdir %s/k && cp %s* %s/k", dir, path, dir);
    char *copy = xasprintf("%s/k/x.db", dir);
    char *const argv[] = { (char *)(uintptr_t) "sh", (char *)(uintptr_t) "-c",
                           script, NULL };
    sqlite3 *sql;
    struct err err = ERR_INIT;
    int n = -1, status;
    pid_t pid = fork();

    if (pid == 0) {
        execv("/bin/sh", argv);
        _exit(127);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(sqlite3_open(copy, &sql), SQLITE_OK);
    assert_int_equal(count(sql, &n, &err), 0);
    sqlite3_close(sql);
    free(script);
    script = xasprintf("%s/k", dir);
    assert_int_equal(fs_remove_tree(AT_FDCWD, script, NULL), 0);
    free(script);
    free(copy);
    return n;
}

static void
a_failed_fsync_keeps_nothing(void **state)
{
    struct err err;
    int i;

    (void)state;
    assert_int_equal(put("a", &err), 0);
    for (i = 0; i < 3; i++) {
        testdisk_fail(true);
        assert_int_equal(put("b", &err), -1);
        assert_int_equal(err.code, ERR_IO);
        assert_int_equal(rows(), 1 + i);
        assert_int_equal(rows_after_kill(), 1 + i);
        testdisk_fail(false);
        assert_int_equal(put((const char *[]){ "x", "y", "z" }[i], &err), 0);
        assert_int_equal(rows(), 2 + i);
    }
    assert_int_equal(rows_after_kill(), 4);
    assert_int_equal(put("b", &err), 0);
}

static void
a_full_disk_is_said_and_survived(void **state)
{
    sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
    struct err err;

    (void)state;
    vfs->xSetSystemCall(vfs, "pwrite", (sqlite3_syscall_ptr)full_pwrite);
    vfs->xSetSystemCall(vfs, "pwrite64", (sqlite3_syscall_ptr)full_pwrite);
    assert_int_equal(put("a", &err), 0);
    atomic_store(&disk_full, 1);
    assert_int_equal(put("b", &err), -1);
    assert_int_equal(err.code, ERR_NOSPACE);
    assert_int_equal(put("c", &err), -1);
    atomic_store(&disk_full, 0);
    assert_int_equal(rows(), 1);
    assert_int_equal(put("b", &err), 0);
    assert_int_equal(rows(), 2);
    vfs->xSetSystemCall(vfs, "pwrite", NULL);
    vfs->xSetSystemCall(vfs, "pwrite64", NULL);
}

static void
schema_steps_run_once(void **state)
{
    static const char *const more[] = {
        "CREATE TABLE t (k TEXT PRIMARY KEY, v INTEGER)",
        "CREATE TABLE u (x); CREATE INDEX ui ON u (x)",
        "ALTER TABLE u ADD COLUMN y",
        "CREATE TABLE bad (; this is not SQL",
    };
    struct err err = ERR_INIT;

    (void)state;
    assert_int_equal(put("a", &err), 0);
    dbase_close(db);
    assert_int_equal(dbase_open(&db, path, more, 3, &err), 0);
    assert_int_equal(rows(), 1);
    dbase_close(db);
    assert_int_equal(dbase_open(&db, path, more, 4, &err), -1);
    assert_null(db);
    assert_non_null(strstr(err.text, "schema step 4"));
    err = (struct err)ERR_INIT;
    assert_int_equal(dbase_open(&db, path, more, 2, &err), -1);
    assert_int_equal(err.code, ERR_CONFIG);
    err = (struct err)ERR_INIT;
    assert_int_equal(dbase_open(&db, path, more, 3, &err), 0);
    assert_int_equal(rows(), 1);
}

static void
what_is_no_database_is_refused(void **state)
{
    struct err err = ERR_INIT;
    struct dbase *other;
    char *text = xasprintf("%s/text", dir);

    (void)state;
    assert_int_equal(fs_write_atomic(AT_FDCWD, text, "not a database, really",
                                     22, 0600, &err),
                     0);
    assert_int_equal(dbase_open(&other, text, schema, 2, &err), -1);
    assert_null(other);
    assert_non_null(strstr(err.text, text));
    err = (struct err)ERR_INIT;
    assert_int_equal(truncate(text, 0), 0);
    assert_int_equal(dbase_open(&other, text, schema, 2, &err), -1);
    assert_int_equal(err.code, ERR_CONFIG);
    assert_non_null(strstr(err.text, "is empty"));
    free(text);
    err = (struct err)ERR_INIT;
    assert_int_equal(
        dbase_open(&other, "/nonexistent/dir/x.db", schema, 2, &err), -1);
    dbase_close(NULL);
}

static void
close_leaves_no_log_behind(void **state)
{
    char *wal = xasprintf("%s-wal", path);
    struct err err = ERR_INIT;
    struct stat st;

    (void)state;
    assert_int_equal(put("a", &err), 0);
    dbase_close(db);
    assert_true(stat(wal, &st) < 0 || st.st_size == 0);
    free(wal);
    assert_int_equal(dbase_open(&db, path, schema, 2, &err), 0);
    assert_int_equal(rows(), 1);
}

#define DB(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        DB(a_write_is_read_back),
        DB(a_failed_write_is_undone_alone),
        DB(readers_cannot_write),
        DB(writes_that_wait_share_a_commit),
        DB(no_write_returns_before_its_fsync),
        DB(a_failed_fsync_keeps_nothing),
        DB(a_full_disk_is_said_and_survived),
        DB(schema_steps_run_once),
        DB(what_is_no_database_is_refused),
        DB(close_leaves_no_log_behind),
    };

    /* Failing disks are logged; they fail here on purpose. */
    log_open("test_dbase", "/dev/null", LOG_ERR);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
