/* gatekeeper/store/store_lease.c - leases of the instances that share a SQLite
 * store, and the takeover of jobs after a lease has expired; see
 * store_sqlite.h.
 *
 * All instances run on one host, so the store's clock is the kernel's monotonic
 * clock, which cannot be set; a lease from another boot has expired. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gatekeeper/store/store_sqlite.h"

struct heartbeat {
    struct sqlite_store *s;
    long long begun_ms, *last;
    store_kept_fn *kept;
    void *kept_arg;
};

static int
heartbeat_write(sqlite3 *sql, void *arg, struct err *err)
{
    struct heartbeat *h = arg;
    sqlite3_stmt *stmt;

    if (store_sqlite_run(h->s, sql, SQL_RENEW, NULL, err, "sl", h->s->instance,
                         time_mono_ms()) < 0 ||
        store_sqlite_run(h->s, sql, SQL_JOURNAL_ENDS, &stmt, err, "") < 0)
        return -1;
    *h->last = sqlite3_column_int64(stmt, 1);
    sqlite3_reset(stmt);
    return 0;
}

static void
heartbeat_kept(void *arg)
{
    const struct heartbeat *h = arg;

    /* Counted from the request, so the lease in the store ends later. */
    __atomic_store_n(&h->s->until_ms, h->begun_ms + h->s->lease_ms,
                     __ATOMIC_RELEASE);
    if (h->kept != NULL)
        h->kept(h->kept_arg);
}

int
store_lease_heartbeat(void *self, long long *last, store_kept_fn *kept,
                      void *arg, struct err *err)
{
    struct heartbeat h = { .s = self,
                           .begun_ms = time_mono_ms(),
                           .last = last,
                           .kept = kept,
                           .kept_arg = arg };

    return store_epoch_write(h.s, heartbeat_write, heartbeat_kept, &h, err);
}

static int
leave_write(sqlite3 *sql, void *arg, struct err *err)
{
    struct sqlite_store *s = arg;

    return store_sqlite_run(s, sql, SQL_LEAVE, NULL, err, "s", s->instance) < 0
               ? -1
               : 0;
}

int
store_lease_leave(void *self, struct err *err)
{
    struct sqlite_store *s = self;

    if (s->lease_ms == 0)
        return 0;
    if (store_epoch_write(s, leave_write, NULL, s, err) < 0)
        return -1;
    __atomic_store_n(&s->until_ms, 0, __ATOMIC_RELEASE);
    return 0;
}

struct claim {
    struct sqlite_store *s;
    struct store_claim *out;
    size_t max;
};

/* Find an instance whose jobs can be taken over; FROM is "" if there is
 * none. */
static int
find_expired(struct claim *c, sqlite3 *sql, struct err *err)
{
    sqlite3_stmt *stmt;
    int rc = store_sqlite_run(c->s, sql, SQL_EXPIRED, &stmt, err, "sl",
                              c->s->boot, time_mono_ms());

    if (rc < 0)
        return -1;
    if (rc == SQLITE_ROW)
        snprintf(c->out->from, sizeof(c->out->from), "%s",
                 (const char *)sqlite3_column_text(stmt, 0));
    sqlite3_reset(stmt);
    return 0;
}

/* Take over jobs of FROM. */
static int
take_jobs(struct claim *c, sqlite3 *sql, struct err *err)
{
    struct store_claim *out = c->out;
    sqlite3_stmt *st = store_sqlite_statement(c->s, sql, SQL_CLAIM, err);
    int step;

    if (st == NULL)
        return -1;
    sqlite3_bind_text(st, 1, out->from, -1, SQLITE_STATIC);
    sqlite3_bind_int64(st, 2, c->s->epoch);
    sqlite3_bind_int64(st, 3, (long long)c->max);
    store_sqlite_bind_final(st, 4);
    while ((step = sqlite3_step(st)) == SQLITE_ROW && out->n < c->max)
        memcpy(out->id[out->n++], sqlite3_column_text(st, 0), UUID_TEXT - 1);
    if (step != SQLITE_DONE)
        store_sqlite_fail(sql, err);
    sqlite3_reset(st);
    return step == SQLITE_DONE ? 0 : -1;
}

static int
claim_write(sqlite3 *sql, void *arg, struct err *err)
{
    struct claim *c = arg;

    if (find_expired(c, sql, err) < 0)
        return -1;
    if (c->out->from[0] == '\0')
        return 0;
    if (take_jobs(c, sql, err) < 0)
        return -1;
    c->out->more = c->out->n == c->max;
    if (c->out->more)
        return 0;
    return store_sqlite_run(c->s, sql, SQL_CLAIMED, NULL, err, "s",
                            c->out->from) < 0
               ? -1
               : 0;
}

/* Whether SQL_EXPIRED has a row; checked first to avoid a write and a sync
 * while all instances are alive. */
static int
is_any_expired(sqlite3 *sql, void *arg, struct err *err)
{
    struct claim *c = arg;
    sqlite3_stmt *st = store_sqlite_statement(NULL, sql, SQL_EXPIRED, err);
    int rc;

    if (st == NULL)
        return -1;
    sqlite3_bind_text(st, 1, c->s->boot, -1, SQLITE_STATIC);
    sqlite3_bind_int64(st, 2, time_mono_ms());
    rc = sqlite3_step(st);
    c->out->more = rc == SQLITE_ROW;
    rc =
        rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : store_sqlite_fail(sql, err);
    sqlite3_finalize(st);
    return rc;
}

int
store_lease_claim(void *self, size_t max, struct store_claim *claim,
                  struct err *err)
{
    struct claim c = { .s = self, .out = claim, .max = max };

    *claim = (struct store_claim){ .n = 0 };
    if (dbase_read(c.s->db, is_any_expired, &c, err) < 0)
        return -1;
    if (!claim->more)
        return 0;
    claim->id = xcalloc(max + 1, sizeof(*claim->id));
    if (store_epoch_write(c.s, claim_write, NULL, &c, err) == 0)
        return 0;
    free(claim->id);
    *claim = (struct store_claim){ .n = 0 };
    return -1;
}

struct members {
    struct sqlite_store *s;
    struct store_instance *of;
    size_t n;
};

static int
instances_read(sqlite3 *sql, void *arg, struct err *err)
{
    struct members *m = arg;
    sqlite3_stmt *st = store_sqlite_statement(NULL, sql, SQL_INSTANCES, err);
    int step;

    if (st == NULL)
        return -1;
    sqlite3_bind_text(st, 1, m->s->boot, -1, SQLITE_STATIC);
    sqlite3_bind_int64(st, 2, time_mono_ms());
    while ((step = sqlite3_step(st)) == SQLITE_ROW) {
        struct store_instance *i;

        m->of = xrealloc(m->of, m->n + 1, sizeof(*m->of));
        i = &m->of[m->n++];
        *i = (struct store_instance){ .epoch = sqlite3_column_int64(st, 1),
                                      .lease_ms = sqlite3_column_int64(st, 2),
                                      .left_ms = sqlite3_column_int64(st, 3) };
        snprintf(i->name, sizeof(i->name), "%s",
                 (const char *)sqlite3_column_text(st, 0));
        if (i->lease_ms == 0)
            i->left_ms = -1;
    }
    if (step != SQLITE_DONE)
        store_sqlite_fail(sql, err);
    sqlite3_finalize(st);
    return step == SQLITE_DONE ? 0 : -1;
}

int
store_lease_instances(void *self, struct store_instance **list, size_t *n,
                      struct err *err)
{
    struct members m = { .s = self };
    int rc = dbase_read(m.s->db, instances_read, &m, err);

    if (rc < 0) {
        free(m.of);
        m = (struct members){ .n = 0 };
    }
    *list = m.of;
    *n = m.n;
    return rc;
}
