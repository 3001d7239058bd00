/* jobs/job_check.c - checks of the record that apply to every language. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/sweep.h"
#include "base/utf8.h"
#include "jobs/job.h"

/* A larger number is a mistake or an attack. */
#define LIST_MAX  100000
#define COUNT_MAX 1000000

/* Check that TEXT is UTF-8 and, unless it is the user's data (FREE_TEXT:
 * arguments, environment values), has no control characters. */
static int
check_text(const char *field, const char *text, bool free_text, struct err *err)
{
    size_t n, left;
    uint32_t c;

    if (text == NULL)
        return 0;
    for (left = strlen(text); left > 0; text += n, left -= n) {
        n = utf8_decode(text, left, &c);
        if (n == 0)
            return err_set(err, ERR_USAGE, "%s is not UTF-8", field);
        if (!free_text && (c < 0x20 || c == 0x7f))
            return err_set(err, ERR_USAGE,
                           "%s holds a control character (0x%02x)", field,
                           (unsigned)c);
    }
    return 0;
}

/* Whether the relative PATH leaves its starting directory; an absolute one is
 * checked by the account's own permissions. */
static bool
leaves(const char *path)
{
    long depth = 0;

    if (path[0] == '/')
        return false;
    while (*path != '\0') {
        size_t n = strcspn(path, "/");

        if (n == 2 && path[0] == '.' && path[1] == '.')
            depth--;
        else if (n > 0 && !(n == 1 && path[0] == '.'))
            depth++;
        if (depth < 0)
            return true;
        path += n + (path[n] == '/');
    }
    return false;
}

static int
check_path(const char *field, const char *path, struct err *err)
{
    if (path == NULL)
        return 0;
    if (check_text(field, path, false, err) < 0)
        return -1;
    if (path[0] == '\0')
        return err_set(err, ERR_USAGE, "%s is empty", field);
    if (leaves(path))
        return err_set(err, ERR_USAGE, "%s '%s' leaves the session directory",
                       field, path);
    return 0;
}

/* An uploaded input must lie in the session. */
static int
check_upload(const struct job_transfer *t, struct err *err)
{
    if (t->url != NULL)
        return err_set(err, ERR_USAGE,
                       "'%s' is uploaded, and comes from '%s' as well", t->file,
                       t->url);
    if (t->file[0] == '/')
        return err_set(err, ERR_USAGE,
                       "'%s': an input that is uploaded lies in the session "
                       "directory: say a relative path",
                       t->file);
    if (t->delegation_id != NULL)
        return err_set(err, ERR_USAGE,
                       "'%s' is uploaded by its owner, who needs no credential "
                       "of its own for it",
                       t->file);
    return t->bytes < 0
               ? err_set(err, ERR_USAGE, "'%s' has a negative size", t->file)
               : 0;
}

static int
check_transfers(const char *field, const struct job_transfer *list, size_t n,
                struct err *err)
{
    if (n > LIST_MAX)
        return err_set(err, ERR_USAGE, "%s: more than %d files", field,
                       LIST_MAX);
    for (size_t i = 0; i < n; i++) {
        if (list[i].file == NULL ||
            (!list[i].upload &&
             (list[i].url == NULL || list[i].url[0] == '\0')))
            return err_set(err, ERR_USAGE, "%s: file or URL is missing", field);
        if (list[i].upload && check_upload(&list[i], err) < 0)
            return -1;
        if (check_path(field, list[i].file, err) < 0 ||
            check_text(field, list[i].url, false, err) < 0 ||
            check_text(field, list[i].delegation_id, false, err) < 0)
            return -1;
    }
    return 0;
}

static int
check_env(const struct job *job, struct err *err)
{
    if (job->nenv > LIST_MAX || job->nargs > LIST_MAX)
        return err_set(err, ERR_USAGE,
                       "more than %d arguments or environment variables",
                       LIST_MAX);
    for (size_t i = 0; i < job->nenv; i++) {
        const char *name = job->env[i].name;

        if (check_text("environment name", name, false, err) < 0 ||
            check_text("environment value", job->env[i].value, true, err) < 0)
            return -1;
        if (name[0] == '\0' || strchr(name, '=') != NULL)
            return err_set(err, ERR_USAGE, "environment name '%s' is not valid",
                           name);
    }
    for (size_t i = 0; i < job->nargs; i++)
        if (check_text("argument", job->args[i], true, err) < 0)
            return -1;
    return 0;
}

static int
check_numbers(const struct job *job, struct err *err)
{
#define STRING(field)
#define COUNT(field)                                               \
    if (job->field == 0 || job->field < -1)                        \
        return err_set(err, ERR_USAGE, #field " %ld is below one", \
                       job->field);                                \
    if (job->field > COUNT_MAX)                                    \
        return err_set(err, ERR_USAGE, #field " %ld is too large", job->field);
#define AMOUNT(field)    \
    if (job->field < -1) \
        return err_set(err, ERR_USAGE, #field " %lld is negative", job->field);
#include "jobs/job_field.def"
#undef STRING
#undef COUNT
#undef AMOUNT
    return 0;
}

/* Refuse a value of 0 that would keep the job from running; taking it as "no
 * limit" would be worse. */
static int
check_nothing(const struct job *job, struct err *err)
{
    const struct {
        const char *name;
        long long value;
    } rows[] = { { "wall_time", job->wall_time },
                 { "cpu_time", job->cpu_time },
                 { "cpu_time_total", job->cpu_time_total },
                 { "memory_max", job->memory_max },
                 { "virtual_memory", job->virtual_memory } };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (rows[i].value == 0)
            return err_set(err, ERR_USAGE,
                           "%s 0 leaves the job nothing to run with: say a "
                           "number from 1 up, or leave it out",
                           rows[i].name);
    return 0;
}

/* A file that every task of an array writes must have the task's number in its
 * name. */
static int
check_task_file(const char *field, const char *path, struct err *err)
{
    if (path == NULL || sweep_varies(path) || strncmp(path, "/dev/", 5) == 0)
        return 0;
    return err_set(err, ERR_USAGE,
                   "%s '%s' would be written by every task of the array: put "
                   "%s into its name, or leave it out",
                   field, path, JOB_TASK);
}

static int
by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* No two of the N paths, which FIELD has for the tasks, are the same. */
static int
check_distinct(const char *field, char **path, size_t n, struct err *err)
{
    qsort(path, n, sizeof(*path), by_text);
    for (size_t i = 1; i < n; i++)
        if (strcmp(path[i - 1], path[i]) == 0 &&
            strncmp(path[i], "/dev/", 5) != 0)
            return err_set(err, ERR_USAGE,
                           "%s '%s' would be written by several tasks of the "
                           "sweep: put %s into its name",
                           field, path[i], JOB_TASK);
    return 0;
}

/* PATH, which FIELD says, as each task of S has it; WRITTEN: by the task. */
static int
check_task_paths(const char *field, const char *path, const struct sweep *s,
                 bool written, struct err *err)
{
    uint32_t n = sweep_tasks(s), i;
    char **paths;
    int rc = 0;

    if (path == NULL || !sweep_varies(path))
        return 0;
    paths = xcalloc(n, sizeof(*paths));
    for (i = 0; i < n && rc == 0; i++) {
        struct buf text = BUF_INIT;

        sweep_expand(s, i, path, &text);
        paths[i] = xstrdup(buf_str(&text));
        buf_fini(&text);
        rc = check_path(field, paths[i], err);
    }
    if (rc == 0 && written)
        rc = check_distinct(field, paths, n, err);
    while (i-- > 0)
        free(paths[i]);
    free(paths);
    return rc;
}

/* The sweep has as many tasks as the job, and each has paths of its own. */
static int
check_sweep(const struct job *job, struct err *err)
{
    struct sweep *s;
    int rc;

    if (sweep_parse(job->sweep, &s, err) < 0)
        return -1;
    rc = (long)sweep_tasks(s) == job->tasks
             ? 0
             : err_set(err, ERR_USAGE,
                       "the sweep has %u tasks, and the job is of %ld",
                       sweep_tasks(s), job->tasks);
    if (rc == 0 &&
        (check_task_paths("executable", job->executable, s, false, err) < 0 ||
         check_task_paths("directory", job->directory, s, false, err) < 0 ||
         check_task_paths("input", job->input, s, false, err) < 0 ||
         check_task_paths("output", job->output, s, true, err) < 0 ||
         check_task_paths("error", job->error, s, true, err) < 0))
        rc = -1;
    sweep_destroy(s);
    return rc;
}

static int
check_tasks(const struct job *job, struct err *err)
{
    if (job->tasks > JOB_TASKS_MAX)
        return err_set(err, ERR_USAGE, "tasks %ld: a job has at most %d",
                       job->tasks, JOB_TASKS_MAX);
    if (job->task_limit > 0 && job->tasks < 0)
        return err_set(err, ERR_USAGE,
                       "task_limit %ld without a number of tasks",
                       job->task_limit);
    if (job->sweep != NULL && check_sweep(job, err) < 0)
        return -1;
    if (job->tasks <= 1)
        return 0;
    return check_task_file("output", job->output, err) < 0
               ? -1
               : check_task_file("error", job->error, err);
}

/* Whether FIELD may hold control characters. */
static bool
free_text(const char *field)
{
    return strcmp(field, "description") == 0 || strcmp(field, "sweep") == 0;
}

int
job_check(const struct job *job, struct err *err)
{
    if (job->executable == NULL || job->executable[0] == '\0')
        return err_set(err, ERR_USAGE, "the executable is missing");
#define STRING(field)                                               \
    if (check_text(#field, job->field, free_text(#field), err) < 0) \
        return -1;
#define COUNT(field)
#define AMOUNT(field)
#include "jobs/job_field.def"
#undef STRING
#undef COUNT
#undef AMOUNT
    if (check_path("executable", job->executable, err) < 0 ||
        check_path("directory", job->directory, err) < 0 ||
        check_path("input", job->input, err) < 0 ||
        check_path("output", job->output, err) < 0 ||
        check_path("error", job->error, err) < 0 || check_env(job, err) < 0 ||
        check_numbers(job, err) < 0 || check_nothing(job, err) < 0 ||
        check_tasks(job, err) < 0)
        return -1;
    for (size_t i = 0; i < job->nclean_up; i++)
        if (check_path("clean-up path", job->clean_up[i], err) < 0)
            return -1;
    for (size_t i = 0; i < job->nannotations; i++)
        if (check_text("annotation", job->annotations[i], true, err) < 0)
            return -1;
    return check_transfers("stage-in", job->stage_in, job->nstage_in, err) < 0
               ? -1
               : check_transfers("stage-out", job->stage_out, job->nstage_out,
                                 err);
}
