/* base/dbase_writer.c - the one thread that writes: all that wait share one
 * transaction and one fsync; see dbase.h. */
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "base/dbase_writer.h"
#include "base/log.h"

/* A group is at most this long, so that the first does not wait too long. */
#define GROUP_MAX     512
/* The first of a group waits for others as long as a commit takes, and this
 * long. */
#define GATHER_MIN_NS 1000000LL
#define GATHER_MAX_NS 3000000LL
/* The log is copied back after this idle time, or at this length at once. */
#define IDLE_MS       300
#define WAL_PAGES_MAX 16384

/* Of a clock that never jumps. */
static long long
now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

/* SQLite's, after each commit that wrote: how long the log has become.  What
 * was just written lies where a failed commit before it lay. */
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

/* A commit whose fsync failed lies in the log nevertheless, and whoever opened
 * the database after a crash would take it for true.  Write over it: the next
 * commit, which needs no fsync for that, begins at the same place. */
static void
bury_failed(struct dbase *d)
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

/* Take back what FROM up to, not including, END believes written, for WHY. */
static void
fail_group(struct dbase_request *from, const struct dbase_request *end,
           const struct err *why)
{
    for (; from != end; from = from->next)
        if (from->rc == 0)
            from->rc = err_set(&from->err, why->code, "%s", why->text);
}

/* Say WORD. */
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

/* What FROM up to END wrote is on disk: let each publish it. */
static void
publish_group(struct dbase_request *from, const struct dbase_request *end)
{
    for (; from != end; from = from->next)
        if (from->rc == 0 && from->then != NULL)
            from->then(from->arg);
}

/* End the transaction of FROM up to END. */
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
    /* What violates a deferred constraint is not the disk's fault. */
    if (!sqlite3_get_autocommit(d->sql))
        sqlite3_exec(d->sql, "ROLLBACK", NULL, NULL, NULL);
    fail_group(from, end, &why);
    d->stale = true;
    bury_failed(d);
    log_event(LOG_ERR, "dbase.commit.fail", "why=%s buried=%s", why.text,
              d->stale ? "not yet" : "yes");
}

/* Run the whole group, in one transaction unless an error ends that early: what
 * it held is lost then, and the rest goes on in the next. */
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

/* Wait for N requests, UNTIL that time of now_ns() (0: no limit), or the end.
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

/* Somebody waits.  Who was together before is so again at once: to wait for the
 * others, no longer than a commit takes, costs less than one commit for the
 * first of them alone and one for the rest.  Holds the lock. */
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
    /* It is a habit that is lost slowly. */
    d->group =
        d->waiting > d->group ? d->waiting : (d->group + d->waiting + 1) / 2;
    if (d->group > GROUP_MAX)
        d->group = GROUP_MAX;
}

/* The requests that wait, GROUP_MAX at most; NULL after IDLE_MS without any
 * while there is housekeeping to do, or at the end.  Holds the lock. */
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

/* Count GROUP. Holds the lock. */
static void
count_group(struct dbase *d, const struct dbase_request *group)
{
    for (; group != NULL; group = group->next) {
        d->stats.writes++;
        d->stats.failures += group->rc < 0;
    }
}

/* Wake each caller of GROUP, without the lock: nobody runs into another.  A
 * request is gone once woken. */
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
            bury_failed(d);
        if (d->wal_pages > (group == NULL ? 0 : WAL_PAGES_MAX))
            checkpoint(d);
        lock_take(&d->lock);
    }
    lock_release(&d->lock);
    for (int i = 0; i < DBASE_WORDS; i++)
        sqlite3_finalize(d->word[i]);
    return NULL;
}
