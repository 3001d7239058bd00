/* gatekeeper/life/life.h - the life engine: accepted jobs run exactly once and
 * reach their final state, even if processes die.  Doors call it.
 *
 * The states are in life.def.  One applier thread takes events, stores the new
 * states of many jobs in one commit, and passes the resulting actions to lanes.
 * A lane serves one owner at one external system, so a call that hangs delays
 * only that owner's jobs there. */
#ifndef GATEKEEPER_LIFE_H
#define GATEKEEPER_LIFE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/conf.h"
#include "base/err.h"
#include "base/sweep.h"
#include "gatekeeper/journal/journal.h"
#include "gatekeeper/life/life_rule.h"
#include "gatekeeper/runner/runner_client.h"
#include "gatekeeper/schedulers/scheduler.h"
#include "gatekeeper/staging/staging.h"
#include "gatekeeper/store/store.h"
#include "jobs/task_set.h"

struct life;

struct life_spec {
    const struct conf *conf;
    const struct store *store; /* the store's table and its opened self */
    void *store_self;
    struct runner *runner;
};

/* Open the configured schedulers and the stager, and load all jobs.  -1 with
 * ERR. */
int life_open(const struct life_spec *spec, struct life **life,
              struct err *err);
/* Start the threads; every job continues from its stored state. */
int life_start(struct life *l, struct err *err);
/* The journal of all jobs; owned by L. */
struct journal *life_journal(struct life *l);
/* Stop the threads; jobs keep running.  NULL ok. */
void life_close(struct life *l);
/* A runner_event_fn, ARG is the life: UNIT of JOB has ended. */
void life_runner_event(void *arg, const char *job, enum runner_unit unit,
                       uint32_t task);

/* A job request, as read by a door. */
struct life_request {
    const char *owner;    /* certificate name */
    const char *key;      /* idempotency key; NULL none */
    const char *kind;     /* "jsdl" */
    const char *document; /* verbatim */
    const struct job *job;
};

/* Accept a job: map its owner, check it with scheduler and staging, store it.
 * It is on disk when this returns 0.  ID is the new job's id.  If the owner
 * used the key before for the same work, ID is that job's id and *known is set.
 * -1 with ERR: AUTHZ (not mapped), UNSUPPORTED, USAGE, LIMIT, STATE (not
 * accepting), EXISTS (other work under the same key), NOSPACE, IO. */
int life_accept(struct life *l, const struct life_request *request,
                char id[UUID_TEXT], bool *known, struct err *err);
/* Whether REQUEST repeats an accepted one, even if a new one would be refused
 * now: 1 with that job's ID, 0 if not.  -1 with ERR: EXISTS (other work under
 * the same key), IO. */
int life_repeat(struct life *l, const struct life_request *request,
                char id[UUID_TEXT], struct err *err);

/* Check that OWNER has a usable account here; the result is cached for a
 * second.  -1 with ERR AUTHZ. */
int life_admit(struct life *l, const char *owner, struct err *err);

/* A job as shown to its owner, whichever instance has it; the struct owns its
 * strings. */
struct life_view {
    char id[UUID_TEXT];
    enum life_state state, failed_state;
    bool cancel;
    char *account, *session, *scheduler, *sched_id, *fault, *delegation_id;
    char *retry;            /* why it is delayed and retried; NULL */
    struct store_exit exit; /* of a single-task job */
    uint32_t ntasks;
    struct life_tally tally;           /* counts of its tasks */
    long long entered_ms[LIFE_STATES]; /* 0 never */
};

/* View OWNER's job ID.  -1 with ERR NOT_FOUND: no such job, or it is another
 * owner's. */
int life_view(struct life *l, const char *owner, const char *id,
              struct life_view *view, struct err *err);
/* Free the strings. */
void life_view_fini(struct life_view *view);
/* Get the events of OWNER's job ID after number SINCE, oldest first, at most
 * MAX; free with store_events_fini().  The state in EVENTS, and any later
 * life_view(), is at least as new as the last event.  -1 with ERR: NOT_FOUND;
 * STATE, some events after SINCE are no longer kept: start again with 0; IO. */
int life_events(struct life *l, const char *owner, const char *id,
                long long since, size_t max, struct store_events *events,
                struct err *err);
/* One task of a job; the struct owns its strings. */
struct life_task_view {
    uint32_t index;
    unsigned attempt;
    enum task_state state;
    char *sched_id, *fault, *hosts; /* NULL: none */
    struct store_exit exit;
};

/* Get at most MAX tasks of OWNER's job ID, from index FROM on; *n is their
 * number, *total that of all tasks.  Free with life_tasks_free().  -1 with ERR
 * NOT_FOUND. */
int life_tasks(struct life *l, const char *owner, const char *id, uint32_t from,
               uint32_t max, struct life_task_view **tasks, size_t *n,
               uint32_t *total, struct err *err);
/* Get the sweep of OWNER's job ID; the caller frees it with sweep_destroy();
 * *SWEEP is NULL if its description has none.  -1 with ERR as above, or IO. */
int life_sweep(struct life *l, const char *owner, const char *id,
               struct sweep **sweep, struct err *err);
/* NULL ok. */
void life_tasks_free(struct life_task_view *tasks, size_t n);

/* Append the document of job ID exactly as OWNER submitted it; its kind goes to
 * *kind (the caller frees it). */
int life_document(struct life *l, const char *owner, const char *id,
                  struct buf *out, char **kind, struct err *err);
/* Cancel a job.  The cancellation is on disk when this returns 0.  -1 with ERR:
 * NOT_FOUND, STATE (already over, or another instance's, which the text names),
 * LEASE, IO. */
int life_cancel(struct life *l, const char *owner, const char *id,
                struct err *err);
/* Cancel the tasks in SET that are not over; *n is their number.  -1 with ERR:
 * NOT_FOUND, USAGE (no such task), IO. */
int life_cancel_tasks(struct life *l, const char *owner, const char *id,
                      const struct task_set *set, size_t *n, struct err *err);
/* Run the tasks in SET, which must be over, once more, each as its next
 * attempt; *n is their number.  The job continues, whatever its state was.  -1
 * with ERR, and no change: NOT_FOUND, USAGE (no such task), STATE (a task is
 * not over or may still be alive, or the job is in staging or cleanup),
 * UNREACHABLE (the scheduler cannot tell whether it is alive), NOT_FOUND (the
 * credential has expired), IO. */
int life_resubmit(struct life *l, const char *owner, const char *id,
                  const struct task_set *set, size_t *n, struct err *err);
/* Set the wall time limit of job ID to SECONDS (1 or more), counted from the
 * start of each run.  It is on disk, at the scheduler and known to supervisors
 * when this returns 0.  -1 with ERR, and no change as far as is known:
 * NOT_FOUND; UNSUPPORTED, the queue does not allow so much or the scheduler
 * cannot change a limit; STATE, the job is over or being handed over, another
 * change is under way, or the scheduler refused; UNREACHABLE, TIMEOUT, IO. */
int life_limits(struct life *l, const char *owner, const char *id,
                long long seconds, struct err *err);
/* Release a held job.  Errors as above. */
int life_release(struct life *l, const char *owner, const char *id,
                 struct err *err);
/* Remove an ended job and its session now instead of at the end of its
 * retention time.  -1 with ERR: NOT_FOUND, STATE (not over). */
int life_wipe(struct life *l, const char *owner, const char *id,
              struct err *err);
/* List the ids of OWNER's jobs on all instances, newest first, at most MAX; the
 * caller frees the array.  -1 with ERR: IO. */
int life_list(struct life *l, const char *owner, size_t max,
              char (**ids)[UUID_TEXT], size_t *n, struct err *err);

/* Get the owner of job ID for an administrator: the certificate name, which the
 * caller frees and then passes to the other functions as OWNER.  -1 with ERR
 * NOT_FOUND. */
int life_owner(struct life *l, const char *id, char **owner, struct err *err);
/* As life_cancel(); WHY is the reason shown to the owner. */
int life_cancel_why(struct life *l, const char *owner, const char *id,
                    const char *why, struct err *err);

/* The counts of one owner, of this instance. */
struct life_user {
    char *dn; /* owned */
    long unfinished, total;
};
/* All owners of jobs, *n of them; free with life_users_free(). */
struct life_user *life_users(struct life *l, size_t *n);
/* NULL ok. */
void life_users_free(struct life_user *users, size_t n);

/* One job of a page; the struct owns its strings. */
struct life_entry {
    struct life_view view;
    char *owner;
    char *name;    /* NULL: it has none */
    char *command; /* program and arguments, at most LIFE_COMMAND_MAX bytes */
};
#define LIFE_COMMAND_MAX 200

struct life_page {
    struct life_entry *of;
    size_t n;
    char next[UUID_TEXT]; /* AFTER of the next page; "": this is the last */
};

/* Get the jobs that match Q, newest first.  A job that is removed meanwhile is
 * left out.  -1 with ERR NOT_FOUND: the job AFTER does not exist (any more). */
int life_page(struct life *l, const struct store_filter *q,
              struct life_page *page, struct err *err);
/* Free the page's contents. */
void life_page_fini(struct life_page *page);
/* Open PATH in the session of OWNER's job and return the descriptor.  The paths
 * "stdout" and "stderr" mean the job's streams, wherever the description put
 * them.  -1 with ERR: NOT_FOUND (no job), STATE (not there yet), AUTHZ. */
int life_open_file(struct life *l, const char *owner, const char *id,
                   const char *path, struct err *err);

/* List the directory PATH ("": the session) of OWNER's job, as text behind a
 * descriptor: runner_list().  -1 with ERR as above. */
int life_list_files(struct life *l, const char *owner, const char *id,
                    const char *path, struct err *err);

/* Write PIECE of the input PATH that OWNER uploads for job ID.  -1 with ERR:
 * NOT_FOUND (no such job or input), STATE (the job takes no inputs now, or
 * PIECE is not at the next offset), USAGE, AUTHZ, NOSPACE, IO. */
int life_upload(struct life *l, const char *owner, const char *id,
                const char *path, const struct stage_piece *piece,
                struct err *err);
/* Append the state of the uploads of OWNER's job ID: stage_upload_text().  -1
 * with ERR: NOT_FOUND, STATE. */
int life_uploads(struct life *l, const char *owner, const char *id,
                 struct buf *out, struct err *err);

/* The paths of job ID's streams in the session, from its description; the
 * caller frees them; NULL for the default. */
void life_streams(struct life *l, const char *id, char **output, char **error);

/* Counts of this instance. */
struct life_counts {
    long state[LIFE_STATES];
    long total;
    bool accepting;
};
/* Count the jobs in each state. */
void life_counts(struct life *l, struct life_counts *counts);
/* Start or stop accepting new jobs; kept over restarts. */
int life_set_accepting(struct life *l, bool accepting, struct err *err);
/* Whether the disks have room for new jobs, as found within the last second.
 * -1 with ERR LIMIT, which names the key of a full one. */
int life_room(struct life *l, struct err *err);
/* Whether this process has lost its jobs to another one; it then does no more
 * work and must end.  -1 with ERR STATE or LEASE: it has. */
int life_fenced(struct life *l, struct err *err);
/* The same check for GET /health, from memory alone. */
int life_health(struct life *l, struct err *err);
/* Put OWNER's renewed credential ID into the sessions of its live jobs. */
void life_renewed(struct life *l, const char *owner, const char *id);

/* Whether scheduler I answered when it was asked last, from memory.  1; 0 if
 * there is no scheduler I; -1 with ERR, which says since when it does not. */
int life_answers(struct life *l, size_t i, struct err *err);
/* Ask scheduler I to describe itself; its name goes to *name. 1; 0 if there is
 * no scheduler I; -1 if the scheduler cannot be asked. */
int life_describe(struct life *l, size_t i, const char **name,
                  struct sched_info *info);

#endif
