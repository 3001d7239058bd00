/* gatekeeper/schedulers/slurm.c - Slurm, by its own commands (22.05 and later):
 * the table, and what changes jobs that are there.
 *
 * Nothing is remembered: what is at Slurm under a job's name is asked for
 * before anything is done to it, so that a restart, an id that was given away
 * again or a second copy change nothing. */
#include "gatekeeper/schedulers/slurm.h"

#include <stdlib.h>
#include <string.h>

/* Of the text of a request, which has room for RUNNER_TEXT. */
#define IDS_MAX 80

static int
slurm_find(void *self, const struct sched_job *job, struct sched_status *found,
           int max, struct err *err)
{
    struct slurm_lines lines;
    const struct slurm_line *first;
    size_t n;
    int m = 0;

    if (slurm_ask_own(self, job, job->submit_name, &lines, err) < 0)
        return -1;
    first = slurm_text_named(&lines, job->submit_name, &n);
    for (size_t i = 0; i < n && m < max; i++)
        slurm_poll_line(&first[i], &found[m++]);
    slurm_text_lines_fini(&lines);
    return m;
}

/* ---- what is done to several jobs of one account ---- */

/* Ids of Slurm's, and whose they are: jobs[of[i]]. */
struct targets {
    const char *id[IDS_MAX];
    size_t of[IDS_MAX];
    size_t n;
};

/* Run TOOL on the targets T of JOBS, with FIRST before their ids unless NULL.
 * A refusal is that of all of them, in ERRS unless NULL. */
static int
act(struct slurm *s, const struct sched_job *jobs, const char *tool,
    const char *first, struct targets *t, struct err *errs, struct err *err)
{
    const char *args[IDS_MAX + 1];
    struct runner_output out;
    char text[160];
    size_t n = 0;
    int rc;

    if (t->n == 0)
        return 0;
    if (first != NULL)
        args[n++] = first;
    for (size_t i = 0; i < t->n; i++)
        args[n++] = t->id[i];
    rc = slurm_ask_tool(s, jobs[t->of[0]].id, tool, args, n, NULL, &out, err);
    if (rc > 0) {
        slurm_text_error(out.diag.len > 0 ? buf_str(&out.diag)
                                          : buf_str(&out.out),
                         text, sizeof(text));
        for (size_t i = 0; errs != NULL && i < t->n; i++)
            err_set(&errs[t->of[i]], ERR_TIMEOUT, "Slurm: %s", text);
        rc = errs != NULL ? 0 : err_set(err, ERR_TIMEOUT, "Slurm: %s", text);
    }
    runner_output_fini(&out);
    t->n = 0;
    return rc;
}

static bool
wants_held(const struct slurm_line *line)
{
    return slurm_text_held(line);
}

static bool
wants_live(const struct slurm_line *line)
{
    return line->state == NULL || !line->state->over ||
           strcmp(line->word, "COMPLETING") == 0;
}

static bool
wants_begun(const struct slurm_line *line)
{
    return line->began && wants_live(line);
}

/* Run TOOL on what is at Slurm under the names of N jobs of one account, as far
 * as WANTED. */
static int
act_named(struct slurm *s, const struct sched_job *jobs, size_t n,
          bool (*wanted)(const struct slurm_line *line), const char *tool,
          const char *first, struct err *errs, struct err *err)
{
    struct targets t = { .n = 0 };
    struct slurm_lines lines;
    int rc = slurm_ask_own(s, &jobs[0], n == 1 ? jobs[0].submit_name : NULL,
                           &lines, err);

    for (size_t i = 0; rc == 0 && i < n; i++) {
        size_t named;
        const struct slurm_line *line =
            slurm_text_named(&lines, jobs[i].submit_name, &named);

        for (size_t k = 0; rc == 0 && k < named; k++) {
            if (!wanted(&line[k]))
                continue;
            t.of[t.n] = i;
            t.id[t.n++] = line[k].id;
            if (t.n == IDS_MAX)
                rc = act(s, jobs, tool, first, &t, errs, err);
        }
    }
    if (rc == 0)
        rc = act(s, jobs, tool, first, &t, errs, err);
    slurm_text_lines_fini(&lines);
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

static int
slurm_release(void *self, const struct sched_job *jobs, size_t n,
              struct err *errs, struct err *err)
{
    for (size_t i = 0; i < n; i++)
        errs[i] = (struct err)ERR_INIT;
    for (size_t i = 0, m; i < n; i += m) {
        m = same_account(jobs + i, n - i);
        if (act_named(self, jobs + i, m, wants_held, "slurm-release", NULL,
                      errs + i, err) < 0)
            return -1;
    }
    return 0;
}

static int
slurm_cancel(void *self, const struct sched_job *jobs, size_t n,
             struct err *err)
{
    for (size_t i = 0, m; i < n; i += m) {
        m = same_account(jobs + i, n - i);
        if (act_named(self, jobs + i, m, wants_live, "slurm-cancel", NULL, NULL,
                      err) < 0)
            return -1;
        if (jobs[i].force && act_named(self, jobs + i, m, wants_begun,
                                       "slurm-signal", "KILL", NULL, err) < 0)
            return -1;
    }
    return 0;
}

/* Slurm's own suspend needs rights that a job's user has not.  SIGSTOP to all
 * of the job's processes on all of its nodes is what Slurm calls STOPPED. */
static int
slurm_suspend(void *self, const struct sched_job *job, bool stop,
              struct err *err)
{
    return act_named(self, job, 1, wants_live, "slurm-signal",
                     stop ? "STOP" : "CONT", NULL, err);
}

const struct scheduler scheduler_slurm = {
    .name = "slurm",
    .poll_ms = 1000,
    .open = slurm_open,
    .close = slurm_close,
    .check = slurm_site_check,
    .submit = slurm_submit,
    .find = slurm_find,
    .release = slurm_release,
    .poll = slurm_poll,
    .cancel = slurm_cancel,
    .suspend = slurm_suspend,
    .forget = slurm_poll_forget,
    .describe = slurm_site_describe,
    .verify = slurm_site_verify,
};
