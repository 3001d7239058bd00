/* mds/entries_db.h - registrations on disk: one table, one row an entry. */
#ifndef MDS_ENTRIES_DB_H
#define MDS_ENTRIES_DB_H

#include "base/codec.h"
#include "base/dbase.h"
#include "base/err.h"

/* A row; strings are the struct's own. */
struct entries_row {
    char id[UUID_TEXT];
    char *owner, *member, *member_params, *config, *data;
    long long expires_ms;
};

/* Free the strings. */
void entries_row_fini(struct entries_row *row);

/* Open the file.  -1 with ERR. */
int entries_db_open(const char *path, struct dbase **db, struct err *err);
/* Hand every row to TAKE, which owns it then; -1 of it ends the walk. */
int entries_db_load(struct dbase *db,
                    int (*take)(struct entries_row *row, void *arg,
                                struct err *err),
                    void *arg, struct err *err);
/* Insert or replace; on disk when this returns. */
int entries_db_put(struct dbase *db, const struct entries_row *row,
                   struct err *err);
/* Change the end of ID alone. */
int entries_db_set_expiry(struct dbase *db, const char *id,
                          long long expires_ms, struct err *err);
/* Delete ID, or, when ID is NULL, all that ended before NOW_MS. */
int entries_db_delete(struct dbase *db, const char *id, long long now_ms,
                      struct err *err);

#endif
