/* clients/gridrun/gridrun_tasks.c - gridrun's commands for tasks of a job:
 * list, hosts, cancel, resubmit. */
#include <stdio.h>
#include <string.h>

#include "clients/gridrun/gridrun.h"
#include "clients/gridrun/job_tasks.h"

/* Call SHOW for each task of the job REF. */
static int
each_task(struct gridrun *g, const struct job_ref *ref,
          void (*show)(const struct job_task *t), struct err *err)
{
    struct job_tasks page = { .more = true };
    long long from = 0;

    while (page.more) {
        if (job_tasks_get(g->soap, ref->handle, from, &page, err) < 0)
            return -1;
        for (size_t i = 0; i < page.n; i++)
            show(&page.of[i]);
        from = page.n > 0 ? page.of[page.n - 1].task + 1 : from;
        page.more = page.more && page.n > 0;
        if (page.more) {
            job_tasks_fini(&page);
            page.more = true;
        }
    }
    job_tasks_fini(&page);
    return 0;
}

static void
show_row(const struct job_task *t)
{
    const char *word = gridrun_state_word(t->state, NULL);
    char end[32] = "-";

    if (strcmp(t->state, "Cancelled") == 0)
        word = t->state;
    if (t->signal > 0)
        snprintf(end, sizeof(end), "signal %lld", t->signal);
    else if (t->exit >= 0)
        snprintf(end, sizeof(end), "exit %lld", t->exit);
    client_say(
        stdout, "%5lld  %-11s  attempt %-2lld  %-9s  %s  %s%s%s%s%s\n", t->task,
        word != NULL ? word : "Unsubmitted", t->attempt, end,
        t->started != NULL ? t->started : "-",
        t->hosts != NULL ? t->hosts : "-", t->parameters != NULL ? "  " : "",
        t->parameters != NULL ? t->parameters : "",
        t->fault != NULL ? "  # " : "", t->fault != NULL ? t->fault : "");
}

static void
show_hosts(const struct job_task *t)
{
    if (t->hosts != NULL)
        client_say(stdout, "Task %lld, attempt %lld: %s\n", t->task, t->attempt,
                   t->hosts);
}

int
gridrun_tasks_rows(struct gridrun *g, const struct job_ref *ref,
                   struct err *err)
{
    return each_task(g, ref, show_row, err);
}

int
gridrun_tasks_hosts(struct gridrun *g, const struct job_ref *ref,
                    struct err *err)
{
    return each_task(g, ref, show_hosts, err);
}

int
gridrun_tasks_cancel(struct gridrun *g, const struct job_ref *ref,
                     struct err *err)
{
    long long n;

    gridrun_say(g, "Canceling tasks %s...", ref->tasks);
    if (job_tasks_do(g->soap, ref->handle, "cancel", ref->tasks, &n, err) < 0) {
        gridrun_say(g, "Failed.\n");
        return err_wrap(err, "Error canceling tasks");
    }
    gridrun_say(g, "%lld.\n", n);
    return 0;
}

int
gridrun_tasks_resubmit(struct gridrun *g, const struct job_ref *ref,
                       struct err *err)
{
    const char *which = g->failed ? "failed" : ref->tasks;
    long long n;

    if (which == NULL || (g->failed && ref->tasks != NULL))
        return err_set(err, ERR_USAGE,
                       "-resubmit: which tasks of '%s'?  -failed, or "
                       "'JOB[1,5-9]'",
                       ref->id);
    gridrun_say(g, "Resubmitting tasks %s...", which);
    if (job_tasks_do(g->soap, ref->handle, "resubmit", which, &n, err) < 0) {
        gridrun_say(g, "Failed.\n");
        return err_wrap(err, "Error resubmitting tasks");
    }
    gridrun_say(g, "%lld.\n", n);
    return 0;
}
