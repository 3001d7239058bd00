/* gatekeeper/store/store.h - where accepted jobs and delegated credentials are
 * kept: an interface, so that a store shared by several gatekeepers is another
 * file and not another design.
 *
 * Each gatekeeper process joins as an instance, under a new epoch, and each job
 * belongs to one epoch.  Whatever is written is fenced: a job of another epoch
 * is left alone; ERR STATE, another process has joined as the same instance
 * since; ERR LEASE, the instance's lease ran out, so that others may have its
 * jobs.  Leases are measured by the store's own clock, never by a caller's.
 * What a function has written is on disk when it returns 0. */
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

/* How a program ended; -1 or 0 where not known. */
struct store_exit {
    bool set;
    int code;   /* 0..255, -1 after a signal */
    int signal; /* 0 when it exited */
    long long started_ms, ended_ms;
    long long user_ms, system_ms, maxrss;
};

/* One task of a job as it is kept.  A task that nothing has happened to has no
 * row: it is TASK_READY, attempt 1. */
struct store_task {
    uint32_t index;
    unsigned attempt; /* from 1 on; what is kept belongs to it */
    enum task_state state;
    /* NULL: none; of a change: as it was.  A submit name is the intent: it is
     * kept with the epoch that wrote it, before anything is submitted. */
    char *submit_name, *sched_id, *fault, *hosts;
    struct store_exit exit;
    bool cancel; /* its owner wants it ended; of a change false: as it was */
    bool doubt;  /* that it is over is not known for certain; the same */
    bool fresh;  /* of a change: an attempt that is new, of which nothing is
                    kept from the one before */
};

/* A job as it is kept.  Strings are the struct's own, NULL = none. */
struct store_job {
    char id[UUID_TEXT];
    char *owner; /* certificate name */
    char *key;   /* idempotency key, unique for an owner */
    enum life_state state;
    enum life_state outcome;      /* DONE until something else is known */
    enum life_state failed_state; /* where the fault struck */
    bool cancel;                  /* the user wants it ended */
    long long epoch;
    char *record;   /* job_to_json() */
    char *kind;     /* of the document: "jsdl" */
    char *document; /* verbatim */
    char *want;     /* requested account */
    char *account, *session, *home;
    char *scheduler;
    char *delegation_id;
    char *fault;
    char *instance; /* of load(): whose it is; NULL: nobody's who is known */
    uint32_t tasks; /* how many it has, 1 or more */
    struct store_task *task; /* those that have a row, by index; their strings
                                are the struct's own, too */
    size_t ntask;
    long long entered_ms[LIFE_STATES]; /* last entry, 0 never */
    long long seq;                     /* OUT of add(): its first event */
};

/* Free the strings. */
void store_job_fini(struct store_job *job);

/* One event of the journal: a state of a job, or of tasks of it, has changed.
 */
struct store_event {
    long long seq; /* from 1 on, growing; none is given twice */
    char job[UUID_TEXT];
    int task, attempt;  /* -1: the job's own state */
    int last_task;      /* the same happened to the tasks from TASK to this one;
                           not used when TASK is -1 */
    int from;           /* enum life_state; -1: it was not there before */
    enum life_state to; /* of a task: of the same word as its task_state */
    enum life_event event;
    long long t_ms; /* time_now_ms() */
    char *reason;   /* a sentence; NULL: what life_event_reason() says */
};

/* Make TO a copy of FROM. */
void store_event_copy(struct store_event *to, const struct store_event *from);
/* Free the string. */
void store_event_fini(struct store_event *event);

/* Which events are asked for. */
struct store_query {
    const char *job; /* of this job only; NULL: of all */
    long long since; /* those with a greater number */
    size_t max;
};

struct store_events {
    struct store_event *of; /* oldest first */
    size_t n;
    bool more;             /* there are further ones that were asked for */
    long long first, last; /* all from FIRST on are kept: of the whole journal
                              (0 there are none), or of the job asked for; the
                              last that was ever given, 0 none */
    enum life_state state; /* of the job asked for, after all its events */
};

/* Free what it holds. */
void store_events_fini(struct store_events *events);

#define STORE_STEPS_MAX 8

/* What changes in one job and in tasks of it, all of it or nothing. */
struct store_change {
    const char *id;
    /* In order; the last state is the job's.  Each becomes an event of the
     * journal, which OUT has a number; reasons are borrowed. */
    struct store_event step[STORE_STEPS_MAX];
    size_t nsteps; /* 0: only tasks change */
    /* The events of its tasks, each written before step AT: numbers and reasons
     * as above.  store_change_event() goes through both. */
    struct store_task_event {
        struct store_event event;
        size_t at;
    } * told;
    size_t ntold;
    long long keep; /* so many events of the job are kept, the newest, and the
                       last that led to each of its states; 0 all */
    /* NULL, false or < 0: as it was. */
    const char *account, *session, *home;
    const char *fault;
    int outcome, failed_state;
    bool cancel;
    bool reopen; /* it was over, or part of it: what was kept of outcome, fault,
                    failed_state and cancel is forgotten before */
    const struct store_task *task; /* the tasks that change with it */
    size_t ntasks;
    bool fenced; /* OUT: the job belongs to another epoch or is gone */
};

/* The event I of C, from 0 on, in the order in which they are written; NULL:
 * there are no more. */
struct store_event *store_change_event(struct store_change *c, size_t i);

/* A credential that a caller delegates, or is about to. */
struct store_delegation {
    char *owner, *id;
    char *request;    /* PEM of the key that waits for a certificate */
    char *credential; /* PEM of certificate, key and chain */
    long long expires, created; /* seconds */
};

/* Free the strings. */
void store_delegation_fini(struct store_delegation *d);

/* How many delegations there may be. */
struct store_limit {
    long long owner, all;
};

/* What add() found. */
enum store_added {
    STORE_ADDED,
    STORE_KNOWN /* the owner used this key before: id and record are of that
                   job */
};

#define STORE_NAME_MAX 128

/* Who joins. */
struct store_member {
    const char *instance; /* at most STORE_NAME_MAX - 1 bytes */
    long long lease_ms;   /* others may take its jobs over when it was not
                             renewed for this long; 0: they never may */
};

/* An instance that has joined, and whose jobs are not all taken over. */
struct store_instance {
    char name[STORE_NAME_MAX];
    long long epoch;
    long long lease_ms;
    long long left_ms; /* until its lease runs out; 0: it has run out, or the
                          instance has left; of one without a lease -1 */
};

/* Jobs that were taken over. */
struct store_claim {
    char from[STORE_NAME_MAX]; /* the instance that had them; "": nothing is to
                                  be taken over */
    char (*id)[UUID_TEXT];     /* the caller's to free */
    size_t n;
    bool more; /* that instance has further ones */
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
    char (*id)[UUID_TEXT]; /* newest first; the caller's to free */
    size_t n;
    bool more;
};

/* What was written is on disk.  Called on the store's writer thread, in the
 * order of the journal, before anything later is written and before the
 * function that wrote returns.  It is quick, and asks nothing of the store. */
typedef void store_kept_fn(void *arg);

struct store {
    const char *name;
    /* Open what WHERE names.  -1 with ERR: IO, NOSPACE, CONFIG. */
    int (*open)(const char *where, void **self, struct err *err);
    /* NULL ok. */
    void (*close)(void *self);
    /* Join as WHO, with a whole lease and under a new epoch, and take over what
     * earlier epochs of the same name still own.  Before anything but open().
     */
    int (*join)(void *self, const struct store_member *who, struct err *err);
    /* Renew the lease; call it four times in each.  KEPT is called with the
     * number of the last event of the journal in *LAST, whoever wrote that.  -1
     * with ERR: STATE or LEASE, as for every write: a lease that ran out is
     * never renewed, and this process does nothing more for any job. */
    int (*heartbeat)(void *self, long long *last, store_kept_fn *kept,
                     void *arg, struct err *err);
    /* Whether the lease still runs, for sure, without asking anybody: to be
     * looked at before anything is done outside.  Once it does not, it never
     * does again, and nothing is written.  Any thread. */
    bool (*held)(void *self);
    /* -1 with ERR STATE or LEASE, as above: nothing may be written any more. */
    int (*fenced)(void *self, struct err *err);
    /* Let the others have what is ours at once; nothing but close() after it.
     * One without a lease stays. */
    int (*leave)(void *self, struct err *err);
    /* Take over at most MAX jobs of one instance whose lease ran out or that
     * has left, those that are not over first.  No job is given to two. */
    int (*claim)(void *self, size_t max, struct store_claim *claim,
                 struct err *err);
    /* All instances, by name; the caller frees *LIST. */
    int (*instances)(void *self, struct store_instance **list, size_t *n,
                     struct err *err);
    /* Keep JOB and call KEPT; unless its owner has one under the same key: then
     * *how is KNOWN, JOB->id that job's and JOB->record replaced by its. */
    int (*add)(void *self, struct store_job *job, enum store_added *how,
               store_kept_fn *kept, void *arg, struct err *err);
    /* The job that OWNER has under KEY: its id, and its record, the caller's.
     * -1 with ERR: NOT_FOUND. */
    int (*find)(void *self, const char *owner, const char *key,
                char id[UUID_TEXT], char **record, struct err *err);
    /* Apply N changes in one transaction, each of which may turn out fenced,
     * and call KEPT. */
    int (*change)(void *self, struct store_change *changes, size_t n,
                  store_kept_fn *kept, void *arg, struct err *err);
    /* Read the journal; all that OUT says is of one moment.  -1 with ERR:
     * NOT_FOUND (there is no such job). */
    int (*events)(void *self, const struct store_query *q,
                  struct store_events *out, struct err *err);
    /* The whole job ID; -1 with ERR: NOT_FOUND. */
    int (*load)(void *self, const char *id, struct store_job *job,
                struct err *err);
    /* The ids of the jobs that F asks for.  -1 with ERR: NOT_FOUND, the job
     * AFTER is not there (any more). */
    int (*list)(void *self, const struct store_filter *f,
                struct store_page *page, struct err *err);
    /* Call EACH for every job of ours, without its document, and the record
     * only of those that are not over; it may take the strings (and set them to
     * NULL). Stops at its first -1.  The queries are as many for many jobs as
     * for one.
     */
    int (*each)(void *self, int (*each)(struct store_job *job, void *arg),
                void *arg, struct err *err);
    /* Drop N jobs of ours for good in one transaction, and their events. */
    int (*remove)(void *self, const char *const *ids, size_t n,
                  struct err *err);
    /* Keep D, replacing one of the same owner and id.  -1 with ERR: LIMIT, a
     * new one would be more than MAX says. */
    int (*put_delegation)(void *self, const struct store_delegation *d,
                          const struct store_limit *max, struct err *err);
    /* -1 with ERR: NOT_FOUND. */
    int (*get_delegation)(void *self, const char *owner, const char *id,
                          struct store_delegation *d, struct err *err);
    /* An absent one is ERR NOT_FOUND. */
    int (*drop_delegation)(void *self, const char *owner, const char *id,
                           struct err *err);
    /* Drop what expired before T, and requests made before it; how many go to
     * *n. */
    int (*expire_delegations)(void *self, long long t, long long *n,
                              struct err *err);
    /* Look at all that is kept: append "ok\n", or a line for each fault.  -1
     * with ERR: it could not be looked at. */
    int (*check)(void *self, struct buf *out, struct err *err);
    /* Copy all, as it is at one moment, into the new file PATH, 0600, while
     * work goes on.  -1 with ERR: EXISTS, NOSPACE, IO; there is no PATH then.
     */
    int (*backup)(void *self, const char *path, struct err *err);
    /* A word that this instance keeps under KEY; *value is the caller's, NULL
     * when there is none.
     */
    int (*get_setting)(void *self, const char *key, char **value,
                       struct err *err);
    int (*set_setting)(void *self, const char *key, const char *value,
                       struct err *err);
};

extern const struct store store_sqlite;

#endif
