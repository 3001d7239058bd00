/* gatekeeper/store/store_journal.c - the SQLite store's journal: events are
 * written in the transaction of their change, and read by number; see
 * store_sqlite.h. */
#include <stdlib.h>
#include <string.h>

#include "gatekeeper/store/store_sqlite.h"

int
store_journal_add(struct sqlite_store *s, sqlite3 *sql, long long job,
                  struct store_event *event, struct err *err)
{
    if (store_sqlite_run(
            s, sql, SQL_JOURNAL, NULL, err, "lnnssslsn", job, event->task,
            event->attempt,
            event->from < 0 ? NULL
                            : life_state_word((enum life_state)event->from),
            life_state_word(event->to), life_event_word(event->event),
            event->t_ms, event->reason,
            event->task >= 0 && event->last_task > event->task
                ? event->last_task
                : -1) < 0)
        return -1;
    event->seq = sqlite3_last_insert_rowid(sql);
    return 0;
}

int
store_journal_prune(struct sqlite_store *s, sqlite3 *sql, long long job,
                    long long events, long long keep, struct err *err)
{
    sqlite3_stmt *st;
    long long cut = 0;
    int rc;

    if (keep == 0 || events <= keep)
        return 0;
    /* Delete an eighth at a time, since finding the place costs as much. */
    rc = store_sqlite_run(s, sql, SQL_JOURNAL_CUT, &st, err, "ll", job,
                          keep - keep / 8);
    if (rc < 0)
        return -1;
    if (rc == SQLITE_ROW)
        cut = sqlite3_column_int64(st, 0);
    sqlite3_reset(st);
    return store_sqlite_run(s, sql, SQL_JOURNAL_PRUNE, NULL, err, "ll", job,
                            cut) < 0 ||
                   store_sqlite_run(s, sql, SQL_JOB_CUT, NULL, err, "ll", job,
                                    cut) < 0 ||
                   store_sqlite_run(s, sql, SQL_SET_CUT, NULL, err, "l", cut) <
                       0
               ? -1
               : 0;
}

struct reading {
    const struct store_query *q;
    struct store_events *out;
};

/* The number in column I; -1 for null. */
static int
number_or_none(sqlite3_stmt *st, int i)
{
    return sqlite3_column_type(st, i) == SQLITE_NULL
               ? -1
               : sqlite3_column_int(st, i);
}

/* One row of SQL_EVENTS or SQL_EVENTS_OF. */
static int
read_event(sqlite3_stmt *st, struct store_event *e, struct err *err)
{
    const char *word = (const char *)sqlite3_column_text(st, 6);
    enum life_state from;
    int event = word != NULL ? life_event_parse(word) : -1;

    *e = (struct store_event){ .seq = sqlite3_column_int64(st, 0),
                               .from = -1,
                               .t_ms = sqlite3_column_int64(st, 7) };
    memcpy(e->job, sqlite3_column_text(st, 1), UUID_TEXT - 1);
    e->task = number_or_none(st, 2);
    e->attempt = number_or_none(st, 3);
    e->last_task = sqlite3_column_type(st, 9) == SQLITE_NULL
                       ? e->task
                       : sqlite3_column_int(st, 9);
    if (sqlite3_column_type(st, 4) != SQLITE_NULL) {
        if (store_sqlite_state(st, 4, e->job, &from, err) < 0)
            return -1;
        e->from = (int)from;
    }
    if (store_sqlite_state(st, 5, e->job, &e->to, err) < 0)
        return -1;
    if (event < 0)
        return err_set(err, ERR_STATE,
                       "store: job %s: event '%.40s' is not known to this "
                       "program",
                       e->job, word != NULL ? word : "");
    e->event = (enum life_event)event;
    e->reason = store_sqlite_column(st, 8);
    return 0;
}

/* Read the events that match, and whether there are more. */
static int
read_events(sqlite3 *sql, const struct reading *r, struct err *err)
{
    const struct store_query *q = r->q;
    struct store_events *out = r->out;
    sqlite3_stmt *st = store_sqlite_statement(
        NULL, sql, q->job != NULL ? SQL_EVENTS_OF : SQL_EVENTS, err);
    size_t room = 0;
    int rc = 0, step;

    if (st == NULL)
        return -1;
    sqlite3_bind_int64(st, 1, q->since);
    sqlite3_bind_int64(st, 2, (long long)q->max + 1);
    if (q->job != NULL)
        sqlite3_bind_text(st, 3, q->job, -1, SQLITE_STATIC);
    while (rc == 0 && (step = sqlite3_step(st)) == SQLITE_ROW) {
        if (out->n == q->max) {
            out->more = true;
            break;
        }
        if (out->n == room) {
            room = room == 0 ? 16 : 2 * room;
            out->of = xrealloc(out->of, room, sizeof(*out->of));
        }
        rc = read_event(st, &out->of[out->n++], err);
    }
    if (rc == 0 && step != SQLITE_ROW && step != SQLITE_DONE)
        rc = store_sqlite_fail(sql, err);
    sqlite3_finalize(st);
    return rc;
}

/* Read the first and the last number of the journal. */
static int
read_ends(sqlite3 *sql, struct store_events *out, struct err *err)
{
    sqlite3_stmt *st = store_sqlite_statement(NULL, sql, SQL_JOURNAL_ENDS, err);
    int rc = 0;

    if (st == NULL)
        return -1;
    if (sqlite3_step(st) == SQLITE_ROW) {
        out->first = sqlite3_column_int64(st, 0);
        out->last = sqlite3_column_int64(st, 1);
    } else {
        rc = store_sqlite_fail(sql, err);
    }
    sqlite3_finalize(st);
    return rc;
}

/* Read the state of the queried job and its first event. */
static int
read_job_state(sqlite3 *sql, const struct reading *r, struct err *err)
{
    sqlite3_stmt *st = store_sqlite_statement(NULL, sql, SQL_STATE, err);
    int rc, step;

    if (st == NULL)
        return -1;
    sqlite3_bind_text(st, 1, r->q->job, -1, SQLITE_STATIC);
    step = sqlite3_step(st);
    if (step == SQLITE_ROW) {
        rc = store_sqlite_state(st, 0, r->q->job, &r->out->state, err);
        r->out->first = sqlite3_column_int64(st, 1) + 1;
    } else if (step == SQLITE_DONE) {
        rc = err_set(err, ERR_NOT_FOUND, "no job '%s'", r->q->job);
    } else {
        rc = store_sqlite_fail(sql, err);
    }
    sqlite3_finalize(st);
    return rc;
}

static int
events_read(sqlite3 *sql, void *arg, struct err *err)
{
    const struct reading *r = arg;

    if (read_ends(sql, r->out, err) < 0 ||
        (r->q->job != NULL && read_job_state(sql, r, err) < 0))
        return -1;
    return r->q->max > 0 ? read_events(sql, r, err) : 0;
}

int
store_journal_events(void *self, const struct store_query *q,
                     struct store_events *out, struct err *err)
{
    struct sqlite_store *s = self;
    struct reading r = { .q = q, .out = out };

    *out = (struct store_events){ .n = 0 };
    if (dbase_read(s->db, events_read, &r, err) == 0)
        return 0;
    store_events_fini(out);
    return -1;
}
