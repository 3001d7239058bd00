/* gatekeeper/staging/staging.h - the interface for moving a job's files before
 * and after it and for cleaning up: one table, filled by stage_gridcp.c, which
 * runs gridcp as the mapped user.
 *
 * start() begins a step and done() reports its end; the engine never waits.
 * The stager has its own slots (gatekeeper.staging_slots), queue and deadline
 * (gatekeeper.staging_deadline). */
#ifndef GATEKEEPER_STAGING_STAGING_H
#define GATEKEEPER_STAGING_STAGING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/conf.h"
#include "base/err.h"
#include "jobs/job.h"

enum stage_step {
    STAGE_IN,    /* job->stage_in */
    STAGE_OUT,   /* job->stage_out */
    STAGE_CLEAN, /* delete_after of both lists, then job->clean_up */
    STAGE_STEPS
};

/* One step of one job; borrowed for the call of start(), which copies what it
 * needs.  The job is registered with the runner. */
struct stage_job {
    const char *id;        /* UUID */
    const char *account;   /* local account */
    const char *session;   /* absolute path */
    const char *owner;     /* certificate name */
    const struct job *job; /* the record, ${GLOBUS_*} already replaced */
    bool credential; /* the job's credential is installed in its session */
    bool failed;     /* for STAGE_OUT, STAGE_CLEAN: the run failed */
};

/* A piece of an input that the job's owner uploads; borrowed for a call. */
struct stage_piece {
    long long first; /* its offset in the input */
    long long total; /* the input's size according to the sender; -1: not known
                        yet, and more will follow */
    const void *data;
    size_t len;
};

/* How a step ended. */
struct stage_result {
    bool ok;
    bool transient;  /* not ok, but a later retry may succeed; the stager's own
                        retries are used up */
    char fault[512]; /* one sentence that names file and URL; "" */
    long long bytes; /* transferred */
    long long files;
};

struct runner;

/* What the gatekeeper provides to the stager; it outlives the stager. */
struct stage_host {
    const struct conf *conf;
    struct runner *runner;
    /* The step of job ID has ended.  Any thread; called exactly once per
     * successful start(), unless cancelled. */
    void (*done)(void *arg, const char *id, enum stage_step step,
                 const struct stage_result *result);
    /* The step of job ID is delayed because of WHY and will be retried; NULL:
     * it continues.  Any thread; the pointer may be NULL. */
    void (*waits)(void *arg, const char *id, const char *why);
    /* Append the PEM of OWNER's delegated credential DELEGATION_ID (for a
     * transfer's own); -1 with ERR NOT_FOUND. */
    int (*credential)(void *arg, const char *owner, const char *delegation_id,
                      struct buf *pem, struct err *err);
    /* Whether a step may act now; false once another gatekeeper may have taken
     * the job over.  Quick, any thread.  NULL: always. */
    bool (*may_work)(void *arg);
    void *arg;
};

struct stager {
    const char *name;
    /* Create *self. */
    int (*open)(const struct stage_host *host, void **self, struct err *err);
    /* Close; transfers keep running, and the next start() adopts them.  NULL
     * ok. */
    void (*close)(void *self);
    /* Check that these transfers are possible here (schemes of
     * gatekeeper.staging_allow).  Pure, any thread.  -1 with ERR UNSUPPORTED or
     * USAGE, naming the URL. */
    int (*check)(void *self, const struct job *job, struct err *err);
    /* Begin STEP of JOB, or continue it after a restart: a running transfer is
     * adopted or replaced, never doubled, and files that have arrived are not
     * moved again. done() is also called for a step with nothing to do.  -1
     * with ERR: the step cannot be queued. */
    int (*start)(void *self, const struct stage_job *job, enum stage_step step,
                 struct err *err);
    /* Write PIECE of the input FILE (plain, relative) of job ID, whose STAGE_IN
     * waits for it.  Any thread.  -1 with ERR: STATE (the job waits for no
     * input, or PIECE is not at the next offset), NOT_FOUND (FILE is not an
     * uploaded input), USAGE, AUTHZ, NOSPACE, IO. */
    int (*upload)(void *self, const char *id, const char *file,
                  const struct stage_piece *piece, struct err *err);
    /* Append the state of job ID's uploads: stage_upload_text().  -1 with ERR:
     * STATE, as above. */
    int (*uploads)(void *self, const char *id, struct buf *out,
                   struct err *err);
    /* Cancel STEP of job ID; done() is not called after the return. */
    void (*cancel)(void *self, const char *id, enum stage_step step);
    /* The numbers of queued and running steps, for the metrics. */
    void (*load)(void *self, long *queued, long *running);
};

extern const struct stager stager_gridcp;

#endif
