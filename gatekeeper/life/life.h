/* gatekeeper/life/life.h - the life engine: jobs that were accepted run exactly
 * once and reach their final state, even if processes die.  Doors call this.
 *
 * The table is life.def.  One applier thread takes what happened, stores the
 * new states of many jobs in one commit, then hands their actions to the lanes:
 * a lane is one owner at one outside system, so that what hangs delays only its
 * own jobs. */
#ifndef GATEKEEPER_LIFE_H
#define GATEKEEPER_LIFE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/conf.h"
#include "base/err.h"
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
    const struct store *store; /* table and its opened self: joined already */
    void *store_self;
    struct runner *runner;
};

/* Open the schedulers of the configuration and the stager, load all jobs.  -1
 * with ERR. */
int life_open(const struct life_spec *spec, struct life **life,
              struct err *err);
/* Begin to act: every job's stored state is taken up. */
int life_start(struct life *l, struct err *err);
/* The journal of all jobs; L's own. */
struct journal *life_journal(struct life *l);
/* End the threads; jobs go on.  NULL ok. */
void life_close(struct life *l);
/* Unit of JOB ended, says the runner: a runner_event_fn, ARG is the life. */
void life_runner_event(void *arg, const char *job, enum runner_unit unit,
                       uint32_t task);

/* What a door has read. */
struct life_request {
    const char *owner;    /* certificate name */
    const char *key;      /* idempotency key; NULL none */
    const char *kind;     /* "jsdl" */
    const char *document; /* verbatim */
    const struct job *job;
};

/* Take a job on: mapped, checked by scheduler and staging, on disk when this
 * returns 0.  ID is the new job's, or, when the owner used the key before for
 * the same work, that job's and *known is set.  -1 with ERR: AUTHZ (not
 * mapped), UNSUPPORTED, USAGE, LIMIT, STATE (not accepting), EXISTS (other work
 * under the same key), NOSPACE, IO. */
int life_accept(struct life *l, const struct life_request *request,
                char id[UUID_TEXT], bool *known, struct err *err);
/* Whether REQUEST repeats one that was accepted, whatever speaks against a new
 * one by now: 1 with that job's ID, 0 when it does not.  -1 with ERR: EXISTS
 * (other work under the same key), IO. */
int life_repeat(struct life *l, const struct life_request *request,
                char id[UUID_TEXT], struct err *err);

/* Whether OWNER has an account here that may be used: asked anew each second.
 * -1 with ERR AUTHZ. */
int life_admit(struct life *l, const char *owner, struct err *err);

/* A job as its owner may see it, whichever instance has it; strings are the
 * struct's own. */
struct life_view {
    char id[UUID_TEXT];
    enum life_state state, failed_state;
    bool cancel;
    char *account, *session, *scheduler, *sched_id, *fault, *delegation_id;
    char *retry; /* why it does not go on now, and is tried again; NULL */
    struct store_exit exit; /* of a job that has one task */
    uint32_t ntasks;
    struct life_tally tally;           /* of its tasks */
    long long entered_ms[LIFE_STATES]; /* 0 never */
};

/* Job ID of OWNER.  -1 with ERR NOT_FOUND: there is none, or it is another's.
 */
int life_view(struct life *l, const char *owner, const char *id,
              struct life_view *view, struct err *err);
/* Free the strings. */
void life_view_fini(struct life_view *view);
/* The events of OWNER's job ID after the number SINCE, oldest first, MAX at
 * most, for store_events_fini(); its state is no older than they are, nor is
 * what life_view() says from now on.  -1 with ERR: NOT_FOUND; STATE, some after
 * SINCE are not kept any more, so that it begins anew with 0; IO. */
int life_events(struct life *l, const char *owner, const char *id,
                long long since, size_t max, struct store_events *events,
                struct err *err);
/* One task of a job; strings are the struct's own. */
struct life_task_view {
    uint32_t index;
    unsigned attempt;
    enum task_state state;
    char *sched_id, *fault, *hosts; /* NULL: none */
    struct store_exit exit;
};

/* The tasks of OWNER's job ID from FROM on, MAX at most, the caller's to free
 * with life_tasks_free(); *n of them, *total has the job.  -1 with ERR
 * NOT_FOUND. */
int life_tasks(struct life *l, const char *owner, const char *id, uint32_t from,
               uint32_t max, struct life_task_view **tasks, size_t *n,
               uint32_t *total, struct err *err);
/* NULL ok. */
void life_tasks_free(struct life_task_view *tasks, size_t n);

/* Append the document that OWNER submitted as ID, verbatim; its kind to *kind
 * (the caller's). */
int life_document(struct life *l, const char *owner, const char *id,
                  struct buf *out, char **kind, struct err *err);
/* End it.  On disk when this returns 0.  -1 with ERR: NOT_FOUND, STATE (over
 * already, or another instance's, which is named), LEASE, IO. */
int life_cancel(struct life *l, const char *owner, const char *id,
                struct err *err);
/* End the tasks SET of it that are not over; *n of them.  -1 with ERR:
 * NOT_FOUND, USAGE (no such task), IO. */
int life_cancel_tasks(struct life *l, const char *owner, const char *id,
                      const struct task_set *set, size_t *n, struct err *err);
/* Have the tasks SET of it, which are over, run once more, each as its next
 * attempt; *n of them.  Whatever the job was, it goes on.  -1 with ERR, and
 * nothing changed: NOT_FOUND, USAGE (no such task), STATE (one is not over, or
 * may be alive still; the job stages or is cleaned up), UNREACHABLE (that
 * cannot be found out), NOT_FOUND (its credential has expired), IO. */
int life_resubmit(struct life *l, const char *owner, const char *id,
                  const struct task_set *set, size_t *n, struct err *err);
/* Let a held one go.  As above. */
int life_release(struct life *l, const char *owner, const char *id,
                 struct err *err);
/* Remove an ended one, its session and all, now rather than at the end of its
 * retention.  -1 with ERR: NOT_FOUND, STATE (not over). */
int life_wipe(struct life *l, const char *owner, const char *id,
              struct err *err);
/* The ids of OWNER's jobs, whichever instance has them, newest first, MAX at
 * most; the caller frees the array.  -1 with ERR: IO. */
int life_list(struct life *l, const char *owner, size_t max,
              char (**ids)[UUID_TEXT], size_t *n, struct err *err);

/* One job of a page; strings are the struct's own. */
struct life_entry {
    struct life_view view;
    char *name;    /* NULL: it has none */
    char *command; /* program and arguments, LIFE_COMMAND_MAX bytes at most */
};
#define LIFE_COMMAND_MAX 200

struct life_page {
    struct life_entry *of;
    size_t n;
    char next[UUID_TEXT]; /* AFTER of the next page; "": this is the last */
};

/* The jobs that Q asks for, newest first.  One that goes meanwhile is left out.
 * -1 with ERR NOT_FOUND: the job AFTER is not there (any more). */
int life_page(struct life *l, const struct store_filter *q,
              struct life_page *page, struct err *err);
/* Free what it holds. */
void life_page_fini(struct life_page *page);
/* A descriptor of PATH in the session of OWNER's job; STDOUT and STDERR are
 * "stdout", "stderr" wherever the description put them.  -1 with ERR:
 * NOT_FOUND (no job), STATE (not there yet), AUTHZ. */
int life_open_file(struct life *l, const char *owner, const char *id,
                   const char *path, struct err *err);

/* What is in the directory PATH ("": all) of the session of OWNER's job, as
 * text behind a descriptor: runner_list().  -1 with ERR as above. */
int life_list_files(struct life *l, const char *owner, const char *id,
                    const char *path, struct err *err);

/* Write PIECE of the input PATH that OWNER uploads for his job ID.  -1 with
 * ERR: NOT_FOUND (no job, no such input), STATE (the job takes no inputs now,
 * or other bytes are next), USAGE, AUTHZ, NOSPACE, IO. */
int life_upload(struct life *l, const char *owner, const char *id,
                const char *path, const struct stage_piece *piece,
                struct err *err);
/* Append what is there of the uploads of OWNER's job ID: stage_upload_text().
 * -1 with ERR: NOT_FOUND, STATE. */
int life_uploads(struct life *l, const char *owner, const char *id,
                 struct buf *out, struct err *err);

/* Where the description put the streams of job ID, paths in the session; the
 * caller's, NULL for the default. */
void life_streams(struct life *l, const char *id, char **output, char **error);

/* Of this instance. */
struct life_counts {
    long state[LIFE_STATES];
    long total;
    bool accepting;
};
/* How many jobs are in which state. */
void life_counts(struct life *l, struct life_counts *counts);
/* Take new jobs, or not; kept over restarts. */
int life_set_accepting(struct life *l, bool accepting, struct err *err);
/* Whether the disks have room for new jobs, as found within the last second.
 * -1 with ERR LIMIT, which names the key of a full one. */
int life_room(struct life *l, struct err *err);
/* -1 with ERR STATE or LEASE: this process has lost its jobs to another one,
 * does nothing more, and is to end. */
int life_fenced(struct life *l, struct err *err);
/* What GET /health says: the same, and what is in memory suffices. */
int life_health(struct life *l, struct err *err);
/* OWNER's delegated credential ID was renewed: put it into the sessions of its
 * live jobs. */
void life_renewed(struct life *l, const char *owner, const char *id);

/* Scheduler I as it is now; its name to *name.  1, 0 past the last, -1 when it
 * cannot be asked. */
int life_describe(struct life *l, size_t i, const char **name,
                  struct sched_info *info);

#endif
