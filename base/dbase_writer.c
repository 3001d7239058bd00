/* base/dbase_writer.c - the writer thread: all waiting requests share one
 * transaction and one fsync; see dbase.h. */
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "base/dbase_writer.h"
#include "base/log.h"

/* Largest group, which bounds the wait of its first request. */
#define GROUP_MAX     512
/* How long at least the first request of a group waits for others. */
#define GATHER_MIN_NS 1000000LL
#define GATHER_MAX_NS 3000000LL
/* Checkpoint the WAL after this idle time, or at this length at once. */
#define IDLE_MS       300
#define WAL_PAGES_MAX 16384

/* Monotonic clock in nanoseconds. */
static long long
now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

/* SQLite's WAL hook, after each commit that wrote: record the WAL's length.
 * The new commit has overwritten any failed one. */
static int
note_wal(void *arg, sqlite3 *sql, const char *name, int pages)
{
    struct dbase *d = arg;

    (void)sql;
    (void)name;
    d->wal_pages = pages;
    d->stale = false;
    return SQLITE_OK;
}

static void
checkpoint(struct dbase *d)
{
    int rc = sqlite3_wal_checkpoint_v2(d->sql, NULL, SQLITE_CHECKPOINT_PASSIVE,
                                       NULL, NULL);

    if (rc != SQLITE_OK && rc != SQLITE_BUSY)
        log_event(LOG_WARNING, "dbase.checkpoint.fail", "why=%s",
                  sqlite3_errmsg(d->sql));
    d->wal_pages = 0;
}

/* Overwrite a commit whose fsync failed: it is still in the WAL, and recovery
 * after a crash would accept it.  The next commit starts at the same place and
 * needs no fsync for that. */
static void
overwrite_failed_commit(struct dbase *d)
{
    static const char script[] = "PRAGMA synchronous = OFF; BEGIN IMMEDIATE;"
                                 "PRAGMA user_version = %d; COMMIT";
    sqlite3_stmt *stmt = NULL;
    char text[sizeof(script) + 16];
    int version = -1;

    if (sqlite3_prepare_v2(d->sql, "PRAGMA user_version", -1, &stmt, NULL) ==
            SQLITE_OK &&
        sqlite3_step(stmt) == SQLITE_ROW)
        version = sqlite3_column_int(stmt, 0);
    sqlite3_finalize(stmt);
    if (version >= 0) {
        sqlite3_snprintf((int)sizeof(text), text, script, version);
        sqlite3_exec(d->sql, text, NULL, NULL, NULL);
    }
    if (!sqlite3_get_autocommit(d->sql))
        sqlite3_exec(d->sql, "ROLLBACK", NULL, NULL, NULL);
    sqlite3_exec(d->sql, "PRAGMA synchronous = FULL", NULL, NULL, NULL);
}

/* Fail the requests FROM to END (exclusive) with the reason WHY. */
static void
fail_group(struct dbase_request *from, const struct dbase_request *end,
           const struct err *why)
{
    for (; from != end; from = from->next)
        if (from->rc == 0)
            from->rc = err_set(&from->err, why->code, "%s", why->text);
}

/* Run the prepared statement WORD. */
static int
say(struct dbase *d, enum dbase_word word, struct err *err)
{
    static const char *const text[] = { [DBASE_BEGIN] = "BEGIN IMMEDIATE",
                                        [DBASE_SAVEPOINT] = "SAVEPOINT one",
                                        [DBASE_RELEASE] = "RELEASE one",
                                        [DBASE_COMMIT] = "COMMIT" };
    sqlite3_stmt **stmt = &d->word[word];

    if (*stmt == NULL &&
        sqlite3_prepare_v3(d->sql, text[word], -1, SQLITE_PREPARE_PERSISTENT,
                           stmt, NULL) != SQLITE_OK)
        return dbase_fail(d->sql, "database", err);
    sqlite3_step(*stmt);
    return sqlite3_reset(*stmt) == SQLITE_OK
               ? 0
               : dbase_fail(d->sql, "database", err);
}

/* Run R in a savepoint of the open transaction. */
static void
run_one(struct dbase *d, struct dbase_request *r)
{
    r->rc = say(d, DBASE_SAVEPOINT, &r->err);
    if (r->rc == 0)
        r->rc = r->fn(d->sql, r->arg, &r->err) < 0 ? -1 : 0;
    if (r->rc < 0)
        err_set(&r->err, ERR_INTERNAL, "failed without a reason");
    /* A full disk or an I/O error may have ended the whole transaction. */
    if (sqlite3_get_autocommit(d->sql)) {
        r->rc = err_set(&r->err, ERR_IO, "database: rolled back");
        return;
    }
    if (r->rc < 0)
        sqlite3_exec(d->sql, "ROLLBACK TO one", NULL, NULL, NULL);
    (void)say(d, DBASE_RELEASE, NULL);
}

/* Call the THEN of the requests FROM to END, whose commit is on disk. */
static void
publish_group(struct dbase_request *from, const struct dbase_request *end)
{
    for (; from != end; from = from->next)
        if (from->rc == 0 && from->then != NULL)
            from->then(from->arg);
}

/* Commit the transaction of the requests FROM to END. */
static void
commit(struct dbase *d, struct dbase_request *from,
       const struct dbase_request *end)
{
    struct err why = ERR_INIT;
    long long begun = now_ns();
    int rc = say(d, DBASE_COMMIT, &why);

    d->commit_ns = now_ns() - begun;
    if (rc == 0) {
        lock_take(&d->lock);
        d->stats.commits++;
        lock_release(&d->lock);
        publish_group(from, end);
        return;
    }
    /* A violated deferred constraint is not an error of the disk. */
    if (!sqlite3_get_autocommit(d->sql))
        sqlite3_exec(d->sql, "ROLLBACK", NULL, NULL, NULL);
    fail_group(from, end, &why);
    d->stale = true;
    overwrite_failed_commit(d);
    log_event(LOG_ERR, "dbase.commit.fail", "why=%s buried=%s", why.text,
              d->stale ? "not yet" : "yes");
}

/* Run the whole group in one transaction.  If an error ends the transaction
 * early, the requests in it fail and the rest run in the next one. */
static void
run_group(struct dbase *d, struct dbase_request *group)
{
    struct dbase_request *from, *r = group;
    struct err why;

    while (r != NULL) {
        why = (struct err)ERR_INIT;
        if (say(d, DBASE_BEGIN, &why) < 0) {
            fail_group(r, NULL, &why);
            return;
        }
        for (from = r; r != NULL; r = r->next) {
            run_one(d, r);
            if (sqlite3_get_autocommit(d->sql)) {
                fail_group(from, r, &r->err);
                break;
            }
        }
        if (r == NULL)
            commit(d, from, NULL);
        else
            r = r->next;
    }
}

/* Wait for N requests, until UNTIL of now_ns() (0: no limit), or for stop.
 * Holds the lock. */
static void
await(struct dbase *d, int n, long long until)
{
    const struct timespec t = { .tv_sec = until / 1000000000,
                                .tv_nsec = until % 1000000000 };
    bool in_time = true;

    d->enough = n;
    while (in_time && d->waiting < n && !d->stop)
        if (until == 0)
            lock_wait(&d->lock, &d->work);
        else
            in_time = lock_wait_clock(&d->lock, &d->work, &t);
    d->enough = 1;
}

/* Wait for about as many requests as the last group had, no longer than a
 * commit takes.  One shared commit costs less than one for the first request
 * and another for the rest.  Holds the lock. */
static void
gather(struct dbase *d)
{
    long long ns = d->commit_ns;

    if (ns < GATHER_MIN_NS)
        ns = GATHER_MIN_NS;
    if (ns > GATHER_MAX_NS)
        ns = GATHER_MAX_NS;
    if (d->waiting < d->group)
        await(d, d->group, now_ns() + ns);
    /* The expected group size shrinks slowly. */
    d->group =
        d->waiting > d->group ? d->waiting : (d->group + d->waiting + 1) / 2;
    if (d->group > GROUP_MAX)
        d->group = GROUP_MAX;
}

/* Take the waiting requests, at most GROUP_MAX.  NULL after IDLE_MS without any
 * when a checkpoint is due, or on stop.  Holds the lock. */
static struct dbase_request *
take_group(struct dbase *d)
{
    struct dbase_request *group, *last;
    int n = 1;

    await(d, 1,
          d->wal_pages == 0 && !d->stale ? 0 : now_ns() + IDLE_MS * 1000000LL);
    group = last = d->head;
    if (group == NULL)
        return NULL;
    gather(d);
    while (last->next != NULL && n < GROUP_MAX) {
        last = last->next;
        n++;
    }
    d->waiting -= n;
    d->head = last->next;
    last->next = NULL;
    if (d->head == NULL)
        d->tail = &d->head;
    return group;
}

/* Add GROUP to the counters.  Holds the lock. */
static void
count_group(struct dbase *d, const struct dbase_request *group)
{
    for (; group != NULL; group = group->next) {
        d->stats.writes++;
        d->stats.failures += group->rc < 0;
    }
}

/* Wake each caller of GROUP, without the lock, so that they do not contend for
 * it.  A request is invalid after its caller wakes. */
static void
finish_group(struct dbase_request *group)
{
    struct dbase_request *next;

    for (; group != NULL; group = next) {
        next = group->next;
        sem_post(&group->done);
    }
}

void *
dbase_writer_run(void *arg)
{
    struct dbase *d = arg;
    struct dbase_request *group;

    sqlite3_wal_hook(d->sql, note_wal, d);
    lock_take(&d->lock);
    for (;;) {
        group = take_group(d);
        if (group == NULL && d->stop)
            break;
        lock_release(&d->lock);
        if (group != NULL)
            run_group(d, group);
        lock_take(&d->lock);
        count_group(d, group);
        lock_release(&d->lock);
        finish_group(group);
        if (group == NULL && d->stale)
            overwrite_failed_commit(d);
        if (d->wal_pages > (group == NULL ? 0 : WAL_PAGES_MAX))
            checkpoint(d);
        lock_take(&d->lock);
    }
    lock_release(&d->lock);
    for (int i = 0; i < DBASE_WORDS; i++)
        sqlite3_finalize(d->word[i]);
    return NULL;
}
