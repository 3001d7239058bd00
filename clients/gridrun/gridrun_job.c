/* clients/gridrun/gridrun_job.c - gridrun's commands for existing jobs:
 * -monitor, -status, -kill, -release, -destroy, -renew. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clients/client_env.h"
#include "clients/gridrun/gridrun.h"
#include "clients/gridrun/job_events.h"
#include "clients/gridrun/job_request.h"

/* The number of jobs in one request. */
#define BATCH 100

/* Work on N jobs of one site, g->site; returns the exit status. */
typedef int work_fn(struct gridrun *g, const struct job_ref *refs, size_t n,
                    struct err *err);

/* How many of the N jobs REFS, from the first on, are at one site; at most
 * MOST. */
static size_t
batch_size(const struct job_ref *refs, size_t n, size_t most)
{
    size_t i = 1;

    while (i < n && i < most && strcmp(refs[i].url, refs[0].url) == 0)
        i++;
    return i;
}

/* Connect and run WORK on the user's jobs (at most MOST), up to BATCH of one
 * site at a time.  Returns the first exit status that is not 0. */
static int
with_jobs(struct gridrun *g, size_t most, size_t batch, work_fn *work)
{
    struct err err = ERR_INIT;
    struct gridrun_refs refs;
    int status = 0, one;
    size_t step;

    if (gridrun_refs_load(g, most, &refs, &err) < 0 ||
        gridrun_open(g, refs.of[0].url, &err) < 0)
        status = GRIDRUN_FAILED;
    for (size_t i = 0; i < refs.n && g->soap != NULL; i += step) {
        struct err own = ERR_INIT;

        step = batch_size(refs.of + i, refs.n - i, batch);
        g->site.url = refs.of[i].url;
        one = work(g, refs.of + i, step, &own);
        if (own.code != ERR_OK)
            client_complain("gridrun", &own);
        status = status != 0 ? status : one;
    }
    if (err.code != ERR_OK)
        client_complain("gridrun", &err);
    gridrun_close(g);
    gridrun_refs_fini(&refs);
    return status;
}

static int
monitor(struct gridrun *g, const struct job_ref *ref, size_t n, struct err *err)
{
    (void)n, (void)err;
    return gridrun_watch(g, ref);
}

int
gridrun_monitor(struct gridrun *g)
{
    return with_jobs(g, 1, 1, monitor);
}

/* Print the states that the job passed, for a site without events. */
static void
say_states(const struct bes_status *st)
{
    for (size_t i = 0; i < st->nsteps; i++)
        client_say(stdout, "  %s  %s\n",
                   st->steps[i].time != NULL ? st->steps[i].time : "",
                   st->steps[i].state != NULL ? st->steps[i].state : "");
}

static void
say_event(const struct job_event *e)
{
    char task[96] = "", attempt[32] = "";

    if (e->task >= 0 && e->attempt > 1)
        snprintf(attempt, sizeof(attempt), ", attempt %lld", e->attempt);
    if (e->task >= 0 && e->last_task > e->task)
        snprintf(task, sizeof(task), "tasks %lld-%lld%s: ", e->task,
                 e->last_task, attempt);
    else if (e->task >= 0)
        snprintf(task, sizeof(task), "task %lld%s: ", e->task, attempt);
    client_say(stdout, "  %s  %s%s%s%s: %s\n", e->time, task,
               e->from != NULL ? e->from : "", e->from != NULL ? " -> " : "",
               e->to, e->reason);
}

/* Print the job's events: time, old and new state, reason. */
static void
say_events(struct gridrun *g, const struct job_ref *ref,
           const struct bes_status *st)
{
    struct job_events events;
    long long since = 0;
    bool more = true;

    while (more &&
           job_events_get(g->soap, ref->handle, since, 0, &events, NULL) == 0) {
        for (size_t i = 0; i < events.n; i++)
            say_event(&events.of[i]);
        more = events.more && events.seq > since;
        since = events.seq;
        job_events_fini(&events);
    }
    if (since == 0)
        say_states(st);
}

/* Print what -verbose adds: all data of the status. */
static void
details(const struct bes_status *st)
{
    const struct {
        const char *name, *value;
    } rows[] = { { "Account", st->account },
                 { "Scheduler", st->scheduler },
                 { "Scheduler id", st->scheduler_id },
                 { "Session", st->session_url },
                 { "Stdout", st->stdout_url },
                 { "Stderr", st->stderr_url },
                 { "Delegation", st->delegation_id },
                 { "Tasks", st->tasks },
                 { "Waits", st->retry } };

    if (st->has_exit)
        printf("Exit code: %d\n", st->exit_code);
    if (st->signal > 0)
        printf("Ended by signal: %d\n", st->signal);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (rows[i].value != NULL)
            client_say(stdout, "%s: %s\n", rows[i].name, rows[i].value);
}

static int
status(struct gridrun *g, const struct job_ref *ref, size_t n, struct err *err)
{
    struct bes_status st;
    const char *word;

    (void)n;
    if (bes_get_status(&g->site, ref->handle, &st, err) < 0) {
        bes_status_fini(&st);
        err_wrap(err, "Error querying job state");
        return GRIDRUN_FAILED;
    }
    word = gridrun_state_word(st.state, st.bes_state);
    printf("Current job state: %s%s\n", word != NULL ? word : "Unsubmitted",
           st.holding ? "-Hold" : "");
    if (g->verbose) {
        say_events(g, ref, &st);
        details(&st);
    } else if (st.tasks != NULL) {
        client_say(stdout, "Tasks: %s\n", st.tasks);
    }
    if (g->hosts && gridrun_tasks_hosts(g, ref, err) < 0) {
        bes_status_fini(&st);
        return GRIDRUN_FAILED;
    }
    if (word != NULL && strcmp(word, "Failed") == 0)
        client_say(stderr, "gridrun: Job failed: %s\n",
                   st.fault != NULL ? st.fault : "no reason given");
    else if (st.fault != NULL)
        client_say(stderr, "gridrun: %s\n", st.fault);
    bes_status_fini(&st);
    return 0;
}

/* Print the status of N jobs, up to BATCH, one line each. */
static int
status_batch(struct gridrun *g, const struct job_ref *refs, size_t n,
             struct err *err)
{
    struct bes_result results[BATCH];
    const char *addresses[BATCH] = { NULL };
    int status = 0;

    for (size_t i = 0; i < n; i++)
        addresses[i] = refs[i].handle;
    if (bes_get_statuses(&g->site, addresses, n, results, err) < 0) {
        err_wrap(err, "Error querying job state");
        return GRIDRUN_FAILED;
    }
    for (size_t i = 0; i < n; i++) {
        if (results[i].err.code == ERR_OK)
            gridrun_state_row(refs[i].id, &results[i].st, NULL, NULL);
        else {
            client_complain("gridrun", &results[i].err);
            status = GRIDRUN_FAILED;
        }
        bes_status_fini(&results[i].st);
    }
    return status;
}

int
gridrun_status(struct gridrun *g)
{
    return g->njobs > 1 ? with_jobs(g, SIZE_MAX, BATCH, status_batch)
                        : with_jobs(g, 1, 1, status);
}

static int
cancel(struct gridrun *g, const struct job_ref *ref, size_t n, struct err *err)
{
    int rc = ref->tasks != NULL ? gridrun_tasks_cancel(g, ref, err)
                                : gridrun_cancel(g, ref, err);

    (void)n;
    return rc == 0 ? 0 : GRIDRUN_FAILED;
}

int
gridrun_kill(struct gridrun *g)
{
    g->some_tasks = true;
    return with_jobs(g, SIZE_MAX, 1, cancel);
}

static int
resubmit(struct gridrun *g, const struct job_ref *ref, size_t n,
         struct err *err)
{
    (void)n;
    return gridrun_tasks_resubmit(g, ref, err) == 0 ? 0 : GRIDRUN_FAILED;
}

int
gridrun_resubmit(struct gridrun *g)
{
    g->some_tasks = true;
    return with_jobs(g, SIZE_MAX, 1, resubmit);
}

static int
set_limits(struct gridrun *g, const struct job_ref *ref, size_t n,
           struct err *err)
{
    const char *equals = strchr(g->limits, '=');
    char *name;
    int rc;

    (void)n;
    if (equals == NULL) {
        err_set(err, ERR_USAGE, "-limits: '%s' is not of the form wall_time=2h",
                g->limits);
        return GRIDRUN_FAILED;
    }
    name = xasprintf("%.*s", (int)(equals - g->limits), g->limits);
    rc = job_request_limit(g->soap, ref->handle, name, equals + 1, err);
    free(name);
    if (rc < 0) {
        err_wrap(err, "Error changing limits");
        return GRIDRUN_FAILED;
    }
    gridrun_say(g, "Changed.\n");
    return 0;
}

int
gridrun_limits(struct gridrun *g)
{
    return with_jobs(g, SIZE_MAX, 1, set_limits);
}

static int
list_tasks(struct gridrun *g, const struct job_ref *ref, size_t n,
           struct err *err)
{
    (void)n;
    return gridrun_tasks_rows(g, ref, err) == 0 ? 0 : GRIDRUN_FAILED;
}

int
gridrun_list_tasks(struct gridrun *g)
{
    return with_jobs(g, SIZE_MAX, 1, list_tasks);
}

static int
release(struct gridrun *g, const struct job_ref *ref, size_t n, struct err *err)
{
    (void)n;
    if (bes_release(&g->site, ref->handle, err) < 0) {
        err_wrap(err, "Error releasing job");
        return GRIDRUN_FAILED;
    }
    gridrun_say(g, "Released.\n");
    return 0;
}

int
gridrun_release(struct gridrun *g)
{
    return with_jobs(g, SIZE_MAX, 1, release);
}

/* The site removes the job after its answer: wait until it is gone. */
static int
await_gone(struct gridrun *g, const struct job_ref *ref, struct err *err)
{
    struct timespec pause = { 0, 50000000 };
    struct err why = ERR_INIT;
    struct bes_status st;

    for (int tries = 0; tries < 200; tries++) {
        why = (struct err)ERR_INIT;
        if (bes_get_status(&g->site, ref->handle, &st, &why) == 0)
            bes_status_fini(&st);
        else if (why.code == ERR_NOT_FOUND)
            return 0;
        else
            return err_set(err, why.code, "%s", why.text);
        nanosleep(&pause, NULL);
    }
    return err_set(err, ERR_TIMEOUT,
                   "the site was told to remove job '%s' and has not done so "
                   "yet",
                   ref->id);
}

static int
destroy(struct gridrun *g, const struct job_ref *ref, size_t n, struct err *err)
{
    (void)n;
    gridrun_say(g, "Destroying job...");
    if (bes_destroy(&g->site, ref->handle, err) < 0 ||
        await_gone(g, ref, err) < 0) {
        gridrun_say(g, "Failed.\n");
        err_wrap(err, "Error destroying job");
        return GRIDRUN_FAILED;
    }
    gridrun_say(g, "Done.\n");
    return 0;
}

int
gridrun_destroy(struct gridrun *g)
{
    return with_jobs(g, SIZE_MAX, 1, destroy);
}

/* Renew the delegation that the job uses. */
static int
renew(struct gridrun *g, const struct job_ref *ref, size_t n, struct err *err)
{
    struct bes_status st;
    int rc;

    (void)n;
    rc = bes_get_status(&g->site, ref->handle, &st, err);
    if (rc == 0 && bes_status_final(&st))
        rc = err_set(err, ERR_STATE, "job '%s' is over: it needs no credential",
                     ref->id);
    else if (rc == 0 && st.delegation_id == NULL)
        rc = err_set(err, ERR_STATE,
                     "job '%s' has no delegated credential: submit with "
                     "-job-delegate",
                     ref->id);
    if (rc == 0) {
        gridrun_say(g, "Delegating user credentials...");
        rc = bes_renew(&g->site, g->env.cred, g->full_delegation, g->lifetime,
                       st.delegation_id, err);
        gridrun_say(g, rc == 0 ? "Done.\n" : "Failed.\n");
    }
    bes_status_fini(&st);
    if (rc == 0)
        return 0;
    err_wrap(err, "Error renewing the job's credential");
    return GRIDRUN_FAILED;
}

int
gridrun_renew(struct gridrun *g)
{
    return with_jobs(g, SIZE_MAX, 1, renew);
}
