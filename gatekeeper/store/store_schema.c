/* gatekeeper/store/store_schema.c - the schema of the SQLite store as a list of
 * migrations: each runs once (dbase_open()) and is never changed later. */
#include "gatekeeper/store/store_sqlite.h"

/* clang-format off */
/* The meaning of the numbers in schema 1. */
#define WORD_OF(column)                                                        \
    "CASE " column " WHEN 0 THEN 'New' WHEN 1 THEN 'StageIn'"                  \
    " WHEN 2 THEN 'Held' WHEN 3 THEN 'Ready' WHEN 4 THEN 'Submitting'"         \
    " WHEN 5 THEN 'Pending' WHEN 6 THEN 'Running' WHEN 7 THEN 'Suspended'"     \
    " WHEN 8 THEN 'StageOut' WHEN 9 THEN 'CleanUp' WHEN 10 THEN 'Done'"        \
    " WHEN 11 THEN 'Failed' WHEN 12 THEN 'Cancelled' ELSE " column " END"

/* Convert a column of numbers to one of words with the same name. */
#define TO_WORDS(table, column, constraint)                                    \
    "ALTER TABLE " table " ADD COLUMN word TEXT" constraint ";"                \
    "UPDATE " table " SET word = " WORD_OF(column)                             \
    " WHERE " column " IS NOT NULL;"                                           \
    "ALTER TABLE " table " DROP COLUMN " column ";"                            \
    "ALTER TABLE " table " RENAME COLUMN word TO " column ";"
#define REQUIRED " NOT NULL DEFAULT ''"
/* Store states as words, never as row numbers of life.def; records get a
 * version. */
#define STATES_ARE_WORDS                                                       \
    TO_WORDS("job", "state", REQUIRED)                                         \
    TO_WORDS("job", "outcome", REQUIRED)                                       \
    TO_WORDS("job", "failed_state", "")                                        \
    TO_WORDS("history", "state", REQUIRED)                                     \
    "UPDATE body SET record = json_set(record, '$.version', 1)"

/* The result columns that move from a job to its task. */
#define EXIT_COLUMNS                                                           \
    "exit_code, exit_signal, started_ms, ended_ms, user_ms, system_ms, maxrss"
#define DROP(column) "ALTER TABLE job DROP COLUMN " column ";"
/* Jobs get tasks: the intent to submit and the scheduler's data move to the
 * task.  Each existing job gets one task. */
#define JOBS_HAVE_TASKS                                                        \
    "CREATE TABLE task(job INTEGER NOT NULL REFERENCES job(n)"                 \
    " ON DELETE CASCADE, idx INTEGER NOT NULL, attempt INTEGER NOT NULL,"      \
    " state TEXT NOT NULL, epoch INTEGER, submit_name TEXT, sched_id TEXT,"    \
    " fault TEXT, exit_code INTEGER, exit_signal INTEGER, started_ms INTEGER," \
    " ended_ms INTEGER, user_ms INTEGER, system_ms INTEGER, maxrss INTEGER,"   \
    " PRIMARY KEY(job, idx)) WITHOUT ROWID;"                                   \
    "INSERT INTO task(job, idx, attempt, state, epoch, submit_name, sched_id," \
    " fault, " EXIT_COLUMNS ") SELECT n, 0, 1,"                                \
    " CASE WHEN job.state IN"                                                  \
    " ('Submitting', 'Pending', 'Running', 'Suspended')"                       \
    " THEN job.state ELSE outcome END, intent.epoch, job.submit_name,"         \
    " job.sched_id, fault, " EXIT_COLUMNS " FROM job"                          \
    " JOIN intent ON intent.job = n;"                                          \
    "DROP TABLE intent;"                                                       \
    DROP("submit_name") DROP("sched_id") DROP("exit_code")                     \
    DROP("exit_signal") DROP("started_ms") DROP("ended_ms") DROP("user_ms")    \
    DROP("system_ms") DROP("maxrss")                                           \
    "ALTER TABLE job ADD COLUMN tasks INTEGER NOT NULL DEFAULT 1"
/* Journal events of tasks, one row for neighbours with the same event.  Jobs
 * get the number of their events, and the number up to which events were
 * deleted.  Tasks get: cancelled alone, ended in doubt, hosts. */
#define TASKS_ARE_TOLD                                                         \
    "ALTER TABLE journal ADD COLUMN last_task INTEGER;"                        \
    "ALTER TABLE job ADD COLUMN events INTEGER NOT NULL DEFAULT 0;"            \
    "ALTER TABLE job ADD COLUMN cut INTEGER NOT NULL DEFAULT 0;"               \
    "UPDATE job SET events ="                                                  \
    " (SELECT COUNT(*) FROM journal WHERE journal.job = job.n);"               \
    "ALTER TABLE task ADD COLUMN cancel INTEGER NOT NULL DEFAULT 0;"           \
    "ALTER TABLE task ADD COLUMN doubt INTEGER NOT NULL DEFAULT 0;"            \
    "ALTER TABLE task ADD COLUMN hosts TEXT"

/* Instances get a lease, which ends at UNTIL_MS of the kernel's clock of BOOT.
 * Settings belong to one instance or to the database (''); existing ones go to
 * the one instance.  An index serves pages of an owner's jobs. */
#define INSTANCES_HAVE_LEASES                                                  \
    "ALTER TABLE instance ADD COLUMN lease_ms INTEGER NOT NULL DEFAULT 0;"     \
    "ALTER TABLE instance ADD COLUMN boot TEXT NOT NULL DEFAULT '';"           \
    "ALTER TABLE instance ADD COLUMN until_ms INTEGER NOT NULL DEFAULT 0;"     \
    "ALTER TABLE setting RENAME TO setting_of_all;"                            \
    "CREATE TABLE setting(instance TEXT NOT NULL, key TEXT NOT NULL,"          \
    " value TEXT, PRIMARY KEY(instance, key)) WITHOUT ROWID;"                  \
    "INSERT INTO setting SELECT name, key, value"                              \
    " FROM instance, setting_of_all WHERE key <> 'journal_cut';"               \
    "INSERT INTO setting SELECT '', key, value"                                \
    " FROM setting_of_all WHERE key = 'journal_cut';"                          \
    "DROP TABLE setting_of_all;"                                               \
    "CREATE INDEX job_owner ON job(owner)"
/* clang-format on */

const char *const store_schema[] = {
    "CREATE TABLE instance(name TEXT PRIMARY KEY, epoch INTEGER NOT NULL,"
    " joined_ms INTEGER NOT NULL);"
    "CREATE TABLE fence(epoch INTEGER PRIMARY KEY, name TEXT NOT NULL,"
    " t_ms INTEGER NOT NULL);"
    /* Rows are found by number: tables and indexes grow at the end, so a commit
     * writes few pages. */
    "CREATE TABLE job(n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,"
    " owner TEXT NOT NULL, client_key TEXT, epoch INTEGER NOT NULL,"
    " state INTEGER NOT NULL, outcome INTEGER NOT NULL,"
    " failed_state INTEGER, cancel INTEGER NOT NULL, want TEXT,"
    " account TEXT, session TEXT, home TEXT, scheduler TEXT NOT NULL,"
    " sched_id TEXT, submit_name TEXT, delegation_id TEXT, fault TEXT,"
    " exit_code INTEGER, exit_signal INTEGER, started_ms INTEGER,"
    " ended_ms INTEGER, user_ms INTEGER, system_ms INTEGER, maxrss INTEGER);"
    "CREATE UNIQUE INDEX job_key ON job(owner, client_key)"
    " WHERE client_key IS NOT NULL;"
    "CREATE TABLE body(n INTEGER PRIMARY KEY REFERENCES job(n)"
    " ON DELETE CASCADE, kind TEXT NOT NULL, record TEXT NOT NULL,"
    " document TEXT NOT NULL);"
    "CREATE TABLE history(job INTEGER NOT NULL REFERENCES job(n)"
    " ON DELETE CASCADE, t_ms INTEGER NOT NULL, event TEXT NOT NULL,"
    " state INTEGER NOT NULL);"
    "CREATE INDEX history_job ON history(job);"
    "CREATE TABLE intent(job INTEGER PRIMARY KEY REFERENCES job(n)"
    " ON DELETE CASCADE, submit_name TEXT NOT NULL, epoch INTEGER NOT NULL,"
    " t_ms INTEGER NOT NULL, sched_id TEXT);"
    "CREATE TABLE delegation(owner TEXT NOT NULL, id TEXT NOT NULL,"
    " request TEXT, credential TEXT, expires INTEGER NOT NULL,"
    " created INTEGER NOT NULL, PRIMARY KEY(owner, id)) WITHOUT ROWID;"
    "CREATE TABLE setting(key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID",
    STATES_ARE_WORDS,
    /* Delegations per owner, and '' for all: counting rows would read every
     * credential. */
    "CREATE TABLE delegation_count(owner TEXT PRIMARY KEY, n INTEGER NOT NULL)"
    " WITHOUT ROWID;"
    "INSERT INTO delegation_count SELECT owner, COUNT(*) FROM delegation"
    " GROUP BY owner;"
    "INSERT INTO delegation_count SELECT '', COUNT(*) FROM delegation;"
    "CREATE TRIGGER delegation_added AFTER INSERT ON delegation BEGIN"
    " INSERT INTO delegation_count VALUES(NEW.owner, 1), ('', 1)"
    " ON CONFLICT(owner) DO UPDATE SET n = n + 1; END;"
    "CREATE TRIGGER delegation_gone AFTER DELETE ON delegation BEGIN"
    " UPDATE delegation_count SET n = n - 1 WHERE owner IN (OLD.owner, '');"
    " DELETE FROM delegation_count WHERE n = 0 AND owner <> ''; END",
    /* Every event has a number that is never reused; the journal replaces the
     * history. */
    "CREATE TABLE journal(seq INTEGER PRIMARY KEY AUTOINCREMENT,"
    " job INTEGER NOT NULL REFERENCES job(n) ON DELETE CASCADE, task INTEGER,"
    " attempt INTEGER, from_state TEXT, to_state TEXT NOT NULL,"
    " event TEXT NOT NULL, t_ms INTEGER NOT NULL, reason TEXT);"
    "INSERT INTO journal(job, from_state, to_state, event, t_ms)"
    " SELECT job, LAG(state) OVER (PARTITION BY job ORDER BY rowid), state,"
    " event, t_ms FROM history ORDER BY rowid;"
    "DROP TABLE history;"
    "CREATE INDEX journal_job ON journal(job)",
    JOBS_HAVE_TASKS, TASKS_ARE_TOLD, INSTANCES_HAVE_LEASES
};

const size_t store_schema_steps =
    sizeof(store_schema) / sizeof(store_schema[0]);
