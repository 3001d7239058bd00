/* gatekeeper/schedulers/slurm_submit.c - handing a job to Slurm, held.
 *
 * What sbatch says is believed only when it is an id.  After anything else
 * squeue tells what is there under the job's name: sbatch may fail although the
 * controller took the job, and a controller may refuse it for good. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/testpoint.h"
#include "gatekeeper/schedulers/sched_launch.h"
#include "gatekeeper/schedulers/slurm.h"
#include "gatekeeper/supervisor/launch.h"

/* The batch script is the same for every job; what the job is, its launch file
 * says, which no shell reads. */
static const char script[] =
    "#!/bin/sh\nexec .gatehouse/gatekeeper-job .gatehouse/job\n";

#define NUMBER_TEXT 32

/* The words of runner_tools.def's slurm-submit, in its order. */
enum word {
    NAME,
    PARTITION,
    ACCOUNT,
    TIME,
    NTASKS,
    NODES,
    PER_NODE,
    CPUS,
    MEM,
    MEM_PER_CPU,
    WORDS
};

static void
put_number(char text[NUMBER_TEXT], long long n, const char *unit)
{
    if (n > 0)
        snprintf(text, NUMBER_TEXT, "%lld%s", n, unit);
}

/* Memory of one process in KiB: that of the node for one task, else that of
 * each of its processors. */
static void
put_memory(const struct job *j, char text[WORDS][NUMBER_TEXT])
{
    long long most = j->memory_max > 0 ? j->memory_max : j->memory_min;
    long long kib = (most + 1023) / 1024;

    if (most <= 0)
        return;
    if (j->count <= 1)
        put_number(text[MEM], kib, "K");
    else if (j->threads > 1)
        put_number(text[MEM_PER_CPU], (kib + j->threads - 1) / j->threads, "K");
    else
        put_number(text[MEM_PER_CPU], kib, "K");
}

static void
make_words(const struct sched_job *job, char text[WORDS][NUMBER_TEXT],
           const char *word[WORDS])
{
    const struct job *j = job->job;

    for (int i = 0; i < WORDS; i++) {
        memcpy(text[i], "-", 2);
        word[i] = text[i];
    }
    word[NAME] = job->submit_name;
    if (j->queue != NULL && j->queue[0] != '\0')
        word[PARTITION] = j->queue;
    if (j->project != NULL && j->project[0] != '\0')
        word[ACCOUNT] = j->project;
    /* Slurm counts minutes; the supervisor ends the job to the second. */
    put_number(text[TIME], (j->wall_time + 59) / 60, "");
    put_number(text[NTASKS], j->count, "");
    put_number(text[NODES], j->host_count, "");
    put_number(text[PER_NODE], j->procs_per_host, "");
    put_number(text[CPUS], j->threads, "");
    put_memory(j, text);
}

/* Several processes are started by srun, on all nodes that the job has. */
static void
add_launcher(const struct slurm *s, const struct job *j, struct buf *spec)
{
    char *srun, *tasks;

    if (j->type == JOB_SINGLE || (j->type == JOB_MULTIPLE && j->count <= 1))
        return;
    srun = xasprintf("%s/srun",
                     conf_str(s->host.conf, CONF_gatekeeper_slurm_path));
    tasks = xasprintf("--ntasks=%ld", j->count > 1 ? j->count : 1);
    launch_add(spec, "launcher", srun);
    launch_add(spec, "launcher", tasks);
    launch_add(spec, "launcher",
               j->type == JOB_MPI ? "--kill-on-bad-exit=1"
                                  : "--kill-on-bad-exit=0");
    launch_add(spec, "launcher", "--");
    free(srun);
    free(tasks);
}

/* What the job is into its session, with the program that runs it. */
static int
prepare(struct slurm *s, const struct sched_job *job, struct err *err)
{
    struct buf spec = BUF_INIT;
    struct err why = ERR_INIT;
    int rc = sched_launch(s->host.conf, job, 1, &spec, err);

    if (rc == 0) {
        launch_add_number(&spec, "inherit", 1); /* SLURM_JOB_ID and so on */
        add_launcher(s, job->job, &spec);
        rc = runner_prepare(s->host.runner, job->id, &spec, true, &why);
    }
    buf_fini(&spec);
    /* STATE: it was started before the crash: find() tells more. */
    if (rc < 0 && why.code != ERR_OK)
        return err_set(err, why.code == ERR_STATE ? ERR_TIMEOUT : why.code,
                       "%s", why.text);
    return rc;
}

/* sbatch did not give an id, for the reason WHY: is there a job all the same?
 */
static int
look(struct slurm *s, const struct sched_job *job, const struct err *why,
     char sched_id[SCHED_ID_MAX], struct err *err)
{
    struct slurm_lines lines;
    const struct slurm_line *line;
    struct err unknown = ERR_INIT;
    size_t n;

    if (slurm_ask_own(s, job, job->submit_name, &lines, &unknown) < 0)
        return err_set(err,
                       unknown.code == ERR_UNREACHABLE ? ERR_UNREACHABLE
                                                       : ERR_TIMEOUT,
                       "%s", unknown.text);
    line = slurm_text_named(&lines, job->submit_name, &n);
    if (line != NULL)
        memcpy(sched_id, line->id, sizeof(line->id));
    slurm_text_lines_fini(&lines);
    if (line == NULL)
        return err_set(err, why->code, "%s", why->text);
    log_event(LOG_WARNING, "slurm.submit.odd", "job=%s id=%s why=%s", job->id,
              sched_id, why->text);
    return 0;
}

/* What a command that ran says: WHY for good, or in doubt. */
static void
read_failure(const struct runner_output *out, struct err *why)
{
    char text[200];

    if (out->status == 0) {
        err_set(why, ERR_TIMEOUT, "sbatch answered no job id but '%.60s'",
                buf_str(&out->out));
        return;
    }
    slurm_text_error(buf_str(&out->diag), text, sizeof(text));
    err_set(why, ERR_REMOTE, "Slurm refused the job: %s", text);
}

static int
submit_one(struct slurm *s, const struct sched_job *job,
           char sched_id[SCHED_ID_MAX], struct err *err)
{
    char text[WORDS][NUMBER_TEXT];
    const char *word[WORDS];
    struct buf input = BUF_INIT;
    struct err why = ERR_INIT;
    struct runner_output out;
    int rc;

    if (prepare(s, job, err) < 0)
        return -1;
    make_words(job, text, word);
    buf_adds(&input, script);
    rc = slurm_ask_tool(s, job->id, "slurm-submit", word, WORDS, &input, &out,
                        &why);
    test_point("slurm.submit");
    if (rc == 0 && slurm_text_id(buf_str(&out.out), sched_id) == 0) {
        rc = 0;
    } else if (rc < 0 && why.code != ERR_LIMIT) {
        /* In doubt while nobody answers: who tries again looks first. */
        rc = err_set(err, why.code, "%s", why.text);
    } else {
        if (rc >= 0)
            read_failure(&out, &why);
        rc = look(s, job, &why, sched_id, err);
    }
    buf_fini(&input);
    runner_output_fini(&out);
    return rc;
}

int
slurm_submit(void *self, const struct sched_job *tasks, size_t n,
             char (*sched_id)[SCHED_ID_MAX], struct err *errs, struct err *err)
{
    /* The batch script would have to name the task and its attempt. */
    if (tasks[0].tasks > 1)
        return err_set(err, ERR_UNSUPPORTED,
                       "a job of %u tasks: Slurm takes jobs of one here",
                       tasks[0].tasks);
    for (size_t i = 0; i < n; i++)
        (void)submit_one(self, &tasks[i], sched_id[i], &errs[i]);
    return 0;
}
