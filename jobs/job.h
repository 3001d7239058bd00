/* jobs/job.h - the job record: every description language is parsed into it,
 * and schedulers, staging, store and index read only it.  Units: seconds,
 * bytes, decimal counts; -1 = not set. */
#ifndef JOBS_JOB_H
#define JOBS_JOB_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

struct job_env {
    char *name, *value;
};

enum job_creation {
    JOB_OVERWRITE,
    JOB_APPEND,
    JOB_DONT_OVERWRITE
};

/* A file moved before or after the job.  FILE is a path, relative to the
 * session unless absolute; URL is the other end, NULL for an input that the
 * job's owner uploads. */
struct job_transfer {
    char *file;
    char *url;
    bool upload;     /* stage-in only: the owner uploads it */
    long long bytes; /* the size of an upload */
    enum job_creation creation;
    bool delete_after;   /* DeleteOnTermination, after stage-out */
    bool executable;     /* made executable after stage-in */
    char *delegation_id; /* its own credential; NULL: the job's */
};

/* The maximum of tasks of one job. */
#define JOB_TASKS_MAX 10000
/* Replaced by the task's number, 0 to tasks - 1. */
#define JOB_TASK      "${GATEHOUSE_TASK}"

enum job_type {
    JOB_SINGLE,
    JOB_MULTIPLE,
    JOB_MPI
};

struct job {
    /* identification */
    char *name, *description, *project;
    char **annotations;
    size_t nannotations;
    char *local_user; /* requested account; NULL: the map's first */

    /* application */
    char *executable; /* path as given; relative = session directory, bare names
                         are searched in PATH */
    char **args;
    size_t nargs;
    struct job_env *env;
    size_t nenv;
    char *directory;              /* NULL: the session directory */
    char *input, *output, *error; /* paths; NULL: /dev/null, session's
                                     stdout, session's stderr */
    enum job_type type;

    /* resources */
    char *scheduler; /* requested; NULL: the site's first */
    char *queue;
    long count, host_count, procs_per_host, threads;
    /* An array: the number of tasks, each with its own number for JOB_TASK, and
     * how many of them run at once (-1 no limit). */
    long tasks, task_limit;
    char *sweep; /* what else differs between them: base/sweep.h; NULL */
    long long wall_time, cpu_time, cpu_time_total;
    /* What wall_time was when the job was accepted, its owner having changed it
     * since; -1: it is as it was.  0: there was none. */
    long long wall_time_asked;
    long long memory_max, memory_min, virtual_memory, virtual_min;
    /* per-process limits (setrlimit) */
    long long limit_core, limit_data, limit_stack, limit_fsize, limit_memlock,
        limit_nofile, limit_nproc, limit_pipe;

    /* data */
    struct job_transfer *stage_in, *stage_out;
    size_t nstage_in, nstage_out;
    char **clean_up; /* GT4 fileCleanUp */
    size_t nclean_up;

    /* control */
    bool hold; /* wait for a release before submission to the scheduler */
    char *delegation_id; /* credential of job and staging; NULL none */
};

/* Set every field to "not set". */
void job_init(struct job *job);
/* Free the record's contents. */
void job_fini(struct job *job);
/* Append a copy of the argument. */
void job_add_arg(struct job *job, const char *arg);
/* Append a copy of the variable. */
void job_add_env(struct job *job, const char *name, const char *value);
/* Append a zeroed transfer; fill it before the next call. */
struct job_transfer *job_add_stage_in(struct job *job);
/* The same for stage-out. */
struct job_transfer *job_add_stage_out(struct job *job);
/* Append a copy of the path. */
void job_add_clean_up(struct job *job, const char *path);
/* Append a copy of the text. */
void job_add_annotation(struct job *job, const char *text);

/* Check for what no description language may contain: NULs, control characters
 * in names, '..' out of the session, invalid counts, environment names with
 * '='.  -1 with ERR: USAGE, naming the field and the value. */
int job_check(const struct job *job, struct err *err);
/* The "version" of a record; any other is an error. */
#define JOB_RECORD_VERSION 1
/* Convert the record to JSON (jansson), the store's format; the caller frees
 * it. */
char *job_to_json(const struct job *job);
/* Parse a record.  -1 with ERR SYNTAX: not a record, another version, or a key,
 * word or type that this build does not know, which the message names.  Nothing
 * is skipped, and only fields that job_to_json() omits get defaults. */
int job_from_json(const char *text, struct job *job, struct err *err);
/* Make JOB as it was when it was accepted. */
void job_as_accepted(struct job *job);
/* Whether A and B describe the same work; credentials are not compared. */
bool job_same(const struct job *a, const struct job *b);

#endif
