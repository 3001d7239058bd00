/* jobs/task_set.h - a set of a job's tasks as users and requests write it:
 * "1,5-9", or "failed". */
#ifndef JOBS_TASK_SET_H
#define JOBS_TASK_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

/* The maximum of ranges in a text. */
#define TASK_SET_MAX 10000

struct task_range {
    uint32_t first, last;
};

struct task_set {
    bool failed;           /* the tasks that failed; no ranges then */
    struct task_range *of; /* in order and without overlaps; at least one */
    size_t n;
};

/* Parse TEXT: numbers from 0 on and ranges FIRST-LAST, separated by commas,
 * each task once; or the word "failed".  -1 with ERR: USAGE. */
int task_set_parse(const char *text, struct task_set *set, struct err *err);
/* Free the ranges. */
void task_set_fini(struct task_set *set);
/* Whether SET contains TASK; SET must consist of ranges. */
bool task_set_has(const struct task_set *set, uint32_t task);
/* Append SET in the format of task_set_parse(). */
void task_set_text(const struct task_set *set, struct buf *out);

#endif
