/* clients/gridcp/gridcp_queue.h - bounded queue from the thread that finds
 * tasks to the workers, with a waiting list for retries. */
#ifndef CLIENTS_GRIDCP_QUEUE_H
#define CLIENTS_GRIDCP_QUEUE_H

#include <stdbool.h>
#include <stddef.h>

struct gridcp_task;
struct gridcp_queue;

/* Create a queue for MAX tasks, and as many waiting for a retry; put blocks
 * while either is full. */
struct gridcp_queue *gridcp_queue_create(size_t max);
/* Free it and its tasks. */
void gridcp_queue_destroy(struct gridcp_queue *q);
/* Append T; blocks while the queue is full.  False when the run is stopping:
 * the caller keeps the task. */
bool gridcp_queue_put(struct gridcp_queue *q, struct gridcp_task *t);
/* HOLD: give out no task until released or until there are many, because more
 * will be added at once and the first worker should see them all. */
void gridcp_queue_hold(struct gridcp_queue *q, bool hold);
/* Nothing more will be added. */
void gridcp_queue_close(struct gridcp_queue *q);
/* Stop: all further calls to put and take fail. */
void gridcp_queue_stop(struct gridcp_queue *q);
bool gridcp_queue_stopped(struct gridcp_queue *q);
/* Take the next task, waiting for one; NULL when there will be none. */
struct gridcp_task *gridcp_queue_take(struct gridcp_queue *q);
/* Take the next task without waiting if LIKE(task, arg) is true; else NULL. */
struct gridcp_task *
gridcp_queue_take_like(struct gridcp_queue *q,
                       bool (*like)(const struct gridcp_task *t, void *arg),
                       void *arg);
/* A taken task has finally ended. */
void gridcp_queue_done(struct gridcp_queue *q);
/* Queue a taken task again, not before t->due_ms. */
void gridcp_queue_again(struct gridcp_queue *q, struct gridcp_task *t);
/* The number of waiting tasks; and whether all tasks have ended. */
size_t gridcp_queue_length(struct gridcp_queue *q);
bool gridcp_queue_over(struct gridcp_queue *q);
/* Sleep until something changes, at most MS. */
void gridcp_queue_wait(struct gridcp_queue *q, int ms);
/* Remove a task that nobody will do any more; NULL.  For lists of the rest. */
struct gridcp_task *gridcp_queue_left(struct gridcp_queue *q);

#endif
