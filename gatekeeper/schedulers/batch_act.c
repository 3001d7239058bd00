/* gatekeeper/schedulers/batch_act.c - actions on jobs of a batch system.
 *
 * Each action first asks which jobs exist under the job's name, so that
 * restarts, reused ids and second copies do no harm. */
#include "gatekeeper/schedulers/batch.h"
#include "gatekeeper/schedulers/sched_record.h"

#include <stdlib.h>
#include <string.h>

int
batch_find(void *self, const struct sched_job *jobs, size_t n,
           struct sched_found **found, size_t *nfound, struct err *err)
{
    struct batch *b = self;
    struct batch_lines lines;
    size_t room = 0;

    *found = NULL;
    *nfound = 0;
    if (b->sys->own(b, &jobs[0], n == 1 ? jobs[0].submit_name : NULL, &lines,
                    err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        size_t named;
        const struct batch_line *line =
            batch_lines_named(&lines, jobs[i].submit_name, &named);

        for (size_t k = 0; k < named; k++) {
            if (*nfound == room) {
                room = room == 0 ? 16 : 2 * room;
                *found = xrealloc(*found, room, sizeof(**found));
            }
            (*found)[*nfound].of = i;
            batch_poll_line(b, &line[k], &(*found)[(*nfound)++].status);
        }
    }
    batch_lines_fini(&lines);
    return 0;
}

/* ---- actions on several jobs of one account ---- */

/* A line of a job that an action is for: jobs[of]. */
struct hit {
    const struct batch_line *line;
    size_t of;
};

/* Run ACT on the N jobs IDS, among them JOB. 0: success; 1: refused, WHY says
 * why; -1 with ERR. */
static int
run_act(struct batch *b, const struct sched_job *job,
        const struct batch_act *act, const char *const *ids, size_t n,
        struct err *why, struct err *err)
{
    const char *args[BATCH_IDS_MAX + 1];
    struct buf joined = BUF_INIT;
    struct runner_output out;
    char text[160];
    size_t m = 0;
    int rc;

    if (act->first != NULL)
        args[m++] = act->first;
    for (size_t i = 0; i < n && !act->joined; i++)
        args[m++] = ids[i];
    for (size_t i = 0; i < n && act->joined; i++)
        buf_addf(&joined, "%s%s", i > 0 ? "," : "", ids[i]);
    if (act->joined)
        args[m++] = buf_str(&joined);
    rc = batch_ask_tool(b, job->id, act->tool, args, m, NULL, &out, err);
    if (rc > 0) {
        batch_ask_error(b, &out, text, sizeof(text));
        err_set(why, ERR_TIMEOUT, "%s: %s", b->sys->title, text);
    }
    runner_output_fini(&out);
    buf_fini(&joined);
    return rc;
}

/* Report the refusal WHY for all N jobs with lines at HITS; in ERRS unless it
 * is NULL. */
static int
tell_refusal(const struct hit *hits, size_t n, const struct err *why,
             struct err *errs, struct err *err)
{
    if (errs == NULL)
        return err_set(err, why->code, "%s", why->text);
    for (size_t i = 0; i < n; i++)
        err_set(&errs[hits[i].of], why->code, "%s", why->text);
    return 0;
}

/* Run ACT on the N HITS, each by its own id. */
static int
act_each(struct batch *b, const struct sched_job *jobs,
         const struct batch_act *act, const struct hit *hits, size_t n,
         struct err *errs, struct err *err)
{
    const char *ids[BATCH_IDS_MAX];
    int rc = 0;

    for (size_t i = 0, m; i < n && rc >= 0; i += m) {
        struct err why = ERR_INIT;

        for (m = 0; m < BATCH_IDS_MAX && i + m < n; m++)
            ids[m] = hits[i + m].line->id;
        rc = run_act(b, &jobs[hits[i].of], act, ids, m, &why, err);
        if (rc > 0)
            rc = tell_refusal(&hits[i], m, &why, errs, err);
    }
    return rc < 0 ? -1 : 0;
}

/* How many of LINES are WANTED elements of ARRAY. */
static size_t
count_elements(const struct batch_lines *lines, const char *array,
               bool (*wanted)(const struct batch_line *line))
{
    size_t n = 0;

    for (size_t i = 0; i < lines->n; i++)
        n +=
            strcmp(lines->line[i].array, array) == 0 && wanted(&lines->line[i]);
    return n;
}

static int
by_array(const void *a, const void *b)
{
    const struct hit *x = a, *y = b;

    return strcmp(x->line->array, y->line->array);
}

static bool
wants_held(const struct batch_line *line)
{
    return line->held;
}

static bool
wants_live(const struct batch_line *line)
{
    return line->state == NULL || !line->state->over || line->ending;
}

static bool
wants_begun(const struct batch_line *line)
{
    return line->began && wants_live(line);
}

/* Run ACT on the N HITS, which are sorted.  If they are all the WANTED elements
 * of an array, use the array's id. */
static int
act_hits(struct batch *b, const struct sched_job *jobs,
         const struct batch_lines *lines,
         bool (*wanted)(const struct batch_line *line),
         const struct batch_act *act, const struct hit *hits, size_t n,
         struct err *errs, struct err *err)
{
    int rc = 0;

    for (size_t i = 0, m; i < n && rc == 0; i += m) {
        const char *array = hits[i].line->array;
        struct err why = ERR_INIT;

        for (m = 1; i + m < n && strcmp(hits[i + m].line->array, array) == 0;)
            m++;
        if (m == 1 || array[0] == '\0' ||
            count_elements(lines, array, wanted) != m) {
            rc = act_each(b, jobs, act, &hits[i], m, errs, err);
            continue;
        }
        rc = run_act(b, &jobs[hits[i].of], act, &array, 1, &why, err);
        if (rc > 0)
            rc = tell_refusal(&hits[i], m, &why, errs, err);
    }
    return rc;
}

/* Run ACT on the WANTED jobs that exist under the names of N jobs of one
 * account. */
static int
act_named(struct batch *b, const struct sched_job *jobs, size_t n,
          bool (*wanted)(const struct batch_line *line),
          const struct batch_act *act, struct err *errs, struct err *err)
{
    struct batch_lines lines;
    struct hit *hits;
    size_t m = 0;
    int rc = b->sys->own(b, &jobs[0], n == 1 ? jobs[0].submit_name : NULL,
                         &lines, err);

    hits = xcalloc(lines.n + 1, sizeof(*hits));
    for (size_t i = 0; rc == 0 && i < n; i++) {
        size_t named;
        const struct batch_line *line =
            batch_lines_named(&lines, jobs[i].submit_name, &named);

        for (size_t k = 0; k < named && m < lines.n; k++)
            if (wanted(&line[k]))
                hits[m++] = (struct hit){ .line = &line[k], .of = i };
    }
    if (m > 1)
        qsort(hits, m, sizeof(*hits), by_array);
    if (rc == 0)
        rc = act_hits(b, jobs, &lines, wanted, act, hits, m, errs, err);
    free(hits);
    batch_lines_fini(&lines);
    return rc;
}

/* How many of N jobs, from the first on, have the same account. */
static size_t
same_account(const struct sched_job *jobs, size_t n)
{
    size_t m = 1;

    while (m < n && strcmp(jobs[m].account, jobs[0].account) == 0)
        m++;
    return m;
}

int
batch_release(void *self, const struct sched_job *jobs, size_t n,
              struct err *errs, struct err *err)
{
    struct batch *b = self;

    for (size_t i = 0; i < n; i++)
        errs[i] = (struct err)ERR_INIT;
    for (size_t i = 0, m; i < n; i += m) {
        m = same_account(jobs + i, n - i);
        if (act_named(b, jobs + i, m, wants_held, &b->sys->release, errs + i,
                      err) < 0)
            return -1;
    }
    return 0;
}

int
batch_cancel(void *self, const struct sched_job *jobs, size_t n,
             struct err *err)
{
    struct batch *b = self;

    for (size_t i = 0, m; i < n; i += m) {
        m = same_account(jobs + i, n - i);
        if (act_named(b, jobs + i, m, wants_live, &b->sys->cancel, NULL, err) <
            0)
            return -1;
        if (jobs[i].force && b->sys->kill.tool != NULL &&
            act_named(b, jobs + i, m, wants_begun, &b->sys->kill, NULL, err) <
                0)
            return -1;
    }
    return 0;
}

int
batch_suspend(void *self, const struct sched_job *job, bool stop,
              struct err *err)
{
    struct batch *b = self;

    return act_named(b, job, 1, wants_live, stop ? &b->sys->stop : &b->sys->go,
                     NULL, err);
}

static bool
wants_waiting(const struct batch_line *line)
{
    return wants_live(line) && !line->began;
}

/* Where the system ends what runs at its old limit: whether that may stay.  -1
 * with ERR STATE: something runs, and is to have more time than it had. */
static int
check_fixed(struct batch *b, const struct sched_job *tasks, size_t n,
            bool longer, struct err *err)
{
    struct batch_lines lines;
    bool runs = false;
    int rc;

    if (!longer || !b->sys->fixes_limits)
        return 0;
    rc = b->sys->own(b, &tasks[0], n == 1 ? tasks[0].submit_name : NULL, &lines,
                     err);
    for (size_t i = 0; rc == 0 && i < n; i++) {
        size_t named;
        const struct batch_line *line =
            batch_lines_named(&lines, tasks[i].submit_name, &named);

        for (size_t k = 0; k < named; k++)
            runs = runs || wants_begun(&line[k]);
    }
    batch_lines_fini(&lines);
    if (runs)
        rc = err_set(err, ERR_STATE,
                     "%s ends a job that runs at the limit it began with: it "
                     "cannot have more time",
                     b->sys->title);
    return rc;
}

/* The system has the limits, or refused them: ERR. */
static int
tell_limits(struct batch *b, const struct sched_job *tasks, size_t n,
            const struct job *record, struct err *err)
{
    struct batch_act act = b->sys->limit;
    char text[BATCH_TEXT];
    struct err why = ERR_INIT;

    b->sys->limits(b, record, text);
    act.first = text;
    if (act_named(b, tasks, n,
                  b->sys->fixes_limits ? wants_waiting : wants_live, &act, NULL,
                  &why) == 0)
        return 0;
    return err_set(err, why.code == ERR_TIMEOUT ? ERR_STATE : why.code, "%s",
                   why.text);
}

int
batch_set_limits(void *self, const struct sched_job *tasks, size_t n,
                 const struct job *record, long long before, struct err *err)
{
    struct runner_task run = sched_record_run(&tasks[0]);
    bool longer = before > 0 && record->wall_time > before;
    struct batch *b = self;

    if (check_fixed(b, tasks, n, longer, err) < 0 ||
        tell_limits(b, tasks, n, record, err) < 0)
        return -1;
    return runner_limit(b->host.runner, &run, record->wall_time, err);
}
