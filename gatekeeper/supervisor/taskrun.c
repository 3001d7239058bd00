/* gatekeeper/supervisor/taskrun.c - see taskrun.h. */
#include "gatekeeper/supervisor/taskrun.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/codec.h"
#include "gatekeeper/supervisor/exitwhy.h"
#include "gatekeeper/supervisor/proctree.h"
#include "gatekeeper/supervisor/runprog.h"

#define KILL_AGAIN_MS 50

/* The start failed because of ERR. */
static void
not_started(struct taskrun *t, const struct err *err)
{
    t->rec.why = EXITREC_NOT_STARTED;
    t->rec.exit_code = err->code == ERR_NOT_FOUND ? 127 : 126;
    snprintf(t->rec.text, sizeof(t->rec.text), "%.255s", err->text);
    t->t_kill = time_mono_ms();
}

static void
start_copies(struct taskrun *t, struct err *err)
{
    struct runprog prog = { .launch = &t->launch,
                            .program_fd = -1,
                            .adopts = true,
                            .fd = { -1, -1, -1 } };
    size_t n = (size_t)t->launch.count;

    t->copy = xcalloc(n, sizeof(*t->copy));
    if (runprog_open(&prog, err) == 0)
        for (size_t i = 0; i < n && err->code == ERR_OK; i++) {
            struct taskrun_copy *c = &t->copy[i];

            c->pid = runprog_begin(&prog, &c->report, err);
            if (c->pid > 0)
                t->live++;
            else
                c->pid = 0;
        }
    runprog_close(&prog);
}

void
taskrun_begin(struct taskrun *t, const struct buf *text, uint32_t task,
              uint16_t attempt)
{
    struct err err = ERR_INIT;

    *t = (struct taskrun){ .task = task,
                           .attempt = attempt,
                           .text = BUF_INIT,
                           .t_begin = time_mono_ms() };
    t->rec.t_start_ms = time_now_ms();
    buf_add(&t->text, text->data, text->len);
    if (launch_parse(t->text.data, t->text.len, &t->launch, &err) == 0 &&
        ((task == 0 && t->launch.tasks == 0) ||
         launch_task(&t->launch, task, attempt, &err) == 0))
        start_copies(t, &err);
    if (err.code != ERR_OK)
        not_started(t, &err);
    else if (t->launch.wall > 0)
        t->t_wall = t->t_begin + t->launch.wall * 1000;
}

void
taskrun_refuse(struct taskrun *t, const struct err *why)
{
    *t = (struct taskrun){ .text = BUF_INIT };
    not_started(t, why);
}

void
taskrun_fini(struct taskrun *t)
{
    launch_fini(&t->launch);
    buf_fini(&t->text);
    free(t->copy);
    free(t->orphan);
    *t = (struct taskrun){ .copy = NULL };
}

bool
taskrun_owns(const struct taskrun *t, pid_t pid)
{
    for (size_t i = 0; t->live > 0 && i < (size_t)t->launch.count; i++)
        if (t->copy[i].pid == pid)
            return true;
    for (size_t i = 0; i < t->norphans; i++)
        if (t->orphan[i] == pid)
            return true;
    return false;
}

/* The exit code of the task is that of the first copy that failed. */
static void
note_end(struct taskrun *t, int status)
{
    if (t->rec.exit_code != 0)
        return;
    if (WIFSIGNALED(status)) {
        t->rec.signal = WTERMSIG(status);
        t->rec.exit_code = 128 + t->rec.signal;
        if (t->rec.why == EXITREC_EXITED)
            t->rec.why = EXITREC_SIGNALLED;
    } else {
        t->rec.exit_code = WEXITSTATUS(status);
    }
}

/* Copy I has ended. */
static void
copy_ended(struct taskrun *t, size_t i, int status)
{
    struct err err = ERR_INIT;

    t->copy[i].pid = 0;
    t->live--;
    if (runprog_outcome(t->copy[i].report, i, &err) == 0)
        note_end(t, status);
    else if (t->rec.why != EXITREC_NOT_STARTED)
        not_started(t, &err);
    if (t->live == 0 && t->t_kill == 0)
        t->t_kill =
            time_mono_ms(); /* the program has ended: kill what it left */
}

static void
note_use(struct taskrun *t, const struct rusage *ru)
{
    t->user_us += ru->ru_utime.tv_sec * 1000000LL + ru->ru_utime.tv_usec;
    t->system_us += ru->ru_stime.tv_sec * 1000000LL + ru->ru_stime.tv_usec;
    if (ru->ru_maxrss * 1024LL > t->rec.max_rss)
        t->rec.max_rss = ru->ru_maxrss * 1024LL;
}

void
taskrun_reaped(struct taskrun *t, pid_t pid, int status,
               const struct rusage *ru)
{
    note_use(t, ru);
    for (size_t i = 0; t->live > 0 && i < (size_t)t->launch.count; i++)
        if (t->copy[i].pid == pid) {
            copy_ended(t, i, status);
            return;
        }
    for (size_t i = 0; i < t->norphans; i++)
        if (t->orphan[i] == pid)
            t->orphan[i--] = t->orphan[--t->norphans];
}

void
taskrun_adopt(struct taskrun *t, pid_t pid)
{
    t->orphan = xrealloc(t->orphan, t->norphans + 1, sizeof(*t->orphan));
    t->orphan[t->norphans++] = pid;
}

/* Children that are not copies of any of the N tasks RUNS are orphans of
 * ENDED. */
static void
adopt_rest(struct taskrun *const *runs, size_t n, struct taskrun *ended)
{
    size_t nchildren;
    pid_t *pid = proctree_children(&nchildren);

    for (size_t i = 0; i < nchildren; i++) {
        bool owned = false;

        for (size_t k = 0; k < n && !owned; k++)
            owned = taskrun_owns(runs[k], pid[i]);
        if (!owned)
            taskrun_adopt(ended, pid[i]);
    }
    free(pid);
}

void
taskrun_reap(struct taskrun *const *runs, size_t n)
{
    struct taskrun *ended = NULL;
    struct rusage ru;
    int status;
    pid_t pid;

    while ((pid = wait4(-1, &status, WNOHANG, &ru)) > 0)
        for (size_t i = 0; i < n; i++)
            if (taskrun_owns(runs[i], pid)) {
                ended = runs[i];
                taskrun_reaped(ended, pid, status, &ru);
                break;
            }
    if (ended != NULL)
        adopt_rest(runs, n, ended);
}

void
taskrun_limit(struct taskrun *t, long long seconds)
{
    if (seconds <= 0 || t->live == 0)
        return;
    t->launch.wall = seconds;
    t->t_wall = t->t_begin + seconds * 1000;
}

bool
taskrun_over(const struct taskrun *t)
{
    return t->live == 0 && t->norphans == 0;
}

static void
signal_tree(pid_t pid, int sig)
{
    if (pid <= 0)
        return;
    proctree_signal(pid, sig);
    kill(pid, sig);
}

/* Send SIG to all processes of T. */
static void
signal_all(const struct taskrun *t, int sig)
{
    for (size_t i = 0; t->live > 0 && i < (size_t)t->launch.count; i++)
        signal_tree(t->copy[i].pid, sig);
    for (size_t i = 0; i < t->norphans; i++)
        signal_tree(t->orphan[i], sig);
}

void
taskrun_end(struct taskrun *t, enum exitrec_why why, long long grace_s)
{
    exitwhy_note(&t->rec, why);
    if (t->t_kill == 0 || grace_s == 0)
        t->t_kill = time_mono_ms() + grace_s * 1000;
    if (grace_s > 0) {
        signal_all(t, SIGTERM);
        signal_all(t, SIGCONT);
    }
}

void
taskrun_stop(const struct taskrun *t, bool stop)
{
    signal_all(t, stop ? SIGSTOP : SIGCONT);
}

long long
taskrun_turn(struct taskrun *t, long long now)
{
    if (t->t_kill > 0 && now >= t->t_kill && !taskrun_over(t)) {
        signal_all(t, SIGKILL);
        return now + KILL_AGAIN_MS;
    }
    if (t->t_wall > 0 && t->t_kill == 0 && now >= t->t_wall)
        taskrun_end(t, EXITREC_WALLTIME, t->launch.grace);
    return t->t_kill > 0 ? t->t_kill : t->t_wall;
}

void
taskrun_record(struct taskrun *t)
{
    t->rec.t_end_ms = time_now_ms();
    t->rec.cpu_user_ms = t->user_us / 1000;
    t->rec.cpu_system_ms = t->system_us / 1000;
    exitwhy_explain(&t->rec, &t->launch);
}
