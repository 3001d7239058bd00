/* gatekeeper/store/store_small.c - the SQLite store's delegations and settings;
 * see store_sqlite.h. */
#include <string.h>

#include "gatekeeper/store/store_sqlite.h"

struct small {
    struct sqlite_store *s;
    const struct store_delegation *put;
    const struct store_limit *max;
    struct store_delegation *got;
    const char *owner, *id;
    long long t, n;
    const char *key, *value;
    char *found;
};

/* Check the limits for D; a renewal is always allowed. */
static int
check_limit(struct small *m, sqlite3 *sql, struct err *err)
{
    sqlite3_stmt *st;
    long long mine, all;
    bool known;

    if (store_sqlite_run(m->s, sql, SQL_COUNT_DELEG, &st, err, "ss",
                         m->put->owner, m->put->id) < 0)
        return -1;
    mine = sqlite3_column_int64(st, 0);
    all = sqlite3_column_int64(st, 1);
    known = sqlite3_column_int(st, 2) != 0;
    sqlite3_reset(st);
    if (known || (mine < m->max->owner && all < m->max->all))
        return 0;
    if (mine >= m->max->owner)
        return err_set(err, ERR_LIMIT,
                       "you have %lld delegated credentials here, the limit: "
                       "destroy some, or let them expire",
                       mine);
    return err_set(err, ERR_LIMIT,
                   "this service holds %lld delegated credentials, its limit: "
                   "try again later",
                   all);
}

static int
put_deleg_write(sqlite3 *sql, void *arg, struct err *err)
{
    struct small *m = arg;
    const struct store_delegation *d = m->put;

    if (check_limit(m, sql, err) < 0)
        return -1;
    return store_sqlite_run(m->s, sql, SQL_PUT_DELEG, NULL, err, "ssssll",
                            d->owner, d->id, d->request, d->credential,
                            d->expires, d->created) < 0
               ? -1
               : 0;
}

int
store_small_put_delegation(void *self, const struct store_delegation *d,
                           const struct store_limit *max, struct err *err)
{
    struct small m = { .s = self, .put = d, .max = max };

    return store_epoch_write(m.s, put_deleg_write, NULL, &m, err);
}

static int
get_deleg_read(sqlite3 *sql, void *arg, struct err *err)
{
    struct small *m = arg;
    sqlite3_stmt *st = store_sqlite_statement(NULL, sql, SQL_GET_DELEG, err);
    int rc = 0;

    if (st == NULL)
        return -1;
    sqlite3_bind_text(st, 1, m->owner, -1, SQLITE_STATIC);
    sqlite3_bind_text(st, 2, m->id, -1, SQLITE_STATIC);
    if (sqlite3_step(st) == SQLITE_ROW) {
        m->got->owner = store_sqlite_column(st, 0);
        m->got->id = store_sqlite_column(st, 1);
        m->got->request = store_sqlite_column(st, 2);
        m->got->credential = store_sqlite_column(st, 3);
        m->got->expires = sqlite3_column_int64(st, 4);
        m->got->created = sqlite3_column_int64(st, 5);
    } else {
        rc = err_set(err, ERR_NOT_FOUND, "no delegation '%s'", m->id);
    }
    sqlite3_finalize(st);
    return rc;
}

int
store_small_get_delegation(void *self, const char *owner, const char *id,
                           struct store_delegation *d, struct err *err)
{
    struct small m = { .s = self, .owner = owner, .id = id, .got = d };

    memset(d, 0, sizeof(*d));
    return dbase_read(m.s->db, get_deleg_read, &m, err);
}

static int
drop_deleg_write(sqlite3 *sql, void *arg, struct err *err)
{
    struct small *m = arg;

    if (store_sqlite_run(m->s, sql, SQL_DROP_DELEG, NULL, err, "ss", m->owner,
                         m->id) < 0)
        return -1;
    return sqlite3_changes(sql) > 0
               ? 0
               : err_set(err, ERR_NOT_FOUND, "no delegation '%s'", m->id);
}

int
store_small_drop_delegation(void *self, const char *owner, const char *id,
                            struct err *err)
{
    struct small m = { .s = self, .owner = owner, .id = id };

    return store_epoch_write(m.s, drop_deleg_write, NULL, &m, err);
}

static int
expire_write(sqlite3 *sql, void *arg, struct err *err)
{
    struct small *m = arg;

    if (store_sqlite_run(m->s, sql, SQL_OLD_DELEG, NULL, err, "l", m->t) < 0)
        return -1;
    m->n = sqlite3_changes(sql);
    return 0;
}

int
store_small_expire(void *self, long long t, long long *n, struct err *err)
{
    struct small m = { .s = self, .t = t };

    if (store_epoch_write(m.s, expire_write, NULL, &m, err) < 0)
        return -1;
    *n = m.n;
    return 0;
}

static int
get_setting_read(sqlite3 *sql, void *arg, struct err *err)
{
    struct small *m = arg;
    sqlite3_stmt *st = store_sqlite_statement(NULL, sql, SQL_GET_SET, err);

    if (st == NULL)
        return -1;
    sqlite3_bind_text(st, 1, m->s->instance, -1, SQLITE_STATIC);
    sqlite3_bind_text(st, 2, m->key, -1, SQLITE_STATIC);
    if (sqlite3_step(st) == SQLITE_ROW)
        m->found = store_sqlite_column(st, 0);
    sqlite3_finalize(st);
    return 0;
}

int
store_small_get_setting(void *self, const char *key, char **value,
                        struct err *err)
{
    struct small m = { .s = self, .key = key };
    int rc = dbase_read(m.s->db, get_setting_read, &m, err);

    *value = m.found;
    return rc;
}

static int
put_setting_write(sqlite3 *sql, void *arg, struct err *err)
{
    struct small *m = arg;

    return store_sqlite_run(m->s, sql, SQL_PUT_SET, NULL, err, "sss",
                            m->s->instance, m->key, m->value) < 0
               ? -1
               : 0;
}

int
store_small_set_setting(void *self, const char *key, const char *value,
                        struct err *err)
{
    struct small m = { .s = self, .key = key, .value = value };

    return store_epoch_write(m.s, put_setting_write, NULL, &m, err);
}
