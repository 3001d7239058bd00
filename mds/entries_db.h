/* mds/entries_db.h - registrations on disk: one row an entry, and a small one
 * for its end, which is what changes most. */
#ifndef MDS_ENTRIES_DB_H
#define MDS_ENTRIES_DB_H

#include "base/codec.h"
#include "base/dbase.h"
#include "base/err.h"

/* A row; the strings are borrowed. */
struct entries_row {
    char id[UUID_TEXT];
    const char *owner, *member, *member_params, *config, *data;
    long long expires_ms;
};

/* Open the file.  -1 with ERR. */
int entries_db_open(const char *path, struct dbase **db, struct err *err);
/* Show every row to TAKE; -1 of it ends the walk. */
int entries_db_load(struct dbase *db,
                    int (*take)(const struct entries_row *row, void *arg,
                                struct err *err),
                    void *arg, struct err *err);

/* What a dbase_fn does; each sees what those before it in the same transaction
 * did.  -1 with ERR: IO, NOSPACE. */

/* The id of what has not ended at NOW_MS and registers the same as ROW: owner,
 * member, its parameters, config.  1, or 0: there is none. */
int entries_db_same(struct sqlite3 *sql, const struct entries_row *row,
                    long long now_ms, char id[UUID_TEXT], struct err *err);
/* Insert or replace ROW. */
int entries_db_put(struct sqlite3 *sql, const struct entries_row *row,
                   struct err *err);
/* A new end for what has ID and has not ended at NOW_MS.  1, or 0: there is
 * none. */
int entries_db_renew(struct sqlite3 *sql, const char *id, long long expires_ms,
                     long long now_ms, struct err *err);
/* Delete what has ID and has not ended at NOW_MS.  1, or 0: there is none. */
int entries_db_delete(struct sqlite3 *sql, const char *id, long long now_ms,
                      struct err *err);
/* Delete all that has ended at NOW_MS; each id goes to ENDED. */
int entries_db_delete_ended(struct sqlite3 *sql, long long now_ms,
                            void (*ended)(const char *id, void *arg), void *arg,
                            struct err *err);

#endif
