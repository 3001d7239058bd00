/* gatekeeper/schedulers/batch_submit.c - submits a job to a batch system, held.
 *
 * Only an id in the program's output counts as success.  After anything else
 * the list of jobs shows whether the job exists: the program may fail although
 * the system accepted the job, or the system may refuse it for good. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/testpoint.h"
#include "gatekeeper/schedulers/batch.h"

/* The program returned no valid id because of WHY: find out whether the job
 * exists nevertheless. */
static int
look(struct batch *b, const struct sched_job *job, const struct err *why,
     char sched_id[SCHED_ID_MAX], struct err *err)
{
    struct batch_lines lines;
    const struct batch_line *line;
    struct err unknown = ERR_INIT;
    size_t n;
    if (b->sys->own(b, job, job->submit_name, &lines, &unknown) < 0)
        return err_set(err,
                       unknown.code == ERR_UNREACHABLE ? ERR_UNREACHABLE
                                                       : ERR_TIMEOUT,
                       "%s", unknown.text);
    line = batch_lines_named(&lines, job->submit_name, &n);
    if (line != NULL)
        memcpy(sched_id, line->id, sizeof(line->id));
    batch_lines_fini(&lines);
    if (line == NULL)
        return err_set(err, why->code, "%s", why->text);
    log_event(LOG_WARNING, b->sys->event.odd, "job=%s id=%s why=%s", job->id,
              sched_id, why->text);
    return 0;
}

/* The program returned the id SCHED_ID: check that the job is listed if an id
 * alone is no proof. */
static int
believe(struct batch *b, const struct sched_job *job,
        char sched_id[SCHED_ID_MAX], struct err *err)
{
    struct err why = ERR_INIT;
    char id[SCHED_ID_MAX];

    if (!b->sys->keeps)
        return 0;
    memcpy(id, sched_id, sizeof(id));
    err_set(&why, ERR_TIMEOUT, "%s answered the id %s, which %s does not show",
            b->sys->submits, id, b->sys->title);
    return look(b, job, &why, sched_id, err);
}

/* Hand JOB over; it begins when AFTER is over, "": at once. */
static int
submit_one(struct batch *b, const struct sched_job *job, const char *after,
           char sched_id[SCHED_ID_MAX], struct err *err)
{
    struct batch_words w = { .n = 0 };
    struct buf input = BUF_INIT;
    struct err why = ERR_INIT;
    struct runner_output out;
    int rc;

    b->sys->words(b, job, &w);
    if (after[0] != '\0')
        b->sys->after(after, &w);
    buf_adds(&input, b->sys->script);
    rc = batch_ask_tool(b, job->id, w.tool, w.word, w.n, &input, &out, &why);
    test_point("batch.submit");
    if (rc == 0 &&
        batch_answer_id(b->sys->kind, buf_str(&out.out), sched_id) == 0) {
        rc = believe(b, job, sched_id, err);
    } else if (rc < 0 && why.code != ERR_LIMIT) {
        /* In doubt while the system does not answer: a retry looks first. */
        rc = err_set(err, why.code, "%s", why.text);
    } else {
        if (rc >= 0)
            batch_handover_failure(b, &out, &why);
        rc = look(b, job, &why, sched_id, err);
    }
    buf_fini(&input);
    runner_output_fini(&out);
    return rc;
}

/* ---- tasks as jobs of their own ---- */

/* Whether A and B are submit names of tasks of one job. */
static bool
same_job(const char *a, const char *b)
{
    size_t n = strcspn(a, "-");

    return n == strcspn(b, "-") && strncmp(a, b, n) == 0;
}

static int
by_id(const void *a, const void *b)
{
    const char *x = *(const char *const *)a, *y = *(const char *const *)b;
    size_t n = strlen(x), m = strlen(y);

    return n != m ? (n < m ? -1 : 1) : strcmp(x, y);
}

/* The latest tasks of TASK's job that are not over, LIMIT at most: each of
 * these many lanes begins behind one of them.  Returns how many, and their ids
 * in LANE. */
static int
find_lanes(struct batch *b, const struct sched_job *task, size_t limit,
           char (*lane)[SCHED_ID_MAX], struct err *err)
{
    struct batch_lines lines;
    const char **id;
    size_t n = 0, first;

    if (b->sys->own(b, task, NULL, &lines, err) < 0)
        return -1;
    id = xcalloc(lines.n + 1, sizeof(*id));
    for (size_t i = 0; i < lines.n; i++) {
        const struct batch_line *l = &lines.line[i];

        if (same_job(l->name, task->submit_name) &&
            strcmp(l->user, task->account) == 0 &&
            (l->state == NULL || !l->state->over))
            id[n++] = l->id;
    }
    if (n > 1)
        qsort(id, n, sizeof(*id), by_id);
    first = n > limit ? n - limit : 0;
    for (size_t i = first; i < n; i++)
        memcpy(lane[i - first], id[i], SCHED_ID_MAX);
    free(id);
    batch_lines_fini(&lines);
    return 0;
}

/* Hand N tasks of a job over, each as a job.  Where only so many may run at
 * once, they form as many lanes: in each one task begins when the one before it
 * is over. */
static int
submit_each(struct batch *b, const struct sched_job *tasks, size_t n,
            char (*sched_id)[SCHED_ID_MAX], struct err *errs, struct err *err)
{
    bool limited = tasks[0].limit > 0 && tasks[0].tasks > 1;
    size_t lanes = limited ? tasks[0].limit : 1;
    char(*lane)[SCHED_ID_MAX];
    int rc = 0;

    if (lanes > tasks[0].tasks)
        lanes = tasks[0].tasks;
    lane = xcalloc(lanes, sizeof(*lane));
    if (limited)
        rc = find_lanes(b, &tasks[0], lanes, lane, err);
    for (size_t i = 0; rc == 0 && i < n; i++) {
        size_t k = i % lanes;

        if (submit_one(b, &tasks[i], limited ? lane[k] : "", sched_id[i],
                       &errs[i]) < 0 &&
            limited) {
            /* Whether this lane goes on is not known. */
            for (size_t m = i + 1; m < n; m++)
                err_set(&errs[m], ERR_TIMEOUT,
                        "the task before this one is in doubt");
            break;
        }
        memcpy(lane[k], sched_id[i], SCHED_ID_MAX);
    }
    free(lane);
    return rc;
}

int
batch_submit(void *self, const struct sched_job *tasks, size_t n,
             char (*sched_id)[SCHED_ID_MAX], struct err *errs, struct err *err)
{
    struct batch *b = self;
    long long max = 0;

    if (tasks[0].tasks > 1 && b->sys->array != NULL &&
        batch_array_max(b, &max, err) < 0)
        return -1;
    if (max > 1)
        return batch_array_submit(b, tasks, n, max, sched_id, errs, err);
    if (batch_handover_prepare(b, &tasks[0], err) < 0)
        return -1;
    return submit_each(b, tasks, n, sched_id, errs, err);
}
