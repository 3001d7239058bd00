/* gatekeeper/store/store_cursor.c - reads rows of many jobs with one query; see
 * store_sqlite.h. */
#include "gatekeeper/store/store_sqlite.h"

int
store_cursor_next(struct store_cursor *c, struct err *err)
{
    int rc = sqlite3_step(c->stmt);

    c->row = rc == SQLITE_ROW;
    return c->row || rc == SQLITE_DONE
               ? 0
               : store_sqlite_fail(sqlite3_db_handle(c->stmt), err);
}

int
store_cursor_open(struct store_cursor *c, sqlite3 *sql, enum sql which,
                  long long job, struct err *err)
{
    *c = (struct store_cursor){ .stmt = store_sqlite_statement(NULL, sql, which,
                                                               err) };
    if (c->stmt == NULL)
        return -1;
    if (sqlite3_bind_parameter_count(c->stmt) > 0)
        sqlite3_bind_int64(c->stmt, 1, job);
    return store_cursor_next(c, err);
}

int
store_cursor_seek(struct store_cursor *c, long long job, struct err *err)
{
    while (c->row && sqlite3_column_int64(c->stmt, 0) < job)
        if (store_cursor_next(c, err) < 0)
            return -1;
    return c->row && sqlite3_column_int64(c->stmt, 0) == job;
}

void
store_cursor_close(struct store_cursor *c)
{
    sqlite3_finalize(c->stmt);
    *c = (struct store_cursor){ .row = false };
}
