/* tests/fuzz/fuzz_tasks.c - tasks of a job as requests name them. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "clients/gridrun/job_tasks.h"
#include "gatekeeper/doors/tasks_request.h"
#include "jobs/job.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* SET is in order, and its text is SET. */
static void
check(const struct task_set *set)
{
    struct task_set again;
    struct buf text = BUF_INIT;

    assert(set->failed == (set->n == 0));
    for (size_t i = 0; i < set->n; i++) {
        assert(set->of[i].first <= set->of[i].last);
        assert(set->of[i].last < JOB_TASKS_MAX);
        assert(i == 0 || set->of[i - 1].last < set->of[i].first);
        assert(task_set_has(set, set->of[i].last));
    }
    task_set_text(set, &text);
    assert(task_set_parse(buf_str(&text), &again, NULL) == 0);
    assert(again.n == set->n);
    task_set_fini(&again);
    buf_fini(&text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = calloc(1, size + 1);
    struct tasks_request r;
    struct job_tasks tasks;
    struct task_set set;

    memcpy(text, data, size);
    if (tasks_request_parse(text, size, &r, NULL) == 0) {
        check(&r.tasks);
        task_set_fini(&r.tasks);
    }
    if (job_tasks_parse(text, size, &tasks, NULL) == 0)
        job_tasks_fini(&tasks);
    if (task_set_parse(text, &set, NULL) == 0) {
        check(&set);
        task_set_fini(&set);
    }
    free(text);
    return 0;
}
