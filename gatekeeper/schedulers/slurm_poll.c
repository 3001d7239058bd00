/* gatekeeper/schedulers/slurm_poll.c - what became of jobs: squeue for all of
 * them at once, and the session's files for those that are over.
 *
 * Only the job's own exit record says how it ended.  Slurm's word is added
 * where it tells more, and is all there is when the record is not there after
 * gatekeeper.record_grace. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "base/log.h"
#include "gatekeeper/schedulers/sched_record.h"
#include "gatekeeper/schedulers/slurm.h"

/* One job being judged. */
struct view {
    const struct sched_job *job;
    const struct slurm_line *line; /* NULL: Slurm shows nothing of its name */
    struct sched_status *out;
};

/* ---- those without a record ---- */

static struct slurm_suspect **
find_suspect(struct slurm *s, const char *id)
{
    unsigned h = 5381;
    struct slurm_suspect **at;

    for (const char *p = id; *p != '\0'; p++)
        h = h * 33 + (unsigned char)*p;
    at = &s->suspect[h % SLURM_BUCKETS];
    while (*at != NULL && strcmp((*at)->id, id) != 0)
        at = &(*at)->next;
    return at;
}

/* Whether ID has been without a record for as long as is waited for one. */
static bool
grace_is_over(struct slurm *s, const char *id)
{
    long long now = time_mono_ms(),
              grace = conf_num(s->host.conf, CONF_gatekeeper_record_grace);
    struct slurm_suspect **at;
    bool over;

    lock_take(&s->lock);
    at = find_suspect(s, id);
    if (*at == NULL) {
        *at = xcalloc(1, sizeof(**at));
        snprintf((*at)->id, sizeof((*at)->id), "%s", id);
        (*at)->since_ms = now;
    }
    over = now - (*at)->since_ms >= grace * 1000;
    lock_release(&s->lock);
    return over;
}

static void
clear_suspect(struct slurm *s, const char *id)
{
    struct slurm_suspect **at, *gone;

    lock_take(&s->lock);
    at = find_suspect(s, id);
    gone = *at;
    if (gone != NULL)
        *at = gone->next;
    lock_release(&s->lock);
    free(gone);
}

void
slurm_poll_forget(void *self, const struct sched_job *job)
{
    clear_suspect(self, job->id);
}

void
slurm_poll_fini(struct slurm *s)
{
    for (size_t i = 0; i < SLURM_BUCKETS; i++)
        while (s->suspect[i] != NULL) {
            struct slurm_suspect *gone = s->suspect[i];

            s->suspect[i] = gone->next;
            free(gone);
        }
}

/* ---- words ---- */

static void
say(struct sched_status *out, const char *text)
{
    snprintf(out->exit.fault, sizeof(out->exit.fault), "%.255s", text);
}

void
slurm_poll_line(const struct slurm_line *line, struct sched_status *out)
{
    char text[200] = "";

    *out = (struct sched_status){ .state = SCHED_UNKNOWN };
    memcpy(out->sched_id, line->id, sizeof(out->sched_id));
    if (line->state == NULL) {
        snprintf(text, sizeof(text), "Slurm says '%s', which is not known here",
                 line->word);
    } else {
        out->state = slurm_text_held(line) ? SCHED_HELD : line->state->state;
        /* Just submitted, it waits for the scheduler to look at it. */
        if (out->state == SCHED_PENDING && strcmp(line->reason, "None") != 0)
            snprintf(text, sizeof(text), "waits at Slurm: %s", line->reason);
    }
    say(out, text);
}

/* "Slurm says TIMEOUT: wall time limit exceeded" */
static void
say_state(const struct slurm_state *state, char *text, size_t size)
{
    snprintf(text, size, "Slurm says %s%s%s", state->word,
             state->text[0] != '\0' ? ": " : "", state->text);
}

/* Whether Slurm's word may say more of that end: it was not the job's own. */
static bool
needs_word(const struct exitrec *rec)
{
    return rec->why != EXITREC_EXITED && rec->why != EXITREC_WALLTIME;
}

/* The record tells that a run was ended; Slurm, that it was it who did so. */
static void
add_word(const struct exitrec *rec, const struct slurm_line *line,
         struct sched_status *out)
{
    char text[160], both[sizeof(out->exit.fault)];

    if (line == NULL || line->state->text[0] == '\0' || !needs_word(rec))
        return;
    say_state(line->state, text, sizeof(text));
    if (rec->why == EXITREC_CANCELLED) /* by Slurm, which knows why */
        snprintf(both, sizeof(both), "%s", text);
    else
        snprintf(both, sizeof(both), "%.90s%s%.150s", rec->text,
                 rec->text[0] != '\0' ? "; " : "", text);
    say(out, both);
}

/* ---- one job ---- */

/* Its record is not there yet. */
static void
wait_on(const struct view *v, const char *what)
{
    char text[200];

    *v->out = (struct sched_status){ .state = v->job->started ? SCHED_RUNNING
                                                              : SCHED_PENDING };
    if (v->line != NULL)
        snprintf(text, sizeof(text), "Slurm says %s, and %s", v->line->word,
                 what);
    else
        snprintf(text, sizeof(text), "Slurm does not show the job, and %s",
                 what);
    say(v->out, text);
}

/* It is over at Slurm, and will have no record.  BEGAN: it has a marker. */
static void
lose(const struct view *v, const struct slurm_state *state, bool began)
{
    char word[160], text[256];

    say_state(state, word, sizeof(word));
    if (v->line != NULL && v->line->began && !began)
        snprintf(text, sizeof(text),
                 "%s, and the job left nothing in its session: is "
                 "gatekeeper.sessions shared with the nodes?",
                 word);
    else
        snprintf(text, sizeof(text), "%s%s", word,
                 began ? ", and the job left no exit record"
                       : ", before the job began");
    sched_record_lost(v->out, text);
}

/* What Slurm's accounting has of V's job, where there is one; NULL. */
static const struct slurm_state *
ask_history(struct slurm *s, const struct view *v)
{
    const char *args[] = { v->job->submit_name, "State" };
    const struct slurm_state *state = NULL;
    struct runner_output out;
    struct err err = ERR_INIT;

    if (slurm_ask_tool(s, v->job->id, "slurm-history", args, 2, NULL, &out,
                       &err) == 0)
        state = slurm_text_history(buf_str(&out.out));
    runner_output_fini(&out);
    return state != NULL && state->over ? state : NULL;
}

/* The operator is shown nothing of V's job: neither may its user, and the
 * accounting may know more. */
static void
judge_missing(struct slurm *s, const struct view *v, bool began)
{
    const struct slurm_line *line;
    const struct slurm_state *state;
    struct slurm_lines lines;
    struct err err = ERR_INIT;
    size_t n;

    if (slurm_ask_own(s, v->job, v->job->submit_name, &lines, &err) < 0) {
        *v->out = (struct sched_status){ .state = SCHED_UNKNOWN };
        say(v->out, err.text);
        return;
    }
    line = slurm_text_named(&lines, v->job->submit_name, &n);
    if (line != NULL && (line->state == NULL || !line->state->over)) {
        log_event(LOG_WARNING, "slurm.operator",
                  "job=%s what=Slurm shows it to its user, and not to "
                  "gatekeeper.operator",
                  v->job->id);
        slurm_poll_line(line, v->out);
        slurm_text_lines_fini(&lines);
        return;
    }
    state = line != NULL ? line->state : ask_history(s, v);
    slurm_text_lines_fini(&lines);
    if (state != NULL)
        lose(v, state, began);
    else if (began)
        sched_record_lost(v->out, "Slurm does not know the job any more, and "
                                  "it left no exit record");
    else
        *v->out = (struct sched_status){ .state = SCHED_FORGOTTEN };
}

/* Whether Slurm is still ending the processes of V's job. */
static bool
is_completing(const struct view *v)
{
    return v->line != NULL && strcmp(v->line->word, "COMPLETING") == 0;
}

/* V's job is over, or not shown: its files tell, as far as there are any. */
static void
judge_files(struct slurm *s, const struct view *v, enum err_code code,
            const struct runner_status *st)
{
    bool began = st->state != RUNNER_NONE;

    if (sched_record_failed(code, st->exit.text, v->out))
        return;
    if (st->state == RUNNER_ENDED) {
        /* While its nodes are cleared Slurm does not say why it ended. */
        if (is_completing(v) && needs_word(&st->exit) &&
            !grace_is_over(s, v->job->id)) {
            wait_on(v, "why it ended is waited for");
            return;
        }
        sched_record_translate(st, v->out);
        add_word(&st->exit, v->line, v->out);
        return;
    }
    if (st->state == RUNNER_LOST) { /* as only this host can tell */
        sched_record_lost(v->out, st->exit.text);
        add_word(&st->exit, v->line, v->out);
        return;
    }
    if (v->line != NULL && !began && !v->line->began) {
        lose(v, v->line->state, false); /* it had no nodes: nothing will come */
        return;
    }
    /* The grace begins when the job's processes are gone. */
    if (is_completing(v) || !grace_is_over(s, v->job->id)) {
        wait_on(v, began || v->line != NULL
                       ? "the job's exit record is waited for"
                       : "its controller is given time");
        return;
    }
    if (v->line != NULL)
        lose(v, v->line->state, began);
    else
        judge_missing(s, v, began);
}

/* ---- all jobs ---- */

/* Which of the N lines of JOB's name at FIRST is the job: one that its user
 * has, and rather one that runs, or ran, than one that is held. */
static const struct slurm_line *
choose(const struct sched_job *job, const struct slurm_line *first, size_t n)
{
    const struct slurm_line *best = NULL;

    for (size_t i = 0; i < n; i++) {
        const struct slurm_line *l = &first[i];

        if (strcmp(l->user, job->account) != 0)
            continue;
        if (best == NULL || (l->began && !best->began) ||
            (l->began == best->began && strcmp(l->id, job->sched_id) == 0))
            best = l;
    }
    return best;
}

/* Second copies of JOB, which a doubtful submission left behind: held, and its
 * marker keeps them from running, but they would lie there for ever. */
static void
end_others(struct slurm *s, const struct sched_job *job,
           const struct slurm_line *first, size_t n,
           const struct slurm_line *keep)
{
    for (size_t i = 0; i < n; i++) {
        const struct slurm_line *l = &first[i];
        const char *args[] = { l->id };
        struct runner_output out;
        struct err err = ERR_INIT;

        if (l == keep || !slurm_text_held(l) ||
            strcmp(l->user, job->account) != 0)
            continue;
        log_event(LOG_NOTICE, "job.duplicate", "job=%s id=%s", job->id, l->id);
        (void)slurm_ask_tool(s, job->id, "slurm-cancel", args, 1, NULL, &out,
                             &err);
        runner_output_fini(&out);
    }
}

/* Those that are over or not shown are asked about in their sessions. */
static int
judge_rest(struct slurm *s, const struct view *v, size_t n, struct err *err)
{
    struct runner_task *run = xcalloc(n + 1, sizeof(*run));
    bool *begun = xcalloc(n + 1, sizeof(*begun));
    struct runner_status *st = xcalloc(n + 1, sizeof(*st));
    enum err_code *code = xcalloc(n + 1, sizeof(*code));
    int rc;

    for (size_t i = 0; i < n; i++)
        run[i] = (struct runner_task){ .job = v[i].job->id };
    rc = runner_status_many(s->host.runner, run, begun, n, st, code, err);
    for (size_t i = 0; rc == 0 && i < n; i++)
        judge_files(s, &v[i], code[i], &st[i]);
    free(run);
    free(begun);
    free(st);
    free(code);
    return rc;
}

int
slurm_poll(void *self, const struct sched_job *jobs, size_t n,
           struct sched_status *status, struct err *err)
{
    struct slurm *s = self;
    struct view *rest;
    struct slurm_lines lines;
    size_t m = 0, named;
    int rc;

    if (slurm_ask_all(s, jobs, n, &lines, err) < 0)
        return -1;
    rest = xcalloc(n + 1, sizeof(*rest));
    for (size_t i = 0; i < n; i++) {
        const struct slurm_line *first =
            slurm_text_named(&lines, jobs[i].submit_name, &named);
        const struct slurm_line *line = choose(&jobs[i], first, named);

        if (named > 1)
            end_others(s, &jobs[i], first, named, line);
        if (line != NULL && (line->state == NULL || !line->state->over)) {
            clear_suspect(s, jobs[i].id);
            slurm_poll_line(line, &status[i]);
        } else {
            rest[m++] = (struct view){ &jobs[i], line, &status[i] };
        }
    }
    rc = judge_rest(s, rest, m, err);
    free(rest);
    slurm_text_lines_fini(&lines);
    return rc;
}
