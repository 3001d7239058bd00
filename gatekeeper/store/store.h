/* gatekeeper/store/store.h - stores accepted jobs and delegated credentials.
 * It is an interface, so a store that several gatekeepers share needs no other
 * design.
 *
 * Each gatekeeper process joins as an instance, under a new epoch, and each job
 * belongs to one epoch.  All writes are fenced: a job of another epoch is not
 * changed.  ERR STATE: another process has since joined as the same instance.
 * ERR LEASE: the instance's lease has expired, so other instances may own its
 * jobs.  Leases are measured by the store's clock, never by a caller's.
 * Written data is on disk when a function returns 0. */
#ifndef GATEKEEPER_STORE_STORE_H
#define GATEKEEPER_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/buf.h"
#include "base/codec.h"
#include "base/err.h"
#include "gatekeeper/life/task_state.h"

/* How a program ended; -1 or 0 where unknown. */
struct store_exit {
    bool set;
    int code;   /* 0..255, -1 after a signal */
    int signal; /* 0 if it exited */
    long long started_ms, ended_ms;
    long long user_ms, system_ms, maxrss;
};

/* One stored task of a job.  A task without any event has no row: it is
 * TASK_READY, attempt 1. */
struct store_task {
    uint32_t index;
    unsigned attempt; /* from 1 on; the stored data belongs to it */
    enum task_state state;
    /* NULL: none; in a change: unchanged.  The submit name is the intent to
     * submit: it is stored with the epoch that wrote it, before anything is
     * submitted. */
    char *submit_name, *sched_id, *fault, *hosts;
    struct store_exit exit;
    bool cancel; /* cancelled by its owner; in a change, false: unchanged */
    bool doubt;  /* not certain that it is over; in a change the same */
    bool fresh;  /* in a change: a new attempt, which keeps nothing of the one
                    before */
};

/* A stored job.  The struct owns its strings; NULL = none. */
struct store_job {
    char id[UUID_TEXT];
    char *owner; /* certificate name */
    char *key;   /* idempotency key, unique for an owner */
    enum life_state state;
    enum life_state outcome;      /* DONE until another outcome is known */
    enum life_state failed_state; /* the state in which it failed */
    bool cancel;                  /* cancelled by its owner */
    long long epoch;
    char *record;   /* job_to_json() */
    char *kind;     /* of the document: "jsdl" */
    char *document; /* verbatim */
    char *want;     /* requested account */
    char *account, *session, *home;
    char *scheduler;
    char *delegation_id;
    char *fault;
    char *instance; /* set by load(): the owning instance; NULL: no known
                       instance */
    uint32_t tasks; /* the number of its tasks, 1 or more */
    struct store_task *task; /* those with a row, by index; the struct owns
                                their strings too */
    size_t ntask;
    long long entered_ms[LIFE_STATES]; /* time of the last entry, 0 never */
    long long seq;                     /* OUT of add(): its first event */
};

/* Free the strings. */
void store_job_fini(struct store_job *job);

/* One journal event: a change of state of a job, or of tasks of it. */
struct store_event {
    long long seq; /* from 1 on, increasing, never reused */
    char job[UUID_TEXT];
    int task, attempt; /* -1: the job's own state */
    int last_task; /* the event covers the tasks TASK to LAST_TASK; unused if
                      TASK is -1 */
    int from;      /* enum life_state; -1: the job is new */
    enum life_state to; /* for a task, the state of the same word */
    enum life_event event;
    long long t_ms; /* time_now_ms() */
    char *reason;   /* a sentence; NULL: life_event_reason() */
};

/* Copy FROM to TO. */
void store_event_copy(struct store_event *to, const struct store_event *from);
/* Free the string. */
void store_event_fini(struct store_event *event);

/* Selects events. */
struct store_query {
    const char *job; /* events of this job; NULL: of all jobs */
    long long since; /* events with a greater number */
    size_t max;
};

struct store_events {
    struct store_event *of; /* oldest first */
    size_t n;
    bool more;             /* more events match */
    long long first, last; /* all events from FIRST on are kept, of the job or
                              of the whole journal (0: there are none); LAST is
                              the number of the newest ever, 0 none */
    enum life_state state; /* of the job, after all its events */
};

/* Free its contents. */
void store_events_fini(struct store_events *events);

#define STORE_STEPS_MAX 8

/* A change to one job and to tasks of it; applied completely or not at all. */
struct store_change {
    const char *id;
    /* In order; the last state is the job's.  Each becomes a journal event and
     * gets its number; reasons are borrowed. */
    struct store_event step[STORE_STEPS_MAX];
    size_t nsteps; /* 0: only tasks change */
    /* Events of the job's tasks, each written before step AT; numbers and
     * reasons as above. store_change_event() iterates over both. */
    struct store_task_event {
        struct store_event event;
        size_t at;
    } * told;
    size_t ntold;
    long long keep; /* keep only the newest KEEP events of the job, and the last
                       event of each of its states; 0: keep all */
    /* NULL, false or < 0: unchanged. */
    const char *account, *session, *home;
    const char *record;
    const char *fault;
    int outcome, failed_state;
    bool cancel;
    bool reopen; /* the job, or a part of it, was over: first clear outcome,
                    fault, failed_state and cancel */
    const struct store_task *task; /* the tasks that change too */
    size_t ntasks;
    bool fenced; /* OUT: the job belongs to another epoch or is gone */
};

/* Event I of C, from 0 on, in the order of writing; NULL: there are no more. */
struct store_event *store_change_event(struct store_change *c, size_t i);

/* A credential that a caller has delegated, or a request for one. */
struct store_delegation {
    char *owner, *id;
    char *request;    /* PEM of the key that waits for its certificate */
    char *credential; /* PEM of certificate, key and chain */
    long long expires, created; /* seconds */
};

/* Free the strings. */
void store_delegation_fini(struct store_delegation *d);

/* The limits for the number of delegations. */
struct store_limit {
    long long owner, all;
};

/* The result of add(). */
enum store_added {
    STORE_ADDED,
    STORE_KNOWN /* id and record are those of the job with the same key */
};

#define STORE_NAME_MAX 128

/* The instance that joins. */
struct store_member {
    const char *instance; /* at most STORE_NAME_MAX - 1 bytes */
    long long lease_ms;   /* other instances may take its jobs over if it is not
                             renewed for this long; 0: never */
};

/* An instance that has joined and still has jobs that were not taken over. */
struct store_instance {
    char name[STORE_NAME_MAX];
    long long epoch;
    long long lease_ms;
    long long left_ms; /* until its lease expires; 0: it has expired, or the
                          instance has left; -1: it has no lease */
};

/* Jobs that were taken over. */
struct store_claim {
    char from[STORE_NAME_MAX]; /* their former instance; "": no jobs can be
                                  taken over */
    char (*id)[UUID_TEXT];     /* the caller frees it */
    size_t n;
    bool more; /* that instance has more jobs */
};

/* Which jobs, whoever has them, a page is to hold. */
struct store_filter {
    const char *owner;    /* NULL: all, for an administrator */
    const char *account;  /* those that run as it; NULL: all */
    unsigned long states; /* bits 1 << enum life_state; 0: all */
    const char *after;    /* only those older than this job; NULL: all */
    size_t max;           /* > 0 */
};

struct store_page {
    char (*id)[UUID_TEXT]; /* newest first; the caller frees it */
    size_t n;
    bool more;
};

/* Called after a write is on disk, on the store's writer thread, in journal
 * order, before any later write and before the writing function returns.  It
 * must be quick and must not call the store. */
typedef void store_kept_fn(void *arg);

struct store {
    const char *name;
    /* Open the store that WHERE names.  -1 with ERR: IO, NOSPACE, CONFIG. */
    int (*open)(const char *where, void **self, struct err *err);
    /* NULL ok. */
    void (*close)(void *self);
    /* Join as WHO, with a full lease and a new epoch, and take over the jobs of
     * earlier epochs of the same name.  Must be the first call after open(). */
    int (*join)(void *self, const struct store_member *who, struct err *err);
    /* Renew the lease; call it four times per lease.  KEPT is called; *LAST is
     * the number of the last journal event of any instance.  -1 with ERR STATE
     * or LEASE as for every write: an expired lease is never renewed, and this
     * process must do no more work. */
    int (*heartbeat)(void *self, long long *last, store_kept_fn *kept,
                     void *arg, struct err *err);
    /* Whether the lease certainly has not expired, without any query; check it
     * before acting on external systems.  Once false, it stays false, and all
     * writes fail.  Any thread. */
    bool (*held)(void *self);
    /* -1 with ERR STATE or LEASE, as above: writes are not allowed any more. */
    int (*fenced)(void *self, struct err *err);
    /* Allow other instances to take over our jobs at once; only close() may
     * follow.  No effect without a lease. */
    int (*leave)(void *self, struct err *err);
    /* Take over at most MAX jobs of one instance that has left or whose lease
     * has expired, unfinished jobs first.  No job goes to two instances. */
    int (*claim)(void *self, size_t max, struct store_claim *claim,
                 struct err *err);
    /* List all instances by name; the caller frees *LIST. */
    int (*instances)(void *self, struct store_instance **list, size_t *n,
                     struct err *err);
    /* Store JOB and call KEPT.  If its owner has a job under the same key
     * already, *how is KNOWN instead, JOB->id is that job's id and JOB->record
     * becomes its record. */
    int (*add)(void *self, struct store_job *job, enum store_added *how,
               store_kept_fn *kept, void *arg, struct err *err);
    /* Find OWNER's job under KEY: its id and its record, which the caller
     * frees.  -1 with ERR: NOT_FOUND. */
    int (*find)(void *self, const char *owner, const char *key,
                char id[UUID_TEXT], char **record, struct err *err);
    /* Apply N changes in one transaction and call KEPT; check each change's
     * fenced afterwards. */
    int (*change)(void *self, struct store_change *changes, size_t n,
                  store_kept_fn *kept, void *arg, struct err *err);
    /* Read the journal; OUT is a consistent snapshot.  -1 with ERR: NOT_FOUND
     * (no such job). */
    int (*events)(void *self, const struct store_query *q,
                  struct store_events *out, struct err *err);
    /* Load all of job ID; -1 with ERR: NOT_FOUND. */
    int (*load)(void *self, const char *id, struct store_job *job,
                struct err *err);
    /* List the ids of the jobs that match F. -1 with ERR: NOT_FOUND, the job
     * AFTER does not exist (any more). */
    int (*list)(void *self, const struct store_filter *f,
                struct store_page *page, struct err *err);
    /* Call EACH for every job of ours, without its document, and with the
     * record only for unfinished jobs.  EACH may take the strings (and set them
     * to NULL); its first -1 ends the loop.  The number of queries does not
     * depend on the number of jobs. */
    int (*each)(void *self, int (*each)(struct store_job *job, void *arg),
                void *arg, struct err *err);
    /* Delete N jobs of ours and their events in one transaction. */
    int (*remove)(void *self, const char *const *ids, size_t n,
                  struct err *err);
    /* Store D; it replaces a delegation of the same owner and id.  -1 with ERR:
     * LIMIT, a new one would exceed MAX. */
    int (*put_delegation)(void *self, const struct store_delegation *d,
                          const struct store_limit *max, struct err *err);
    /* -1 with ERR: NOT_FOUND. */
    int (*get_delegation)(void *self, const char *owner, const char *id,
                          struct store_delegation *d, struct err *err);
    /* ERR NOT_FOUND if it does not exist. */
    int (*drop_delegation)(void *self, const char *owner, const char *id,
                           struct err *err);
    /* Delete credentials that expired before T and requests made before T; *n
     * is their number. */
    int (*expire_delegations)(void *self, long long t, long long *n,
                              struct err *err);
    /* Look at all that is kept: append "ok\n", or a line for each fault.  -1
     * with ERR: it could not be looked at. */
    int (*check)(void *self, struct buf *out, struct err *err);
    /* Copy all, as it is at one moment, into the new file PATH, 0600, while
     * work goes on.  -1 with ERR: EXISTS, NOSPACE, IO; there is no PATH then.
     */
    int (*backup)(void *self, const char *path, struct err *err);
    /* Read this instance's setting KEY; the caller frees *value; NULL if it is
     * not set. */
    int (*get_setting)(void *self, const char *key, char **value,
                       struct err *err);
    int (*set_setting)(void *self, const char *key, const char *value,
                       struct err *err);
};

extern const struct store store_sqlite;

#endif
