/* gatekeeper/staging/staging.h - moving a job's files before and after it, and
 * clearing up: one table, filled by stage_gridcp.c, which has gridcp do it as
 * the mapped user.
 *
 * A step is started and told of by done() later; the engine never waits for
 * it.  The stager has its own slots (gatekeeper.staging_slots), queue and
 * deadline (gatekeeper.staging_deadline). */
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
    bool failed;     /* STAGE_OUT, STAGE_CLEAN after a failed run */
};

/* Bytes of an input that the job's owner uploads; borrowed for a call. */
struct stage_piece {
    long long first; /* their place in it */
    long long total; /* its size, as the sender says; -1: not said yet, and more
                        comes */
    const void *data;
    size_t len;
};

/* How a step ended. */
struct stage_result {
    bool ok;
    bool transient;  /* not ok, but trying again later may help; the stager's
                        own retries are used up */
    char fault[512]; /* one sentence that names file and URL; "" */
    long long bytes; /* moved */
    long long files;
};

struct runner;

/* What the gatekeeper lends the stager; lives longer than it. */
struct stage_host {
    const struct conf *conf;
    struct runner *runner;
    /* The step of job ID is over.  Any thread; exactly once a start() that
     * returned 0, unless cancelled. */
    void (*done)(void *arg, const char *id, enum stage_step step,
                 const struct stage_result *result);
    /* The step of job ID does not go on now, because of WHY, and is tried
     * again; NULL: it goes on.  Any thread; may be NULL itself. */
    void (*waits)(void *arg, const char *id, const char *why);
    /* Append the PEM of OWNER's delegated credential DELEGATION_ID (for a
     * transfer's own); -1 with ERR NOT_FOUND. */
    int (*credential)(void *arg, const char *owner, const char *delegation_id,
                      struct buf *pem, struct err *err);
    /* Whether anything may be done for a step now: not once another gatekeeper
     * may have taken the job over.  Quick, any thread.  NULL: always. */
    bool (*may_work)(void *arg);
    void *arg;
};

struct stager {
    const char *name;
    /* Make *self. */
    int (*open)(const struct stage_host *host, void **self, struct err *err);
    /* Transfers go on and are adopted by the next start().  NULL ok. */
    void (*close)(void *self);
    /* Can these transfers be done here (schemes of gatekeeper.staging_allow)?
     * Pure, any thread.  -1 with ERR UNSUPPORTED or USAGE, naming the URL. */
    int (*check)(void *self, const struct job *job, struct err *err);
    /* Begin STEP of JOB; again after a restart: a transfer still running is
     * adopted or replaced, never two, and what is already there is not moved
     * again.  A step with nothing to do is told done() as well.  -1 with ERR:
     * cannot even be queued. */
    int (*start)(void *self, const struct stage_job *job, enum stage_step step,
                 struct err *err);
    /* Write PIECE of the input FILE (plain, relative) of job ID, whose STAGE_IN
     * waits for it.  Any thread.  -1 with ERR: STATE (no input is waited for,
     * or other bytes are), NOT_FOUND (no input of this name is uploaded),
     * USAGE, AUTHZ, NOSPACE, IO. */
    int (*upload)(void *self, const char *id, const char *file,
                  const struct stage_piece *piece, struct err *err);
    /* Append what job ID has of its uploads: stage_upload_text().  -1 with ERR:
     * STATE, as above. */
    int (*uploads)(void *self, const char *id, struct buf *out,
                   struct err *err);
    /* Give STEP of job ID up; no done() after the return. */
    void (*cancel)(void *self, const char *id, enum stage_step step);
    /* Steps queued and running now, for the metrics. */
    void (*load)(void *self, long *queued, long *running);
};

extern const struct stager stager_gridcp;

#endif
