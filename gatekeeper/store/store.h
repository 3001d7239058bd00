/* gatekeeper/store/store.h - where accepted jobs and delegated credentials are
 * kept: an interface, so that a store shared by several gatekeepers is another
 * file and not another design.
 *
 * Each gatekeeper process joins under an epoch; every write to a job is fenced
 * by it: a job whose owner is another epoch is left alone, and one that was
 * joined anew by another process keeps nothing new (ERR STATE).  What a
 * function has written is on disk when it returns 0. */
#ifndef GATEKEEPER_STORE_STORE_H
#define GATEKEEPER_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "base/buf.h"
#include "base/codec.h"
#include "base/err.h"
#include "gatekeeper/life/life_state.h"

/* How a program ended; -1 or 0 where not known. */
struct store_exit {
    bool set;
    int code;   /* 0..255, -1 after a signal */
    int signal; /* 0 when it exited */
    long long started_ms, ended_ms;
    long long user_ms, system_ms, maxrss;
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
    char *want;     /* wished account */
    char *account, *session, *home;
    char *scheduler, *sched_id, *submit_name;
    char *delegation_id;
    char *fault;
    struct store_exit exit;
    long long entered_ms[LIFE_STATES]; /* last entry, 0 never */
};

/* Free the strings. */
void store_job_fini(struct store_job *job);

#define STORE_STEPS_MAX 8

/* What changes in one job, all of it or nothing. */
struct store_change {
    const char *id;
    struct {
        enum life_state state;
        enum life_event event;
        long long t_ms;
    } step[STORE_STEPS_MAX]; /* history; the last state is the job's */
    size_t nsteps;
    /* NULL, false or < 0: as it was. */
    const char *account, *session, *home;
    const char *submit_name; /* writes the intent row too */
    const char *sched_id;    /* settles the intent */
    const char *fault;
    int outcome, failed_state;
    bool cancel;
    struct store_exit exit;
    bool fenced; /* OUT: the job belongs to another epoch or is gone */
};

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

struct store {
    const char *name;
    /* Open what WHERE names.  -1 with ERR: IO, NOSPACE, CONFIG. */
    int (*open)(const char *where, void **self, struct err *err);
    /* NULL ok. */
    void (*close)(void *self);
    /* Join as INSTANCE under a new epoch and take over what earlier epochs of
     * the same name owned. */
    int (*join)(void *self, const char *instance, struct err *err);
    /* -1 with ERR STATE when the same instance has joined anew since, in
     * another process: nothing may be written any more. */
    int (*fenced)(void *self, struct err *err);
    /* Keep JOB, unless its owner has one under the same key: then *how is
     * KNOWN, JOB->id that job's and JOB->record replaced by its. */
    int (*add)(void *self, struct store_job *job, enum store_added *how,
               struct err *err);
    /* The job that OWNER has under KEY: its id, and its record, the caller's.
     * -1 with ERR: NOT_FOUND. */
    int (*find)(void *self, const char *owner, const char *key,
                char id[UUID_TEXT], char **record, struct err *err);
    /* Apply N changes in one transaction; each may turn out fenced. */
    int (*change)(void *self, struct store_change *changes, size_t n,
                  struct err *err);
    /* The whole job ID; -1 with ERR: NOT_FOUND. */
    int (*load)(void *self, const char *id, struct store_job *job,
                struct err *err);
    /* Call EACH for every job without record and document; it may take the
     * strings (and set them to NULL).  Stops at its first -1. */
    int (*each)(void *self, int (*each)(struct store_job *job, void *arg),
                void *arg, struct err *err);
    /* Drop N jobs for good. */
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
    /* A word kept under KEY; *value is the caller's, NULL when there is none.
     */
    int (*get_setting)(void *self, const char *key, char **value,
                       struct err *err);
    int (*set_setting)(void *self, const char *key, const char *value,
                       struct err *err);
};

extern const struct store store_sqlite;

#endif
