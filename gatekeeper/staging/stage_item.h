/* gatekeeper/staging/stage_item.h - one active step of one job.  It advances in
 * turns; each makes a few requests to the runner. */
#ifndef GATEKEEPER_STAGING_STAGE_ITEM_H
#define GATEKEEPER_STAGING_STAGE_ITEM_H

#include "base/codec.h"
#include "gatekeeper/runner/runner_client.h"
#include "gatekeeper/staging/stage_list.h"
#include "gatekeeper/staging/stage_watch.h"

enum stage_phase {
    STAGE_NEW,      /* must look at what exists */
    STAGE_QUEUED,   /* waits for a slot; its next turn starts a run */
    STAGE_MOVING,   /* a gridcp run is alive, or was at the last turn */
    STAGE_AWAITING, /* all is transferred; an upload is incomplete */
    STAGE_OVER      /* result is filled */
};

struct stage_item {
    char id[UUID_TEXT];
    enum stage_step step;
    enum stage_phase phase;
    char *account, *session, *owner;
    struct stage_list list;
    size_t group;        /* current group */
    int runs;            /* lost runs of this group */
    size_t uploaded;     /* leading uploads that are complete */
    unsigned tries;      /* failed tries of the current action */
    long long t_trouble; /* time of the first of them */
    int delay_ms;        /* until the next turn */
    long long t_moved;   /* when bytes last arrived */
    long long moved;     /* watch.moved at that time */
    long long t_begun;   /* when the run began or was found after a restart */
    struct stage_watch watch;
    int outfd; /* gridcp's output; -1 */
    struct stage_result result;

    /* Guarded by the pool's lock.  During a turn a thread writes all fields
     * above without the lock; other threads read the values after the last
     * turn: phase_seen and t_moved_seen. */
    enum stage_phase phase_seen;
    long long t_moved_seen;
    long long t_next;
    unsigned long serial;
    bool busy, cancelled;
    bool poked; /* upload bytes arrived since the last turn began */
    struct stage_item *next;
};

/* Create an item from a copy of JOB's fields; NULL with ERR: USAGE. */
struct stage_item *stage_item_create(const struct stage_job *job,
                                     enum stage_step step, struct err *err);
/* NULL ok. */
void stage_item_destroy(struct stage_item *it);
/* Take one turn; blocks while the runner does.  Afterwards phase and delay_ms
 * say how to continue. */
void stage_item_turn(struct stage_item *it, const struct stage_host *host);
/* End IT as failed, because of TEXT. */
void stage_item_fail(struct stage_item *it, const char *text);
/* An action failed with ERR: retry it in a later turn if the failure is
 * transient, otherwise fail IT. */
void stage_item_retry(struct stage_item *it, const struct stage_host *host,
                      const struct err *err);
/* The runner's unit of STEP. */
enum runner_unit stage_item_unit(enum stage_step step);

#endif
