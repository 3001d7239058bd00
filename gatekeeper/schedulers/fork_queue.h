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
    FORK_UNSEEN, /* from before a restart: it may run, so it has a slot */
    FORK_WAITING,
    FORK_STARTING, /* has a slot; an array's supervisor has been given it */
    FORK_RUNNING,  /* has a slot */
    FORK_CANCELLED /* before it began */
};

/* Identifies a task in the queue. */
struct fork_key {
    const char *id;         /* its job's */
    const char *account;    /* whose it is; read when the job is new */
    uint32_t task, attempt; /* attempt 0: the job is not an array */
    uint32_t
        limit; /* how many of the job's tasks have slots at once; 0 no limit */
};

/* Why a task was not started; most tasks have none. */
struct fork_trouble {
    char *fault;       /* it can never be started; NULL */
    char *why;         /* it waits; NULL */
    unsigned tries;    /* failed tries to start it */
    long long t_first; /* of the first failure */
    long long t_again; /* earliest next try, monotonic clock */
};

struct fork_group;

struct fork_entry {
    struct fork_group *group;
    uint32_t task;
    uint16_t attempt;
    uint8_t state;                /* enum fork_state */
    bool cancel;                  /* cancelled while it was being started */
    struct fork_trouble *trouble; /* NULL */
    struct fork_entry *hash_next;
    struct fork_entry *next, *prev; /* in the group's waiting list */
};

/* The jobs of one account. */
struct fork_account {
    char *name;
    size_t n;      /* groups */
    long slots;    /* that its jobs are to have */
    size_t arrays; /* in the list of groups with waiting tasks */
    struct fork_group *head, *tail;   /* groups with waiting tasks */
    struct fork_account *next, *prev; /* the next one's turn is longest ago */
};

/* The tasks of one job. */
struct fork_group {
    struct fork_account *account;
    char id[UUID_TEXT];
    uint32_t limit;
    bool array;   /* one supervisor gets its tasks, more than may run at once */
    bool busy;    /* a request to that supervisor is in progress */
    size_t n;     /* entries */
    long waiting; /* entries that wait */
    long given;   /* entries that are STARTING, RUNNING or UNSEEN */
    long width;   /* of an array: how many of those run at once */
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
    long waiting, running;            /* running: slots in use */
};

/* What to start next: one task, or tasks of an array including those in
 * advance. */
#define FORK_BATCH 256
struct fork_batch {
    struct fork_group *group;
    struct fork_entry *entry[FORK_BATCH];
    size_t n;   /* of an array 0 when only its width changes */
    long width; /* of an array */
};

/* Make Q empty. */
void fork_queue_init(struct fork_queue *q);
/* Free all entries. */
void fork_queue_fini(struct fork_queue *q);
/* Find the entry of KEY; NULL if there is none. */
struct fork_entry *fork_queue_find(const struct fork_queue *q,
                                   const struct fork_key *key);
/* Add an entry, at the end if it waits. */
struct fork_entry *fork_queue_add(struct fork_queue *q,
                                  const struct fork_key *key,
                                  enum fork_state state);
/* Change the state. */
void fork_queue_move(struct fork_queue *q, struct fork_entry *e,
                     enum fork_state state);
/* E can never be started: remove it from the waiting list and free its slot. */
void fork_queue_fail(struct fork_queue *q, struct fork_entry *e,
                     const char *why);
/* E could not be started, because of WHY: let it wait again at the front, with
 * delays that grow from a second to a minute. */
void fork_queue_again(struct fork_queue *q, struct fork_entry *e,
                      const char *why);
/* Take what may be started at NOW with SLOTS slots in all into B. It gets its
 * slots and becomes STARTING; an array is busy until fork_queue_told(). false:
 * nothing. */
bool fork_queue_take(struct fork_queue *q, long slots, long long now,
                     struct fork_batch *b);
/* The request for the tasks taken of the array ID is done or has failed. */
void fork_queue_told(struct fork_queue *q, const char *id);
/* Remove E. */
void fork_queue_remove(struct fork_queue *q, struct fork_entry *e);
/* Why E can never be started; NULL. */
const char *fork_queue_fault(const struct fork_entry *e);
/* The number of failed tries to start E. */
unsigned fork_queue_tries(const struct fork_entry *e);

#endif
