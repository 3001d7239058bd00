/* gatekeeper/supervisor/launch.h - what a supervisor is to run: NUL-terminated
 * "key=value" fields, so that no shell and no quoting ever sees user data.
 *
 *   program=PATH      once; a bare name is looked for in the session, then in
 *                     the PATH of env
 *   arg=TEXT          any number, in order
 *   launcher=TEXT     any number, in order: a program and its words, which
 *                     starts the program on the nodes of the job
 *   env=NAME=VALUE    any number; the last of a name counts
 *   directory=PATH    working directory; default the session
 *   input= output= error=PATH   default /dev/null, "stdout", "stderr"
 *   count=N           copies started at once
 *   wall=SECONDS      all are ended after this long
 *   grace=SECONDS     between SIGTERM and SIGKILL
 *   inherit=1         begin with the environment the supervisor has itself
 *                     (what a batch system set); else env is all there is
 *   notice=1          SIGUSR1 says that a batch system is about to stop the
 *                     run, SIGUSR2 that it is about to kill it; the program
 *                     ignores both unless it catches them
 *   limit.NAME=NUMBER see launch.def
 *   tasks=N           it is an array's: N runs of it, by launch_task()
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
/* Both are variables of a task's program; the first is replaced, too, as
 * ${GATEHOUSE_TASK} in paths, arguments and values of the environment. */
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
    const char **launcher; /* words put before the program; NULL at the end */
    size_t nlauncher;
    const char **envp; /* NULL at the end */
    size_t nenv;
    const char *directory, *input, *output, *error; /* NULL: default */
    long long count, wall, grace, inherit, notice;  /* wall 0: none */
    long long limit[LAUNCH_LIMITS];                 /* -1: not set */
    long long tasks;                                /* 0: no array */
    char **owned; /* texts made by launch_task() */
    size_t nowned;
};

/* Read the N bytes TEXT, which L then points into.  -1 with ERR: SYNTAX. */
int launch_parse(const char *text, size_t n, struct launch *l, struct err *err);
/* Make L, the launch file of an array, that of task TASK: its number where it
 * is asked for, output files of its own (stdout.TASK) where none are named, and
 * the mark of its attempt ATTEMPT, 0 for the only one of a job of one task.
 * Where L is of no array it stays as it is.  -1 with ERR STATE: L has no such
 * task, or more than one and ATTEMPT is 0. */
int launch_task(struct launch *l, uint32_t task, uint32_t attempt,
                struct err *err);
/* Free the arrays. */
void launch_fini(struct launch *l);
/* The value of NAME in the environment; NULL when it is not there. */
const char *launch_env(const struct launch *l, const char *name);

/* Append one field; VALUE must not hold NULs. */
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
