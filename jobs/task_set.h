/* jobs/task_set.h - some tasks of a job, as people and requests name them:
 * "1,5-9", or "failed". */
#ifndef JOBS_TASK_SET_H
#define JOBS_TASK_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

/* Ranges that a text may name. */
#define TASK_SET_MAX 10000

struct task_range {
    uint32_t first, last;
};

struct task_set {
    bool failed;           /* those that failed; no ranges then */
    struct task_range *of; /* in order, none overlaps another; at least one */
    size_t n;
};

/* Read TEXT: numbers from 0 on and ranges FIRST-LAST, commas between, each task
 * once; or the word "failed".  -1 with ERR: USAGE. */
int task_set_parse(const char *text, struct task_set *set, struct err *err);
/* Free what it holds. */
void task_set_fini(struct task_set *set);
/* Whether SET, which is of ranges, has TASK. */
bool task_set_has(const struct task_set *set, uint32_t task);
/* Append SET as task_set_parse() reads it. */
void task_set_text(const struct task_set *set, struct buf *out);

#endif
