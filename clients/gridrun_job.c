/* clients/gridrun_job.c - gridrun's commands on jobs that exist: -monitor,
 * -status, -kill, -release, -list. */
#include <stdlib.h>
#include <string.h>

#include "clients/gridrun.h"

/* So many activities a gatekeeper names. */
#define LIST_MAX 1000

/* Run WORK on the job that -j names, connected; its result is the exit status.
 */
static int
with_job(struct gridrun *g,
         int (*work)(struct gridrun *g, const struct job_ref *ref,
                     struct err *err))
{
    struct err err = ERR_INIT;
    struct job_ref ref = { 0 };
    int status = GRIDRUN_FAILED;

    if (gridrun_job(g, &ref, &err) == 0 && gridrun_open(g, ref.url, &err) == 0)
        status = work(g, &ref, &err);
    if (err.code != ERR_OK)
        client_complain("gridrun", &err);
    gridrun_close(g);
    job_ref_fini(&ref);
    return status;
}

static int
monitor(struct gridrun *g, const struct job_ref *ref, struct err *err)
{
    (void)err;
    return gridrun_watch(g, ref);
}

int
gridrun_monitor(struct gridrun *g)
{
    return with_job(g, monitor);
}

/* What -verbose adds: everything the site says of the job. */
static void
details(const struct bes_status *st)
{
    const struct {
        const char *name, *value;
    } rows[] = {
        { "Account", st->account },           { "Scheduler", st->scheduler },
        { "Scheduler id", st->scheduler_id }, { "Session", st->session_url },
        { "Stdout", st->stdout_url },         { "Stderr", st->stderr_url }
    };

    for (size_t i = 0; i < st->nsteps; i++)
        printf("  %s  %s\n", st->steps[i].time != NULL ? st->steps[i].time : "",
               st->steps[i].state != NULL ? st->steps[i].state : "");
    if (st->has_exit)
        printf("Exit code: %d\n", st->exit_code);
    if (st->signal > 0)
        printf("Ended by signal: %d\n", st->signal);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (rows[i].value != NULL)
            printf("%s: %s\n", rows[i].name, rows[i].value);
}

static int
status(struct gridrun *g, const struct job_ref *ref, struct err *err)
{
    struct bes_status st;
    const char *word;

    if (bes_get_status(&g->site, ref->handle, &st, err) < 0) {
        bes_status_fini(&st);
        err_wrap(err, "Error querying job state");
        return GRIDRUN_FAILED;
    }
    word = gridrun_state_word(st.state, st.bes_state);
    printf("Current job state: %s%s\n", word != NULL ? word : "Unsubmitted",
           st.holding ? "-Hold" : "");
    if (g->verbose)
        details(&st);
    if (word != NULL && strcmp(word, "Failed") == 0)
        fprintf(stderr, "gridrun: Job failed: %s\n",
                st.fault != NULL ? st.fault : "no reason given");
    bes_status_fini(&st);
    return 0;
}

int
gridrun_status(struct gridrun *g)
{
    return with_job(g, status);
}

/* Whether the job has ended, or is about to: there is nothing to cancel. */
static bool
is_over(struct gridrun *g, const struct job_ref *ref, char **word)
{
    struct bes_status st;
    bool over = bes_get_status(&g->site, ref->handle, &st, NULL) == 0 &&
                (bes_status_final(&st) ||
                 (st.state != NULL && strcmp(st.state, "CleanUp") == 0));

    if (over)
        *word = xstrdup(gridrun_state_word(st.state, st.bes_state));
    bes_status_fini(&st);
    return over;
}

int
gridrun_cancel(struct gridrun *g, const struct job_ref *ref, struct err *err)
{
    char *word = NULL;

    gridrun_say(g, "Canceling...");
    if (bes_terminate(&g->site, ref->handle, err) == 0) {
        gridrun_say(g, "Canceled.\n");
        return 0;
    }
    if (err->code == ERR_STATE && is_over(g, ref, &word)) {
        gridrun_say(g, "it is over already: %s.\n", word);
        free(word);
        *err = (struct err)ERR_INIT;
        return 0;
    }
    gridrun_say(g, "Failed.\n");
    return err_wrap(err, "Error canceling job");
}

static int
cancel(struct gridrun *g, const struct job_ref *ref, struct err *err)
{
    return gridrun_cancel(g, ref, err) == 0 ? 0 : GRIDRUN_FAILED;
}

int
gridrun_kill(struct gridrun *g)
{
    return with_job(g, cancel);
}

static int
release(struct gridrun *g, const struct job_ref *ref, struct err *err)
{
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
    return with_job(g, release);
}

/* One line: id, state, exit code, times, fault.  -1 when the site did not say.
 */
static int
list_one(struct gridrun *g, const char *address)
{
    struct err err = ERR_INIT;
    struct job_ref ref = { 0 };
    struct bes_status st = { 0 };
    const char *word;
    int rc = 0;

    if (job_ref_from_address(address, &ref, &err) < 0 ||
        bes_get_status(&g->site, ref.handle, &st, &err) < 0) {
        client_complain("gridrun", &err);
        rc = -1;
    } else {
        word = gridrun_state_word(st.state, st.bes_state);
        printf("%s  %-11s  ", ref.id, word != NULL ? word : "Unsubmitted");
        if (st.has_exit)
            printf("exit %-3d", st.exit_code);
        else
            printf("%-8s", "-");
        printf("  %s  %s\n",
               st.nsteps > 0 && st.steps[0].time != NULL ? st.steps[0].time
                                                         : "-",
               st.fault != NULL ? st.fault : "");
    }
    bes_status_fini(&st);
    job_ref_fini(&ref);
    return rc;
}

int
gridrun_list(struct gridrun *g)
{
    struct err err = ERR_INIT;
    int result = GRIDRUN_FAILED;
    char **addresses = NULL;

    g->url = gridrun_factory_url(g, &err);
    if (g->url != NULL && gridrun_open(g, g->url, &err) == 0 &&
        bes_list(&g->site, &addresses, &err) == 0) {
        size_t n = 0;

        result = 0;
        for (char **e = addresses; *e != NULL; e++, n++) {
            if (list_one(g, *e) < 0)
                result = GRIDRUN_FAILED;
            free(*e);
        }
        if (n >= LIST_MAX)
            fprintf(stderr,
                    "gridrun: a site names its newest %d jobs of yours: there "
                    "may be more\n",
                    LIST_MAX);
    }
    if (err.code != ERR_OK)
        client_complain("gridrun", &err);
    free(addresses);
    gridrun_close(g);
    free(g->url);
    return result;
}
