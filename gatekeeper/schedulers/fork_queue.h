/* gatekeeper/schedulers/fork_queue.h - the fork scheduler's tasks in memory:
 * who waits, in which order, and who has a slot.  Its owner locks.
 *
 * Accounts take turns: the next slot goes to the account that has the fewest,
 * of these to the one whose turn is longest ago, and within the account to the
 * job that came first.  An array that holds more than its account's share while
 * others wait is told a smaller width, and gives slots back as tasks end. */
#ifndef GATEKEEPER_SCHEDULERS_FORK_QUEUE_H
#define GATEKEEPER_SCHEDULERS_FORK_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/codec.h"

enum fork_state {
    FORK_UNSEEN, /* of before a restart: it may run, so it has a slot */
    FORK_WAITING,
    FORK_STARTING, /* has a slot; of an array, its supervisor has it */
    FORK_RUNNING,  /* as above */
    FORK_CANCELLED /* before it began */
};

/* What a task is, to the queue. */
struct fork_key {
    const char *id;         /* its job's */
    const char *account;    /* whose it is; read when the job is new */
    uint32_t task, attempt; /* attempt 0: its job is no array */
    uint32_t limit; /* of the job's tasks so many have slots at once; 0 any */
};

/* Why a task was not started; few have one. */
struct fork_trouble {
    char *fault;       /* why it can never be started; NULL */
    char *why;         /* why it has to wait; NULL */
    unsigned tries;    /* to start it, in vain */
    long long t_first; /* when the first was */
    long long t_again; /* not before, by the clock that never jumps */
};

struct fork_group;

struct fork_entry {
    struct fork_group *group;
    uint32_t task;
    uint16_t attempt;
    uint8_t state;                /* enum fork_state */
    bool cancel;                  /* asked for while it was being started */
    struct fork_trouble *trouble; /* NULL */
    struct fork_entry *hash_next;
    struct fork_entry *next, *prev; /* of those of the group that wait */
};

/* The jobs of one account. */
struct fork_account {
    char *name;
    size_t n;                         /* groups */
    long slots;                       /* that its jobs are to have */
    size_t arrays;                    /* of those with tasks that wait */
    struct fork_group *head, *tail;   /* those with tasks that wait */
    struct fork_account *next, *prev; /* the next one's turn is longest ago */
};

/* The tasks of one job. */
struct fork_group {
    struct fork_account *account;
    char id[UUID_TEXT];
    uint32_t limit;
    bool array;   /* one supervisor has its tasks, more than may run at once */
    bool busy;    /* that is just being told something */
    size_t n;     /* entries */
    long waiting; /* of them */
    long given;   /* that were handed on: STARTING, RUNNING, UNSEEN */
    long width;   /* of an array: so many of those run at once */
    long held;    /* of one that became narrower: so many still do */
    struct fork_entry *head, *tail;
    struct fork_group *hash_next;
    struct fork_group *next, *prev; /* of those with tasks that wait */
};

struct fork_queue {
    struct fork_entry **hash;
    struct fork_group **groups;
    size_t buckets, n;
    struct fork_account *head, *tail; /* all accounts */
    long waiting, running;            /* running: slots that are taken */
};

/* What is to be started next: a task, or of an array as many as its supervisor
 * is to have in advance. */
#define FORK_BATCH 256
struct fork_batch {
    struct fork_group *group;
    struct fork_entry *entry[FORK_BATCH];
    size_t n;   /* of an array 0 when only its width changes */
    long width; /* of an array */
};

/* Empty. */
void fork_queue_init(struct fork_queue *q);
/* Free all. */
void fork_queue_fini(struct fork_queue *q);
/* The entry of KEY; NULL. */
struct fork_entry *fork_queue_find(const struct fork_queue *q,
                                   const struct fork_key *key);
/* A new entry, at the end when it waits. */
struct fork_entry *fork_queue_add(struct fork_queue *q,
                                  const struct fork_key *key,
                                  enum fork_state state);
/* Change the state. */
void fork_queue_move(struct fork_queue *q, struct fork_entry *e,
                     enum fork_state state);
/* It can never be started: it no longer waits, and has no slot. */
void fork_queue_fail(struct fork_queue *q, struct fork_entry *e,
                     const char *why);
/* It could not be started, because of WHY: let it wait once more, at the front,
 * each time longer, from a second to a minute. */
void fork_queue_again(struct fork_queue *q, struct fork_entry *e,
                      const char *why);
/* What may be started at NOW with SLOTS slots in all, in B: it has its slots
 * from then on, and is STARTING; an array is busy until fork_queue_told().
 * false: nothing. */
bool fork_queue_take(struct fork_queue *q, long slots, long long now,
                     struct fork_batch *b);
/* What was taken of the array ID has been handed on, or has not. */
void fork_queue_told(struct fork_queue *q, const char *id);
/* Forget it. */
void fork_queue_remove(struct fork_queue *q, struct fork_entry *e);
/* Why it can never be started; NULL. */
const char *fork_queue_fault(const struct fork_entry *e);
/* How often that was tried in vain. */
unsigned fork_queue_tries(const struct fork_entry *e);

#endif
