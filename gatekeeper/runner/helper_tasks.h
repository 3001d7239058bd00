/* gatekeeper/runner/helper_tasks.h - the tasks of an array under one
 * supervisor; see helper_books.h. */
#ifndef GATEKEEPER_RUNNER_HELPER_TASKS_H
#define GATEKEEPER_RUNNER_HELPER_TASKS_H

#include "gatekeeper/runner/runner_helper.h"

/* Fill ST with the state of the task in R, from the book or from the task's own
 * files in the unit's directory UNITFD.  Kill the leftover processes of a lost
 * task.  BEGUN: the caller knows that it was started.  -1 with ERR. */
int helper_task_judge(struct helper *h, const struct runner_request *r,
                      int unitfd, bool begun, struct runner_status *st,
                      struct err *err);
/* Write C's signal into the book for those of the N items that have a
 * supervisor there, before any of them is awaited; done[i] tells whether item i
 * was one of them. */
int helper_task_signal(struct helper *h, const struct helper_call *c,
                       const struct runner_item *item, size_t n, bool *done,
                       struct err *err);
/* Read the items behind C's descriptor, *N of them; the caller frees them.
 * NULL with ERR. */
struct runner_item *helper_task_items(const struct helper_call *c, size_t *n,
                                      struct err *err);
/* The request of C as a request about the single task I. */
struct runner_request helper_task_request(const struct helper_call *c,
                                          const struct runner_item *i);

#endif
