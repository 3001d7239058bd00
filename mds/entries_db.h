/* mds/entries_db.h - registrations on disk: one row per entry, and a small row
 * for its expiry, which changes most often. */
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
/* Call TAKE for every row; its -1 ends the loop. */
int entries_db_load(struct dbase *db,
                    int (*take)(const struct entries_row *row, void *arg,
                                struct err *err),
                    void *arg, struct err *err);

/* Bodies of dbase_fns; each sees the changes of earlier ones in the same
 * transaction.  -1 with ERR: IO, NOSPACE. */

/* Find the live entry with the same owner, member, parameters and config as
 * ROW; NOW_MS is the time. 1, or 0: there is none. */
int entries_db_same(struct sqlite3 *sql, const struct entries_row *row,
                    long long now_ms, char id[UUID_TEXT], struct err *err);
/* Insert or replace ROW. */
int entries_db_put(struct sqlite3 *sql, const struct entries_row *row,
                   struct err *err);
/* Set the expiry of entry ID unless it had expired at NOW_MS. 1, or 0: there is
 * no such live entry. */
int entries_db_renew(struct sqlite3 *sql, const char *id, long long expires_ms,
                     long long now_ms, struct err *err);
/* Delete entry ID unless it had expired at NOW_MS. 1, or 0: there is no such
 * live entry. */
int entries_db_delete(struct sqlite3 *sql, const char *id, long long now_ms,
                      struct err *err);
/* Delete all entries that had expired at NOW_MS; call ENDED with each id. */
int entries_db_delete_ended(struct sqlite3 *sql, long long now_ms,
                            void (*ended)(const char *id, void *arg), void *arg,
                            struct err *err);

#endif
