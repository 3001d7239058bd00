/* base/dbase.h - SQLite for daemons: WAL, synchronous=FULL, one writer thread
 * that commits whatever is waiting as one group, a few shared readers. */
#ifndef BASE_DBASE_H
#define BASE_DBASE_H

#include <stddef.h>

#include "base/err.h"

struct sqlite3;
struct dbase;

/* One unit of writing or reading.  Returns 0, or -1 with ERR; a failed write
 * is rolled back alone (savepoint), the group goes on. */
typedef int dbase_fn(struct sqlite3 *sql, void *arg, struct err *err);

/* Open PATH (made 0600 if absent) and bring it to the last of the N schema
 * steps, each a script run once, counted in user_version.
 * -1 with ERR: IO, NOSPACE, CONFIG (its schema is newer). */
int dbase_open(struct dbase **d, const char *path, const char *const schema[],
               size_t n, struct err *err);
/* Finish what was queued, checkpoint, close; NULL ok. */
void dbase_close(struct dbase *d);

/* For FN: -1 with ERR made of SQL's last error - NOSPACE, EXISTS (a
 * constraint), NOMEM, LIMIT, else IO - and WHAT was being done. */
int dbase_fail(struct sqlite3 *sql, const char *what, struct err *err);
/* For FN: run a script that yields no rows. */
int dbase_exec(struct sqlite3 *sql, const char *text, struct err *err);

/* Run FN on the writer thread and return after its COMMIT is on disk (fsync).
 * Whatever other threads ask meanwhile shares the commit.  -1 with ERR: what FN
 * said, or IO / NOSPACE when the commit failed: nothing of it is kept then. */
int dbase_write(struct dbase *d, dbase_fn *fn, void *arg, struct err *err);
/* What follows a write: quick, and asks nothing of the database. */
typedef void dbase_then_fn(void *arg);
/* As dbase_write(), and when all of it is on disk, THEN is called with ARG on
 * the writer thread: in the order of the writes, before any later write is
 * begun and before this returns.  So what THEN publishes is in the order of the
 * database. */
int dbase_write_then(struct dbase *d, dbase_fn *fn, dbase_then_fn *then,
                     void *arg, struct err *err);
/* Run FN on the calling thread over a reader's connection; all it reads is of
 * one moment, and it sees every write that has returned. */
int dbase_read(struct dbase *d, dbase_fn *fn, void *arg, struct err *err);

struct dbase_stats {
    unsigned long writes, commits, failures;
};
/* Counters since open. */
void dbase_stats(struct dbase *d, struct dbase_stats *out);

#endif
