/* gatekeeper/schedulers/batch_handover.c - common parts of submitting jobs and
 * arrays; see batch.h. */
#include "gatekeeper/schedulers/batch.h"
#include "gatekeeper/schedulers/sched_launch.h"
#include "gatekeeper/schedulers/sched_record.h"
#include "gatekeeper/supervisor/launch.h"

int
batch_handover_prepare(struct batch *b, const struct sched_job *job,
                       struct err *err)
{
    struct buf spec = BUF_INIT;
    struct err why = ERR_INIT;
    struct runner_task run = sched_record_launch(job);
    long copies = b->sys->launcher(b, job->job, &spec);
    int rc = sched_launch(b->host.conf, job, copies, &spec, err);

    if (rc == 0) {
        launch_add_number(&spec, "inherit", 1); /* SLURM_JOB_ID and so on */
        rc = runner_prepare(b->host.runner, &run, &spec, true, &why);
    }
    buf_fini(&spec);
    /* STATE: it was started before a crash; find() decides. */
    if (rc < 0 && why.code != ERR_OK)
        return err_set(err, why.code == ERR_STATE ? ERR_TIMEOUT : why.code,
                       "%s", why.text);
    return rc;
}

void
batch_handover_failure(const struct batch *b, const struct runner_output *out,
                       struct err *why)
{
    char text[200];

    if (out->status == 0) {
        err_set(why, ERR_TIMEOUT, "%s answered no job id but '%.60s'",
                b->sys->submits, buf_str(&out->out));
        return;
    }
    batch_ask_error(b, out, text, sizeof(text));
    err_set(why, ERR_REMOTE, "%s refused the job: %s", b->sys->title, text);
}
