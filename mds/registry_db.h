/* mds/registry_db.h - registrations on disk: one table, one row an entry. */
#ifndef MDS_REGISTRY_DB_H
#define MDS_REGISTRY_DB_H

#include "base/codec.h"
#include "base/dbase.h"
#include "base/err.h"

/* A row; strings are the struct's own. */
struct registry_row {
    char id[UUID_TEXT];
    char *owner, *member, *member_params, *config, *data;
    long long expires_ms;
};

/* Free the strings. */
void registry_row_fini(struct registry_row *row);

/* Open the file.  -1 with ERR. */
int registry_db_open(const char *path, struct dbase **db, struct err *err);
/* Hand every row to TAKE, which owns it then; -1 of it ends the walk. */
int registry_db_load(struct dbase *db,
                     int (*take)(struct registry_row *row, void *arg,
                                 struct err *err),
                     void *arg, struct err *err);
/* Insert or replace; on disk when this returns. */
int registry_db_put(struct dbase *db, const struct registry_row *row,
                    struct err *err);
/* Change the end of ID alone. */
int registry_db_set_expiry(struct dbase *db, const char *id,
                           long long expires_ms, struct err *err);
/* Delete ID, or, when ID is NULL, all that ended before NOW_MS. */
int registry_db_delete(struct dbase *db, const char *id, long long now_ms,
                       struct err *err);

#endif
