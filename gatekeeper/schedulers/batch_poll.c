/* gatekeeper/schedulers/batch_poll.c - polls jobs: one request to the batch
 * system for all of them, and the session's files for those that have ended.
 *
 * Only the job's own exit record shows how it ended.  The system's reason is
 * added if it says more, and is used alone if there is no record after
 * gatekeeper.record_grace. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "base/log.h"
#include "gatekeeper/schedulers/batch.h"
#include "gatekeeper/schedulers/sched_record.h"

/* Tolerance for the start time of a system. */
#define BEGAN_DIFFERS_MS 10000

/* One job under evaluation. */
struct view {
    const struct sched_job *job;
    const struct batch_line *line; /* NULL: no job with its name is listed */
    struct sched_status *out;
};

/* ---- jobs without a record ---- */

static struct batch_suspect **
find_suspect(struct batch *b, const char *name)
{
    unsigned h = 5381;
    struct batch_suspect **at;

    for (const char *p = name; *p != '\0'; p++)
        h = h * 33 + (unsigned char)*p;
    at = &b->suspect[h % BATCH_BUCKETS];
    while (*at != NULL && strcmp((*at)->name, name) != 0)
        at = &(*at)->next;
    return at;
}

/* Whether the job NAME has had no record for the whole grace period. */
static bool
grace_is_over(struct batch *b, const char *name)
{
    long long now = time_mono_ms(),
              grace = conf_num(b->host.conf, CONF_gatekeeper_record_grace);
    struct batch_suspect **at;
    bool over;

    lock_take(&b->lock);
    at = find_suspect(b, name);
    if (*at == NULL) {
        *at = xcalloc(1, sizeof(**at));
        snprintf((*at)->name, sizeof((*at)->name), "%s", name);
        (*at)->since_ms = now;
    }
    over = now - (*at)->since_ms >= grace * 1000;
    lock_release(&b->lock);
    return over;
}

static void
clear_suspect(struct batch *b, const char *name)
{
    struct batch_suspect **at, *gone;

    lock_take(&b->lock);
    at = find_suspect(b, name);
    gone = *at;
    if (gone != NULL)
        *at = gone->next;
    lock_release(&b->lock);
    free(gone);
}

void
batch_poll_forget(void *self, const struct sched_job *job)
{
    clear_suspect(self, job->submit_name);
}

void
batch_poll_fini(struct batch *b)
{
    for (size_t i = 0; i < BATCH_BUCKETS; i++)
        while (b->suspect[i] != NULL) {
            struct batch_suspect *gone = b->suspect[i];

            b->suspect[i] = gone->next;
            free(gone);
        }
}

/* ---- texts ---- */

static void
say(struct sched_status *out, const char *text)
{
    snprintf(out->exit.fault, sizeof(out->exit.fault), "%.255s", text);
}

void
batch_poll_line(const struct batch *b, const struct batch_line *line,
                struct sched_status *out)
{
    char text[200] = "";

    *out = (struct sched_status){ .state = SCHED_UNKNOWN, .shown = true };
    memcpy(out->sched_id, line->id, sizeof(out->sched_id));
    memcpy(out->hosts, line->hosts, sizeof(out->hosts));
    if (line->state == NULL) {
        snprintf(text, sizeof(text), "%s says '%s', which is not known here",
                 b->sys->title, line->word);
    } else {
        out->state = line->held ? SCHED_HELD : line->state->state;
        /* A job just submitted waits for the scheduler's next pass. */
        if (out->state == SCHED_PENDING && line->reason[0] != '\0')
            snprintf(text, sizeof(text), "waits at %s: %s", b->sys->title,
                     line->reason);
    }
    say(out, text);
}

/* Make "Slurm says TIMEOUT: wall time limit exceeded". */
static void
say_state(const struct batch *b, const struct batch_state *state, char *text,
          size_t size)
{
    snprintf(text, size, "%s says %s%s%s", b->sys->title, state->word,
             state->text[0] != '\0' ? ": " : "", state->text);
}

/* Whether the system may know more about the end: the job was ended from
 * outside. */
static bool
needs_word(const struct exitrec *rec)
{
    return rec->why != EXITREC_EXITED && rec->why != EXITREC_WALLTIME;
}

/* The record shows that the run was ended; add that the system did it, and
 * why. */
static void
add_word(const struct batch *b, const struct exitrec *rec,
         const struct batch_line *line, struct sched_status *out)
{
    char text[160], both[sizeof(out->exit.fault)];

    if (line == NULL || line->state->text[0] == '\0' || !needs_word(rec))
        return;
    say_state(b, line->state, text, sizeof(text));
    if (rec->why ==
        EXITREC_CANCELLED) /* cancelled by the system, which knows why */
        snprintf(both, sizeof(both), "%s", text);
    else
        snprintf(both, sizeof(both), "%.90s%s%.150s", rec->text,
                 rec->text[0] != '\0' ? "; " : "", text);
    say(out, both);
}

/* ---- one job ---- */

/* The record does not exist yet. */
static void
wait_on(const struct batch *b, const struct view *v, const char *what)
{
    char text[200];

    *v->out = (struct sched_status){ .state = v->job->started ? SCHED_RUNNING
                                                              : SCHED_PENDING };
    if (v->line != NULL)
        snprintf(text, sizeof(text), "%s says %s, and %s", b->sys->title,
                 v->line->word, what);
    else
        snprintf(text, sizeof(text), "%s does not show the job, and %s",
                 b->sys->title, what);
    say(v->out, text);
}

/* The job has ended at the system, which says WORD, and will have no record.
 * BEGAN: it has a start marker. */
static void
lose(const struct view *v, const char *word, bool began)
{
    char text[256];

    if (v->line != NULL && v->line->began && !began)
        snprintf(text, sizeof(text),
                 "%.120s, and the job left nothing in its session: is "
                 "gatekeeper.sessions shared with the nodes?",
                 word);
    else
        snprintf(text, sizeof(text), "%.160s%s", word,
                 began ? ", and the job left no exit record"
                       : ", before the job began");
    sched_record_lost(v->out, text);
}

/* The same, from the job's line. */
static void
lose_line(const struct batch *b, const struct view *v, bool began)
{
    char word[160];

    say_state(b, v->line->state, word, sizeof(word));
    lose(v, word, began);
}

/* Whether the system has run continuously since it accepted V's job.  Then it
 * has not lost the job, and a job that it no longer shows was ended and
 * forgotten. */
static bool
cannot_have_lost(struct batch *b, const struct view *v)
{
    struct err err = ERR_INIT;
    long long began;

    return b->sys->began != NULL && v->job->submitted_ms > 0 &&
           b->sys->began(b, &began, &err) == 0 &&
           began + BEGAN_DIFFERS_MS < v->job->submitted_ms;
}

/* The system does not list V's job even to the user; its accounting may know
 * it. */
static void
judge_unlisted(struct batch *b, const struct view *v, bool began)
{
    char said[120], text[200];

    if (b->sys->history != NULL &&
        b->sys->history(b, v->job, said, sizeof(said))) {
        snprintf(text, sizeof(text), "%s says %s", b->sys->title, said);
        lose(v, text, began);
    } else if (began) {
        snprintf(text, sizeof(text),
                 "%s does not know the job any more, and it left no exit "
                 "record",
                 b->sys->title);
        sched_record_lost(v->out, text);
    } else if (cannot_have_lost(b, v)) {
        snprintf(text, sizeof(text),
                 "%s has forgotten the job and cannot have lost it: it was "
                 "cancelled there",
                 b->sys->title);
        lose(v, text, false);
    } else if (b->sys->keeps) {
        snprintf(text, sizeof(text), "%s no longer shows the job: deleted",
                 b->sys->title);
        lose(v, text, false);
    } else {
        *v->out = (struct sched_status){ .state = SCHED_FORGOTTEN };
    }
}

/* The operator's list lacks V's job: ask as its user too. */
static void
judge_missing(struct batch *b, const struct view *v, bool began)
{
    const struct batch_line *line;
    struct batch_lines lines;
    struct err err = ERR_INIT;
    char word[160];
    size_t n;

    if (b->sys->own(b, v->job, v->job->submit_name, &lines, &err) < 0) {
        *v->out = (struct sched_status){ .state = SCHED_UNKNOWN };
        say(v->out, err.text);
        return;
    }
    line = batch_lines_named(&lines, v->job->submit_name, &n);
    if (line == NULL) {
        judge_unlisted(b, v, began);
    } else if (line->state != NULL && line->state->over) {
        say_state(b, line->state, word, sizeof(word));
        lose(v, word, began);
    } else {
        log_event(LOG_WARNING, b->sys->event.operator,
                  "job=%s what=%s shows it to its user, and not to "
                  "gatekeeper.operator",
                  v->job->id, b->sys->title);
        batch_poll_line(b, line, v->out);
    }
    batch_lines_fini(&lines);
}

/* Whether the system is still ending the processes of V's job. */
static bool
is_ending(const struct view *v)
{
    return v->line != NULL && v->line->ending;
}

/* V's job has ended or is not listed: use its files, if there are any. */
static void
judge_files(struct batch *b, const struct view *v, enum err_code code,
            const struct runner_status *st)
{
    bool began = st->state != RUNNER_NONE;

    if (sched_record_failed(code, st->exit.text, v->out))
        return;
    if (st->state == RUNNER_ENDED) {
        /* Until its nodes are cleared, Slurm does not say why it ended. */
        if (is_ending(v) && needs_word(&st->exit) &&
            !grace_is_over(b, v->job->submit_name)) {
            wait_on(b, v, "why it ended is waited for");
            return;
        }
        sched_record_translate(st, v->out);
        add_word(b, &st->exit, v->line, v->out);
        return;
    }
    if (st->state == RUNNER_LOST) { /* only this host can tell */
        sched_record_lost(v->out, st->exit.text);
        add_word(b, &st->exit, v->line, v->out);
        return;
    }
    if (v->line != NULL && !began && !v->line->began) {
        lose_line(b, v, false); /* it had no nodes: there will be no record */
        return;
    }
    /* The grace period begins once the job's processes are gone. */
    if (is_ending(v) || !grace_is_over(b, v->job->submit_name)) {
        wait_on(b, v,
                began || v->line != NULL ? "the job's exit record is waited for"
                                         : "its controller is given time");
        return;
    }
    if (v->line != NULL)
        lose_line(b, v, began);
    else
        judge_missing(b, v, began);
}

/* ---- all jobs ---- */

/* Choose the line of JOB among the N lines with its name at FIRST: one of its
 * user, preferably one that runs or ran over a held one. */
static const struct batch_line *
choose(const struct sched_job *job, const struct batch_line *first, size_t n)
{
    const struct batch_line *best = NULL;

    for (size_t i = 0; i < n; i++) {
        const struct batch_line *l = &first[i];

        if (strcmp(l->user, job->account) != 0)
            continue;
        if (best == NULL || (l->began && !best->began) ||
            (l->began == best->began && strcmp(l->id, job->sched_id) == 0))
            best = l;
    }
    return best;
}

/* Cancel second copies of JOB, which a doubtful submission left.  They are held
 * and the start marker keeps them from running, but they would never end. */
static void
end_others(struct batch *b, const struct sched_job *job,
           const struct batch_line *first, size_t n,
           const struct batch_line *keep)
{
    for (size_t i = 0; i < n; i++) {
        const struct batch_line *l = &first[i];
        const char *args[] = { l->id };
        struct runner_output out;
        struct err err = ERR_INIT;

        if (l == keep || !l->held || strcmp(l->user, job->account) != 0)
            continue;
        log_event(LOG_NOTICE, "job.duplicate", "job=%s id=%s", job->id, l->id);
        (void)batch_ask_tool(b, job->id, b->sys->cancel.tool, args, 1, NULL,
                             &out, &err);
        runner_output_fini(&out);
    }
}

/* Evaluate the jobs that have ended or are not listed from their sessions. */
static int
judge_rest(struct batch *b, const struct view *v, size_t n, struct err *err)
{
    struct runner_task *run = xcalloc(n + 1, sizeof(*run));
    bool *begun = xcalloc(n + 1, sizeof(*begun));
    struct runner_status *st = xcalloc(n + 1, sizeof(*st));
    enum err_code *code = xcalloc(n + 1, sizeof(*code));
    int rc;

    for (size_t i = 0; i < n; i++)
        run[i] = sched_record_run(v[i].job);
    rc = runner_status_many(b->host.runner, run, begun, n, st, code, err);
    for (size_t i = 0; rc == 0 && i < n; i++)
        judge_files(b, &v[i], code[i], &st[i]);
    for (size_t i = 0; rc == 0 && i < n; i++)
        if (v[i].line != NULL)
            memcpy(v[i].out->hosts, v[i].line->hosts, SCHED_HOSTS_MAX);
    free(run);
    free(begun);
    free(st);
    free(code);
    return rc;
}

int
batch_poll(void *self, const struct sched_job *jobs, size_t n,
           struct sched_status *status, struct err *err)
{
    struct batch *b = self;
    struct view *rest;
    struct batch_lines lines;
    size_t m = 0, named;
    int rc;

    if (b->sys->all(b, jobs, n, &lines, err) < 0)
        return -1;
    rest = xcalloc(n + 1, sizeof(*rest));
    for (size_t i = 0; i < n; i++) {
        const struct batch_line *first =
            batch_lines_named(&lines, jobs[i].submit_name, &named);
        const struct batch_line *line = choose(&jobs[i], first, named);

        if (named > 1)
            end_others(b, &jobs[i], first, named, line);
        if (line != NULL && (line->state == NULL || !line->state->over)) {
            clear_suspect(b, jobs[i].submit_name);
            batch_poll_line(b, line, &status[i]);
        } else {
            rest[m++] = (struct view){ &jobs[i], line, &status[i] };
        }
    }
    rc = judge_rest(b, rest, m, err);
    free(rest);
    batch_lines_fini(&lines);
    return rc;
}
