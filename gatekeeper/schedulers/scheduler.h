/* gatekeeper/schedulers/scheduler.h - the interface to local schedulers: one
 * table per kind, each in its own file (fork.c, slurm.c).
 *
 * The life engine calls submit(), find(), release() and cancel() from several
 * threads at once, for different owners, and poll() from one, so a call that
 * hangs delays only its own jobs.  Every function returns within its deadline.
 * Exactly once: submit() hands the job over HELD under a name that is already
 * on disk; its id is on disk before release(); in doubt, find() says which jobs
 * exist under that name. */
#ifndef GATEKEEPER_SCHEDULERS_SCHEDULER_H
#define GATEKEEPER_SCHEDULERS_SCHEDULER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/conf.h"
#include "base/err.h"
#include "jobs/job.h"

#define SCHED_ID_MAX    64
#define SCHED_HOSTS_MAX 256

/* One task for an adapter; all fields are borrowed for the call.  Its job is
 * registered with the runner, so session and account exist. */
struct sched_job {
    const char *id;       /* the job's UUID, also for the runner */
    unsigned task, tasks; /* its index, and the job's number of tasks */
    unsigned limit;   /* how many of the job's tasks run at once; 0 no limit */
    unsigned attempt; /* from 1 on; earlier attempts have ended */
    const char *submit_name; /* unique forever; [A-Za-z0-9-], at most 63 */
    const char *account;     /* local account */
    const char *session;     /* absolute path of its session directory */
    const char *sched_id;    /* the scheduler's id; "" before submit() */
    const struct job *job; /* the record, ${GLOBUS_*} already replaced; only for
                              submit(), otherwise NULL */
    bool credential;       /* a credential is installed in the session */
    bool started;          /* it is known to have run */
    long long submitted_ms; /* the scheduler is known to have had the job by
                               then; 0 unknown: an id in the program's output is
                               no proof, a listing is */
    bool force; /* an earlier cancel() had no effect: no grace period */
};

enum sched_state {
    SCHED_UNKNOWN,   /* no answer, or an unknown one: draw no conclusion */
    SCHED_HELD,      /* submitted, not released */
    SCHED_PENDING,   /* in its queue */
    SCHED_RUNNING,   /* started */
    SCHED_SUSPENDED, /* started, stopped by the scheduler */
    SCHED_ENDED,     /* ended: exit is filled */
    SCHED_LOST, /* ended, and how is unknown (supervisor killed, host rebooted,
                   no record after the grace period): see fault */
    SCHED_FORGOTTEN /* unknown to the scheduler, and it never began: submit it
                       again */
};

/* How a job ended, from its own exit record.  Times in ms since 1970 UTC, 0
 * unknown; -1 for unknown numbers. */
struct sched_exit {
    int code;   /* 0..255; -1 after a signal */
    int signal; /* 0 if it exited */
    long long started_ms, ended_ms;
    long long user_ms, system_ms; /* CPU time of all its processes */
    long long maxrss;             /* bytes */
    char fault[256]; /* why it failed, beyond code and signal ("wall time limit
                        of 60 s exceeded", "cannot execute '/bin/nope': ...");
                        "" none */
};

/* An answer of poll() or find(). */
struct sched_status {
    char sched_id[SCHED_ID_MAX];
    enum sched_state state;
    bool shown;                  /* the batch system lists it */
    char hosts[SCHED_HOSTS_MAX]; /* where it runs or ran, as the scheduler
                                    writes it ("n[1-2]"); "" unknown */
    long long started_ms;        /* once running; 0 unknown */
    /* For SCHED_ENDED and SCHED_LOST; for others only fault is used: what the
     * job waits for, or why its state is unknown. */
    struct sched_exit exit;
};

/* A job found by find(), of task number OF of the question. */
struct sched_found {
    size_t of;
    struct sched_status status;
};

/* What the scheduler offers now, for GLUE 2.0 and for validation. */
struct sched_share {
    char name[64]; /* queue; "" for the only one */
    long running, waiting, slots, free_slots;
    long long max_wall; /* seconds; -1 none */
};
#define SCHED_SHARES_MAX 16
struct sched_info {
    char product[32], version[32]; /* "fork", "slurm" "22.05.8" */
    struct sched_share share[SCHED_SHARES_MAX];
    size_t nshares;
};

struct runner;

/* What the gatekeeper provides to an adapter; it outlives the adapter. */
struct sched_host {
    const struct conf *conf;
    struct runner *runner;
    /* Ask for a poll of task TASK of job ID soon: only a hint.  Any thread. */
    void (*hint)(void *arg, const char *id, unsigned task);
    /* Whether waiting tasks may be started now; false once another gatekeeper
     * may have taken them over.  Quick, any thread.  NULL: always. */
    bool (*may_start)(void *arg);
    void *arg;
};

struct batch_system;

struct scheduler {
    const char *name; /* as in gatekeeper.schedulers */
    /* The batch system whose commands are used (batch.h); NULL: fork. */
    const struct batch_system *batch;
    /* Milliseconds between polls while it has jobs and gives no hint. */
    int poll_ms;
    /* poll() asks each account's own supervisors (fork): it is called for one
     * owner's jobs at a time, from the owners' threads. */
    bool poll_by_owner;
    /* Make *self of TABLE, which is this one.  -1 with ERR CONFIG: this site
     * cannot use it. */
    int (*open)(const struct scheduler *table, const struct sched_host *host,
                void **self, struct err *err);
    /* Close; jobs keep running.  NULL ok. */
    void (*close)(void *self);
    /* Check that the record can be honoured here (queue, count, limits).  Pure,
     * any thread.  -1 with ERR UNSUPPORTED or USAGE, naming the field.  NULL:
     * accept all. */
    int (*check)(void *self, const struct job *job, struct err *err);
    /* Submit N tasks of one job, held; their ids go to SCHED_ID. errs[i] is the
     * error of one task (ERR_OK otherwise).  -1 with ERR for all: TIMEOUT,
     * UNREACHABLE, IO: in doubt, find() decides; REMOTE, UNSUPPORTED, USAGE,
     * AUTHZ: refused for good, the text is shown to the user. */
    int (*submit)(void *self, const struct sched_job *tasks, size_t n,
                  char (*sched_id)[SCHED_ID_MAX], struct err *errs,
                  struct err *err);
    /* Find all jobs that exist under the submit names of N tasks of one
     * account, with one request: *nfound of them in *found, which the caller
     * frees.  -1 with ERR: unknown, ask later. */
    int (*find)(void *self, const struct sched_job *tasks, size_t n,
                struct sched_found **found, size_t *nfound, struct err *err);
    /* Release N held jobs; idempotent. errs[i] is the refusal for one job
     * (ERR_OK otherwise).  -1 with ERR if none was released. */
    int (*release)(void *self, const struct sched_job *jobs, size_t n,
                   struct err *errs, struct err *err);
    /* Get the states of N jobs with one request; status[i] is that of jobs[i].
     * -1 with ERR: unknown, ask later. */
    int (*poll)(void *self, const struct sched_job *jobs, size_t n,
                struct sched_status *status, struct err *err);
    /* Called after a restart before any other call about a task that was
     * released before: it may be running; poll() or release() finds out.  NULL:
     * not needed. */
    void (*expect)(void *self, const struct sched_job *task);
    /* End N jobs (held, queued or running) with all their processes: SIGTERM,
     * SIGKILL after the grace period.  Idempotent; does not wait for the end,
     * which poll() reports. */
    int (*cancel)(void *self, const struct sched_job *jobs, size_t n,
                  struct err *err);
    /* Suspend or continue a released job (RUNNING <-> SUSPENDED); NULL:
     * unsupported. */
    int (*suspend)(void *self, const struct sched_job *job, bool stop,
                   struct err *err);
    /* The limits of a job have changed to those of RECORD, whose wall time was
     * BEFORE (0: none): apply them to its N tasks TASKS, at least one, as far
     * as the system has them, and to their supervisors.  Only the wall time
     * changes; idempotent.  -1 with ERR: STATE, the system refused, and nothing
     * has changed; or the result is not known.  NULL: not supported. */
    int (*set_limits)(void *self, const struct sched_job *tasks, size_t n,
                      const struct job *record, long long before,
                      struct err *err);
    /* Drop the state of an ended job, whose end is stored.  NULL: no state. */
    void (*forget)(void *self, const struct sched_job *job);
    /* Fill INFO. */
    int (*describe)(void *self, struct sched_info *info, struct err *err);
    /* Whether the batch system answered when it was asked last: from memory,
     * any thread.  -1 with ERR UNREACHABLE, which says since when it does not.
     * NULL: there is nothing that has to answer. */
    int (*answers)(void *self, struct err *err);
    /* For -t, without open(): ask the batch system whether it can be used.  -1
     * with ERR: what is missing.  Doubtful findings are only logged.  NULL:
     * there is nothing to check. */
    int (*verify)(const struct scheduler *table, const struct sched_host *host,
                  struct err *err);
};

/* Find the table of NAME; NULL if this build has none. */
const struct scheduler *scheduler_find(const char *name);
/* All tables; ends with NULL. */
extern const struct scheduler *const schedulers[];

/* The adapters, one file each. */
extern const struct scheduler scheduler_fork;
extern const struct scheduler scheduler_slurm;
extern const struct scheduler scheduler_sge;
extern const struct scheduler scheduler_pbs;

#endif
