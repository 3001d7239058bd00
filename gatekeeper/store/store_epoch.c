/* gatekeeper/store/store_epoch.c - epochs of the SQLite store: a process joins
 * under a new epoch; a replaced process, or one with an expired lease, can no
 * longer write; see store_sqlite.h. */
#include <stdio.h>
#include <string.h>

#include "base/sys_proc.h"
#include "gatekeeper/store/store_sqlite.h"

static int
join_write(sqlite3 *sql, void *arg, struct err *err)
{
    struct sqlite_store *s = arg;
    long long now = time_now_ms(), epoch;
    sqlite3_stmt *stmt;

    if (store_sqlite_run(s, sql, SQL_EPOCH, &stmt, err, "") < 0)
        return -1;
    epoch = sqlite3_column_int64(stmt, 0);
    sqlite3_reset(stmt);
    if (store_sqlite_run(s, sql, SQL_JOIN, NULL, err, "slllsl", s->instance,
                         epoch, now, s->lease_ms, s->boot,
                         time_mono_ms() + s->lease_ms) < 0 ||
        store_sqlite_run(s, sql, SQL_FENCE, NULL, err, "lsl", epoch,
                         s->instance, now) < 0 ||
        store_sqlite_run(s, sql, SQL_ADOPT, NULL, err, "sl", s->instance,
                         epoch) < 0)
        return -1;
    s->epoch = epoch;
    return 0;
}

int
store_epoch_join(void *self, const struct store_member *who, struct err *err)
{
    struct sqlite_store *s = self;
    long long begun = time_mono_ms();

    if (strlen(who->instance) >= sizeof(s->instance))
        return err_set(
            err, ERR_CONFIG,
            "the instance's name '%.40s...' is longer than %zu bytes",
            who->instance, sizeof(s->instance) - 1);
    if (sys_boot_id(s->boot) < 0)
        return err_set(err, ERR_IO, "cannot read this boot's id");
    snprintf(s->instance, sizeof(s->instance), "%s", who->instance);
    s->lease_ms = who->lease_ms;
    if (dbase_write(s->db, join_write, s, err) < 0)
        return -1;
    __atomic_store_n(&s->until_ms, begun + s->lease_ms, __ATOMIC_RELEASE);
    return 0;
}

bool
store_epoch_held(void *self)
{
    struct sqlite_store *s = self;

    return s->lease_ms == 0 ||
           time_mono_ms() < __atomic_load_n(&s->until_ms, __ATOMIC_ACQUIRE);
}

static int
say_lost(const struct sqlite_store *s, struct err *err)
{
    return err_set(err, ERR_LEASE,
                   "the lease of gatekeeper '%s' ran out, and the others take "
                   "its jobs over: this one ends, ask another",
                   s->instance);
}

/* Decide from RC, the result of SQL_MEMBER in ST, whether S may write.  -1 with
 * ERR. */
static int
judge(struct sqlite_store *s, int rc, sqlite3_stmt *st, struct err *err)
{
    if (rc == SQLITE_ROW && sqlite3_column_int(st, 0) == 0)
        return err_set(err, ERR_STATE,
                       "another gatekeeper has taken over gatekeeper.state: "
                       "this one ends");
    return rc == SQLITE_ROW && sqlite3_column_int(st, 1) != 0 &&
                   store_epoch_held(s)
               ? 0
               : say_lost(s, err);
}

struct fenced_write {
    struct sqlite_store *s;
    dbase_fn *fn;
    dbase_then_fn *then;
    void *arg;
};

static int
unless_fenced(sqlite3 *sql, void *arg, struct err *err)
{
    struct fenced_write *w = arg;
    struct sqlite_store *s = w->s;
    sqlite3_stmt *stmt;
    int rc = store_sqlite_run(s, sql, SQL_MEMBER, &stmt, err, "slsl",
                              s->instance, s->epoch, s->boot, time_mono_ms());

    if (rc < 0)
        return -1;
    rc = judge(s, rc, stmt, err);
    sqlite3_reset(stmt);
    return rc < 0 ? -1 : w->fn(sql, w->arg, err);
}

static void
then(void *arg)
{
    const struct fenced_write *w = arg;

    if (w->then != NULL)
        w->then(w->arg);
}

int
store_epoch_write(struct sqlite_store *s, dbase_fn *fn, dbase_then_fn *after,
                  void *arg, struct err *err)
{
    struct fenced_write w = { .s = s, .fn = fn, .then = after, .arg = arg };

    return dbase_write_then(s->db, unless_fenced, then, &w, err);
}

static int
fenced_read(sqlite3 *sql, void *arg, struct err *err)
{
    struct sqlite_store *s = arg;
    sqlite3_stmt *st = store_sqlite_statement(NULL, sql, SQL_MEMBER, err);
    int rc;

    if (st == NULL)
        return -1;
    sqlite3_bind_text(st, 1, s->instance, -1, SQLITE_STATIC);
    sqlite3_bind_int64(st, 2, s->epoch);
    sqlite3_bind_text(st, 3, s->boot, -1, SQLITE_STATIC);
    sqlite3_bind_int64(st, 4, time_mono_ms());
    rc = sqlite3_step(st);
    rc = rc == SQLITE_ROW || rc == SQLITE_DONE ? judge(s, rc, st, err)
                                               : store_sqlite_fail(sql, err);
    sqlite3_finalize(st);
    return rc;
}

int
store_epoch_fenced(void *self, struct err *err)
{
    struct sqlite_store *s = self;
    struct err why = ERR_INIT;

    /* A read error is no sign that another process has taken over. */
    if (!store_epoch_held(s))
        return say_lost(s, err);
    if (dbase_read(s->db, fenced_read, s, &why) == 0 ||
        (why.code != ERR_STATE && why.code != ERR_LEASE))
        return 0;
    return err_set(err, why.code, "%s", why.text);
}
