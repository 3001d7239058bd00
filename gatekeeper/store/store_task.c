/* gatekeeper/store/store_task.c - the SQLite store's tasks; see store_sqlite.h.
 */
#include <string.h>

#include "gatekeeper/store/store_sqlite.h"

static int
write_one(struct sqlite_store *s, sqlite3 *sql, long long job,
          const struct store_task *t, struct err *err)
{
    const struct store_exit *x = &t->exit;

    if (store_sqlite_run(s, sql, SQL_TASK, NULL, err, "lllsslss", job,
                         (long long)t->index, (long long)t->attempt,
                         task_state_word(t->state), t->submit_name, s->epoch,
                         t->sched_id, t->fault) < 0)
        return -1;
    if (!x->set)
        return 0;
    return store_sqlite_run(s, sql, SQL_TASK_EXIT, NULL, err, "lliillllll", job,
                            (long long)t->index, x->code, x->signal,
                            x->started_ms, x->ended_ms, x->user_ms,
                            x->system_ms, x->maxrss, (long long)t->attempt) < 0
               ? -1
               : 0;
}

int
store_task_write(struct sqlite_store *s, sqlite3 *sql, long long job,
                 const struct store_task *tasks, size_t n, struct err *err)
{
    for (size_t i = 0; i < n; i++)
        if (write_one(s, sql, job, &tasks[i], err) < 0)
            return -1;
    return 0;
}

static int
read_one(sqlite3_stmt *stmt, const struct store_job *j, struct store_task *t,
         struct err *err)
{
    const char *word = (const char *)sqlite3_column_text(stmt, 2);
    int state = task_state_parse(word);
    long long index = sqlite3_column_int64(stmt, 0);

    if (state < 0)
        return err_set(err, ERR_STATE,
                       "store: job %s: task %lld: state '%.40s' is not known "
                       "to this program",
                       j->id, index, word);
    if (index < 0 || index >= j->tasks)
        return err_set(err, ERR_STATE,
                       "store: job %s has %u tasks, and a row of task %lld",
                       j->id, j->tasks, index);
    *t = (struct store_task){
        .index = (uint32_t)index,
        .attempt = (unsigned)sqlite3_column_int64(stmt, 1),
        .state = (enum task_state)state,
        .submit_name = store_sqlite_column(stmt, 3),
        .sched_id = store_sqlite_column(stmt, 4),
        .fault = store_sqlite_column(stmt, 5),
        .exit = { .set = sqlite3_column_type(stmt, 6) != SQLITE_NULL,
                  .code = sqlite3_column_int(stmt, 6),
                  .signal = sqlite3_column_int(stmt, 7),
                  .started_ms = sqlite3_column_int64(stmt, 8),
                  .ended_ms = sqlite3_column_int64(stmt, 9),
                  .user_ms = sqlite3_column_int64(stmt, 10),
                  .system_ms = sqlite3_column_int64(stmt, 11),
                  .maxrss = sqlite3_column_int64(stmt, 12) }
    };
    return 0;
}

int
store_task_read(sqlite3_stmt *stmt, long long n, struct store_job *j,
                struct err *err)
{
    size_t room = 0;
    int rc = 0, step = SQLITE_DONE;

    sqlite3_reset(stmt);
    sqlite3_bind_int64(stmt, 1, n);
    while (rc == 0 && (step = sqlite3_step(stmt)) == SQLITE_ROW) {
        if (j->ntask == room) {
            room = room == 0 ? 1 : room * 2;
            j->task = xrealloc(j->task, room, sizeof(*j->task));
        }
        rc = read_one(stmt, j, &j->task[j->ntask], err);
        if (rc == 0)
            j->ntask++;
    }
    if (rc == 0 && step != SQLITE_DONE)
        rc =
            dbase_fail(sqlite3_db_handle(stmt), "read the tasks of a job", err);
    sqlite3_reset(stmt);
    return rc;
}
