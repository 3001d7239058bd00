/* gatekeeper/schedulers/sched_launch.c - see sched_launch.h. */
#include "gatekeeper/schedulers/sched_launch.h"

#include <string.h>

#include "gatekeeper/supervisor/launch.h"

static void
add_text(struct buf *spec, const char *key, const char *value)
{
    if (value != NULL && value[0] != '\0')
        launch_add(spec, key, value);
}

/* The site's variables come first: the last value of a name counts. */
static void
add_environment(const struct conf *conf, const struct sched_job *job,
                struct buf *spec)
{
    const struct job *j = job->job;
    struct buf text = BUF_INIT;

    launch_add_env(spec, "GATEHOUSE_JOB_ID", job->id);
    launch_add_env(spec, "X509_CERT_DIR",
                   conf_str(conf, CONF_security_certificates));
    if (job->credential) {
        buf_addf(&text, "%s/.gatehouse/proxy", job->session);
        launch_add_env(spec, "X509_USER_PROXY", buf_str(&text));
    }
    if (j->threads > 0) {
        buf_clear(&text);
        buf_addf(&text, "%ld", j->threads);
        launch_add_env(spec, "OMP_NUM_THREADS", buf_str(&text));
    }
    for (size_t i = 0; i < j->nenv; i++)
        launch_add_env(spec, j->env[i].name, j->env[i].value);
    buf_fini(&text);
}

static long long
smaller(long long a, long long b)
{
    if (a < 0 || b < 0)
        return a < 0 ? b : a;
    return a < b ? a : b;
}

static void
add_limits(const struct job *j, struct buf *spec)
{
    /* The CPU time limit of the whole job also bounds its only process. */
    long long cpu = smaller(j->cpu_time, j->cpu_time_total);

    launch_add_limit(spec, LAUNCH_core, j->limit_core);
    launch_add_limit(spec, LAUNCH_cpu, cpu);
    launch_add_limit(spec, LAUNCH_data, j->limit_data);
    launch_add_limit(spec, LAUNCH_fsize, j->limit_fsize);
    launch_add_limit(spec, LAUNCH_memlock, j->limit_memlock);
    launch_add_limit(spec, LAUNCH_nofile, j->limit_nofile);
    launch_add_limit(spec, LAUNCH_nproc, j->limit_nproc);
    launch_add_limit(spec, LAUNCH_stack, j->limit_stack);
    launch_add_limit(spec, LAUNCH_memory,
                     smaller(j->memory_max, j->virtual_memory));
    if (j->wall_time > 0)
        launch_add_number(spec, "wall", j->wall_time);
}

int
sched_launch(const struct conf *conf, const struct sched_job *job, long copies,
             struct buf *spec, struct err *err)
{
    const struct job *j = job->job;

    for (size_t i = 0; i < j->nenv; i++)
        if (j->env[i].name[0] == '\0' || strchr(j->env[i].name, '=') != NULL)
            return err_set(err, ERR_USAGE, "bad environment variable '%s'",
                           j->env[i].name);
    launch_add(spec, "program", j->executable);
    for (size_t i = 0; i < j->nargs; i++)
        launch_add(spec, "arg", j->args[i]);
    add_text(spec, "directory", j->directory);
    add_text(spec, "input", j->input);
    add_text(spec, "output", j->output);
    add_text(spec, "error", j->error);
    launch_add_number(spec, "count", copies);
    if (j->tasks > 0)
        launch_add_number(spec, "tasks", j->tasks);
    add_text(spec, "sweep", j->sweep);
    add_environment(conf, job, spec);
    add_limits(j, spec);
    return 0;
}
