/* gatekeeper/store/store_sqlite.h - internals of the SQLite store; only for
 * gatekeeper/store/. */
#ifndef GATEKEEPER_STORE_STORE_SQLITE_H
#define GATEKEEPER_STORE_STORE_SQLITE_H

#include <sqlite3.h>

#include "base/dbase.h"
#include "base/sys_proc.h"
#include "gatekeeper/store/store.h"

enum sql {
#define SQL(name, text) SQL_##name,
#include "gatekeeper/store/store_sql.def"
#undef SQL
    SQL_COUNT
};

/* The migrations for dbase_open() (store_schema.c). */
extern const char *const store_schema[];
extern const size_t store_schema_steps;

struct sqlite_store {
    struct dbase *db;
    char instance[STORE_NAME_MAX], boot[SYS_BOOT_ID];
    long long epoch, lease_ms;
    long long until_ms;            /* monotonic: end of our lease; atomic */
    sqlite3_stmt *stmt[SQL_COUNT]; /* of the writer thread */
};

/* Get a prepared statement, ready to bind.  The writer caches its statements; a
 * reader (S NULL) must finalize them.  NULL with ERR. */
sqlite3_stmt *store_sqlite_statement(struct sqlite_store *s, sqlite3 *sql,
                                     enum sql which, struct err *err);
/* Bind by SHAPE ('s' text, 'l' long long, 'i' int, 'n' int where negative is
 * null) and step a writer's statement.  Returns SQLITE_ROW with *stmt to read
 * (STMT may be NULL), SQLITE_DONE, or -1 with ERR. */
int store_sqlite_run(struct sqlite_store *s, sqlite3 *sql, enum sql which,
                     sqlite3_stmt **stmt, struct err *err, const char *shape,
                     ...);
/* Column I as a new string, which the caller frees; NULL for null. */
char *store_sqlite_column(sqlite3_stmt *stmt, int i);

/* Set ERR from SQL's last error; returns -1. */
int store_sqlite_fail(sqlite3 *sql, struct err *err);
/* Parse the state word in column I of job ID into *STATE; no change for null.
 * -1 with ERR STATE: this build has no such state. */
int store_sqlite_state(sqlite3_stmt *st, int i, const char *id,
                       enum life_state *state, struct err *err);

/* Bind the words of the final job states to the three parameters from AT on. */
void store_sqlite_bind_final(sqlite3_stmt *stmt, int at);

/* dbase_write_then() with fencing: -1 and nothing written, with ERR STATE if
 * another process has since joined as the same instance, or ERR LEASE if the
 * lease has expired.  THEN may be NULL. */
int store_epoch_write(struct sqlite_store *s, dbase_fn *fn, dbase_then_fn *then,
                      void *arg, struct err *err);

/* Write EVENT of job number JOB; sets the event's number: store_journal.c. */
int store_journal_add(struct sqlite_store *s, sqlite3 *sql, long long job,
                      struct store_event *event, struct err *err);

/* Job number JOB has EVENTS events: delete all but the newest KEEP and the last
 * event of each of its own states.  KEEP 0: keep all. */
int store_journal_prune(struct sqlite_store *s, sqlite3 *sql, long long job,
                        long long events, long long keep, struct err *err);

/* Write the N changed TASKS of job number JOB (store_task.c). */
int store_task_write(struct sqlite_store *s, sqlite3 *sql, long long job,
                     const struct store_task *tasks, size_t n, struct err *err);
/* Reads rows of many jobs in the order of the job numbers in column 0, so one
 * query serves all jobs. */
struct store_cursor {
    sqlite3_stmt *stmt;
    bool row; /* it is at a row */
};
/* Go to the first row of WHICH; JOB is the parameter of queries for one job.
 * -1 with ERR. */
int store_cursor_open(struct store_cursor *c, sqlite3 *sql, enum sql which,
                      long long job, struct err *err);
/* Skip the rows of jobs before JOB. 1: the cursor is at a row of JOB; 0: JOB
 * has no more rows.  -1 with ERR. */
int store_cursor_seek(struct store_cursor *c, long long job, struct err *err);
/* Go to the next row.  -1 with ERR. */
int store_cursor_next(struct store_cursor *c, struct err *err);
/* Close the cursor, even if it was never opened. */
void store_cursor_close(struct store_cursor *c);

/* Read the tasks of job number N that have a row into J; C is a reader's
 * SQL_TASKS or SQL_TASKS_OF.  -1 with ERR: STATE, a state that this build does
 * not know; or IO. */
int store_task_read(struct store_cursor *c, long long n, struct store_job *j,
                    struct err *err);

/* Members of the table in store.h. store_epoch.c: */
int store_epoch_join(void *self, const struct store_member *who,
                     struct err *err);
bool store_epoch_held(void *self);
int store_epoch_fenced(void *self, struct err *err);
/* store_lease.c: */
int store_lease_heartbeat(void *self, long long *last, store_kept_fn *kept,
                          void *arg, struct err *err);
int store_lease_leave(void *self, struct err *err);
int store_lease_claim(void *self, size_t max, struct store_claim *claim,
                      struct err *err);
int store_lease_instances(void *self, struct store_instance **list, size_t *n,
                          struct err *err);
/* store_list.c: */
int store_list_page(void *self, const struct store_filter *f,
                    struct store_page *page, struct err *err);
/* store_journal.c: */
int store_journal_events(void *self, const struct store_query *q,
                         struct store_events *out, struct err *err);
/* store_care.c, */
int store_care_check(void *self, struct buf *out, struct err *err);
int store_care_backup(void *self, const char *path, struct err *err);
/* store_small.c: */
int store_small_put_delegation(void *self, const struct store_delegation *d,
                               const struct store_limit *max, struct err *err);
int store_small_get_delegation(void *self, const char *owner, const char *id,
                               struct store_delegation *d, struct err *err);
int store_small_drop_delegation(void *self, const char *owner, const char *id,
                                struct err *err);
int store_small_expire(void *self, long long t, long long *n, struct err *err);
int store_small_get_setting(void *self, const char *key, char **value,
                            struct err *err);
int store_small_set_setting(void *self, const char *key, const char *value,
                            struct err *err);

#endif
