/* gatekeeper/supervisor/launch.h - the launch file: what a supervisor runs.  It
 * has NUL-terminated "key=value" fields, so no shell and no quoting ever
 * handles user data.
 *
 *   program=PATH      once; a bare name is searched in the session, then in
 *                     the PATH of env
 *   arg=TEXT          any number, in order
 *   launcher=TEXT     any number, in order: a program and its arguments that
 *                     starts the program on the nodes of the job
 *   env=NAME=VALUE    any number; the last value of a name counts
 *   directory=PATH    working directory; default the session
 *   input= output= error=PATH   default /dev/null, "stdout", "stderr"
 *   count=N           number of copies, started together
 *   wall=SECONDS      all copies are ended after this time
 *   grace=SECONDS     between SIGTERM and SIGKILL
 *   inherit=1         start from the supervisor's own environment (as set by
 *                     a batch system); otherwise env is the whole environment
 *   notice=1          the batch system sends SIGUSR1 before it stops the run
 *                     and SIGUSR2 before it kills it; the program ignores
 *                     both unless it catches them
 *   limit.NAME=NUMBER see launch.def
 *   tasks=N           the file of an array with N tasks; see launch_task()
 *   sweep=TEXT        what else differs from task to task (base/sweep.h)
 *
 * Relative paths are relative to the session directory. */
#ifndef GATEKEEPER_SUPERVISOR_LAUNCH_H
#define GATEKEEPER_SUPERVISOR_LAUNCH_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

#define LAUNCH_COUNT_MAX  1024
#define LAUNCH_FIELDS_MAX 65536
#define LAUNCH_TASKS_MAX  100000
/* Environment variables of a task's program. ${GATEHOUSE_TASK} is also replaced
 * in paths, arguments and values of the environment. */
#define LAUNCH_TASK       "GATEHOUSE_TASK"  /* 0 to N - 1 */
#define LAUNCH_TASKS      "GATEHOUSE_TASKS" /* N */

enum launch_limit {
#define LAUNCH_LIMIT(name, resource) LAUNCH_##name,
#include "gatekeeper/supervisor/launch.def"
#undef LAUNCH_LIMIT
    LAUNCH_LIMITS
};

/* Strings point into the text that was parsed. */
struct launch {
    const char *program;
    const char **argv; /* argv[0] is program; NULL at the end */
    size_t argc;
    const char **launcher; /* arguments before the program; NULL at the end */
    size_t nlauncher;
    const char **envp; /* NULL at the end */
    size_t nenv;
    const char *directory, *input, *output, *error; /* NULL: default */
    const char *sweep;                              /* NULL: none */
    long long count, wall, grace, inherit, notice;  /* wall 0: none */
    long long limit[LAUNCH_LIMITS];                 /* -1: not set */
    long long tasks;                                /* 0: not an array */
    char **owned; /* strings made by launch_task() */
    size_t nowned;
};

/* Parse the N bytes TEXT; L points into it.  -1 with ERR: SYNTAX. */
int launch_parse(const char *text, size_t n, struct launch *l, struct err *err);
/* Turn L, the launch file of an array, into that of task TASK: replace the task
 * number and what its sweep assigns, give default output files a suffix
 * (stdout.TASK), and add the mark of attempt ATTEMPT (0 for the only one of a
 * single-task job).  No change if L is not an array's.  -1 with ERR: STATE, L
 * has no such task, or has several and ATTEMPT is 0; SYNTAX, its sweep cannot
 * be read. */
int launch_task(struct launch *l, uint32_t task, uint32_t attempt,
                struct err *err);
/* Free the arrays. */
void launch_fini(struct launch *l);
/* The value of NAME in the environment; NULL if it is not set. */
const char *launch_env(const struct launch *l, const char *name);

/* Append one field; VALUE must not contain NULs. */
void launch_add(struct buf *spec, const char *key, const char *value);
/* Append one field with a number. */
void launch_add_number(struct buf *spec, const char *key, long long value);
/* Append "env=NAME=VALUE". */
void launch_add_env(struct buf *spec, const char *name, const char *value);
/* Append "limit.NAME=VALUE" unless VALUE is negative. */
void launch_add_limit(struct buf *spec, enum launch_limit limit,
                      long long value);
/* The setrlimit(2) resource of LIMIT. */
int launch_resource(enum launch_limit limit);

#endif
