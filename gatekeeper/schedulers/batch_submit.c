/* gatekeeper/schedulers/batch_submit.c - handing a job to a batch system, held.
 *
 * What its program says is believed only when it is an id.  After anything else
 * the list of jobs tells what is there under the job's name: the program may
 * fail although the system took the job, and the system may refuse it for good.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/testpoint.h"
#include "gatekeeper/schedulers/batch.h"

/* The program gave no id that can be believed, for the reason WHY: is there a
 * job nevertheless? */
static int
look(struct batch *b, const struct sched_job *job, const struct err *why,
     char sched_id[SCHED_ID_MAX], struct err *err)
{
    struct batch_lines lines;
    const struct batch_line *line;
    struct err unknown = ERR_INIT;
    size_t n;
    if (b->sys->own(b, job, job->submit_name, &lines, &unknown) < 0)
        return err_set(err,
                       unknown.code == ERR_UNREACHABLE ? ERR_UNREACHABLE
                                                       : ERR_TIMEOUT,
                       "%s", unknown.text);
    line = batch_lines_named(&lines, job->submit_name, &n);
    if (line != NULL)
        memcpy(sched_id, line->id, sizeof(line->id));
    batch_lines_fini(&lines);
    if (line == NULL)
        return err_set(err, why->code, "%s", why->text);
    log_event(LOG_WARNING, b->sys->event.odd, "job=%s id=%s why=%s", job->id,
              sched_id, why->text);
    return 0;
}

/* The program answered the id SCHED_ID; whether it is believed as it is. */
static int
believe(struct batch *b, const struct sched_job *job,
        char sched_id[SCHED_ID_MAX], struct err *err)
{
    struct err why = ERR_INIT;
    char id[SCHED_ID_MAX];

    if (!b->sys->keeps)
        return 0;
    memcpy(id, sched_id, sizeof(id));
    err_set(&why, ERR_TIMEOUT, "%s answered the id %s, which %s does not show",
            b->sys->submits, id, b->sys->title);
    return look(b, job, &why, sched_id, err);
}

static int
submit_one(struct batch *b, const struct sched_job *job,
           char sched_id[SCHED_ID_MAX], struct err *err)
{
    struct batch_words w = { .n = 0 };
    struct buf input = BUF_INIT;
    struct err why = ERR_INIT;
    struct runner_output out;
    int rc;

    if (batch_handover_prepare(b, job, err) < 0)
        return -1;
    b->sys->words(b, job, &w);
    buf_adds(&input, b->sys->script);
    rc = batch_ask_tool(b, job->id, w.tool, w.word, w.n, &input, &out, &why);
    test_point("batch.submit");
    if (rc == 0 &&
        batch_answer_id(b->sys->kind, buf_str(&out.out), sched_id) == 0) {
        rc = believe(b, job, sched_id, err);
    } else if (rc < 0 && why.code != ERR_LIMIT) {
        /* In doubt while nobody answers: who tries again looks first. */
        rc = err_set(err, why.code, "%s", why.text);
    } else {
        if (rc >= 0)
            batch_handover_failure(b, &out, &why);
        rc = look(b, job, &why, sched_id, err);
    }
    buf_fini(&input);
    runner_output_fini(&out);
    return rc;
}

int
batch_submit(void *self, const struct sched_job *tasks, size_t n,
             char (*sched_id)[SCHED_ID_MAX], struct err *errs, struct err *err)
{
    struct batch *b = self;
    long long max = 0;

    if (tasks[0].tasks > 1 && b->sys->array == NULL)
        return err_set(err, ERR_UNSUPPORTED,
                       "a job of %u tasks: %s takes jobs of one here",
                       tasks[0].tasks, b->sys->title);
    if (tasks[0].tasks > 1 && batch_array_max(b, &max, err) < 0)
        return -1;
    if (max > 1)
        return batch_array_submit(b, tasks, n, max, sched_id, errs, err);
    for (size_t i = 0; i < n; i++)
        (void)submit_one(b, &tasks[i], sched_id[i], &errs[i]);
    return 0;
}
