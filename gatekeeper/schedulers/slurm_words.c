/* gatekeeper/schedulers/slurm_words.c - what a job asks of Slurm, in sbatch's
 * words. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gatekeeper/schedulers/slurm.h"
#include "gatekeeper/supervisor/launch.h"

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
    ARRAY,
    DEPENDENCY,
    WORDS
};

static void
put_number(char text[BATCH_TEXT], long long n, const char *unit)
{
    if (n > 0)
        snprintf(text, BATCH_TEXT, "%lld%s", n, unit);
}

/* Slurm counts minutes; the supervisor ends the job to the second. */
static void
put_minutes(char text[BATCH_TEXT], long long seconds)
{
    put_number(text, (seconds + 59) / 60, "");
}

/* Memory of one process in KiB: that of the node for one task, else that of
 * each of its processors. */
static void
put_memory(const struct job *j, char (*text)[BATCH_TEXT])
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

void
slurm_words(const struct batch *b, const struct sched_job *job,
            struct batch_words *w)
{
    const struct job *j = job->job;
    char(*text)[BATCH_TEXT] = w->text;
    const char **word = w->word;

    (void)b;
    w->tool = "slurm-submit";
    w->n = WORDS;
    for (int i = 0; i < WORDS; i++) {
        memcpy(text[i], "-", 2);
        word[i] = text[i];
    }
    word[NAME] = job->submit_name;
    if (j->queue != NULL && j->queue[0] != '\0')
        word[PARTITION] = j->queue;
    if (j->project != NULL && j->project[0] != '\0')
        word[ACCOUNT] = j->project;
    put_minutes(text[TIME], j->wall_time);
    put_number(text[NTASKS], j->count, "");
    put_number(text[NODES], j->host_count, "");
    put_number(text[PER_NODE], j->procs_per_host, "");
    put_number(text[CPUS], j->threads, "");
    put_memory(j, text);
}

void
slurm_words_limits(const struct batch *b, const struct job *job,
                   char text[BATCH_TEXT])
{
    (void)b;
    put_minutes(text, job->wall_time);
}

void
slurm_words_after(const char *id, struct batch_words *w)
{
    snprintf(w->text[DEPENDENCY], BATCH_TEXT, "afterany:%.30s", id);
    w->word[DEPENDENCY] = w->text[DEPENDENCY];
}

void
slurm_words_array(struct batch_array *a, struct batch_words *w)
{
    if (a->limit > 0)
        buf_addf(&a->elements, "%%%u", a->limit);
    w->word[NAME] = a->name;
    w->word[ARRAY] = buf_str(&a->elements);
    if (a->after[0] != '\0')
        slurm_words_after(a->after, w);
}

/* Several processes are started by srun, on all nodes that the job has. */
long
slurm_launcher(const struct batch *b, const struct job *j, struct buf *spec)
{
    char *srun, *tasks;

    if (j->type == JOB_SINGLE || (j->type == JOB_MULTIPLE && j->count <= 1))
        return 1;
    srun = xasprintf("%s/srun",
                     conf_str(b->host.conf, CONF_gatekeeper_slurm_path));
    tasks = xasprintf("--ntasks=%ld", j->count > 1 ? j->count : 1);
    launch_add(spec, "launcher", srun);
    launch_add(spec, "launcher", tasks);
    launch_add(spec, "launcher",
               j->type == JOB_MPI ? "--kill-on-bad-exit=1"
                                  : "--kill-on-bad-exit=0");
    launch_add(spec, "launcher", "--");
    free(srun);
    free(tasks);
    return 1;
}
