/* jobs/job.h - the job record: what every description language parses into and
 * what schedulers, staging, store and index read.  Nothing else of a job is
 * acted on.  Units: seconds, bytes, decimal counts; -1 = not said. */
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

/* One file moved before or after the job.  FILE is a path, relative to the
 * session unless absolute; URL is the other end, NULL for an input that the
 * job's owner uploads. */
struct job_transfer {
    char *file;
    char *url;
    bool upload;     /* stage-in only: BYTES come to the gateway's own port */
    long long bytes; /* of an upload */
    enum job_creation creation;
    bool delete_after;   /* DeleteOnTermination, after stage-out */
    bool executable;     /* becomes executable after stage-in */
    char *delegation_id; /* credential of its own; NULL: the job's */
};

/* Tasks of one job. */
#define JOB_TASKS_MAX 10000
/* Where the number of a task stands, 0 to tasks - 1. */
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
    char *executable; /* path as given; relative = session directory, bare
                         names are looked for in PATH */
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
    /* An array: the job is run so many times, each with another number in place
     * of JOB_TASK; so many of them at once (-1 any). */
    long tasks, task_limit;
    char *sweep; /* what else differs between them: base/sweep.h; NULL */
    long long wall_time, cpu_time, cpu_time_total;
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
    bool hold;           /* wait for a release before the scheduler gets it */
    char *delegation_id; /* credential of job and staging; NULL none */
};

/* Everything unsaid. */
void job_init(struct job *job);
/* Free what it owns. */
void job_fini(struct job *job);
/* Add copies at the end of the lists. */
void job_add_arg(struct job *job, const char *arg);
/* As above. */
void job_add_env(struct job *job, const char *name, const char *value);
/* A new zeroed transfer at the end; fill it before the next call. */
struct job_transfer *job_add_stage_in(struct job *job);
/* As above. */
struct job_transfer *job_add_stage_out(struct job *job);
/* Add a copy. */
void job_add_clean_up(struct job *job, const char *path);
/* Add a copy. */
void job_add_annotation(struct job *job, const char *text);

/* Check what no language may say: NULs, control characters in names, '..' that
 * leaves the session, bad counts, environment names with '='.  -1 with ERR:
 * USAGE, naming the field and the value. */
int job_check(const struct job *job, struct err *err);
/* What the "version" of a record says; another one is an error. */
#define JOB_RECORD_VERSION 1
/* The record as JSON (jansson), and back: what the store keeps. */
char *job_to_json(const struct job *job);
/* -1 with ERR: SYNTAX: no record, another version, or a key, a word or a type
 * that this build does not know, which the message names.  Nothing is skipped
 * and nothing has a default but what job_to_json() leaves out. */
int job_from_json(const char *text, struct job *job, struct err *err);
/* Whether A and B ask for the same work: credentials are not compared. */
bool job_same(const struct job *a, const struct job *b);

#endif
