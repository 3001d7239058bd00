/* mds/entries_db.c - see entries_db.h. */
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "mds/entries_db.h"

static const char *const schema[] = {
    "CREATE TABLE entry (id TEXT PRIMARY KEY, owner TEXT NOT NULL,"
    " member TEXT NOT NULL, params TEXT NOT NULL, config TEXT NOT NULL,"
    " data TEXT NOT NULL) WITHOUT ROWID;"
    /* renewals are the common write: they touch a small row of their own */
    "CREATE TABLE life (id TEXT PRIMARY KEY, expires_ms INTEGER NOT NULL)"
    " WITHOUT ROWID;"
};

void
entries_row_fini(struct entries_row *row)
{
    free(row->owner);
    free(row->member);
    free(row->member_params);
    free(row->config);
    free(row->data);
    memset(row, 0, sizeof(*row));
}

int
entries_db_open(const char *path, struct dbase **db, struct err *err)
{
    return dbase_open(db, path, schema, sizeof(schema) / sizeof(schema[0]),
                      err);
}

/* Run one prepared statement to its end: TEXTS are bound from 1, then NUMBER if
 * the statement has one parameter more. */
static int
run(sqlite3 *sql, const char *statement, const char *const *texts, int n,
    long long number, struct err *err)
{
    sqlite3_stmt *st = NULL;
    int rc;

    if (sqlite3_prepare_v2(sql, statement, -1, &st, NULL) != SQLITE_OK)
        return err_set(err, ERR_IO, "entries: %s", sqlite3_errmsg(sql));
    for (int i = 0; i < n; i++)
        sqlite3_bind_text(st, i + 1, texts[i], -1, SQLITE_STATIC);
    if (sqlite3_bind_parameter_count(st) > n)
        sqlite3_bind_int64(st, n + 1, number);
    rc = sqlite3_step(st);
    sqlite3_finalize(st);
    if (rc == SQLITE_DONE)
        return 0;
    return err_set(err, rc == SQLITE_FULL ? ERR_NOSPACE : ERR_IO, "entries: %s",
                   sqlite3_errmsg(sql));
}

static int
put(sqlite3 *sql, void *arg, struct err *err)
{
    const struct entries_row *row = arg;
    const char *texts[] = { row->id,     row->owner,
                            row->member, row->member_params,
                            row->config, row->data };

    if (run(sql, "INSERT OR REPLACE INTO entry VALUES (?,?,?,?,?,?)", texts, 6,
            0, err) < 0)
        return -1;
    return run(sql, "INSERT OR REPLACE INTO life VALUES (?,?)", texts, 1,
               row->expires_ms, err);
}

int
entries_db_put(struct dbase *db, const struct entries_row *row, struct err *err)
{
    struct entries_row copy = *row;

    return dbase_write(db, put, &copy, err);
}

static int
set_expiry(sqlite3 *sql, void *arg, struct err *err)
{
    const struct entries_row *row = arg;
    const char *texts[] = { row->id };

    return run(sql, "INSERT OR REPLACE INTO life VALUES (?,?)", texts, 1,
               row->expires_ms, err);
}

int
entries_db_set_expiry(struct dbase *db, const char *id, long long expires_ms,
                      struct err *err)
{
    struct entries_row row = { .expires_ms = expires_ms };

    memcpy(row.id, id, strlen(id) + 1);
    return dbase_write(db, set_expiry, &row, err);
}

static int
delete_one(sqlite3 *sql, void *arg, struct err *err)
{
    const struct entries_row *row = arg;
    const char *texts[] = { row->id };

    if (run(sql, "DELETE FROM entry WHERE id = ?", texts, 1, 0, err) < 0)
        return -1;
    return run(sql, "DELETE FROM life WHERE id = ?", texts, 1, 0, err);
}

static int
delete_ended(sqlite3 *sql, void *arg, struct err *err)
{
    const struct entries_row *row = arg;

    if (run(sql,
            "DELETE FROM entry WHERE id IN"
            " (SELECT id FROM life WHERE expires_ms <= ?)",
            NULL, 0, row->expires_ms, err) < 0)
        return -1;
    return run(sql, "DELETE FROM life WHERE expires_ms <= ?", NULL, 0,
               row->expires_ms, err);
}

int
entries_db_delete(struct dbase *db, const char *id, long long now_ms,
                  struct err *err)
{
    struct entries_row row = { .expires_ms = now_ms };

    if (id == NULL)
        return dbase_write(db, delete_ended, &row, err);
    memcpy(row.id, id, strlen(id) + 1);
    return dbase_write(db, delete_one, &row, err);
}

struct load {
    int (*take)(struct entries_row *row, void *arg, struct err *err);
    void *arg;
};

static int
load(sqlite3 *sql, void *arg, struct err *err)
{
    const struct load *l = arg;
    sqlite3_stmt *st = NULL;
    int rc, result = 0;

    if (sqlite3_prepare_v2(sql,
                           "SELECT entry.id, owner, member, params, config,"
                           " data, expires_ms FROM entry JOIN life USING (id)",
                           -1, &st, NULL) != SQLITE_OK)
        return err_set(err, ERR_IO, "entries: %s", sqlite3_errmsg(sql));
    while (result == 0 && (rc = sqlite3_step(st)) == SQLITE_ROW) {
        struct entries_row row = { .expires_ms = sqlite3_column_int64(st, 6) };
        const char *id = (const char *)sqlite3_column_text(st, 0);
        char **texts[] = { &row.owner, &row.member, &row.member_params,
                           &row.config, &row.data };

        if (!uuid_ok(id))
            continue;
        memcpy(row.id, id, UUID_TEXT);
        for (int i = 0; i < 5; i++)
            *texts[i] = xstrdup((const char *)sqlite3_column_text(st, i + 1));
        result = l->take(&row, l->arg, err);
    }
    if (result == 0 && rc != SQLITE_DONE)
        result = err_set(err, ERR_IO, "entries: %s", sqlite3_errmsg(sql));
    sqlite3_finalize(st);
    return result;
}

int
entries_db_load(struct dbase *db,
                int (*take)(struct entries_row *row, void *arg,
                            struct err *err),
                void *arg, struct err *err)
{
    struct load l = { take, arg };

    return dbase_read(db, load, &l, err);
}
