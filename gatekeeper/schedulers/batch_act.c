/* gatekeeper/schedulers/batch_act.c - what changes jobs that a batch system
 * has.
 *
 * What is there under a job's name is asked for before anything is done to it,
 * so that a restart, an id that was given away again or a second copy change
 * nothing. */
#include "gatekeeper/schedulers/batch.h"

#include <stdlib.h>
#include <string.h>

/* Of the text of a request, which has room for RUNNER_TEXT. */
#define IDS_MAX 80

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

/* ---- what is done to several jobs of one account ---- */

/* Ids of the system's, and whose they are: jobs[of[i]]. */
struct targets {
    const char *id[IDS_MAX];
    size_t of[IDS_MAX];
    size_t n;
};

/* Run ACT on the targets T of JOBS.  A refusal is that of all of them, in ERRS
 * unless NULL. */
static int
act_targets(struct batch *b, const struct sched_job *jobs,
            const struct batch_act *act, struct targets *t, struct err *errs,
            struct err *err)
{
    const char *args[IDS_MAX + 1];
    struct runner_output out;
    char text[160];
    size_t n = 0;
    int rc;

    if (t->n == 0)
        return 0;
    if (act->first != NULL)
        args[n++] = act->first;
    for (size_t i = 0; i < t->n; i++)
        args[n++] = t->id[i];
    rc = batch_ask_tool(b, jobs[t->of[0]].id, act->tool, args, n, NULL, &out,
                        err);
    if (rc > 0) {
        batch_ask_error(b, &out, text, sizeof(text));
        for (size_t i = 0; errs != NULL && i < t->n; i++)
            err_set(&errs[t->of[i]], ERR_TIMEOUT, "%s: %s", b->sys->title,
                    text);
        rc = errs != NULL
                 ? 0
                 : err_set(err, ERR_TIMEOUT, "%s: %s", b->sys->title, text);
    }
    runner_output_fini(&out);
    t->n = 0;
    return rc;
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

/* Run ACT on what is there under the names of N jobs of one account, as far as
 * WANTED. */
static int
act_named(struct batch *b, const struct sched_job *jobs, size_t n,
          bool (*wanted)(const struct batch_line *line),
          const struct batch_act *act, struct err *errs, struct err *err)
{
    struct targets t = { .n = 0 };
    struct batch_lines lines;
    int rc = b->sys->own(b, &jobs[0], n == 1 ? jobs[0].submit_name : NULL,
                         &lines, err);

    for (size_t i = 0; rc == 0 && i < n; i++) {
        size_t named;
        const struct batch_line *line =
            batch_lines_named(&lines, jobs[i].submit_name, &named);

        for (size_t k = 0; rc == 0 && k < named; k++) {
            if (!wanted(&line[k]))
                continue;
            t.of[t.n] = i;
            t.id[t.n++] = line[k].id;
            if (t.n == IDS_MAX)
                rc = act_targets(b, jobs, act, &t, errs, err);
        }
    }
    if (rc == 0)
        rc = act_targets(b, jobs, act, &t, errs, err);
    batch_lines_fini(&lines);
    return rc;
}

/* How many of N jobs, from the first on, are of one account. */
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
