/* gatekeeper/store/store_statement.c - prepares, binds and reads statements of
 * the SQLite store; see store_sqlite.h. */
#include <stdarg.h>
#include <stdlib.h>

#include "gatekeeper/store/store_sqlite.h"

static const char *const sql_text[] = {
#define SQL(name, text) [SQL_##name] = text,
#include "gatekeeper/store/store_sql.def"
#undef SQL
};

int
store_sqlite_fail(sqlite3 *sql, struct err *err)
{
    int rc = sqlite3_errcode(sql);

    return err_set(err, rc == SQLITE_FULL ? ERR_NOSPACE : ERR_IO, "store: %s",
                   sqlite3_errmsg(sql));
}

sqlite3_stmt *
store_sqlite_statement(struct sqlite_store *s, sqlite3 *sql, enum sql which,
                       struct err *err)
{
    sqlite3_stmt *stmt = s != NULL ? s->stmt[which] : NULL;

    if (stmt != NULL) {
        sqlite3_reset(stmt);
        sqlite3_clear_bindings(stmt);
        return stmt;
    }
    if (sqlite3_prepare_v3(sql, sql_text[which], -1,
                           s != NULL ? SQLITE_PREPARE_PERSISTENT : 0, &stmt,
                           NULL) != SQLITE_OK) {
        store_sqlite_fail(sql, err);
        return NULL;
    }
    if (s != NULL)
        s->stmt[which] = stmt;
    return stmt;
}

/* Bind by SHAPE: 's' text (NULL: null), 'l' long long, 'i' int, 'n' int where
 * negative is null. */
static void
bind(sqlite3_stmt *stmt, const char *shape, va_list ap)
{
    for (int i = 1; *shape != '\0'; shape++, i++) {
        if (*shape == 's') {
            const char *text = va_arg(ap, const char *);

            if (text != NULL)
                sqlite3_bind_text(stmt, i, text, -1, SQLITE_STATIC);
        } else if (*shape == 'l') {
            sqlite3_bind_int64(stmt, i, va_arg(ap, long long));
        } else {
            int v = va_arg(ap, int);

            if (*shape == 'i' || v >= 0)
                sqlite3_bind_int(stmt, i, v);
        }
    }
}

int
store_sqlite_run(struct sqlite_store *s, sqlite3 *sql, enum sql which,
                 sqlite3_stmt **stmt, struct err *err, const char *shape, ...)
{
    sqlite3_stmt *st = store_sqlite_statement(s, sql, which, err);
    va_list ap;
    int rc;

    if (st == NULL)
        return -1;
    va_start(ap, shape);
    bind(st, shape, ap);
    va_end(ap);
    rc = sqlite3_step(st);
    if (rc != SQLITE_ROW && rc != SQLITE_DONE) {
        store_sqlite_fail(sql, err);
        sqlite3_reset(st);
        return -1;
    }
    if (stmt != NULL)
        *stmt = st;
    else
        sqlite3_reset(st);
    return rc;
}

char *
store_sqlite_column(sqlite3_stmt *stmt, int i)
{
    const char *text = (const char *)sqlite3_column_text(stmt, i);

    return text != NULL ? xstrdup(text) : NULL;
}

int
store_sqlite_state(sqlite3_stmt *st, int i, const char *id,
                   enum life_state *state, struct err *err)
{
    const char *word = (const char *)sqlite3_column_text(st, i);
    int found = word != NULL ? life_state_parse(word) : LIFE_NEW;

    if (found < 0)
        return err_set(err, ERR_STATE,
                       "store: job %s: %s '%.40s' is not known to this program",
                       id, sqlite3_column_name(st, i), word);
    *state = (enum life_state)found;
    return 0;
}

void
store_sqlite_bind_final(sqlite3_stmt *stmt, int at)
{
    for (int i = 0; i < LIFE_STATES; i++)
        if (life_state_final((enum life_state)i))
            sqlite3_bind_text(stmt, at++, life_state_word((enum life_state)i),
                              -1, SQLITE_STATIC);
}
