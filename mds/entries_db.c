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
    /* renewals are the most common write: they change only this small row */
    "CREATE TABLE life (id TEXT PRIMARY KEY, expires_ms INTEGER NOT NULL)"
    " WITHOUT ROWID;",
    /* for finding the entry that an Add replaces */
    "CREATE INDEX entry_member ON entry (member);",
};

int
entries_db_open(const char *path, struct dbase **db, struct err *err)
{
    return dbase_open(db, path, schema, sizeof(schema) / sizeof(schema[0]),
                      err);
}

static int
prepare(sqlite3 *sql, const char *text, sqlite3_stmt **st, struct err *err)
{
    if (sqlite3_prepare_v2(sql, text, -1, st, NULL) == SQLITE_OK)
        return 0;
    return dbase_fail(sql, "entries", err);
}

/* Run one statement to its end, with TEXTS bound from 1 on, then NUMBERS.
 * Returns the number of changed rows, or -1. */
static int
run(sqlite3 *sql, const char *statement, const char *const *texts, int n,
    const long long *numbers, int count, struct err *err)
{
    sqlite3_stmt *st = NULL;
    int rc;

    if (prepare(sql, statement, &st, err) < 0)
        return -1;
    for (int i = 0; i < n; i++)
        sqlite3_bind_text(st, i + 1, texts[i], -1, SQLITE_STATIC);
    for (int i = 0; i < count; i++)
        sqlite3_bind_int64(st, n + i + 1, numbers[i]);
    rc = sqlite3_step(st);
    sqlite3_finalize(st);
    return rc == SQLITE_DONE ? sqlite3_changes(sql)
                             : dbase_fail(sql, "entries", err);
}

int
entries_db_same(sqlite3 *sql, const struct entries_row *row, long long now_ms,
                char id[UUID_TEXT], struct err *err)
{
    const char *texts[] = { row->member, row->owner, row->member_params,
                            row->config };
    sqlite3_stmt *st = NULL;
    int rc;

    *id = '\0';
    if (prepare(sql,
                "SELECT entry.id FROM entry JOIN life USING (id) WHERE"
                " member = ? AND owner = ? AND params = ? AND config = ?"
                " AND expires_ms > ?",
                &st, err) < 0)
        return -1;
    for (int i = 0; i < 4; i++)
        sqlite3_bind_text(st, i + 1, texts[i], -1, SQLITE_STATIC);
    sqlite3_bind_int64(st, 5, now_ms);
    rc = sqlite3_step(st);
    if (rc == SQLITE_ROW && uuid_ok((const char *)sqlite3_column_text(st, 0)))
        memcpy(id, sqlite3_column_text(st, 0), UUID_TEXT);
    sqlite3_finalize(st);
    if (rc != SQLITE_ROW && rc != SQLITE_DONE)
        return dbase_fail(sql, "entries", err);
    return *id != '\0';
}

int
entries_db_put(sqlite3 *sql, const struct entries_row *row, struct err *err)
{
    const char *texts[] = { row->id,     row->owner,
                            row->member, row->member_params,
                            row->config, row->data };

    if (run(sql, "INSERT OR REPLACE INTO entry VALUES (?,?,?,?,?,?)", texts, 6,
            NULL, 0, err) < 0)
        return -1;
    return run(sql, "INSERT OR REPLACE INTO life VALUES (?,?)", texts, 1,
               &row->expires_ms, 1, err) < 0
               ? -1
               : 0;
}

int
entries_db_renew(sqlite3 *sql, const char *id, long long expires_ms,
                 long long now_ms, struct err *err)
{
    const long long numbers[] = { expires_ms, now_ms };

    return run(sql,
               "UPDATE life SET expires_ms = ?2 WHERE id = ?1"
               " AND expires_ms > ?3",
               &id, 1, numbers, 2, err);
}

int
entries_db_delete(sqlite3 *sql, const char *id, long long now_ms,
                  struct err *err)
{
    int n = run(sql, "DELETE FROM life WHERE id = ? AND expires_ms > ?", &id, 1,
                &now_ms, 1, err);

    if (n > 0 &&
        run(sql, "DELETE FROM entry WHERE id = ?", &id, 1, NULL, 0, err) < 0)
        return -1;
    return n;
}

int
entries_db_delete_ended(sqlite3 *sql, long long now_ms,
                        void (*ended)(const char *id, void *arg), void *arg,
                        struct err *err)
{
    sqlite3_stmt *st = NULL;
    int rc;

    if (run(sql,
            "DELETE FROM entry WHERE id IN"
            " (SELECT id FROM life WHERE expires_ms <= ?)",
            NULL, 0, &now_ms, 1, err) < 0 ||
        prepare(sql, "DELETE FROM life WHERE expires_ms <= ? RETURNING id", &st,
                err) < 0)
        return -1;
    sqlite3_bind_int64(st, 1, now_ms);
    while ((rc = sqlite3_step(st)) == SQLITE_ROW)
        ended((const char *)sqlite3_column_text(st, 0), arg);
    sqlite3_finalize(st);
    return rc == SQLITE_DONE ? 0 : dbase_fail(sql, "entries", err);
}

struct load {
    int (*take)(const struct entries_row *row, void *arg, struct err *err);
    void *arg;
};

static const char *
column(sqlite3_stmt *st, int i)
{
    return (const char *)sqlite3_column_text(st, i);
}

static int
load(sqlite3 *sql, void *arg, struct err *err)
{
    const struct load *l = arg;
    sqlite3_stmt *st = NULL;
    int rc, result = 0;

    if (prepare(sql,
                "SELECT entry.id, owner, member, params, config, data,"
                " expires_ms FROM entry JOIN life USING (id)",
                &st, err) < 0)
        return -1;
    while (result == 0 && (rc = sqlite3_step(st)) == SQLITE_ROW) {
        struct entries_row row = { .owner = column(st, 1),
                                   .member = column(st, 2),
                                   .member_params = column(st, 3),
                                   .config = column(st, 4),
                                   .data = column(st, 5),
                                   .expires_ms = sqlite3_column_int64(st, 6) };

        if (!uuid_ok(column(st, 0)))
            continue;
        memcpy(row.id, column(st, 0), UUID_TEXT);
        result = l->take(&row, l->arg, err);
    }
    if (result == 0 && rc != SQLITE_DONE)
        result = dbase_fail(sql, "entries", err);
    sqlite3_finalize(st);
    return result;
}

int
entries_db_load(struct dbase *db,
                int (*take)(const struct entries_row *row, void *arg,
                            struct err *err),
                void *arg, struct err *err)
{
    struct load l = { take, arg };

    return dbase_read(db, load, &l, err);
}
