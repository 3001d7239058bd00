/* clients/gridrun/gridrun_wait.c - gridrun -wait: waits until many jobs are
 * over, with one request for many of them. */
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clients/gridrun/gridrun_interrupt.h"
#include "clients/gridrun/gridrun_news.h"

#define BATCH         100 /* jobs in one request */
#define POLL_FIRST_MS 100
#define POLL_LAST_MS  2000
#define ERRORS_MAX    20 /* failed rounds in a row before giving up */

static volatile sig_atomic_t stopped;

static void
on_stop(int sig)
{
    (void)sig;
    stopped = 1;
    gridrun_interrupt();
}

struct wait {
    struct gridrun *g;
    struct gridrun_refs refs;
    bool *over;               /* of each job */
    int *status;              /* exit status of each job */
    size_t nover;             /* number of jobs that are over */
    int errors;               /* failed rounds in a row */
    struct gridrun_news news; /* of the last job that is not over */
};

/* Job I is over, or its end can never be known. */
static void
end_one(struct wait *w, size_t i, int status)
{
    w->over[i] = true;
    w->status[i] = status;
    w->nover++;
}

/* Take the site's result for job I. */
static void
take_result(struct wait *w, size_t i, const struct bes_result *r)
{
    char who[64];

    snprintf(who, sizeof(who), "%s: ", w->refs.of[i].id);
    if (r->err.code != ERR_OK) {
        client_complain("gridrun", &r->err);
        end_one(w, i, GRIDRUN_FAILED);
    } else if (bes_status_final(&r->st)) {
        gridrun_state_row(w->refs.of[i].id, &r->st, NULL, NULL);
        fflush(stdout);
        end_one(w, i, gridrun_final_status(&r->st, who));
    }
}

/* Ask for the jobs from FIRST on that are at one site and not over, at most
 * BATCH; *next is the first job not asked for.  -1 with ERR. */
static int
ask_batch(struct wait *w, size_t first, size_t *next, struct err *err)
{
    struct bes_result results[BATCH];
    const char *addresses[BATCH] = { NULL }, *url = NULL;
    size_t which[BATCH], n = 0, i;

    for (i = first; i < w->refs.n && n < BATCH; i++) {
        const struct job_ref *ref = &w->refs.of[i];

        if (w->over[i])
            continue;
        if (url != NULL && strcmp(ref->url, url) != 0)
            break;
        url = ref->url;
        which[n] = i;
        addresses[n++] = ref->handle;
    }
    *next = i;
    if (n == 0)
        return 0;
    w->g->site.url = url;
    if (bes_get_statuses(&w->g->site, addresses, n, results, err) < 0)
        return -1;
    for (i = 0; i < n; i++) {
        take_result(w, which[i], &results[i]);
        bes_status_fini(&results[i].st);
    }
    return 0;
}

/* Ask for all jobs once.  -1 with ERR on a permanent error. */
static int
ask_round(struct wait *w, struct err *err)
{
    struct err why = ERR_INIT;

    if (gridrun_refresh(w->g, err) < 0)
        return -1;
    for (size_t i = 0; i < w->refs.n && why.code == ERR_OK;)
        if (ask_batch(w, i, &i, &why) < 0 &&
            (!bes_transient(&why) || w->errors == ERRORS_MAX))
            return err_set(err, why.code, "Error querying job state: %s",
                           why.text);
    w->errors = why.code == ERR_OK ? 0 : w->errors + 1;
    return 0;
}

/* Some jobs are not over: print how to wait for them again. */
static void
go_on(const struct wait *w)
{
    fprintf(stderr,
            "gridrun: %zu jobs go on; to wait for them again: gridrun "
            "-wait",
            w->refs.n - w->nover);
    for (size_t i = 0; i < w->refs.n; i++)
        if (!w->over[i])
            fprintf(stderr, " %s", w->refs.of[i].handle);
    fputc('\n', stderr);
}

/* Wait before the next round: for the next event of the last job if its site
 * has events; otherwise *MS milliseconds, which then grows. */
static void
wait_for_news(struct wait *w, int *ms)
{
    const struct timespec pause = { *ms / 1000, *ms % 1000 * 1000000L };
    size_t i = 0;

    while (i < w->refs.n && w->over[i])
        i++;
    if (w->nover + 1 == w->refs.n && !stopped &&
        gridrun_news_wait(w->g, w->refs.of[i].handle, &w->news))
        return;
    if (!stopped)
        nanosleep(&pause, NULL);
    *ms = *ms * 2 > POLL_LAST_MS ? POLL_LAST_MS : *ms * 2;
}

static int
wait_all(struct wait *w, struct err *err)
{
    int ms = POLL_FIRST_MS;

    while (w->nover < w->refs.n && !stopped) {
        if (ask_round(w, err) < 0)
            break;
        if (w->nover < w->refs.n)
            wait_for_news(w, &ms);
    }
    if (w->nover < w->refs.n) {
        go_on(w);
        return GRIDRUN_FAILED;
    }
    for (size_t i = 0; i < w->refs.n; i++)
        if (w->status[i] != 0)
            return w->status[i];
    return 0;
}

int
gridrun_wait(struct gridrun *g)
{
    struct sigaction act = { .sa_handler = on_stop };
    struct wait w = { .g = g };
    struct err err = ERR_INIT;
    int status = GRIDRUN_FAILED;

    if (gridrun_refs_load(g, SIZE_MAX, &w.refs, &err) == 0 &&
        gridrun_open(g, w.refs.of[0].url, &err) == 0) {
        w.over = xcalloc(w.refs.n, sizeof(*w.over));
        w.status = xcalloc(w.refs.n, sizeof(*w.status));
        sigaction(SIGINT, &act, NULL);
        sigaction(SIGTERM, &act, NULL);
        status = wait_all(&w, &err);
    }
    if (err.code != ERR_OK)
        client_complain("gridrun", &err);
    gridrun_close(g);
    gridrun_refs_fini(&w.refs);
    free(w.over);
    free(w.status);
    return status;
}
