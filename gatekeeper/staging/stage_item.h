/* gatekeeper/staging/stage_item.h - one step of one job on its way: looked at
 * again and again, each look a few requests to the runner. */
#ifndef GATEKEEPER_STAGING_STAGE_ITEM_H
#define GATEKEEPER_STAGING_STAGE_ITEM_H

#include "base/codec.h"
#include "gatekeeper/runner/runner_client.h"
#include "gatekeeper/staging/stage_list.h"
#include "gatekeeper/staging/stage_watch.h"

enum stage_phase {
    STAGE_NEW,      /* what is there already? */
    STAGE_QUEUED,   /* waits for a slot; the next look starts a run */
    STAGE_MOVING,   /* a run of gridcp is alive, or was when last seen */
    STAGE_AWAITING, /* all is moved, and an upload is not complete */
    STAGE_OVER      /* result is filled */
};

struct stage_item {
    char id[UUID_TEXT];
    enum stage_step step;
    enum stage_phase phase;
    char *account, *session, *owner;
    struct stage_list list;
    size_t group;        /* under way */
    int runs;            /* of this group that were lost */
    size_t uploaded;     /* uploads that are complete, of the first ones */
    unsigned tries;      /* of what is under way, in vain */
    long long t_trouble; /* when the first of them was */
    int delay_ms;        /* until the next look */
    long long t_moved;   /* when a byte was last seen to arrive */
    long long moved;     /* watch.moved then */
    long long t_begun;   /* when the run began, or was found after a restart */
    struct stage_watch watch;
    int outfd; /* gridcp's output; -1 */
    struct stage_result result;

    /* The pool's, under its lock.  A thread that looks at the item writes all
     * above without the lock, so the others read what its last look left:
     * phase_seen and t_moved_seen. */
    enum stage_phase phase_seen;
    long long t_moved_seen;
    long long t_next;
    unsigned long serial;
    bool busy, cancelled;
    bool poked; /* bytes of an upload came since the last look began */
    struct stage_item *next;
};

/* A copy of what is needed of JOB; NULL with ERR: USAGE. */
struct stage_item *stage_item_create(const struct stage_job *job,
                                     enum stage_step step, struct err *err);
/* NULL ok. */
void stage_item_destroy(struct stage_item *it);
/* Look at it once and do what is next; blocks for as long as the runner does.
 * Afterwards phase and delay_ms say how to go on. */
void stage_item_turn(struct stage_item *it, const struct stage_host *host);
/* IT is over and has failed, because of TEXT. */
void stage_item_fail(struct stage_item *it, const char *text);
/* What failed with ERR is tried again at a later look, where that may help;
 * else IT has failed. */
void stage_item_retry(struct stage_item *it, const struct stage_host *host,
                      const struct err *err);
/* The runner's unit of STEP. */
enum runner_unit stage_item_unit(enum stage_step step);

#endif
