/* gatekeeper/life/life_core.h - internals of the life engine: tables, notes and
 * lanes; only for gatekeeper/life/. */
#ifndef GATEKEEPER_LIFE_CORE_H
#define GATEKEEPER_LIFE_CORE_H

#include <pthread.h>
#include <stdint.h>

#include "base/lock.h"
#include "base/table.h"
#include "gatekeeper/life/life.h"
#include "gatekeeper/life/life_rule.h"
#include "gatekeeper/staging/staging.h"

#define LIFE_SCHEDS_MAX 8
/* The maximum of items in one turn of a lane or one poll, and of jobs in one
 * commit; the tasks of one job are never split. */
#define LIFE_BATCH      128

struct life_sched {
    const struct scheduler *table;
    void *self;
    struct sched_host host;
    struct life *life;
    int index;
    pthread_t poller; /* unused if the scheduler is polled by owner */
    bool polling;
    long long next_poll_ms; /* monotonic */
};

/* A job at the runner or a task at its scheduler that can have actions due. */
struct life_item {
    struct life_job *job;         /* the job, or the job of the task */
    struct life_trouble *trouble; /* failures in this state; NULL */
    struct life_item *lane_next, *later_next;
    long long retry_ms;   /* monotonic; when LATER is due */
    uint16_t todo, later; /* sets of actions, as bits */
    bool queued;          /* it is in its lane */
};

/* The items of one owner that wait for one external system. */
struct life_lane {
    struct life_item *head, **tail; /* linked by lane_next */
    bool ready, running;            /* in the ready list; served by a thread */
    struct life_lane *next;         /* in the ready list */
};

struct life_owner {
    char *dn;
    long unfinished, total;
    long tasks;          /* of the unfinished jobs */
    long long mapped_ms; /* time of the last successful mapping; 0 never */
    /* 0: runner and staging; 1 + i: scheduler i. */
    struct life_lane lane[1 + LIFE_SCHEDS_MAX];
    struct table_link by_dn; /* in life->owners */
};

/* One task in memory; at most LIFE_TASK_MAX bytes, since a job may have many.
 * Its index is its position in the job; its submit name follows from the index
 * (life_table_submit_name()). */
struct life_task {
    struct life_item item; /* first: an item not in job->item is a task */
    uint8_t state;         /* enum task_state */
    bool tried;            /* the scheduler may know its submit name */
    bool unseen;   /* this process submitted it, and the scheduler has not shown
                      it since */
    bool cancel;   /* its owner cancelled this task, not the whole job */
    bool doubt;    /* counted as over, but it may still be alive */
    bool in_batch; /* the applier is changing it */
    uint16_t attempt;        /* from 1 on */
    long long kill_again_ms; /* monotonic; when a kill counts as failed; 0 */
    char *sched_id, *fault, *hosts; /* NULL: none yet */
    struct store_exit exit;
};
#define LIFE_TASK_MAX 256

/* One job in memory; life->lock guards state and flags.  Strings are set once
 * and stay until the job is removed, which waits until it is in no lane. */
struct life_job {
    struct life_item item;
    char id[UUID_TEXT];
    uint8_t state, outcome, failed_state;
    bool cancel;
    bool in_batch;   /* the applier is changing it */
    bool credential; /* installed in the session */
    bool limiting;   /* its limits are being changed */
    bool wiping;     /* its session is being removed: it cannot be reopened */
    bool wiped; /* removed from the store or taken over by another gatekeeper:
                   it gets no more work and is to be removed */
    bool stages_in, stages_out, cleans, hold; /* set from the record */
    uint32_t lanes; /* number of its items in lanes, and of other users that
                       keep it in memory */
    struct life_owner *owner;
    struct life_sched *sched;
    char *want, *account, *session, *home;
    char *delegation_id, *fault;
    char *unclean; /* the first file that could not be removed, and why; NULL */
    char **retired; /* replaced strings that a thread may still read */
    size_t nretired;
    long long entered_ms[LIFE_STATES];
    struct table_link by_id;        /* in life->jobs */
    struct life_job *newer, *older; /* all jobs by age */
    struct life_tally tally;        /* counts of its tasks */
    uint32_t ntasks;                /* 1 or more */
    uint32_t limit; /* how many of them run at once; 0 no limit */
    struct life_task task[];
};

/* A caller that waits until a note is committed. */
struct life_wait {
    bool done;
    struct err err;
};

/* An event of one task. */
struct life_mark {
    uint32_t index;
    uint16_t attempt; /* applies only to this attempt */
    uint8_t event;    /* enum life_event */
    int8_t expect;    /* applies only in this enum task_state; -1 any */
    bool doubt;       /* it is not certain that the task is over */
    char *sched_id, *fault, *hosts; /* owned */
    struct store_exit exit;
};

/* An event of a job or of some of its tasks on the way to the applier.  The
 * note owns its strings. */
struct life_note {
    char id[UUID_TEXT];
    enum life_event event; /* if there are marks, that of the first */
    int expect;            /* applies only in this enum life_state; -1 any */
    char *account, *session, *home, *fault;
    char *record, *reason; /* of LIMITS: the new record, and what has changed */
    struct life_mark *mark;
    size_t nmarks;
    struct life_wait *wait;
    struct life_note *next;
};

/* Do ACTION for N items of one lane.  Without the lock. */
typedef void life_act_fn(struct life *l, enum life_action action,
                         struct life_item **items, size_t n);

struct life {
    const struct conf *conf;
    const struct store *store;
    void *store_self;
    struct journal *journal;
    long long journal_max; /* events kept per job; 0 all */
    struct runner *runner;
    struct life_sched sched[LIFE_SCHEDS_MAX];
    size_t nscheds;
    struct stage_host stage_host;
    const struct stager *stager;
    void *stager_self;

    struct lock lock;  /* guards all fields below */
    struct err room;   /* what life_room() found, .. */
    long long room_ms; /* .. and when, monotonic; 0 never */
    bool stop, accepting;
    struct table jobs;
    struct life_job *newest, *oldest;
    struct table owners;
    long by_state[LIFE_STATES];

    struct life_note *note_head, **note_tail;
    pthread_cond_t note_cond, applied;
    pthread_t applier;
    bool applying;

    struct life_lane *ready_head, **ready_tail;
    pthread_cond_t ready_cond;
    life_act_fn *act; /* life_act() */
    pthread_t *workers;
    size_t nworkers, idle;

    struct life_item *later_head;
    pthread_cond_t clock_cond;
    pthread_t clock;
    bool ticking;
    long long next_sweep_ms;

    pthread_cond_t lease_cond;
    pthread_t lease;
    bool leasing;
    struct err lost; /* why this process does no more work; OK while it works */
};

/* ---- life_table.c: all of these with the lock held ---- */

/* Find the job ID; NULL if there is none. */
struct life_job *life_table_find(struct life *l, const char *id);
/* The same, but only if OWNER owns the job. */
struct life_job *life_table_own(struct life *l, const char *owner,
                                const char *id);
/* Make the in-memory job of the stored job J, but do not enter it in the table;
 * takes J's strings. */
struct life_job *life_table_make(struct life *l, struct store_job *j);
/* Free a job that is not in the table. */
void life_table_free(struct life_job *job);
/* Put JOB into the table. */
void life_table_enter(struct life *l, struct life_job *job);
/* Make and enter. */
struct life_job *life_table_add(struct life *l, struct store_job *j);
/* Set the flags that the record asks for: staging, hold, cleaning. */
void life_table_note(struct life_job *job, const struct job *record);
/* Make the name under which the scheduler knows attempt ATTEMPT of task INDEX
 * of JOB: unique forever, [A-Za-z0-9-]. */
#define LIFE_NAME_MAX 64
void life_table_submit_name(const struct life_job *job, uint32_t index,
                            unsigned attempt, char name[LIFE_NAME_MAX]);
/* Whether the owner cancelled TASK, alone or with its job. */
bool life_table_cancelled(const struct life_task *task);
/* The index of TASK in its job. */
uint32_t life_table_index(const struct life_task *task);
/* Change the job's state, and the counters and times with it. */
void life_table_move(struct life *l, struct life_job *job,
                     enum life_state state, long long t_ms);
/* The same for a task. */
void life_table_move_task(struct life_task *task, enum task_state state);
/* Clear the string *TEXT of JOB but free it only when the job is removed, since
 * another thread may be reading it. */
void life_table_retire(struct life_job *job, char **text);
/* Give JOB no more work; it is removed once it is in no lane. */
void life_table_drop(struct life_job *job);
/* Remove JOB, which is in no lane. */
void life_table_remove(struct life *l, struct life_job *job);
/* Find the owner DN; NULL if there is none. */
struct life_owner *life_table_known(const struct life *l, const char *dn);
/* Find the owner DN, or create it. */
struct life_owner *life_table_owner(struct life *l, const char *dn);
/* Free everything. */
void life_table_fini(struct life *l);

/* ---- life_note.c ---- */

/* Create a note about job ID; the caller fills and posts it. */
struct life_note *life_note_create(const char *id, enum life_event event,
                                   int expect);
/* Add to NOTE the event EVENT for TASK, which applies only if TASK is then in
 * EXPECT.  The caller may fill the mark until the next one is added. */
struct life_mark *life_note_mark(struct life_note *note,
                                 const struct life_task *task,
                                 enum life_event event, enum task_state expect);
/* Free a note that was not posted. */
void life_note_free(struct life_note *note);
/* Pass NOTE to the applier.  Without the lock. */
void life_note_post(struct life *l, struct life_note *note);
/* The same, and wait until the note is committed or rejected. */
int life_note_wait(struct life *l, struct life_note *note, struct err *err);

/* ---- life_apply.c ---- */

/* The applier's thread; ARG is the life. */
void *life_apply_run(void *arg);

/* ---- life_lane.c ---- */

/* Put ITEM into its lane with ACTION due.  With the lock held. */
void life_lane_push(struct life *l, struct life_item *item,
                    enum life_action action);
/* ACTION is due for JOB: for the job itself if it is a runner's action,
 * otherwise for each of its tasks.  With the lock held. */
void life_lane_push_job(struct life *l, struct life_job *job,
                        enum life_action action);
/* Make ACTION due for ITEM after MS milliseconds.  With the lock held. */
void life_lane_later(struct life *l, struct life_item *item,
                     enum life_action action, long ms);
/* Stop the threads and wait at most WAIT_MS for their current work; false if a
 * thread is still busy. */
bool life_lane_stop(struct life *l, int wait_ms);

/* ---- life_rebuild.c ---- */

/* Register again with the runner every job of the store that the runner has
 * lost, and log it.  Call before any thread starts.  -1 with ERR: CONFIG, the
 * store itself was lost; or the runner failed. */
int life_rebuild(struct life *l, struct err *err);

/* A job that the runner should know. */
struct life_known {
    const char *id, *owner, *account; /* borrowed */
};
/* Register again those of N jobs that the runner does not know, with their
 * accounts.  -1 with ERR: the runner failed. */
int life_rebuild_known(struct life *l, const struct life_known *jobs, size_t n,
                       struct err *err);

/* ---- life_load.c ---- */

/* Load all jobs of this instance from the store into memory. */
int life_load(struct life *l, struct err *err);
/* Load the job J into memory, to *job; takes its strings.  With the lock held
 * once threads run.  -1 with ERR: its record cannot be read. */
int life_load_job(struct life *l, struct store_job *j, struct life_job **job,
                  struct err *err);
/* Tell JOB's scheduler which of its tasks may be running, before any request
 * for them.  With the lock held. */
void life_load_expect(struct life_job *job);
/* Continue JOB from its stored state, unless it is over. With the lock
 * held. */
void life_load_resume(struct life *l, struct life_job *job);

/* ---- life_fence.c ---- */

/* Whether this process may act on external systems: its lease is valid.  Once
 * it is not, it never is again, and this process ends soon.  Any thread. */
bool life_fence_held(const struct life *l);
/* The same, and this process is not stopping.  With the lock held. */
bool life_fence_open(const struct life *l);
/* For a scheduler; ARG is the life_sched. */
bool life_fence_may_start(void *arg);
/* For the stager; ARG is the life. */
bool life_fence_may_stage(void *arg);
/* Stop all work, because of WHY; logged once. */
void life_fence_lose(struct life *l, const struct err *why);

/* ---- life_lease.c ---- */

/* The thread that renews this instance's lease and takes over the jobs of dead
 * instances, until the lease is lost; ARG is the life. */
void *life_lease_run(void *arg);

/* ---- life_view.c ---- */

/* Called with the lock held. */
typedef void life_look_fn(const struct life_job *job, void *arg);
/* Call FN with OWNER's job ID, whichever instance has it; for another
 * instance's job with the data in the store.  -1 with ERR NOT_FOUND. */
int life_view_look(struct life *l, const char *owner, const char *id,
                   life_look_fn *fn, void *arg, struct err *err);
/* Check that this instance has OWNER's job ID.  -1 with ERR: NOT_FOUND; STATE,
 * another instance has it, which the text names. */
int life_view_here(struct life *l, const char *owner, const char *id,
                   struct err *err);

/* ---- life_retry.c: all of these with the lock held ---- */

/* ACTION for ITEM had the transient failure ERR: schedule a retry and show the
 * reason to the owner. false: gatekeeper.retries or gatekeeper.outage_wait is
 * used up. */
bool life_retry(struct life *l, struct life_item *item, enum life_action action,
                const struct err *err);
/* How often ACTION has failed in this state. */
unsigned life_retry_count(const struct life_item *item,
                          enum life_action action);
/* ITEM's state is known; TEXT says what it waits for, or is "". */
void life_retry_say(struct life_item *item, const char *text);
/* Why JOB, or the first of its tasks that waits, is delayed, for its owner;
 * NULL if it is not.  Owned by the job. */
const char *life_retry_text(const struct life_job *job);
/* Clear the failures: ITEM changes its state or is removed. */
void life_retry_over(struct life_item *item);

/* ---- life_act.c ---- */

/* The value of life->act. */
life_act_fn life_act;
/* Poll SCHED for N tasks and post the results.  Tasks of one job must be
 * consecutive. */
void life_act_poll(struct life *l, struct life_sched *sched,
                   struct life_task **tasks, size_t n);
/* The stager's done(), see staging.h; ARG is the life. */
void life_act_staged(void *arg, const char *id, enum stage_step step,
                     const struct stage_result *result);
/* The stager's waits(). */
void life_act_waits(void *arg, const char *id, const char *why);
/* The stager's credential(). */
int life_act_credential(void *arg, const char *owner, const char *id,
                        struct buf *pem, struct err *err);

/* ---- life_record.c ---- */

/* Load the record of JOB from the store and replace ${GLOBUS_*} in it. */
int life_record_load(struct life *l, const struct life_job *job,
                     struct job *record, struct err *err);

/* ---- life_clock.c ---- */

/* The thread for retries, polls and sweeps; ARG is the life. */
void *life_clock_run(void *arg);
/* The poller of one scheduler that is not polled by owner; ARG is the
 * life_sched. */
void *life_clock_poll(void *arg);
/* The hint() of scheduler.h; ARG is the life_sched. */
void life_clock_hint(void *arg, const char *id, unsigned task);

#endif
