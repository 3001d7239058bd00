/* gatekeeper/schedulers/batch_array.c - submits the tasks of an array to a
 * batch system as arrays of its own, held.
 *
 * Tasks whose numbers span more than the system's index range are split into
 * several arrays.  If only some may run at once, each array begins after the
 * one before it.  If no id is returned, the list of jobs shows which tasks
 * exist. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/testpoint.h"
#include "gatekeeper/schedulers/batch.h"

/* Bytes of elements in a request's text, which has room for RUNNER_TEXT. */
#define ELEMENTS_MAX 1000

int
batch_array_max(struct batch *b, long long *max, struct err *err)
{
    lock_take(&b->lock);
    *max = b->array_max;
    lock_release(&b->lock);
    if (*max >= 0)
        return 0;
    if (b->sys->array_max(b, max, err) < 0)
        return -1;
    lock_take(&b->lock);
    b->array_max = *max;
    lock_release(&b->lock);
    return 0;
}

/* The number that TASK has in A. */
static unsigned
index_of(const struct batch_system *sys, const struct batch_array *a,
         const struct sched_job *task)
{
    return task->task - a->base + sys->array_first;
}

/* How many of N TASKS, from the first on, fit into one array; fills A. */
static size_t
cut(const struct batch_system *sys, const struct sched_job *tasks, size_t n,
    long long max, struct batch_array *a)
{
    size_t i = 0;

    buf_clear(&a->elements);
    a->task = tasks;
    a->base = (long long)tasks[0].task < max ? 0 : tasks[0].task;
    while (i < n && (i == 0 || !sys->array_range) &&
           (long long)tasks[i].task - a->base < max &&
           tasks[i].attempt == tasks[0].attempt &&
           a->elements.len < ELEMENTS_MAX) {
        size_t last = i;

        while (last + 1 < n && tasks[last + 1].task == tasks[last].task + 1 &&
               tasks[last + 1].attempt == tasks[0].attempt &&
               (long long)tasks[last + 1].task - a->base < max)
            last++;
        buf_addf(&a->elements, "%s%u", i > 0 ? "," : "",
                 index_of(sys, a, &tasks[i]));
        if (last > i)
            buf_addf(&a->elements, "-%u", index_of(sys, a, &tasks[last]));
        i = last + 1;
    }
    a->n = i;
    batchname_array(tasks[0].submit_name, tasks[0].attempt, a->base, a->name);
    return i;
}

/* Which tasks of A are there?  Those that are not fail for the reason WHY.
 * Returns whether all are. */
static bool
look(struct batch *b, const struct batch_array *a, const struct err *why,
     char (*sched_id)[SCHED_ID_MAX], struct err *errs)
{
    struct batch_lines lines;
    struct err unknown = ERR_INIT;
    bool known = b->sys->own(b, a->task, NULL, &lines, &unknown) == 0;
    size_t there = 0;

    for (size_t i = 0; i < a->n; i++) {
        size_t named = 0;
        const struct batch_line *line =
            known ? batch_lines_named(&lines, a->task[i].submit_name, &named)
                  : NULL;

        if (line != NULL) {
            memcpy(sched_id[i], line->id, sizeof(line->id));
            there++;
        } else if (known)
            err_set(&errs[i], why->code, "%s", why->text);
        else
            err_set(&errs[i],
                    unknown.code == ERR_UNREACHABLE ? ERR_UNREACHABLE
                                                    : ERR_TIMEOUT,
                    "%s", unknown.text);
    }
    batch_lines_fini(&lines);
    return there == a->n;
}

/* The program answered ID for A.  A system that keeps what it has taken shows
 * it: then the list tells what is there.  ID becomes "" when it does not. */
static void
believe(struct batch *b, const struct batch_array *a, char id[SCHED_ID_MAX],
        char (*sched_id)[SCHED_ID_MAX], struct err *errs)
{
    struct err why = ERR_INIT;

    if (!b->sys->keeps) {
        for (size_t i = 0; i < a->n; i++)
            snprintf(sched_id[i], SCHED_ID_MAX, "%.40s%c%u", id,
                     b->sys->array_mark, index_of(b->sys, a, &a->task[i]));
        return;
    }
    err_set(&why, ERR_TIMEOUT, "%s answered the id %s, which %s does not show",
            b->sys->submits, id, b->sys->title);
    if (look(b, a, &why, sched_id, errs)) {
        memcpy(id, sched_id[0], SCHED_ID_MAX);
        id[strcspn(id, (char[]){ b->sys->array_mark, '\0' })] = '\0';
        return;
    }
    log_event(LOG_WARNING, b->sys->event.odd, "job=%s array=%s why=%s",
              a->task[0].id, a->name, why.text);
    id[0] = '\0';
}

/* Submit A. Its id goes to ID, "" if it is in doubt. */
static void
submit_array(struct batch *b, struct batch_array *a, char id[SCHED_ID_MAX],
             char (*sched_id)[SCHED_ID_MAX], struct err *errs)
{
    struct batch_words w = { .n = 0 };
    struct buf input = BUF_INIT;
    struct err why = ERR_INIT;
    struct runner_output out;
    int rc;

    b->sys->words(b, a->task, &w);
    b->sys->array(a, &w);
    buf_adds(&input, b->sys->script);
    rc = batch_ask_tool(b, a->task[0].id, w.tool, w.word, w.n, &input, &out,
                        &why);
    test_point("batch.submit");
    id[0] = '\0';
    if (rc == 0 && batch_answer_id(b->sys->kind, buf_str(&out.out), id) == 0) {
        believe(b, a, id, sched_id, errs);
    } else if (rc < 0 && why.code != ERR_LIMIT) {
        /* In doubt while the system does not answer: a retry looks first. */
        for (size_t i = 0; i < a->n; i++)
            err_set(&errs[i], why.code, "%s", why.text);
    } else {
        if (rc >= 0)
            batch_handover_failure(b, &out, &why);
        (void)look(b, a, &why, sched_id, errs);
        log_event(LOG_WARNING, b->sys->event.odd, "job=%s array=%s why=%s",
                  a->task[0].id, a->name, why.text);
    }
    buf_fini(&input);
    runner_output_fini(&out);
}

static int
by_task(const void *a, const void *b)
{
    const struct sched_job *const *x = a, *const *y = b;

    return (*x)->task < (*y)->task ? -1 : (*x)->task > (*y)->task;
}

/* Make a copy of the N TASKS sorted by number; at[] is the permutation:
 * TASKS[at[i]]. */
static struct sched_job *
in_order(const struct sched_job *tasks, size_t n, size_t *at)
{
    const struct sched_job **list = xcalloc(n, sizeof(*list));
    struct sched_job *sorted = xcalloc(n, sizeof(*sorted));

    for (size_t i = 0; i < n; i++)
        list[i] = &tasks[i];
    qsort(list, n, sizeof(*list), by_task);
    for (size_t i = 0; i < n; i++) {
        at[i] = (size_t)(list[i] - tasks);
        sorted[i] = *list[i];
    }
    free(list);
    return sorted;
}

/* Submit all arrays for the N tasks SORTED. */
static void
submit_all(struct batch *b, const struct sched_job *sorted, size_t n,
           long long max, char (*ids)[SCHED_ID_MAX], struct err *errs)
{
    char id[SCHED_ID_MAX] = "", before[SCHED_ID_MAX] = "";
    struct batch_array a = { .limit = sorted[0].limit, .after = before };
    bool doubt = false;

    for (size_t i = 0; i < n; i += a.n) {
        cut(b->sys, sorted + i, n - i, max, &a);
        if (doubt) { /* the next one needs its id */
            for (size_t k = 0; k < a.n; k++)
                err_set(&errs[i + k], ERR_TIMEOUT,
                        "the array before this one is in doubt");
            continue;
        }
        submit_array(b, &a, id, ids + i, errs + i);
        doubt = a.limit > 0 && id[0] == '\0';
        if (a.limit > 0)
            memcpy(before, id, sizeof(before));
    }
    buf_fini(&a.elements);
}

int
batch_array_submit(struct batch *b, const struct sched_job *tasks, size_t n,
                   long long max, char (*sched_id)[SCHED_ID_MAX],
                   struct err *errs, struct err *err)
{
    size_t *at;
    char(*ids)[SCHED_ID_MAX];
    struct err *sorted_errs;
    struct sched_job *sorted;

    if (batch_handover_prepare(b, &tasks[0], err) < 0)
        return -1;
    at = xcalloc(n, sizeof(*at));
    ids = xcalloc(n, sizeof(*ids));
    sorted_errs = xcalloc(n, sizeof(*sorted_errs));
    sorted = in_order(tasks, n, at);
    submit_all(b, sorted, n, max, ids, sorted_errs);
    for (size_t i = 0; i < n; i++) {
        memcpy(sched_id[at[i]], ids[i], SCHED_ID_MAX);
        errs[at[i]] = sorted_errs[i];
    }
    free(sorted);
    free(sorted_errs);
    free(ids);
    free(at);
    return 0;
}
