/* gatekeeper/schedulers/batch_ask.c - runs a batch system's commands; see
 * batch.h. While the system does not answer, one request goes out per
 * ASK_AGAIN_MS and all others fail at once, so thousands of jobs do not each
 * wait for a timeout. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/codec.h"
#include "base/log.h"
#include "gatekeeper/schedulers/batch.h"

#define ASK_AGAIN_MS 2000
/* Bytes of users in a request's text, which has room for RUNNER_TEXT. */
#define USERS_MAX    1500

/* Set ERR with the time of the first failure, in UTC. */
static int
say_down(const struct batch *b, struct err *err)
{
    time_t t = b->down_ms / 1000;
    char when[32] = "";
    struct tm tm;

    if (gmtime_r(&t, &tm) != NULL)
        strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &tm);
    return err_set(err, ERR_UNREACHABLE, "%s cannot be asked since %s: %s",
                   b->sys->title, when, b->down_why);
}

int
batch_ask_answers(void *self, struct err *err)
{
    struct batch *b = self;
    int rc = 0;

    lock_take(&b->lock);
    if (b->down_ms != 0)
        rc = say_down(b, err);
    lock_release(&b->lock);
    return rc;
}

/* Whether a request may go out now.  -1 with ERR: not yet. */
static int
may_ask(struct batch *b, struct err *err)
{
    long long now = time_mono_ms();
    int rc = 0;

    lock_take(&b->lock);
    if (b->down_ms != 0 && now < b->ask_ms)
        rc = say_down(b, err);
    else if (b->down_ms != 0)
        b->ask_ms = now + ASK_AGAIN_MS;
    lock_release(&b->lock);
    return rc;
}

static int
note_down(struct batch *b, const char *why, struct err *err)
{
    int rc;

    lock_take(&b->lock);
    if (b->down_ms == 0) {
        b->down_ms = time_now_ms();
        log_event(LOG_ERR, b->sys->event.down, "why=%s", why);
    }
    b->ask_ms = time_mono_ms() + ASK_AGAIN_MS;
    snprintf(b->down_why, sizeof(b->down_why), "%s", why);
    rc = say_down(b, err);
    lock_release(&b->lock);
    return rc;
}

static void
note_up(struct batch *b)
{
    lock_take(&b->lock);
    if (b->down_ms != 0)
        log_event(LOG_NOTICE, b->sys->event.up, "down_ms=%lld",
                  time_now_ms() - b->down_ms);
    b->down_ms = 0;
    lock_release(&b->lock);
}

/* The error text that a failed command wrote. */
static const char *
text_of(const struct runner_output *out)
{
    return buf_str(out->diag.len > 0 ? &out->diag : &out->out);
}

void
batch_ask_error(const struct batch *b, const struct runner_output *out,
                char *text, size_t size)
{
    batch_answer_error(b->sys->kind, text_of(out), text, size);
}

int
batch_ask_refused(const struct batch *b, const char *program,
                  const struct runner_output *out, struct err *err)
{
    char text[160];

    batch_ask_error(b, out, text, sizeof(text));
    return err_set(err, ERR_UNREACHABLE, "%s: %s", program, text);
}

/* Evaluate the result of a command: RC and WHY of the runner, or OUT. */
static int
settle(struct batch *b, int rc, const struct runner_output *out,
       const struct err *why, struct err *err)
{
    char text[160];

    /* A missing program is the site's to repair.  A timeout means that the
     * controller does not answer, since commands wait long for it. */
    if (rc < 0 && (why->code == ERR_NOT_FOUND || why->code == ERR_IO ||
                   why->code == ERR_TIMEOUT))
        return note_down(b, why->text, err);
    if (rc < 0)
        return err_set(err, why->code, "%s", why->text);
    if (out->status != 0 && out->status != b->sys->nothing) {
        batch_ask_error(b, out, text, sizeof(text));
        if (out->status >= 126 ||
            batch_answer_transient(b->sys->kind, text_of(out)))
            return note_down(b, text, err);
    }
    note_up(b);
    return out->status != 0;
}

int
batch_ask_tool(struct batch *b, const char *job, const char *tool,
               const char *const *args, size_t n, const struct buf *input,
               struct runner_output *out, struct err *err)
{
    struct err why = ERR_INIT;
    int rc;

    *out = (struct runner_output){ .status = -1 };
    if (may_ask(b, err) < 0)
        return -1;
    rc = runner_tool(b->host.runner, job, tool, args, n, input, out, &why);
    return settle(b, rc, out, &why, err);
}

int
batch_ask_query(struct batch *b, const char *tool, const char *const *args,
                size_t n, struct runner_output *out, struct err *err)
{
    struct err why = ERR_INIT;
    int rc;

    *out = (struct runner_output){ .status = -1 };
    if (may_ask(b, err) < 0)
        return -1;
    rc = runner_query(b->host.runner, tool, args, n, out, &why);
    return settle(b, rc, out, &why, err);
}

int
batch_ask_site(struct batch *b, const char *tool, const char *const *args,
               size_t n, struct runner_output *out, struct err *err)
{
    int rc = batch_ask_query(b, tool, args, n, out, err);

    return rc <= 0 ? rc : batch_ask_refused(b, b->sys->title, out, err);
}

/* ---- users ---- */

static int
by_text(const void *a, const void *b)
{
    const char *const *x = a, *const *y = b;

    return strcmp(*x, *y);
}

void
batch_ask_users(const struct sched_job *jobs, size_t n, struct buf *users)
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
