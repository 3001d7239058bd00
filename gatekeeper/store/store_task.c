/* gatekeeper/store/store_task.c - the SQLite store's tasks; see store_sqlite.h.
 */
#include <string.h>

#include "gatekeeper/store/store_sqlite.h"

static int
write_one(struct sqlite_store *s, sqlite3 *sql, long long job,
          const struct store_task *t, struct err *err)
{
    const struct store_exit *x = &t->exit;

    if (t->fresh &&
        store_sqlite_run(s, sql, SQL_TASK_AGAIN, NULL, err, "lll", job,
                         (long long)t->index, (long long)t->attempt) < 0)
        return -1;
    if (store_sqlite_run(s, sql, SQL_TASK, NULL, err, "lllsslsssii", job,
                         (long long)t->index, (long long)t->attempt,
                         task_state_word(t->state), t->submit_name, s->epoch,
                         t->sched_id, t->fault, t->hosts, (int)t->cancel,
                         (int)t->doubt) < 0)
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
    const char *word = (const char *)sqlite3_column_text(stmt, 3);
    int state = task_state_parse(word);
    long long index = sqlite3_column_int64(stmt, 1);

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
        .attempt = (unsigned)sqlite3_column_int64(stmt, 2),
        .state = (enum task_state)state,
        .submit_name = store_sqlite_column(stmt, 4),
        .sched_id = store_sqlite_column(stmt, 5),
        .fault = store_sqlite_column(stmt, 6),
        .hosts = store_sqlite_column(stmt, 14),
        .cancel = sqlite3_column_int(stmt, 15) != 0,
        .doubt = sqlite3_column_int(stmt, 16) != 0,
        .exit = { .set = sqlite3_column_type(stmt, 7) != SQLITE_NULL,
                  .code = sqlite3_column_int(stmt, 7),
                  .signal = sqlite3_column_int(stmt, 8),
                  .started_ms = sqlite3_column_int64(stmt, 9),
                  .ended_ms = sqlite3_column_int64(stmt, 10),
                  .user_ms = sqlite3_column_int64(stmt, 11),
                  .system_ms = sqlite3_column_int64(stmt, 12),
                  .maxrss = sqlite3_column_int64(stmt, 13) }
    };
    return 0;
}

int
store_task_read(struct store_cursor *c, long long n, struct store_job *j,
                struct err *err)
{
    size_t room = 0;
    int more;

    while ((more = store_cursor_seek(c, n, err)) > 0) {
        if (j->ntask == room) {
            room = room == 0 ? 1 : room * 2;
            j->task = xrealloc(j->task, room, sizeof(*j->task));
        }
        if (read_one(c->stmt, j, &j->task[j->ntask], err) < 0)
            return -1;
        j->ntask++;
        if (store_cursor_next(c, err) < 0)
            return -1;
    }
    return more;
}
