/* gatekeeper/store/store_care.c - checks and copies the SQLite store while it
 * is in use; see store_sqlite.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gatekeeper/store/store_sqlite.h"

static int
check_read(sqlite3 *sql, void *arg, struct err *err)
{
    struct buf *out = arg;
    sqlite3_stmt *st;
    int step;

    if (sqlite3_prepare_v2(sql, "PRAGMA integrity_check(20)", -1, &st, NULL) !=
        SQLITE_OK)
        return store_sqlite_fail(sql, err);
    while ((step = sqlite3_step(st)) == SQLITE_ROW)
        buf_addf(out, "%s\n", (const char *)sqlite3_column_text(st, 0));
    sqlite3_finalize(st);
    return step == SQLITE_DONE ? 0 : store_sqlite_fail(sql, err);
}

int
store_care_check(void *self, struct buf *out, struct err *err)
{
    struct sqlite_store *s = self;

    return dbase_read(s->db, check_read, out, err);
}

/* Copy all of SQL into the empty database TO. */
static int
copy(sqlite3 *sql, sqlite3 *to, struct err *err)
{
    sqlite3_backup *b = sqlite3_backup_init(to, "main", sql, "main");
    int rc;

    if (b == NULL)
        return dbase_fail(to, "begin the backup", err);
    rc = sqlite3_backup_step(b, -1);
    sqlite3_backup_finish(b);
    return rc == SQLITE_DONE ? 0 : dbase_fail(to, "write the backup", err);
}

/* A consistent snapshot, as every dbase_read() is. */
static int
backup_read(sqlite3 *sql, void *arg, struct err *err)
{
    const char *path = arg;
    sqlite3 *to;
    int rc;

    if (sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK) {
        sqlite3_close(to);
        return err_set(err, ERR_IO, "cannot open '%s'", path);
    }
    rc = copy(sql, to, err);
    sqlite3_close(to);
    return rc;
}

int
store_care_backup(void *self, const char *path, struct err *err)
{
    struct sqlite_store *s = self;
    char *name = xstrdup(path);
    /* It holds private keys. */
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600), rc;

    if (fd < 0) {
        rc = err_set(err, errno == EEXIST ? ERR_EXISTS : ERR_IO,
                     "cannot make '%s': %s", path, strerror(errno));
    } else {
        rc = dbase_read(s->db, backup_read, name, err);
        if (rc == 0 && fsync(fd) < 0)
            rc = err_set(err, ERR_IO, "cannot write '%s' to the disk: %s", path,
                         strerror(errno));
        if (rc < 0)
            unlink(path);
        close(fd);
    }
    free(name);
    return rc;
}
