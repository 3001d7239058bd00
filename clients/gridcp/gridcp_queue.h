/* clients/gridcp/gridcp_queue.h - tasks between the one who finds them and
 * those who do them: bounded, with a waiting room for those that are tried
 * again. */
#ifndef CLIENTS_GRIDCP_QUEUE_H
#define CLIENTS_GRIDCP_QUEUE_H

#include <stdbool.h>
#include <stddef.h>

struct gridcp_task;
struct gridcp_queue;

/* Room for MAX tasks, and as many that wait for another try: put waits for
 * both. */
struct gridcp_queue *gridcp_queue_create(size_t max);
/* Free it and what is in it. */
void gridcp_queue_destroy(struct gridcp_queue *q);
/* Append; waits for room.  false when the run is being stopped: the task stays
 * the caller's. */
bool gridcp_queue_put(struct gridcp_queue *q, struct gridcp_task *t);
/* HOLD: more will be put at once, and nobody takes any before it is over or
 * there are many, so that the first who comes finds all of them. */
void gridcp_queue_hold(struct gridcp_queue *q, bool hold);
/* No more will be put. */
void gridcp_queue_close(struct gridcp_queue *q);
/* Stop: nobody gets or puts anything any more. */
void gridcp_queue_stop(struct gridcp_queue *q);
bool gridcp_queue_stopped(struct gridcp_queue *q);
/* The next task, waiting for it; NULL when there will be none. */
struct gridcp_task *gridcp_queue_take(struct gridcp_queue *q);
/* The next task at once, if it is there and LIKE(task, arg); NULL. */
struct gridcp_task *
gridcp_queue_take_like(struct gridcp_queue *q,
                       bool (*like)(const struct gridcp_task *t, void *arg),
                       void *arg);
/* A taken task ended for good. */
void gridcp_queue_done(struct gridcp_queue *q);
/* A taken task is to be done again, not before t->due_ms. */
void gridcp_queue_again(struct gridcp_queue *q, struct gridcp_task *t);
/* How many wait; and whether all is over. */
size_t gridcp_queue_length(struct gridcp_queue *q);
bool gridcp_queue_over(struct gridcp_queue *q);
/* Sleep until something changes, MS at most. */
void gridcp_queue_wait(struct gridcp_queue *q, int ms);
/* Take out one that nobody will do any more; NULL. For lists of what is left.
 */
struct gridcp_task *gridcp_queue_left(struct gridcp_queue *q);

#endif
