/* gatekeeper/supervisor/exitwhy.c - see exitwhy.h. */
#include "gatekeeper/supervisor/exitwhy.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

/* Whether SIGNAL ended the run, directly or by a shell's exit code 128 +
 * SIGNAL. */
static bool
ended_by(const struct exitrec *rec, int signal)
{
    return rec->signal == signal || rec->exit_code == 128 + signal;
}

/* Put into TEXT which limit ended the run, if this is certain.  It never is for
 * memory: the program sees a failed allocation and handles it in its own
 * way. */
static bool
name_limit(const struct exitrec *rec, const struct launch *l, char *text,
           size_t size)
{
    long long cpu = l->limit[LAUNCH_cpu], file = l->limit[LAUNCH_fsize];
    /* The kernel enforces the limit in ticks but reports finer times. */
    bool used = rec->cpu_user_ms + rec->cpu_system_ms >= cpu * 900;

    if (cpu >= 0 &&
        (ended_by(rec, SIGXCPU) || (used && ended_by(rec, SIGKILL))))
        snprintf(text, size, "CPU time limit of %lld s exceeded", cpu);
    else if (file >= 0 && rec->signal == SIGXFSZ)
        snprintf(text, size, "file size limit of %lld bytes exceeded", file);
    else
        return false;
    return true;
}

/* Mention the limits that may have caused a death by signal: failed
 * allocations, or a stack that could not grow. */
static void
add_limits(const struct exitrec *rec, const struct launch *l, char *text,
           size_t size)
{
    static const struct {
        enum launch_limit limit;
        const char *name;
    } rows[] = { { LAUNCH_memory, "memory" },
                 { LAUNCH_data, "data" },
                 { LAUNCH_stack, "stack" } };
    size_t n = strlen(text);

    if (rec->signal != SIGSEGV && rec->signal != SIGABRT &&
        rec->signal != SIGBUS && rec->signal != SIGKILL)
        return;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (l->limit[rows[i].limit] >= 0 && n < size)
            n += (size_t)snprintf(text + n, size - n,
                                  "; it may have reached its %s limit of %lld "
                                  "bytes",
                                  rows[i].name, l->limit[rows[i].limit]);
}

void
exitwhy_usage(struct exitrec *rec)
{
    struct rusage ru;

    getrusage(RUSAGE_CHILDREN, &ru);
    rec->cpu_user_ms = ru.ru_utime.tv_sec * 1000LL + ru.ru_utime.tv_usec / 1000;
    rec->cpu_system_ms =
        ru.ru_stime.tv_sec * 1000LL + ru.ru_stime.tv_usec / 1000;
    rec->max_rss = ru.ru_maxrss * 1024LL;
}

void
exitwhy_explain(struct exitrec *rec, const struct launch *l)
{
    if (rec->why == EXITREC_WALLTIME)
        snprintf(rec->text, sizeof(rec->text),
                 "wall time limit of %lld s exceeded", l->wall);
    else if (rec->why == EXITREC_CANCELLED)
        snprintf(rec->text, sizeof(rec->text), "cancelled");
    else if (rec->why == EXITREC_NOT_STARTED ||
             name_limit(rec, l, rec->text, sizeof(rec->text)))
        return;
    else if (rec->signal != 0) {
        snprintf(rec->text, sizeof(rec->text), "ended by signal %d (%s)",
                 rec->signal, strsignal(rec->signal));
        add_limits(rec, l, rec->text, sizeof(rec->text));
    }
}

void
exitwhy_note(struct exitrec *rec, enum exitrec_why why)
{
    bool cancelled = why == EXITREC_CANCELLED &&
                     rec->why == EXITREC_SIGNALLED && rec->signal == SIGTERM;

    if (rec->why == EXITREC_EXITED || cancelled)
        rec->why = (int)why;
}

void
exitwhy_last(struct exitrec *rec)
{
    sigset_t pending;

    if (rec->exit_code != 0 && sigpending(&pending) == 0 &&
        sigismember(&pending, SIGTERM) == 1)
        exitwhy_note(rec, EXITREC_CANCELLED);
}
