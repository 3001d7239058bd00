/* base/dbase.c - open databases, lend readers and queue writes; see dbase.h. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/dbase.h"
#include "base/dbase_writer.h"
#include "base/fs.h"
#include "base/thread.h"

/* How long to wait for another process (an administrator's sqlite3) that holds
 * the lock. */
#define BUSY_MS 10000

int
dbase_exec(sqlite3 *sql, const char *text, struct err *err)
{
    if (sqlite3_exec(sql, text, NULL, NULL, NULL) == SQLITE_OK)
        return 0;
    return dbase_fail(sql, "database", err);
}

/* Open one connection; -1 with ERR that names PATH. */
static int
connect_to(sqlite3 **sql, const char *path, int flags, const char *pragmas,
           struct err *err)
{
    int rc = sqlite3_open_v2(path, sql, flags | SQLITE_OPEN_NOMUTEX, NULL);
    struct err why = ERR_INIT;

    if (rc == SQLITE_OK) {
        sqlite3_extended_result_codes(*sql, 1);
        sqlite3_busy_timeout(*sql, BUSY_MS);
        if (dbase_exec(*sql, pragmas, &why) == 0)
            return 0;
    } else {
        dbase_fail(*sql, "database", &why);
    }
    return err_set(err, why.code, "cannot open '%s': %s", path, why.text);
}

/* The first number in the result of TEXT. */
static int
select_number(sqlite3 *sql, const char *text, int *value, struct err *err)
{
    sqlite3_stmt *stmt = NULL;
    int rc = -1;

    if (sqlite3_prepare_v2(sql, text, -1, &stmt, NULL) == SQLITE_OK &&
        sqlite3_step(stmt) == SQLITE_ROW) {
        *value = sqlite3_column_int(stmt, 0);
        rc = 0;
    } else {
        dbase_fail(sql, "database", err);
    }
    sqlite3_finalize(stmt);
    return rc;
}

/* Run the schema steps that PATH lacks, each in one transaction. */
static int
upgrade(sqlite3 *sql, const char *path, const char *const schema[], size_t n,
        struct err *err)
{
    char *step;
    int have, rc;

    if (select_number(sql, "PRAGMA user_version", &have, err) < 0)
        return err_wrap(err, "cannot read '%s'", path);
    if (have < 0 || (size_t)have > n)
        return err_set(err, ERR_CONFIG,
                       "'%s' has schema %d, newer than this program's %zu",
                       path, have, n);
    for (; (size_t)have < n; have++) {
        step = xasprintf("BEGIN IMMEDIATE; %s; PRAGMA user_version = %d;"
                         "COMMIT",
                         schema[have], have + 1);
        rc = dbase_exec(sql, step, err);
        free(step);
        if (rc < 0) {
            if (!sqlite3_get_autocommit(sql))
                sqlite3_exec(sql, "ROLLBACK", NULL, NULL, NULL);
            return err_wrap(err, "schema step %d of '%s'", have + 1, path);
        }
    }
    return 0;
}

static int
fail_file(const char *what, const char *path, struct err *err)
{
    return err_set(err,
                   errno == ENOSPC || errno == EDQUOT ? ERR_NOSPACE : ERR_IO,
                   "cannot %s '%s': %s", what, path, strerror(errno));
}

/* Create the file PATH with the schema; it is 0600 from the start, and SQLite
 * gives its side files the same mode. */
static int
make_whole(const char *path, const char *const schema[], size_t n,
           struct err *err)
{
    sqlite3 *sql = NULL;
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600), rc;

    if (fd < 0)
        return fail_file("open", path, err);
    close(fd);
    rc = connect_to(&sql, path, SQLITE_OPEN_READWRITE,
                    "PRAGMA journal_mode = MEMORY; PRAGMA synchronous = FULL",
                    err);
    if (rc == 0)
        rc = upgrade(sql, path, schema, n, err);
    sqlite3_close(sql);
    return rc;
}

/* fsync the directory of PATH. */
static int
sync_dir_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *dir = slash == NULL
                    ? xstrdup(".")
                    : xasprintf("%.*s", (int)(slash - path + 1), path);
    int rc = fs_sync_dir(dir);

    free(dir);
    return rc;
}

/* Create the database PATH under a temporary name and rename it when complete,
 * so that an empty PATH is always damage. */
static int
make_new(const char *path, const char *const schema[], size_t n,
         struct err *err)
{
    char *temp = xasprintf("%s.new", path);
    int rc = make_whole(temp, schema, n, err);

    if (rc == 0 && rename(temp, path) < 0)
        rc = fail_file("make", path, err);
    if (rc < 0)
        unlink(temp);
    else if ((rc = sync_dir_of(path)) < 0)
        fail_file("sync the directory of", path, err);
    free(temp);
    return rc;
}

/* Create PATH if neither it nor a trace of an earlier database exists: a lost
 * database must not be replaced by an empty one. */
static int
find_or_make(const char *path, const char *const schema[], size_t n,
             struct err *err)
{
    char *log = xasprintf("%s-wal", path);
    struct stat st;
    int rc;

    if (stat(path, &st) == 0)
        rc = st.st_size > 0
                 ? 0
                 : err_set(err, ERR_CONFIG,
                           "'%s' is empty: a database was lost.  Restore it "
                           "from the backup, or remove it to begin anew",
                           path);
    else if (errno != ENOENT)
        rc = fail_file("open", path, err);
    else if (stat(log, &st) == 0 && st.st_size > 0)
        rc = err_set(err, ERR_CONFIG,
                     "'%s' is gone, and '%s' is there: a database was lost.  "
                     "Restore it from the backup, or remove the other to begin "
                     "anew",
                     path, log);
    else
        rc = make_new(path, schema, n, err);
    free(log);
    return rc;
}

static int
start_writer(struct dbase *d, struct err *err)
{
    d->running =
        thread_start(&d->writer, "dbase-writer", dbase_writer_run, d, err) == 0;
    return d->running ? 0 : -1;
}

/* A database without connections. */
static struct dbase *
create(void)
{
    struct dbase *d = xcalloc(1, sizeof(*d));

    lock_init(&d->lock, LOCK_dbase);
    pthread_cond_init(&d->work, NULL);
    pthread_cond_init(&d->reader_free, NULL);
    d->tail = &d->head;
    d->enough = 1;
    return d;
}

int
dbase_open(struct dbase **out, const char *path, const char *const schema[],
           size_t n, struct err *err)
{
    struct dbase *d = create();
    int i, rc;

    *out = NULL;
    rc = find_or_make(path, schema, n, err);
    /* Disable automatic checkpoints: the writer thread checkpoints when it is
     * idle. */
    if (rc == 0)
        rc = connect_to(&d->sql, path, SQLITE_OPEN_READWRITE,
                        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                        "PRAGMA journal_size_limit = 67108864;"
                        "PRAGMA wal_autocheckpoint = 0;"
                        "PRAGMA foreign_keys = ON",
                        err);
    if (rc == 0)
        rc = upgrade(d->sql, path, schema, n, err);
    for (i = 0; rc == 0 && i < DBASE_READERS; i++)
        rc = connect_to(&d->reader[i], path, SQLITE_OPEN_READONLY,
                        "PRAGMA query_only = ON", err);
    if (rc == 0)
        rc = start_writer(d, err);
    if (rc < 0)
        dbase_close(d);
    else
        *out = d;
    return rc;
}

void
dbase_close(struct dbase *d)
{
    int saved = errno, i;

    if (d == NULL)
        return;
    if (d->running) {
        lock_take(&d->lock);
        d->stop = true;
        pthread_cond_signal(&d->work);
        lock_release(&d->lock);
        pthread_join(d->writer, NULL);
    }
    for (i = 0; i < DBASE_READERS; i++) {
        assert(!d->busy[i]);
        sqlite3_close(d->reader[i]);
    }
    if (d->running)
        sqlite3_wal_checkpoint_v2(d->sql, NULL, SQLITE_CHECKPOINT_TRUNCATE,
                                  NULL, NULL);
    sqlite3_close(d->sql);
    pthread_cond_destroy(&d->reader_free);
    pthread_cond_destroy(&d->work);
    lock_fini(&d->lock);
    free(d);
    errno = saved;
}

int
dbase_write_then(struct dbase *d, dbase_fn *fn, dbase_then_fn *then, void *arg,
                 struct err *err)
{
    struct dbase_request r = {
        .fn = fn, .then = then, .arg = arg, .err = ERR_INIT
    };
    bool wake;

    assert(!pthread_equal(pthread_self(), d->writer));
    sem_init(&r.done, 0, 0);
    lock_take(&d->lock);
    wake = ++d->waiting == d->enough;
    /* r is on the list only while this call waits. */
    *d->tail = &r;
    /* cppcheck-suppress autoVariables */
    d->tail = &r.next;
    lock_release(&d->lock);
    if (wake)
        pthread_cond_signal(&d->work);
    while (sem_wait(&r.done) != 0)
        continue;
    sem_destroy(&r.done);
    if (r.rc < 0)
        err_set(err, r.err.code, "%s", r.err.text);
    return r.rc;
}

int
dbase_write(struct dbase *d, dbase_fn *fn, void *arg, struct err *err)
{
    return dbase_write_then(d, fn, NULL, arg, err);
}

/* Wait for a free reader connection; returns its index. */
static int
take_reader(struct dbase *d)
{
    int i;

    lock_take(&d->lock);
    for (;;) {
        for (i = 0; i < DBASE_READERS && d->busy[i]; i++)
            continue;
        if (i < DBASE_READERS)
            break;
        lock_wait(&d->lock, &d->reader_free);
    }
    d->busy[i] = true;
    lock_release(&d->lock);
    return i;
}

int
dbase_read(struct dbase *d, dbase_fn *fn, void *arg, struct err *err)
{
    int i = take_reader(d);
    sqlite3 *sql = d->reader[i];
    int rc = dbase_exec(sql, "BEGIN", err);

    /* One snapshot for all queries of FN. */
    if (rc == 0)
        rc = fn(sql, arg, err);
    if (!sqlite3_get_autocommit(sql))
        sqlite3_exec(sql, "ROLLBACK", NULL, NULL, NULL);
    lock_take(&d->lock);
    d->busy[i] = false;
    pthread_cond_signal(&d->reader_free);
    lock_release(&d->lock);
    return rc;
}

void
dbase_stats(struct dbase *d, struct dbase_stats *out)
{
    lock_take(&d->lock);
    *out = d->stats;
    lock_release(&d->lock);
}
