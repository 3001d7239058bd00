/* gatekeeper/runner/helper_tasks.h - the tasks of an array under one
 * supervisor; see helper_books.h. */
#ifndef GATEKEEPER_RUNNER_HELPER_TASKS_H
#define GATEKEEPER_RUNNER_HELPER_TASKS_H

#include "gatekeeper/runner/runner_helper.h"

/* Fill ST with what is known of the task that R is about, by the book or by
 * files of its own, in the unit's directory UNITFD.  What a lost one left is
 * ended.  BEGUN: it is known that it was started.  -1 with ERR. */
int helper_task_judge(struct helper *h, const struct runner_request *r,
                      int unitfd, bool begun, struct runner_status *st,
                      struct err *err);
/* Have the supervisors of those N items of C's job that are in its book do what
 * C asks for, all of them before anything else; done[i]: item i is one. */
int helper_task_signal(struct helper *h, const struct helper_call *c,
                       const struct runner_item *item, size_t n, bool *done,
                       struct err *err);
/* The items behind C's descriptor, the caller's to free(), *n of them; NULL
 * with ERR. */
struct runner_item *helper_task_items(const struct helper_call *c, size_t *n,
                                      struct err *err);
/* The request of C about the single task I. */
struct runner_request helper_task_request(const struct helper_call *c,
                                          const struct runner_item *i);

#endif
