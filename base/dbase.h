/* base/dbase.h - SQLite for daemons: WAL, synchronous=FULL, one writer thread
 * that commits all waiting writes as one group, a few shared readers. */
#ifndef BASE_DBASE_H
#define BASE_DBASE_H

#include <stddef.h>

#include "base/err.h"

struct sqlite3;
struct dbase;

/* One unit of writing or reading.  Returns 0, or -1 with ERR; a failed write is
 * rolled back alone (savepoint) and the rest of the group continues. */
typedef int dbase_fn(struct sqlite3 *sql, void *arg, struct err *err);

/* Open PATH (created with 0600 if absent) and upgrade it through the N schema
 * steps.  Each step is a script that runs once; user_version counts them. -1
 * with ERR: IO, NOSPACE, CONFIG (its schema is newer). */
int dbase_open(struct dbase **d, const char *path, const char *const schema[],
               size_t n, struct err *err);
/* Finish all queued writes, checkpoint and close; NULL is allowed. */
void dbase_close(struct dbase *d);

/* For FN: set ERR from SQL's last error and WHAT, the failed action; -1.
 * Codes: NOSPACE, EXISTS (a constraint), NOMEM, LIMIT, else IO. */
int dbase_fail(struct sqlite3 *sql, const char *what, struct err *err);
/* For FN: run a script that yields no rows. */
int dbase_exec(struct sqlite3 *sql, const char *text, struct err *err);

/* Run FN on the writer thread; return after its COMMIT is on disk (fsync).
 * Concurrent calls share the commit. -1 with ERR from FN, or IO / NOSPACE when
 * the commit failed; then nothing of FN is kept. */
int dbase_write(struct dbase *d, dbase_fn *fn, void *arg, struct err *err);
/* Called after a write.  It must be quick and must not use the database. */
typedef void dbase_then_fn(void *arg);
/* Like dbase_write(); after the commit the writer thread calls THEN(ARG), in
 * the order of the writes and before any later write begins.  So THEN publishes
 * in the order of the database. */
int dbase_write_then(struct dbase *d, dbase_fn *fn, dbase_then_fn *then,
                     void *arg, struct err *err);
/* Run FN on the calling thread with a reader's connection.  FN sees one
 * snapshot, which includes every write that has returned. */
int dbase_read(struct dbase *d, dbase_fn *fn, void *arg, struct err *err);

struct dbase_stats {
    unsigned long writes, commits, failures;
};
/* Counters since open. */
void dbase_stats(struct dbase *d, struct dbase_stats *out);

#endif
