/* gatekeeper/life/life_core.h - inside the life engine: its tables, notes and
 * lanes; for gatekeeper/life/ alone. */
#ifndef GATEKEEPER_LIFE_CORE_H
#define GATEKEEPER_LIFE_CORE_H

#include <pthread.h>
#include <stdint.h>

#include "base/lock.h"
#include "gatekeeper/life/life.h"
#include "gatekeeper/life/life_rule.h"
#include "gatekeeper/staging/staging.h"

#define LIFE_SCHEDS_MAX 8
/* Items that one turn of a lane or one poll takes at most, and jobs one commit;
 * the tasks of one job are not torn apart. */
#define LIFE_BATCH      128

struct life_sched {
    const struct scheduler *table;
    void *self;
    struct sched_host host;
    struct life *life;
    int index;
    pthread_t poller; /* unless polled by owner */
    bool polling;
    long long next_poll_ms; /* monotonic */
};

/* What has actions due: a job at the runner, or a task at its scheduler. */
struct life_item {
    struct life_job *job;         /* itself, or whose task it is */
    struct life_trouble *trouble; /* what fails in this state; NULL */
    struct life_item *lane_next, *later_next;
    long long retry_ms;   /* monotonic: then LATER is due */
    uint16_t todo, later; /* actions, bits */
    bool queued;          /* in its lane */
};

/* Items of one owner that wait for one outside system. */
struct life_lane {
    struct life_item *head, **tail; /* linked by lane_next */
    bool ready, running;            /* in the ready list; a thread has it */
    struct life_lane *next;         /* in the ready list */
};

struct life_owner {
    char *dn;
    long unfinished, total;
    long long mapped_ms; /* last found in the map; 0 never */
    /* 0: runner and staging; 1 + i: scheduler i. */
    struct life_lane lane[1 + LIFE_SCHEDS_MAX];
    struct life_owner *next; /* in its hash chain */
};

/* One task in memory: LIFE_TASK_MAX bytes at most, since a job may have many.
 * Its index is its place in the job, its submit name follows from that
 * (life_table_submit_name()). */
struct life_task {
    struct life_item item; /* first: an item that is not its job's is a task */
    uint8_t state;         /* enum task_state */
    bool tried;            /* something may exist under the submit name */
    bool unseen;      /* it was submitted by this process, and the scheduler
                         has not shown it since */
    bool cancel;      /* its owner wants it ended, and not the others */
    bool doubt;       /* it is over for us, and may be alive */
    bool in_batch;    /* the applier has a change of it under way */
    uint16_t attempt; /* from 1 on */
    long long kill_again_ms;        /* monotonic: then a kill was in vain; 0 */
    char *sched_id, *fault, *hosts; /* NULL: none yet */
    struct store_exit exit;
};
#define LIFE_TASK_MAX 256

/* One job in memory; state and flags under life->lock.  Strings are set once
 * and live until the job is removed, which waits until it is in no lane. */
struct life_job {
    struct life_item item;
    char id[UUID_TEXT];
    uint8_t state, outcome, failed_state;
    bool cancel;
    bool in_batch;   /* the applier has a change of it under way */
    bool credential; /* installed in the session */
    bool wiping;     /* its session is being removed: it is not reopened */
    bool wiped;      /* gone from the store, or another gatekeeper's by now:
                        nothing is done for it, and it is to be removed */
    bool stages_in, stages_out, cleans, hold; /* what the record asks for */
    uint32_t lanes; /* how many of its items stand in one, and others that need
                       it */
    struct life_owner *owner;
    struct life_sched *sched;
    char *want, *account, *session, *home;
    char *delegation_id, *fault;
    char *unclean;  /* the first that could not be removed, and why; NULL */
    char **retired; /* strings that were replaced, and may be read still */
    size_t nretired;
    long long entered_ms[LIFE_STATES];
    struct life_job *hash_next;
    struct life_job *newer, *older; /* all jobs by age */
    struct life_tally tally;        /* of its tasks */
    uint32_t ntasks;                /* 1 or more */
    uint32_t limit;                 /* of them so many run at once; 0 any */
    struct life_task task[];
};

/* A caller that waits for the commit of a note. */
struct life_wait {
    bool done;
    struct err err;
};

/* What happened to one task. */
struct life_mark {
    uint32_t index;
    uint16_t attempt; /* only to this one */
    uint8_t event;    /* enum life_event */
    int8_t expect;    /* only in this enum task_state; -1 any */
    bool doubt;       /* that it is over is not known for certain */
    char *sched_id, *fault, *hosts; /* its own */
    struct store_exit exit;
};

/* Something that happened to a job, or to some of its tasks, on its way to the
 * applier.  Strings are the note's own. */
struct life_note {
    char id[UUID_TEXT];
    enum life_event event; /* of the first mark, when there are any */
    int expect;            /* only in this enum life_state; -1 any */
    char *account, *session, *home, *fault;
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
    long long journal_max; /* events that are kept of a job; 0 all */
    struct runner *runner;
    struct life_sched sched[LIFE_SCHEDS_MAX];
    size_t nscheds;
    struct stage_host stage_host;
    const struct stager *stager;
    void *stager_self;

    struct lock lock;  /* of all below */
    struct err room;   /* what life_room() found, .. */
    long long room_ms; /* .. and when, monotonic; 0 never */
    bool stop, accepting;
    struct life_job **job_hash;
    size_t job_buckets, njobs;
    struct life_job *newest, *oldest;
    struct life_owner **owner_hash;
    size_t owner_buckets, nowners;
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
    struct err lost; /* why nothing is done any more; OK: work goes on */
};

/* ---- life_table.c: all of these with the lock held ---- */

/* The job ID; NULL. */
struct life_job *life_table_find(struct life *l, const char *id);
/* The same when OWNER may see it. */
struct life_job *life_table_own(struct life *l, const char *owner,
                                const char *id);
/* A job as memory has it, from what the store has, but not in the table; takes
 * J's strings. */
struct life_job *life_table_make(struct life *l, struct store_job *j);
/* Free one that is not in the table. */
void life_table_free(struct life_job *job);
/* Put JOB into the table. */
void life_table_enter(struct life *l, struct life_job *job);
/* Both at once. */
struct life_job *life_table_add(struct life *l, struct store_job *j);
/* Note what the record asks for: staging, hold, cleaning. */
void life_table_note(struct life_job *job, const struct job *record);
/* The name that the scheduler is to know attempt ATTEMPT of task INDEX of JOB
 * by: never given again, [A-Za-z0-9-]. */
#define LIFE_NAME_MAX 64
void life_table_submit_name(const struct life_job *job, uint32_t index,
                            unsigned attempt, char name[LIFE_NAME_MAX]);
/* Its owner wants TASK ended, alone or with its job. */
bool life_table_cancelled(const struct life_task *task);
/* The place of TASK in its job. */
uint32_t life_table_index(const struct life_task *task);
/* Change the state; counters and times follow. */
void life_table_move(struct life *l, struct life_job *job,
                     enum life_state state, long long t_ms);
/* The same for a task. */
void life_table_move_task(struct life_task *task, enum task_state state);
/* *TEXT of JOB, which another thread may be reading, is forgotten and stays
 * until the job is removed. */
void life_table_retire(struct life_job *job, char **text);
/* Do nothing more for it: it is removed when it is in no lane. */
void life_table_drop(struct life_job *job);
/* Forget it; it is in no lane. */
void life_table_remove(struct life *l, struct life_job *job);
/* The owner DN; NULL when nothing is known of that name. */
struct life_owner *life_table_known(const struct life *l, const char *dn);
/* The owner DN, made when new. */
struct life_owner *life_table_owner(struct life *l, const char *dn);
/* Free everything. */
void life_table_fini(struct life *l);

/* ---- life_note.c ---- */

/* A note about job ID for the applier to fill and post. */
struct life_note *life_note_create(const char *id, enum life_event event,
                                   int expect);
/* EVENT for TASK, if it is in EXPECT by then: added to NOTE, for the caller to
 * fill until the next is added. */
struct life_mark *life_note_mark(struct life_note *note,
                                 const struct life_task *task,
                                 enum life_event event, enum task_state expect);
/* Free it. */
void life_note_free(struct life_note *note);
/* Hand NOTE over.  Without the lock. */
void life_note_post(struct life *l, struct life_note *note);
/* The same, and wait until it is stored or refused. */
int life_note_wait(struct life *l, struct life_note *note, struct err *err);

/* ---- life_apply.c ---- */

/* The applier's thread; ARG is the life. */
void *life_apply_run(void *arg);

/* ---- life_lane.c ---- */

/* ACTION is due for ITEM: into its lane.  With the lock held. */
void life_lane_push(struct life *l, struct life_item *item,
                    enum life_action action);
/* ACTION is due for JOB: the runner's for itself, a scheduler's for each of its
 * tasks.  With the lock held. */
void life_lane_push_job(struct life *l, struct life_job *job,
                        enum life_action action);
/* ACTION is due for ITEM after MS milliseconds.  With the lock held. */
void life_lane_later(struct life *l, struct life_item *item,
                     enum life_action action, long ms);
/* End the threads: waits for what they are doing at most WAIT_MS; false when
 * one still does. */
bool life_lane_stop(struct life *l, int wait_ms);

/* ---- life_rebuild.c ---- */

/* Have the runner know again every job of the store that it lost, and tell so.
 * Before any thread.  -1 with ERR: CONFIG, the store itself was lost; or it
 * cannot be told. */
int life_rebuild(struct life *l, struct err *err);

/* A job that the runner is to know. */
struct life_known {
    const char *id, *owner, *account; /* borrowed */
};
/* Have the runner know those of N jobs that it does not, in their accounts.  -1
 * with ERR: it cannot be told. */
int life_rebuild_known(struct life *l, const struct life_known *jobs, size_t n,
                       struct err *err);

/* ---- life_load.c ---- */

/* All jobs of this instance from the store into memory. */
int life_load(struct life *l, struct err *err);
/* The job J, whose strings it takes, into memory: to *job.  With the lock held
 * where there are threads.  -1 with ERR: its record cannot be read. */
int life_load_job(struct life *l, struct store_job *j, struct life_job **job,
                  struct err *err);
/* Tell JOB's scheduler what may run of it, before anything is asked of it.
 * With the lock held. */
void life_load_expect(struct life_job *job);
/* Go on with JOB from its stored state, unless it is over.  With the lock held.
 */
void life_load_resume(struct life *l, struct life_job *job);

/* ---- life_fence.c ---- */

/* Whether anything may be done outside: the lease runs.  If it does not, it
 * never does again, and this process ends soon.  Any thread. */
bool life_fence_held(const struct life *l);
/* The same, and this process does not end.  With the lock held. */
bool life_fence_open(const struct life *l);
/* For a scheduler; ARG is the life_sched. */
bool life_fence_may_start(void *arg);
/* For the stager; ARG is the life. */
bool life_fence_may_stage(void *arg);
/* Nothing is done any more, for the reason WHY.  Said once. */
void life_fence_lose(struct life *l, const struct err *why);

/* ---- life_lease.c ---- */

/* The thread that renews this instance's lease and takes over what others
 * leave, until the lease is lost; ARG is the life. */
void *life_lease_run(void *arg);

/* ---- life_view.c ---- */

/* Looks at JOB, with the lock held. */
typedef void life_look_fn(const struct life_job *job, void *arg);
/* Let FN look at job ID of OWNER, whichever instance has it; of one that is not
 * this instance's it sees what the store has.  -1 with ERR NOT_FOUND. */
int life_view_look(struct life *l, const char *owner, const char *id,
                   life_look_fn *fn, void *arg, struct err *err);
/* Whether this instance has OWNER's job ID.  -1 with ERR: NOT_FOUND; STATE,
 * another one has, which is named. */
int life_view_here(struct life *l, const char *owner, const char *id,
                   struct err *err);

/* ---- life_retry.c: all of these with the lock held ---- */

/* ACTION for ITEM failed with ERR, which may pass: once more later, and its
 * owner reads why.  false: it was tried gatekeeper.retries times, or waited for
 * gatekeeper.outage_wait. */
bool life_retry(struct life *l, struct life_item *item, enum life_action action,
                const struct err *err);
/* How often ACTION failed in this state. */
unsigned life_retry_count(const struct life_item *item,
                          enum life_action action);
/* ITEM's state is known; TEXT says what it waits for, "" nothing. */
void life_retry_say(struct life_item *item, const char *text);
/* What JOB's owner reads, of the job or of the first task that waits; NULL
 * nothing.  The job's. */
const char *life_retry_text(const struct life_job *job);
/* Forget it all: ITEM is in another state, or goes. */
void life_retry_over(struct life_item *item);

/* ---- life_act.c ---- */

/* For life->act. */
life_act_fn life_act;
/* Ask SCHED about N tasks, those of one job in a row, and post what came of
 * it. */
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

/* The record of JOB from the store, ${GLOBUS_*} replaced. */
int life_record_load(struct life *l, const struct life_job *job,
                     struct job *record, struct err *err);

/* ---- life_clock.c ---- */

/* The thread that repeats, polls and sweeps; ARG is the life. */
void *life_clock_run(void *arg);
/* One scheduler's poller, for those not polled by owner; ARG is the sched. */
void *life_clock_poll(void *arg);
/* scheduler.h's hint; ARG is the life_sched. */
void life_clock_hint(void *arg, const char *id, unsigned task);

#endif
