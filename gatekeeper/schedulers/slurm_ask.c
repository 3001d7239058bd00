/* gatekeeper/schedulers/slurm_ask.c - Slurm's commands; see slurm.h.  While the
 * controller does not answer, one question in ASK_AGAIN_MS goes out and all
 * others fail at once: thousands of jobs do not wait for as many time-outs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/codec.h"
#include "base/log.h"
#include "gatekeeper/schedulers/slurm.h"

#define ASK_AGAIN_MS 2000
/* Of the text of a request, which has room for RUNNER_TEXT. */
#define USERS_MAX    1500

/* Since when, for people: UTC. */
static int
say_down(const struct slurm *s, struct err *err)
{
    time_t t = s->down_ms / 1000;
    char when[32] = "";
    struct tm tm;

    if (gmtime_r(&t, &tm) != NULL)
        strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &tm);
    return err_set(err, ERR_UNREACHABLE, "Slurm cannot be asked since %s: %s",
                   when, s->down_why);
}

/* Whether a question may go out now.  -1 with ERR: not yet. */
static int
may_ask(struct slurm *s, struct err *err)
{
    long long now = time_mono_ms();
    int rc = 0;

    lock_take(&s->lock);
    if (s->down_ms != 0 && now < s->ask_ms)
        rc = say_down(s, err);
    else if (s->down_ms != 0)
        s->ask_ms = now + ASK_AGAIN_MS;
    lock_release(&s->lock);
    return rc;
}

static int
note_down(struct slurm *s, const char *why, struct err *err)
{
    int rc;

    lock_take(&s->lock);
    if (s->down_ms == 0) {
        s->down_ms = time_now_ms();
        log_event(LOG_ERR, "slurm.down", "why=%s", why);
    }
    s->ask_ms = time_mono_ms() + ASK_AGAIN_MS;
    snprintf(s->down_why, sizeof(s->down_why), "%s", why);
    rc = say_down(s, err);
    lock_release(&s->lock);
    return rc;
}

static void
note_up(struct slurm *s)
{
    lock_take(&s->lock);
    if (s->down_ms != 0)
        log_event(LOG_NOTICE, "slurm.up", "down_ms=%lld",
                  time_now_ms() - s->down_ms);
    s->down_ms = 0;
    lock_release(&s->lock);
}

/* What came of a command: RC and WHY of the runner, else OUT. */
static int
settle(struct slurm *s, int rc, const struct runner_output *out,
       const struct err *why, struct err *err)
{
    char text[160];

    /* What is not there, or cannot be started, is the site's to mend; the
     * commands wait long for a controller that does not answer. */
    if (rc < 0 && (why->code == ERR_NOT_FOUND || why->code == ERR_IO ||
                   why->code == ERR_TIMEOUT))
        return note_down(s, why->text, err);
    if (rc < 0)
        return err_set(err, why->code, "%s", why->text);
    if (out->status != 0) {
        slurm_text_error(out->diag.len > 0 ? buf_str(&out->diag)
                                           : buf_str(&out->out),
                         text, sizeof(text));
        if (out->status >= 126 || slurm_text_passes(buf_str(&out->diag)))
            return note_down(s, text, err);
    }
    note_up(s);
    return out->status != 0;
}

int
slurm_ask_tool(struct slurm *s, const char *job, const char *tool,
               const char *const *args, size_t n, const struct buf *input,
               struct runner_output *out, struct err *err)
{
    struct err why = ERR_INIT;
    int rc;

    *out = (struct runner_output){ .status = -1 };
    if (may_ask(s, err) < 0)
        return -1;
    rc = runner_tool(s->host.runner, job, tool, args, n, input, out, &why);
    return settle(s, rc, out, &why, err);
}

int
slurm_ask_query(struct slurm *s, const char *tool, const char *const *args,
                size_t n, struct runner_output *out, struct err *err)
{
    struct err why = ERR_INIT;
    int rc;

    *out = (struct runner_output){ .status = -1 };
    if (may_ask(s, err) < 0)
        return -1;
    rc = runner_query(s->host.runner, tool, args, n, out, &why);
    return settle(s, rc, out, &why, err);
}

/* ---- squeue ---- */

/* A mark that nobody could know before. */
static void
make_mark(char mark[SLURM_MARK])
{
    char id[UUID_TEXT];
    size_t n = 0;

    uuid_make(id);
    for (const char *p = id; *p != '\0' && n < SLURM_MARK - 1; p++)
        if (*p != '-')
            mark[n++] = *p;
    mark[n] = '\0';
}

/* What squeue answered, RC being what came of it. */
static int
read_lines(int rc, const struct runner_output *out, const char *mark,
           struct slurm_lines *lines, struct err *err)
{
    char text[160];

    if (rc < 0)
        return -1;
    if (rc == 0)
        return slurm_text_lines(buf_str(&out->out), mark, lines, err);
    slurm_text_error(buf_str(&out->diag), text, sizeof(text));
    return err_set(err, ERR_UNREACHABLE, "squeue: %s", text);
}

int
slurm_ask_own(struct slurm *s, const struct sched_job *job, const char *name,
              struct slurm_lines *lines, struct err *err)
{
    char mark[SLURM_MARK], format[SLURM_FORMAT];
    const char *args[] = { job->account, name == NULL ? "-" : name, format };
    struct runner_output out;
    int rc;

    *lines = (struct slurm_lines){ .line = NULL };
    make_mark(mark);
    slurm_text_format(mark, format);
    rc = slurm_ask_tool(s, job->id, "slurm-find", args, 3, NULL, &out, err);
    rc = read_lines(rc, &out, mark, lines, err);
    runner_output_fini(&out);
    return rc;
}

static int
by_text(const void *a, const void *b)
{
    const char *const *x = a, *const *y = b;

    return strcmp(*x, *y);
}

/* The accounts of N jobs, commas between, into USERS; none when there are too
 * many for a request: then squeue shows everybody's. */
static void
list_users(const struct sched_job *jobs, size_t n, struct buf *users)
{
    const char **account = xcalloc(n + 1, sizeof(*account));

    for (size_t i = 0; i < n; i++)
        account[i] = jobs[i].account;
    qsort(account, n, sizeof(*account), by_text);
    for (size_t i = 0; i < n && users->len <= USERS_MAX; i++)
        if (i == 0 || strcmp(account[i], account[i - 1]) != 0)
            buf_addf(users, "%s%s", users->len > 0 ? "," : "", account[i]);
    if (users->len > USERS_MAX || users->len == 0) {
        buf_clear(users);
        buf_adds(users, "-");
    }
    free(account);
}

int
slurm_ask_all(struct slurm *s, const struct sched_job *jobs, size_t n,
              struct slurm_lines *lines, struct err *err)
{
    char mark[SLURM_MARK], format[SLURM_FORMAT];
    struct buf users = BUF_INIT;
    struct runner_output out;
    const char *args[2];
    int rc;

    *lines = (struct slurm_lines){ .line = NULL };
    make_mark(mark);
    slurm_text_format(mark, format);
    list_users(jobs, n, &users);
    args[0] = buf_str(&users);
    args[1] = format;
    rc = slurm_ask_query(s, "slurm-poll", args, 2, &out, err);
    /* One of the accounts may be gone, which squeue refuses. */
    if (rc > 0 && strcmp(args[0], "-") != 0) {
        runner_output_fini(&out);
        args[0] = "-";
        rc = slurm_ask_query(s, "slurm-poll", args, 2, &out, err);
    }
    rc = read_lines(rc, &out, mark, lines, err);
    runner_output_fini(&out);
    buf_fini(&users);
    return rc;
}
