/* gatekeeper/store/store_epoch.c - whose the SQLite store is: a process joins
 * under a new epoch, and one that was replaced writes no more; see
 * store_sqlite.h. */
#include "gatekeeper/store/store_sqlite.h"

struct join {
    struct sqlite_store *s;
    const char *instance;
};

static int
join_write(sqlite3 *sql, void *arg, struct err *err)
{
    struct join *j = arg;
    struct sqlite_store *s = j->s;
    long long now = time_now_ms(), epoch;
    sqlite3_stmt *stmt;

    if (store_sqlite_run(s, sql, SQL_EPOCH, &stmt, err, "") < 0)
        return -1;
    epoch = sqlite3_column_int64(stmt, 0);
    sqlite3_reset(stmt);
    if (store_sqlite_run(s, sql, SQL_JOIN, NULL, err, "sll", j->instance, epoch,
                         now) < 0 ||
        store_sqlite_run(s, sql, SQL_FENCE, NULL, err, "lsl", epoch,
                         j->instance, now) < 0 ||
        store_sqlite_run(s, sql, SQL_ADOPT, NULL, err, "sl", j->instance,
                         epoch) < 0)
        return -1;
    s->epoch = epoch;
    return 0;
}

int
store_epoch_join(void *self, const char *instance, struct err *err)
{
    struct join j = { .s = self, .instance = instance };

    return dbase_write(j.s->db, join_write, &j, err);
}

/* SEEN is whether FENCED found a row. */
static int
refuse_fenced(bool seen, struct err *err)
{
    return seen ? err_set(err, ERR_STATE,
                          "another gatekeeper has taken over gatekeeper.state: "
                          "this one ends")
                : 0;
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
    sqlite3_stmt *stmt;
    int rc =
        store_sqlite_run(w->s, sql, SQL_FENCED, &stmt, err, "l", w->s->epoch);

    if (rc < 0)
        return -1;
    sqlite3_reset(stmt);
    return refuse_fenced(rc == SQLITE_ROW, err) < 0 ? -1
                                                    : w->fn(sql, w->arg, err);
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
    sqlite3_stmt *st = store_sqlite_statement(NULL, sql, SQL_FENCED, err);
    int rc;

    if (st == NULL)
        return -1;
    sqlite3_bind_int64(st, 1, s->epoch);
    rc = sqlite3_step(st);
    sqlite3_finalize(st);
    return refuse_fenced(rc == SQLITE_ROW, err);
}

int
store_epoch_fenced(void *self, struct err *err)
{
    struct sqlite_store *s = self;
    struct err why = ERR_INIT;

    /* A store that cannot be read just now says nothing of others. */
    if (dbase_read(s->db, fenced_read, s, &why) == 0 || why.code != ERR_STATE)
        return 0;
    return err_set(err, why.code, "%s", why.text);
}
