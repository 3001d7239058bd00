/* jobs/job.c - see job.h. */
#include <stdlib.h>
#include <string.h>

#include "jobs/job.h"

void
job_init(struct job *job)
{
    memset(job, 0, sizeof(*job));
#define STRING(field)
#define COUNT(field)  job->field = -1;
#define AMOUNT(field) job->field = -1;
#include "jobs/job_field.def"
#undef STRING
#undef COUNT
#undef AMOUNT
}

static void
strings_fini(char **list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(list[i]);
    free(list);
}

static void
transfers_fini(struct job_transfer *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        free(list[i].file);
        free(list[i].url);
        free(list[i].delegation_id);
    }
    free(list);
}

void
job_fini(struct job *job)
{
#define STRING(field) free(job->field);
#define COUNT(field)
#define AMOUNT(field)
#include "jobs/job_field.def"
#undef STRING
#undef COUNT
#undef AMOUNT
    strings_fini(job->annotations, job->nannotations);
    strings_fini(job->args, job->nargs);
    strings_fini(job->clean_up, job->nclean_up);
    for (size_t i = 0; i < job->nenv; i++) {
        free(job->env[i].name);
        free(job->env[i].value);
    }
    free(job->env);
    transfers_fini(job->stage_in, job->nstage_in);
    transfers_fini(job->stage_out, job->nstage_out);
    job_init(job);
}

/* Make room in LIST for one more item after N; the room doubles. */
static void *
grown(void *list, size_t n, size_t size)
{
    if ((n & (n - 1)) != 0)
        return list;
    return xrealloc(list, n == 0 ? 1 : n * 2, size);
}

static void
add_string(char ***list, size_t *n, const char *s)
{
    *list = grown(*list, *n, sizeof(**list));
    (*list)[(*n)++] = xstrdup(s);
}

void
job_add_arg(struct job *job, const char *arg)
{
    add_string(&job->args, &job->nargs, arg);
}

void
job_add_clean_up(struct job *job, const char *path)
{
    add_string(&job->clean_up, &job->nclean_up, path);
}

void
job_add_annotation(struct job *job, const char *text)
{
    add_string(&job->annotations, &job->nannotations, text);
}

void
job_add_env(struct job *job, const char *name, const char *value)
{
    job->env = grown(job->env, job->nenv, sizeof(*job->env));
    job->env[job->nenv].name = xstrdup(name);
    job->env[job->nenv++].value = xstrdup(value);
}

static struct job_transfer *
add_transfer(struct job_transfer **list, size_t *n)
{
    *list = grown(*list, *n, sizeof(**list));
    memset(&(*list)[*n], 0, sizeof(**list));
    return &(*list)[(*n)++];
}

struct job_transfer *
job_add_stage_in(struct job *job)
{
    return add_transfer(&job->stage_in, &job->nstage_in);
}

struct job_transfer *
job_add_stage_out(struct job *job)
{
    return add_transfer(&job->stage_out, &job->nstage_out);
}

void
job_as_accepted(struct job *job)
{
    if (job->wall_time_asked < 0)
        return;
    job->wall_time = job->wall_time_asked > 0 ? job->wall_time_asked : -1;
    job->wall_time_asked = -1;
}
