/* gatekeeper/schedulers/slurm.h - inside the Slurm adapter: what its files
 * share; for gatekeeper/schedulers/slurm*.c alone.
 *
 * A job is known to Slurm by its submit name, which is unique for ever; Slurm's
 * ids are given away again after a crash of its controller, so whatever is done
 * to a job is done to what squeue shows under its name and its user. */
#ifndef GATEKEEPER_SCHEDULERS_SLURM_H
#define GATEKEEPER_SCHEDULERS_SLURM_H

#include <pthread.h>

#include "base/lock.h"
#include "gatekeeper/runner/runner_client.h"
#include "gatekeeper/schedulers/scheduler.h"
#include "gatekeeper/schedulers/slurm_text.h"

#define SLURM_BUCKETS 1024

/* A job that is over at Slurm, or not known to it, and has no exit record. */
struct slurm_suspect {
    char id[UUID_TEXT];
    long long since_ms; /* of the clock that never jumps */
    struct slurm_suspect *next;
};

struct slurm {
    struct sched_host host;
    struct lock lock; /* of all below */
    struct slurm_suspect *suspect[SLURM_BUCKETS];
    /* The controller does not answer: since when, by the clock of the day, and
     * when it is asked again, by the one that never jumps. */
    long long down_ms, ask_ms;
    char down_why[160];
    struct sched_info info; /* as it was at info_ms */
    long long info_ms;      /* 0 never */
    bool asking;            /* a thread is filling info */
};

/* ---- slurm_ask.c: commands, and whether the controller answers ---- */

/* Run TOOL for JOB, as its user.  0 it did; 1 the controller refused, OUT->diag
 * says why; -1 with ERR: UNREACHABLE, since when nobody
 * answers, and whether it was done is not known; LIMIT, USAGE as runner_tool().
 * OUT is the caller's to fini. */
int slurm_ask_tool(struct slurm *s, const char *job, const char *tool,
                   const char *const *args, size_t n, const struct buf *input,
                   struct runner_output *out, struct err *err);
/* The same as the operator. */
int slurm_ask_query(struct slurm *s, const char *tool, const char *const *args,
                    size_t n, struct runner_output *out, struct err *err);
/* What JOB's user has at Slurm, under NAME (NULL: all).  LINES is the caller's
 * to fini. */
int slurm_ask_own(struct slurm *s, const struct sched_job *job,
                  const char *name, struct slurm_lines *lines, struct err *err);
/* What the users of N jobs have, asked as the operator. */
int slurm_ask_all(struct slurm *s, const struct sched_job *jobs, size_t n,
                  struct slurm_lines *lines, struct err *err);

/* ---- slurm_submit.c ---- */

/* struct scheduler's submit(). */
int slurm_submit(void *self, const struct sched_job *tasks, size_t n,
                 char (*sched_id)[SCHED_ID_MAX], struct err *errs,
                 struct err *err);

/* ---- slurm_poll.c ---- */

/* LINE, which is not over, as an answer. */
void slurm_poll_line(const struct slurm_line *line, struct sched_status *out);
/* struct scheduler's poll() and forget(). */
int slurm_poll(void *self, const struct sched_job *jobs, size_t n,
               struct sched_status *status, struct err *err);
/* As above. */
void slurm_poll_forget(void *self, const struct sched_job *job);
/* Free all suspects. */
void slurm_poll_fini(struct slurm *s);

/* ---- slurm_site.c ---- */

/* struct scheduler's check(), describe() and verify(). */
int slurm_site_check(void *self, const struct job *job, struct err *err);
/* As above; slurm_open.c. */
int slurm_open(const struct sched_host *host, void **self, struct err *err);
/* As above. */
void slurm_close(void *self);
/* As above. */
int slurm_site_describe(void *self, struct sched_info *info, struct err *err);
/* As above. */
int slurm_site_verify(const struct sched_host *host, struct err *err);

#endif
