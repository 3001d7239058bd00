/* gatekeeper/store/store_sqlite.c - the store for the gatekeepers of one host:
 * SQLite through the single writer of base/dbase.h, prepared statements
 * only. */
#include <stdlib.h>
#include <string.h>

#include "gatekeeper/store/store_sqlite.h"

/* ---- open and close ---- */

static void sqlite_close(void *self);

static int
sqlite_open(const char *where, void **self, struct err *err)
{
    struct sqlite_store *s = xcalloc(1, sizeof(*s));

    if (dbase_open(&s->db, where, store_schema, store_schema_steps, err) < 0) {
        sqlite_close(s);
        return -1;
    }
    *self = s;
    return 0;
}

/* On the writer thread: finalize the statements before the connection
 * closes. */
static int
finalize_all(sqlite3 *sql, void *arg, struct err *err)
{
    struct sqlite_store *s = arg;

    (void)sql;
    (void)err;
    for (int i = 0; i < SQL_COUNT; i++) {
        sqlite3_finalize(s->stmt[i]);
        s->stmt[i] = NULL;
    }
    return 0;
}

static void
sqlite_close(void *self)
{
    struct sqlite_store *s = self;

    if (s == NULL)
        return;
    if (s->db != NULL)
        dbase_write(s->db, finalize_all, s, NULL);
    dbase_close(s->db);
    free(s);
}

/* ---- jobs ---- */

struct add {
    struct sqlite_store *s;
    struct store_job *job;
    enum store_added how;
    store_kept_fn *kept;
    void *kept_arg;
};

/* Find the job that the owner submitted under the same key before. */
static int
find_key(sqlite3 *sql, struct add *a, struct err *err)
{
    sqlite3_stmt *stmt;
    int rc;

    if (a->job->key == NULL)
        return 0;
    rc = store_sqlite_run(a->s, sql, SQL_FIND_KEY, &stmt, err, "ss",
                          a->job->owner, a->job->key);
    if (rc < 0)
        return -1;
    if (rc == SQLITE_ROW) {
        memcpy(a->job->id, sqlite3_column_text(stmt, 0), UUID_TEXT - 1);
        free(a->job->record);
        a->job->record = store_sqlite_column(stmt, 1);
        a->how = STORE_KNOWN;
    }
    sqlite3_reset(stmt);
    return 0;
}

static int
add_write(sqlite3 *sql, void *arg, struct err *err)
{
    struct add *a = arg;
    const struct store_job *j = a->job;
    struct store_event event = { .task = -1,
                                 .attempt = -1,
                                 .from = -1,
                                 .to = j->state,
                                 .event = LIFE_EV_ACCEPT };
    long long n;

    a->how = STORE_ADDED;
    if (find_key(sql, a, err) < 0)
        return -1;
    if (a->how == STORE_KNOWN)
        return 0;
    if (store_sqlite_run(a->s, sql, SQL_ADD, NULL, err, "ssslsssssl", j->id,
                         j->owner, j->key, a->s->epoch,
                         life_state_word(j->state), life_state_word(j->outcome),
                         j->want, j->scheduler, j->delegation_id,
                         (long long)j->tasks) < 0)
        return -1;
    n = sqlite3_last_insert_rowid(sql);
    if (store_sqlite_run(a->s, sql, SQL_ADD_BODY, NULL, err, "lsss", n, j->kind,
                         j->record, j->document) < 0)
        return -1;
    event.t_ms = j->entered_ms[j->state];
    if (store_journal_add(a->s, sql, n, &event, err) < 0)
        return -1;
    a->job->seq = event.seq;
    return 0;
}

static void
add_kept(void *arg)
{
    const struct add *a = arg;

    if (a->how == STORE_ADDED && a->kept != NULL)
        a->kept(a->kept_arg);
}

static int
sqlite_add(void *self, struct store_job *job, enum store_added *how,
           store_kept_fn *kept, void *arg, struct err *err)
{
    struct add a = { .s = self, .job = job, .kept = kept, .kept_arg = arg };

    job->epoch = a.s->epoch;
    if (store_epoch_write(a.s, add_write, add_kept, &a, err) < 0)
        return -1;
    *how = a.how;
    return 0;
}

struct find {
    const char *owner, *key;
    char *id, *record;
};

static int
find_read(sqlite3 *sql, void *arg, struct err *err)
{
    struct find *f = arg;
    sqlite3_stmt *st = store_sqlite_statement(NULL, sql, SQL_FIND_KEY, err);
    int rc;

    if (st == NULL)
        return -1;
    sqlite3_bind_text(st, 1, f->owner, -1, SQLITE_STATIC);
    sqlite3_bind_text(st, 2, f->key, -1, SQLITE_STATIC);
    rc = sqlite3_step(st);
    if (rc == SQLITE_ROW) {
        memcpy(f->id, sqlite3_column_text(st, 0), UUID_TEXT - 1);
        f->record = store_sqlite_column(st, 1);
        rc = 0;
    } else if (rc == SQLITE_DONE) {
        rc = err_set(err, ERR_NOT_FOUND, "no job under the key '%s'", f->key);
    } else {
        rc = store_sqlite_fail(sql, err);
    }
    sqlite3_finalize(st);
    return rc;
}

static int
sqlite_find(void *self, const char *owner, const char *key, char id[UUID_TEXT],
            char **record, struct err *err)
{
    struct sqlite_store *s = self;
    struct find f = { .owner = owner, .key = key, .id = id };

    memset(id, 0, UUID_TEXT);
    if (dbase_read(s->db, find_read, &f, err) < 0)
        return -1;
    *record = f.record;
    return 0;
}

/* The number of job ID if it is ours; 0: fenced, -1 with ERR. */
static long long
number_of(struct sqlite_store *s, sqlite3 *sql, const char *id, struct err *err)
{
    sqlite3_stmt *stmt;
    long long n = 0;
    int rc =
        store_sqlite_run(s, sql, SQL_NUMBER, &stmt, err, "sl", id, s->epoch);

    if (rc < 0)
        return -1;
    if (rc == SQLITE_ROW)
        n = sqlite3_column_int64(stmt, 0);
    sqlite3_reset(stmt);
    return n;
}

/* The word of STATE; NULL if STATE is negative. */
static const char *
word_or_null(int state)
{
    return state < 0 ? NULL : life_state_word((enum life_state)state);
}

/* Update the job's own row; *events is then the number of its events. */
static int
change_job(struct sqlite_store *s, sqlite3 *sql, long long n,
           const struct store_change *c, long long *events, struct err *err)
{
    const char *word =
        c->nsteps == 0 ? NULL : life_state_word(c->step[c->nsteps - 1].to);
    sqlite3_stmt *stmt;
    int rc = store_sqlite_run(s, sql, SQL_CHANGE, &stmt, err, "lsssssssil", n,
                              word, c->account, c->session, c->home, c->fault,
                              word_or_null(c->outcome),
                              word_or_null(c->failed_state), (int)c->cancel,
                              (long long)(c->nsteps + c->ntold));

    if (rc < 0)
        return -1;
    if (rc == SQLITE_ROW)
        *events = sqlite3_column_int64(stmt, 0);
    sqlite3_reset(stmt);
    return 0;
}

static int
change_one(struct sqlite_store *s, sqlite3 *sql, struct store_change *c,
           struct err *err)
{
    long long n = number_of(s, sql, c->id, err), events = 0;
    struct store_event *e;

    c->fenced = n == 0;
    if (n <= 0)
        return (int)n;
    if (c->reopen && store_sqlite_run(s, sql, SQL_REOPEN, NULL, err, "ls", n,
                                      life_state_word(LIFE_DONE)) < 0)
        return -1;
    if (c->record != NULL &&
        store_sqlite_run(s, sql, SQL_RECORD, NULL, err, "ls", n, c->record) < 0)
        return -1;
    if (change_job(s, sql, n, c, &events, err) < 0)
        return -1;
    for (size_t i = 0; (e = store_change_event(c, i)) != NULL; i++)
        if (store_journal_add(s, sql, n, e, err) < 0)
            return -1;
    if (store_journal_prune(s, sql, n, events, c->keep, err) < 0)
        return -1;
    return store_task_write(s, sql, n, c->task, c->ntasks, err);
}

struct changes {
    struct sqlite_store *s;
    struct store_change *change;
    size_t n;
    store_kept_fn *kept;
    void *kept_arg;
};

static int
change_write(sqlite3 *sql, void *arg, struct err *err)
{
    struct changes *c = arg;

    for (size_t i = 0; i < c->n; i++)
        if (change_one(c->s, sql, &c->change[i], err) < 0)
            return -1;
    return 0;
}

static void
change_kept(void *arg)
{
    const struct changes *c = arg;

    if (c->kept != NULL)
        c->kept(c->kept_arg);
}

static int
sqlite_change(void *self, struct store_change *changes, size_t n,
              store_kept_fn *kept, void *arg, struct err *err)
{
    struct changes c = {
        .s = self, .change = changes, .n = n, .kept = kept, .kept_arg = arg
    };

    return store_epoch_write(c.s, change_write, change_kept, &c, err);
}

/* Read one row of LOAD or EACH. */
static int
read_job(sqlite3_stmt *st, struct store_job *j, struct err *err)
{
    memset(j, 0, sizeof(*j));
    memcpy(j->id, sqlite3_column_text(st, 0), UUID_TEXT - 1);
    if (store_sqlite_state(st, 3, j->id, &j->state, err) < 0 ||
        store_sqlite_state(st, 4, j->id, &j->outcome, err) < 0 ||
        store_sqlite_state(st, 5, j->id, &j->failed_state, err) < 0)
        return -1;
    j->owner = store_sqlite_column(st, 1);
    j->key = store_sqlite_column(st, 2);
    j->cancel = sqlite3_column_int(st, 6) != 0;
    j->epoch = sqlite3_column_int64(st, 7);
    j->kind = store_sqlite_column(st, 8);
    j->want = store_sqlite_column(st, 9);
    j->account = store_sqlite_column(st, 10);
    j->session = store_sqlite_column(st, 11);
    j->home = store_sqlite_column(st, 12);
    j->scheduler = store_sqlite_column(st, 13);
    j->delegation_id = store_sqlite_column(st, 14);
    j->fault = store_sqlite_column(st, 15);
    j->tasks = (uint32_t)sqlite3_column_int64(st, 16);
    j->record = store_sqlite_column(st, 17);
    j->document = store_sqlite_column(st, 18);
    j->instance = store_sqlite_column(st, 20);
    return 0;
}

/* Read when job J, of number N, last entered each state. */
static int
read_times(struct store_cursor *c, long long n, struct store_job *j,
           struct err *err)
{
    int more;

    while ((more = store_cursor_seek(c, n, err)) > 0) {
        enum life_state state;

        if (store_sqlite_state(c->stmt, 1, j->id, &state, err) < 0)
            return -1;
        if (j->entered_ms[state] < sqlite3_column_int64(c->stmt, 2))
            j->entered_ms[state] = sqlite3_column_int64(c->stmt, 2);
        if (store_cursor_next(c, err) < 0)
            return -1;
    }
    return more;
}

struct read {
    struct sqlite_store *s;
    const char *id;
    struct store_job *job;
    int (*each)(struct store_job *job, void *arg);
    void *arg;
    bool stopped; /* EACH returned -1 */
};

/* Read the job in the row of ST with its times and tasks. */
static int
read_whole(sqlite3_stmt *st, struct store_cursor *times,
           struct store_cursor *tasks, struct store_job *job, struct err *err)
{
    long long n = sqlite3_column_int64(st, 19);

    if (read_job(st, job, err) == 0 && read_times(times, n, job, err) == 0 &&
        store_task_read(tasks, n, job, err) == 0)
        return 0;
    store_job_fini(job);
    return -1;
}

/* On a reader: load one job. */
static int
load_read(sqlite3 *sql, void *arg, struct err *err)
{
    struct read *r = arg;
    sqlite3_stmt *st = store_sqlite_statement(NULL, sql, SQL_LOAD, err);
    struct store_cursor times = { NULL, false }, tasks = { NULL, false };
    int rc = -1, step;

    if (st == NULL)
        return -1;
    sqlite3_bind_text(st, 1, r->id, -1, SQLITE_STATIC);
    step = sqlite3_step(st);
    if (step == SQLITE_ROW) {
        long long n = sqlite3_column_int64(st, 19);

        if (store_cursor_open(&times, sql, SQL_TIMES_OF, n, err) == 0 &&
            store_cursor_open(&tasks, sql, SQL_TASKS_OF, n, err) == 0)
            rc = read_whole(st, &times, &tasks, r->job, err);
    } else if (step == SQLITE_DONE) {
        err_set(err, ERR_NOT_FOUND, "no job '%s'", r->id);
    } else {
        store_sqlite_fail(sql, err);
    }
    sqlite3_finalize(st);
    store_cursor_close(&times);
    store_cursor_close(&tasks);
    return rc;
}

/* On a reader: load all jobs with three queries. */
static int
each_read(sqlite3 *sql, void *arg, struct err *err)
{
    struct read *r = arg;
    sqlite3_stmt *st = store_sqlite_statement(NULL, sql, SQL_EACH, err);
    struct store_cursor times = { NULL, false }, tasks = { NULL, false };
    int rc = -1, step = SQLITE_DONE;

    if (st != NULL && store_cursor_open(&times, sql, SQL_TIMES, 0, err) == 0 &&
        store_cursor_open(&tasks, sql, SQL_TASKS, 0, err) == 0) {
        sqlite3_bind_int64(st, 1, r->s->epoch);
        store_sqlite_bind_final(st, 2);
        rc = 0;
    }
    while (rc == 0 && (step = sqlite3_step(st)) == SQLITE_ROW) {
        struct store_job job;

        rc = read_whole(st, &times, &tasks, &job, err);
        if (rc == 0 && r->each(&job, r->arg) < 0)
            r->stopped = true;
        if (rc == 0)
            store_job_fini(&job);
        if (r->stopped)
            break;
    }
    if (rc == 0 && step != SQLITE_ROW && step != SQLITE_DONE)
        rc = store_sqlite_fail(sql, err);
    sqlite3_finalize(st);
    store_cursor_close(&times);
    store_cursor_close(&tasks);
    return rc;
}

static int
sqlite_load(void *self, const char *id, struct store_job *job, struct err *err)
{
    struct read r = { .s = self, .id = id, .job = job };
    struct err why = ERR_INIT;

    memset(job, 0, sizeof(*job));
    if (dbase_read(r.s->db, load_read, &r, &why) == 0)
        return 0;
    return err_set(err, why.code, "%s", why.text);
}

static int
sqlite_each(void *self, int (*each)(struct store_job *job, void *arg),
            void *arg, struct err *err)
{
    struct read r = { .s = self, .each = each, .arg = arg };
    struct err why = ERR_INIT;

    if (dbase_read(r.s->db, each_read, &r, &why) == 0)
        return 0;
    return err_set(err, why.code, "%s", why.text);
}

struct removal {
    struct sqlite_store *s;
    const char *const *ids;
    size_t n;
};

static int
remove_write(sqlite3 *sql, void *arg, struct err *err)
{
    struct removal *r = arg;

    for (size_t i = 0; i < r->n; i++)
        if (store_sqlite_run(r->s, sql, SQL_REMOVE, NULL, err, "sl", r->ids[i],
                             r->s->epoch) < 0)
            return -1;
    return 0;
}

static int
sqlite_remove(void *self, const char *const *ids, size_t n, struct err *err)
{
    struct removal r = { .s = self, .ids = ids, .n = n };

    return store_epoch_write(r.s, remove_write, NULL, &r, err);
}

const struct store store_sqlite = {
    .name = "sqlite",
    .open = sqlite_open,
    .close = sqlite_close,
    .join = store_epoch_join,
    .heartbeat = store_lease_heartbeat,
    .held = store_epoch_held,
    .fenced = store_epoch_fenced,
    .leave = store_lease_leave,
    .claim = store_lease_claim,
    .instances = store_lease_instances,
    .add = sqlite_add,
    .find = sqlite_find,
    .change = sqlite_change,
    .events = store_journal_events,
    .load = sqlite_load,
    .list = store_list_page,
    .each = sqlite_each,
    .remove = sqlite_remove,
    .put_delegation = store_small_put_delegation,
    .get_delegation = store_small_get_delegation,
    .drop_delegation = store_small_drop_delegation,
    .expire_delegations = store_small_expire,
    .check = store_care_check,
    .backup = store_care_backup,
    .get_setting = store_small_get_setting,
    .set_setting = store_small_set_setting,
};
