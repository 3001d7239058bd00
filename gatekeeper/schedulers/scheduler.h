/* gatekeeper/schedulers/scheduler.h - what a local scheduler is to the
 * gatekeeper: one table, filled by one file for each kind (fork.c, slurm.c).
 *
 * The life engine calls submit(), find(), release() and cancel() from several
 * threads at once, for different owners, and poll() from one: what hangs delays
 * its own jobs and no others.  Every function returns within its deadline.
 * Exactly once: submit() hands the job over HELD under a name that was on disk
 * before; its id is on disk before release(); after any doubt find() says what
 * is there under that name. */
#ifndef GATEKEEPER_SCHEDULERS_SCHEDULER_H
#define GATEKEEPER_SCHEDULERS_SCHEDULER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/conf.h"
#include "base/err.h"
#include "jobs/job.h"

#define SCHED_ID_MAX    64
#define SCHED_HOSTS_MAX 256

/* One task as an adapter sees it; all borrowed for the call.  Its job was
 * registered with the runner before, so that session and account exist. */
struct sched_job {
    const char *id;       /* the job's UUID: what the runner knows it by */
    unsigned task, tasks; /* which of how many; an ordinary job has one */
    unsigned limit;   /* of the job's tasks so many run at once; 0 any number */
    unsigned attempt; /* from 1 on; what was submitted for an earlier one is
                         over */
    const char *submit_name; /* never given again; [A-Za-z0-9-], at most 63 */
    const char *account;     /* local account */
    const char *session;     /* absolute path of its directory */
    const char *sched_id;    /* the scheduler's id; "" before submit() */
    const struct job *job;   /* the record, ${GLOBUS_*} already replaced;
                                set for submit() alone, else NULL */
    bool credential;         /* a credential is installed in the session */
    bool started;            /* it is known to have been running */
    long long submitted_ms;  /* since then at the latest the scheduler has had
                                its job; 0 not known: what its program printed
                                is no proof, having been shown it is */
    bool force;              /* cancel() was in vain before: no grace now */
};

enum sched_state {
    SCHED_UNKNOWN,   /* the scheduler could not be asked, or said something
                        new: nothing follows from it */
    SCHED_HELD,      /* submitted, not released */
    SCHED_PENDING,   /* in its queue */
    SCHED_RUNNING,   /* started */
    SCHED_SUSPENDED, /* started, stopped by the scheduler */
    SCHED_ENDED,     /* over: exit is filled */
    SCHED_LOST,      /* over, and nobody knows how (supervisor killed, host
                        rebooted, no record after the grace): fault says so */
    SCHED_FORGOTTEN  /* the scheduler does not know its name, and it never
                        began: to be handed over once more */
};

/* How a job ended, from its own exit record. Times in ms since 1970 UTC, 0 not
 * known; -1 for numbers not known. */
struct sched_exit {
    int code;   /* 0..255; -1 when ended by a signal */
    int signal; /* 0 when it exited */
    long long started_ms, ended_ms;
    long long user_ms, system_ms; /* CPU of the whole tree */
    long long maxrss;             /* bytes */
    char fault[256]; /* why it is a failure beyond code and signal ("wall time
                        limit of 60 s exceeded", "cannot execute
                        '/bin/nope': ..."); "" none */
};

/* An answer of poll() or find(). */
struct sched_status {
    char sched_id[SCHED_ID_MAX];
    enum sched_state state;
    bool shown;                  /* the batch system itself lists it */
    char hosts[SCHED_HOSTS_MAX]; /* where it runs or ran, as the scheduler
                                    writes it ("n[1-2]"); "" not known */
    long long started_ms;        /* once running; 0 not known */
    struct sched_exit exit; /* SCHED_ENDED, SCHED_LOST (fault); of the others
                               fault alone: what it waits for, or why its state
                               is not known */
};

/* One that find() found: it is of the asked task of this number. */
struct sched_found {
    size_t of;
    struct sched_status status;
};

/* What the scheduler offers now: for GLUE 2.0 and for validation. */
struct sched_share {
    char name[64]; /* queue; "" the only one */
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

/* What the gatekeeper lends an adapter; lives longer than it. */
struct sched_host {
    const struct conf *conf;
    struct runner *runner;
    /* "ask about task TASK of job ID soon": a hint, never the truth.  Any
     * thread. */
    void (*hint)(void *arg, const char *id, unsigned task);
    /* Whether what waits may be started now: not while another gatekeeper may
     * have taken it over.  Quick, any thread.  NULL: always. */
    bool (*may_start)(void *arg);
    void *arg;
};

struct batch_system;

struct scheduler {
    const char *name; /* as in gatekeeper.schedulers */
    /* The batch system whose commands are used (batch.h); NULL: fork. */
    const struct batch_system *batch;
    /* Milliseconds between polls while jobs live there and no hint came. */
    int poll_ms;
    /* poll() asks each account's own part (fork): it is called for the jobs of
     * one owner at a time, from the owners' threads. */
    bool poll_by_owner;
    /* Make *self of TABLE, which is this one.  -1 with ERR CONFIG: this site
     * cannot use it. */
    int (*open)(const struct scheduler *table, const struct sched_host *host,
                void **self, struct err *err);
    /* Jobs go on.  NULL ok. */
    void (*close)(void *self);
    /* Can this record be honoured here (queue, count, limits)?  Pure, any
     * thread.  -1 with ERR UNSUPPORTED or USAGE, naming the field; NULL: all
     * can. */
    int (*check)(void *self, const struct job *job, struct err *err);
    /* Hand N tasks of one job over, held; their ids into SCHED_ID.  A failure
     * of one task is in errs[i] (ERR_OK otherwise); -1 with ERR when it is that
     * of all: TIMEOUT, UNREACHABLE, IO = in doubt, find() decides; REMOTE,
     * UNSUPPORTED, USAGE, AUTHZ = refused for good, the sentence is the user's.
     */
    int (*submit)(void *self, const struct sched_job *tasks, size_t n,
                  char (*sched_id)[SCHED_ID_MAX], struct err *errs,
                  struct err *err);
    /* All that exist under the submit names of N tasks of one account, in one
     * question: *nfound of them in *found, which the caller frees.  -1 with
     * ERR: not known, ask later. */
    int (*find)(void *self, const struct sched_job *tasks, size_t n,
                struct sched_found **found, size_t *nfound, struct err *err);
    /* Let N held jobs go; idempotent.  A refusal for one job is in errs[i]
     * (ERR_OK otherwise).  -1 with ERR when none was done. */
    int (*release)(void *self, const struct sched_job *jobs, size_t n,
                   struct err *errs, struct err *err);
    /* The state of N jobs in one question; status[i] is of jobs[i].  -1 with
     * ERR: not known, ask later. */
    int (*poll)(void *self, const struct sched_job *jobs, size_t n,
                struct sched_status *status, struct err *err);
    /* After a restart, before any other call about a task: it was released
     * before, so it may be running; poll() or release() finds out.  NULL: the
     * scheduler remembers. */
    void (*expect)(void *self, const struct sched_job *task);
    /* End N jobs (held, queued or running: SIGTERM, grace, SIGKILL, the whole
     * tree); idempotent, does not wait for the end: poll() tells it. */
    int (*cancel)(void *self, const struct sched_job *jobs, size_t n,
                  struct err *err);
    /* Stop and continue a released job (RUNNING <-> SUSPENDED); NULL:
     * unsupported. */
    int (*suspend)(void *self, const struct sched_job *job, bool stop,
                   struct err *err);
    /* Forget a job that ended: its record is in our store. NULL: nothing. */
    void (*forget)(void *self, const struct sched_job *job);
    /* Fill INFO. */
    int (*describe)(void *self, struct sched_info *info, struct err *err);
    /* Whether the batch system answered when it was asked last: from memory,
     * any thread.  -1 with ERR UNREACHABLE, which says since when it does not.
     * NULL: there is nothing that has to answer. */
    int (*answers)(void *self, struct err *err);
    /* For -t, without open(): ask the batch system whether it can be used. -1
     * with ERR: what is missing.  What only may be wrong is logged.  NULL:
     * nothing can be missing. */
    int (*verify)(const struct scheduler *table, const struct sched_host *host,
                  struct err *err);
};

/* The table of NAME; NULL when this build has none. */
const struct scheduler *scheduler_find(const char *name);
/* All of them, NULL at the end. */
extern const struct scheduler *const schedulers[];

/* The adapters, one file each. */
extern const struct scheduler scheduler_fork;
extern const struct scheduler scheduler_slurm;
extern const struct scheduler scheduler_sge;
extern const struct scheduler scheduler_pbs;

#endif
