/* base/dbase_fail.c - translate SQLite errors; see dbase.h. */
#include <sqlite3.h>

#include "base/dbase.h"

static enum err_code
sqlite_code(int rc)
{
    switch (rc & 0xFF) {
    case SQLITE_FULL:
        return ERR_NOSPACE;
    case SQLITE_NOMEM:
        return ERR_NOMEM;
    case SQLITE_CONSTRAINT:
        return ERR_EXISTS;
    case SQLITE_TOOBIG:
        return ERR_LIMIT;
    default:
        return ERR_IO;
    }
}

int
dbase_fail(sqlite3 *sql, const char *what, struct err *err)
{
    int rc = sql != NULL ? sqlite3_extended_errcode(sql) : SQLITE_NOMEM;

    return err_set(err, sqlite_code(rc), "%s: %s (SQLite %d)", what,
                   sql != NULL ? sqlite3_errmsg(sql) : "out of memory", rc);
}
