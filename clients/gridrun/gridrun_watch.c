/* clients/gridrun/gridrun_watch.c - follows a job: state lines in GT4's format
 * for users and scripts, output as it grows, Ctrl-C. */
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "clients/client_env.h"
#include "clients/gridrun/gridrun_interrupt.h"
#include "clients/gridrun/gridrun_news.h"
#include "clients/gridrun/gridrun_stream.h"

#define POLL_FIRST_MS 50
#define POLL_LAST_MS  1000
#define ROUNDS_MAX    8  /* MiB of each output between two status requests */
#define ERRORS_MAX    20 /* failed polls in a row before giving up */

static volatile sig_atomic_t interrupts;

static void
on_interrupt(int sig)
{
    (void)sig;
    interrupts++;
    gridrun_interrupt();
}

struct watch {
    struct gridrun *g;
    const struct job_ref *ref;
    size_t steps_told;
    char last[32]; /* the state word printed last */
    struct gridrun_stream out, error;
    int away;                 /* failed output fetches in a row */
    bool cancelling, unknown; /* unknown: the site has no such job */
    bool more;                /* there is more output to fetch now */
    int heard;                /* interrupts handled so far */
    struct gridrun_news news;
};

int
gridrun_outputs(const struct gridrun *g, struct err *err)
{
    struct gridrun_stream out = { 0 }, error = { 0 };
    int rc =
        gridrun_stream_open(&out, g->stdout_file, STDOUT_FILENO, err) < 0 ||
                gridrun_stream_open(&error, g->stderr_file, STDERR_FILENO,
                                    err) < 0
            ? -1
            : 0;

    gridrun_stream_close(&out);
    gridrun_stream_close(&error);
    return rc;
}

/* Copy both streams until nothing more comes.  While the job runs, limit the
 * amount: it may write faster than we read, and its state and Ctrl-C matter
 * too. */
static int
streams_drain(struct watch *w, const struct bes_status *st, struct err *err)
{
    int rounds = bes_status_final(st) ? INT_MAX : ROUNDS_MAX;
    long n = 1, m = 1;

    w->more = false;
    if (!w->g->streaming)
        return 0;
    for (; (n > 0 || m > 0) && rounds > 0 && interrupts == w->heard; rounds--) {
        n = gridrun_stream_pull(w->g, &w->out, st->stdout_url, err);
        m = gridrun_stream_pull(w->g, &w->error, st->stderr_url, err);
    }
    w->more = n > 0 || m > 0;
    return err->code != ERR_OK ? -1 : 0;
}

/* Whether the reader of our own output has gone. */
static bool
is_unread(struct watch *w)
{
    if (!w->g->streaming ||
        (!gridrun_stream_unread(&w->out) && !gridrun_stream_unread(&w->error)))
        return false;
    fprintf(stderr, "gridrun: nobody reads the job's output here any more\n");
    return true;
}

/* Print a state once. */
static void
tell(struct watch *w, const char *word, bool holding)
{
    char line[sizeof(w->last)];

    if (word == NULL)
        return;
    snprintf(line, sizeof(line), "%s%s", word, holding ? "-Hold" : "");
    if (strcmp(line, w->last) == 0)
        return;
    memcpy(w->last, line, sizeof(line));
    gridrun_say(w->g, "Current job state: %s\n", line);
}

/* Print every state since the last request, including those passed between. */
static void
tell_steps(struct watch *w, const struct bes_status *st)
{
    for (size_t i = w->steps_told; i < st->nsteps; i++) {
        const char *state = st->steps[i].state;
        bool last = i + 1 == st->nsteps;

        if (state == NULL)
            continue;
        tell(w, gridrun_state_word(state, state),
             strcmp(state, "Held") == 0 || (last && st->holding));
    }
    w->steps_told = st->nsteps;
    if (st->nsteps == 0)
        tell(w, gridrun_state_word(st->state, st->bes_state), st->holding);
}

/* First Ctrl-C: cancel the job; second: quit. */
static int
interrupted(struct watch *w)
{
    struct err err = ERR_INIT;

    w->heard = interrupts;
    if (w->g->no_cleanup || interrupts > 1)
        return -1;
    if (w->cancelling)
        return 0;
    w->cancelling = true;
    if (gridrun_cancel(w->g, w->ref, &err) == 0)
        return 0;
    client_complain("gridrun", &err);
    return -1;
}

int
gridrun_final_status(const struct bes_status *st, const char *who)
{
    bool done = strcmp(st->bes_state, "Finished") == 0;
    const char *why = strcmp(st->bes_state, "Cancelled") == 0
                          ? "it was cancelled"
                          : "no reason given";

    if (st->fault != NULL && *st->fault != '\0')
        why = st->fault;
    if (!done)
        client_say(stderr, "gridrun: %sJob failed: %s\n", who, why);
    else if (st->fault != NULL && *st->fault != '\0')
        client_say(stderr, "gridrun: %sthe job is done, but: %s\n", who, why);
    if (st->has_exit && (done || st->exit_code != 0))
        return st->exit_code;
    if (st->signal > 0)
        return 128 + st->signal;
    return done ? 0 : GRIDRUN_FAILED;
}

static void
pause_ms(int ms)
{
    struct timespec t = { ms / 1000, (ms % 1000) * 1000000L };

    nanosleep(&t, NULL); /* Ctrl-C interrupts it */
}

/* Get the status; if the site does not answer, retry at most ERRORS_MAX times
 * in a row. */
static int
ask(struct watch *w, struct bes_status *st, struct err *err)
{
    memset(st, 0, sizeof(*st));
    for (int errors = 0;; errors++) {
        if (interrupts > 0 && interrupted(w) < 0)
            return -1;
        *err = (struct err)ERR_INIT;
        if (gridrun_refresh(w->g, err) == 0 &&
            bes_get_status(&w->g->site, w->ref->handle, st, err) == 0)
            return 0;
        bes_status_fini(st);
        w->unknown = err->code == ERR_NOT_FOUND;
        if (!bes_transient(err) || errors == ERRORS_MAX) {
            err_wrap(err, "Error querying job state");
            client_complain("gridrun", err);
            return -1;
        }
        pause_ms(POLL_LAST_MS);
    }
}

/* Show what is new; true at the end, with the exit status in *STATUS.  While
 * the site is down, missing output is retried. */
static bool
show(struct watch *w, const struct bes_status *st, int *status)
{
    bool final = bes_status_final(st);
    struct err err = ERR_INIT;

    tell_steps(w, st);
    if (streams_drain(w, st, &err) == 0)
        w->away = 0;
    else if (w->out.closed || w->error.closed)
        err = (struct err)ERR_INIT; /* printed when we quit */
    else if (bes_transient(&err) && !w->out.failed && !w->error.failed &&
             w->away++ < ERRORS_MAX)
        return false;
    else
        client_complain("gridrun", &err);
    if (!final || interrupts != w->heard)
        return false;
    w->g->ended = true;
    *status = gridrun_final_status(st, "");
    if (err.code != ERR_OK || w->out.failed || w->error.failed)
        *status = GRIDRUN_FAILED;
    return true;
}

/* We quit before the job has ended: say so, and how to find it again. */
static void
goes_on(const struct watch *w)
{
    const struct gridrun *g = w->g;
    bool quoted = g->subject != NULL;

    fprintf(stderr, "gridrun: the job %s: gridrun -%s%s%s%s%s -j %s\n",
            w->cancelling ? "is being cancelled; to see its end"
                          : "goes on; to follow it again",
            w->cancelling  ? "status"
            : g->streaming ? "monitor -streaming"
                           : "monitor",
            g->self_authz ? " -self" : "", quoted ? " -subject '" : "",
            quoted ? g->subject : "", quoted ? "'" : "", w->ref->handle);
}

/* Wait before the next status request for the job in state ST: for its next
 * event if the site has events and no output is to be fetched meanwhile;
 * otherwise *MS milliseconds, which then grows. */
static void
wait_for_news(struct watch *w, const struct bes_status *st, int *ms)
{
    int most = w->g->streaming ? POLL_LAST_MS / 4 : POLL_LAST_MS;
    bool grows = w->g->streaming && strcmp(st->bes_state, "Running") == 0;

    if (w->more || interrupts != w->heard)
        return;
    if (!bes_status_final(st) && !grows &&
        gridrun_news_wait(w->g, w->ref->handle, &w->news))
        return;
    if (interrupts == w->heard)
        pause_ms(*ms);
    *ms = *ms * 2 > most ? most : *ms * 2;
}

/* Repeat until the end. */
static int
follow(struct watch *w)
{
    int wait_ms = POLL_FIRST_MS, status = GRIDRUN_FAILED;
    bool final = false;

    while (!final) {
        struct err err = ERR_INIT;
        struct bes_status st;

        if (ask(w, &st, &err) < 0)
            return GRIDRUN_FAILED;
        final = show(w, &st, &status);
        if (is_unread(w)) {
            bes_status_fini(&st);
            return GRIDRUN_FAILED;
        }
        if (!final)
            wait_for_news(w, &st, &wait_ms);
        bes_status_fini(&st);
    }
    return status;
}

int
gridrun_watch(struct gridrun *g, const struct job_ref *ref)
{
    struct sigaction act = { .sa_handler = on_interrupt }, old_int, old_term;
    struct watch w = { .g = g, .ref = ref };
    struct err err = ERR_INIT;
    int status = GRIDRUN_FAILED;

    sigaction(SIGINT, &act, &old_int);
    sigaction(SIGTERM, &act, &old_term);
    gridrun_hold_signals(false);
    if (gridrun_stream_open(&w.out, g->stdout_file, STDOUT_FILENO, &err) < 0 ||
        gridrun_stream_open(&w.error, g->stderr_file, STDERR_FILENO, &err) < 0)
        client_complain("gridrun", &err);
    else
        status = follow(&w);
    if (!g->ended && !w.unknown)
        goes_on(&w);
    gridrun_stream_close(&w.out);
    gridrun_stream_close(&w.error);
    sigaction(SIGINT, &old_int, NULL);
    sigaction(SIGTERM, &old_term, NULL);
    return status;
}
