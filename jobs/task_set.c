/* jobs/task_set.c - see task_set.h. */
#include "jobs/task_set.h"

#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "jobs/job.h"

#define FAILED "failed"

/* Parse the number of N bytes at TEXT. */
static int
read_number(const char *text, size_t n, uint32_t *number)
{
    char digits[16];
    long long value;

    if (n == 0 || n >= sizeof(digits))
        return -1;
    memcpy(digits, text, n);
    digits[n] = '\0';
    if (number_parse(digits, 0, JOB_TASKS_MAX - 1, &value) < 0)
        return -1;
    *number = (uint32_t)value;
    return 0;
}

/* Parse "7" or "5-9", N bytes. */
static int
read_range(const char *text, size_t n, struct task_range *r)
{
    const char *dash = memchr(text, '-', n);

    if (dash == NULL) {
        if (read_number(text, n, &r->first) < 0)
            return -1;
        r->last = r->first;
        return 0;
    }
    if (read_number(text, (size_t)(dash - text), &r->first) < 0 ||
        read_number(dash + 1, n - (size_t)(dash - text) - 1, &r->last) < 0)
        return -1;
    return r->first <= r->last ? 0 : -1;
}

static int
by_first(const void *a, const void *b)
{
    const struct task_range *x = a, *y = b;

    return x->first < y->first ? -1 : x->first > y->first;
}

static int
read_ranges(const char *text, struct task_set *set, struct err *err)
{
    size_t room = 0;

    for (const char *p = text;; p++) {
        size_t n = strcspn(p, ",");

        if (set->n == TASK_SET_MAX)
            return err_set(err, ERR_USAGE, "more than %d ranges of tasks",
                           TASK_SET_MAX);
        if (set->n == room) {
            room = room == 0 ? 8 : 2 * room;
            set->of = xrealloc(set->of, room, sizeof(*set->of));
        }
        if (read_range(p, n, &set->of[set->n++]) < 0)
            return err_set(
                err, ERR_USAGE,
                "'%.*s' is not a task or a range of tasks: 3 or 5-9, "
                "0 to %d",
                n < 40 ? (int)n : 40, p, JOB_TASKS_MAX - 1);
        p += n;
        if (*p == '\0')
            return 0;
    }
}

int
task_set_parse(const char *text, struct task_set *set, struct err *err)
{
    int rc;

    *set = (struct task_set){ .failed = strcmp(text, FAILED) == 0 };
    if (set->failed)
        return 0;
    rc = read_ranges(text, set, err);
    if (rc == 0)
        qsort(set->of, set->n, sizeof(*set->of), by_first);
    for (size_t i = 1; rc == 0 && i < set->n; i++)
        if (set->of[i].first <= set->of[i - 1].last)
            rc = err_set(err, ERR_USAGE, "task %u is named twice",
                         set->of[i].first);
    if (rc < 0)
        task_set_fini(set);
    return rc;
}

void
task_set_fini(struct task_set *set)
{
    free(set->of);
    *set = (struct task_set){ .n = 0 };
}

bool
task_set_has(const struct task_set *set, uint32_t task)
{
    size_t low = 0, high = set->n;

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (set->of[mid].last < task)
            low = mid + 1;
        else
            high = mid;
    }
    return low < set->n && set->of[low].first <= task;
}

void
task_set_text(const struct task_set *set, struct buf *out)
{
    if (set->failed)
        buf_adds(out, FAILED);
    for (size_t i = 0; i < set->n; i++) {
        buf_addf(out, "%s%u", i > 0 ? "," : "", set->of[i].first);
        if (set->of[i].last > set->of[i].first)
            buf_addf(out, "-%u", set->of[i].last);
    }
}
