/* gatekeeper/supervisor/launch.c - see launch.h. */
#include "gatekeeper/supervisor/launch.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/codec.h"
#include "base/sweep.h"
#include "gatekeeper/supervisor/proctree.h"

static const struct {
    const char *name;
    int resource;
} limits[LAUNCH_LIMITS] = {
#define LAUNCH_LIMIT(name, resource) { #name, resource },
#include "gatekeeper/supervisor/launch.def"
#undef LAUNCH_LIMIT
};

int
launch_resource(enum launch_limit limit)
{
    return limits[limit].resource;
}

static int
add_arg(struct launch *l, const char *value)
{
    l->argv = xrealloc(l->argv, l->argc + 2, sizeof(*l->argv));
    l->argv[l->argc++] = value;
    l->argv[l->argc] = NULL;
    return 0;
}

static int
add_launcher(struct launch *l, const char *value)
{
    l->launcher = xrealloc(l->launcher, l->nlauncher + 2, sizeof(*l->launcher));
    l->launcher[l->nlauncher++] = value;
    l->launcher[l->nlauncher] = NULL;
    return 0;
}

/* The last value of a name counts. */
static int
add_env(struct launch *l, const char *value)
{
    size_t n = strcspn(value, "=");

    if (n == 0 || value[n] == '\0')
        return -1;
    for (size_t i = 0; i < l->nenv; i++)
        if (strncmp(l->envp[i], value, n + 1) == 0) {
            l->envp[i] = value;
            return 0;
        }
    l->envp = xrealloc(l->envp, l->nenv + 2, sizeof(*l->envp));
    l->envp[l->nenv++] = value;
    l->envp[l->nenv] = NULL;
    return 0;
}

static int
set_text(const char **field, const char *value)
{
    if (*field != NULL || *value == '\0')
        return -1;
    *field = value;
    return 0;
}

static int
set_limit(struct launch *l, const char *name, const char *value)
{
    for (size_t i = 0; i < LAUNCH_LIMITS; i++)
        if (strcmp(limits[i].name, name) == 0)
            return number_parse(value, 0, (1LL << 62), &l->limit[i]);
    return -1;
}

static int
set_field(struct launch *l, const char *key, size_t n, const char *value)
{
    const struct {
        const char *key;
        const char **text;
    } texts[] = { { "program", &l->program }, { "directory", &l->directory },
                  { "input", &l->input },     { "output", &l->output },
                  { "error", &l->error },     { "sweep", &l->sweep } };
    const struct {
        const char *key;
        long long *number, max;
    } numbers[] = { { "count", &l->count, LAUNCH_COUNT_MAX },
                    { "wall", &l->wall, 1LL << 40 },
                    { "grace", &l->grace, 3600 },
                    { "inherit", &l->inherit, 1 },
                    { "notice", &l->notice, 1 },
                    { "tasks", &l->tasks, LAUNCH_TASKS_MAX } };
    char name[32];

    if (n >= sizeof(name))
        return -1;
    memcpy(name, key, n);
    name[n] = '\0';
    if (strcmp(name, "arg") == 0)
        return add_arg(l, value);
    if (strcmp(name, "launcher") == 0)
        return add_launcher(l, value);
    if (strcmp(name, "env") == 0)
        return add_env(l, value);
    if (strncmp(name, "limit.", 6) == 0)
        return set_limit(l, name + 6, value);
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
        if (strcmp(texts[i].key, name) == 0)
            return set_text(texts[i].text, value);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
        if (strcmp(numbers[i].key, name) == 0)
            return number_parse(value, 0, numbers[i].max, numbers[i].number);
    return -1;
}

static int
parse_fields(const char *text, size_t n, struct launch *l, struct err *err)
{
    const char *end = text + n;
    size_t fields = 0;

    if (n == 0 || end[-1] != '\0')
        return err_set(err, ERR_SYNTAX, "launch file is truncated");
    for (const char *p = text; p < end; p += strlen(p) + 1) {
        size_t key = strcspn(p, "=");

        if (++fields > LAUNCH_FIELDS_MAX)
            return err_set(err, ERR_SYNTAX, "launch file has too many fields");
        if (p[key] != '=' || set_field(l, p, key, p + key + 1) < 0)
            return err_set(err, ERR_SYNTAX, "bad launch field '%.60s'", p);
    }
    if (l->program == NULL || l->count < 1)
        return err_set(err, ERR_SYNTAX, "launch file has no program");
    l->argv[0] = l->program;
    return 0;
}

int
launch_parse(const char *text, size_t n, struct launch *l, struct err *err)
{
    *l = (struct launch){ .count = 1 };
    for (size_t i = 0; i < LAUNCH_LIMITS; i++)
        l->limit[i] = -1;
    add_arg(l, "");
    l->envp = xcalloc(1, sizeof(*l->envp));
    if (parse_fields(text, n, l, err) == 0)
        return 0;
    launch_fini(l);
    return -1;
}

/* Keep TEXT until L is freed. */
static char *
own(struct launch *l, char *text)
{
    l->owned = xrealloc(l->owned, l->nowned + 1, sizeof(*l->owned));
    l->owned[l->nowned++] = text;
    return text;
}

/* Replace *TEXT by what task TASK of the sweep S (NULL: none) has there. */
static void
put_task(struct launch *l, const char **text, const struct sweep *s,
         uint32_t task)
{
    struct buf out = BUF_INIT;

    if (*text == NULL || !sweep_varies(*text))
        return;
    sweep_expand(s, task, *text, &out);
    *text = own(l, xstrdup(buf_str(&out)));
    buf_fini(&out);
}

/* Replace all texts of L by those of task TASK.  -1 with ERR. */
static int
put_task_all(struct launch *l, uint32_t task, struct err *err)
{
    const char **texts[] = { &l->program, &l->directory, &l->input, &l->output,
                             &l->error };
    struct sweep *s = NULL;

    if (l->sweep != NULL && sweep_parse(l->sweep, &s, err) < 0)
        return -1;
    if (s != NULL && sweep_tasks(s) != l->tasks) {
        sweep_destroy(s);
        return err_set(err, ERR_SYNTAX,
                       "the sweep and its job differ in the number of tasks");
    }
    for (size_t i = 0; i < l->argc; i++)
        put_task(l, &l->argv[i], s, task);
    for (size_t i = 0; i < l->nenv; i++)
        put_task(l, &l->envp[i], s, task);
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
        put_task(l, texts[i], s, task);
    sweep_destroy(s);
    return 0;
}

/* Give default output files, which every task would write, a task suffix. */
static void
split_outputs(struct launch *l, uint32_t task)
{
    if (l->output == NULL)
        l->output = own(l, xasprintf("stdout.%u", task));
    if (l->error == NULL)
        l->error = own(l, xasprintf("stderr.%u", task));
}

/* Add the variables of the task and the mark of its processes. */
static void
add_task_env(struct launch *l, uint32_t task, uint32_t attempt)
{
    const char *mark = launch_env(l, PROCTREE_MARK);

    add_env(l, own(l, xasprintf(LAUNCH_TASK "=%u", task)));
    add_env(l, own(l, xasprintf(LAUNCH_TASKS "=%lld", l->tasks)));
    if (mark != NULL && l->tasks > 1)
        add_env(l, own(l, xasprintf(PROCTREE_MARK "=%s/%u.%u", mark, task,
                                    attempt)));
}

int
launch_task(struct launch *l, uint32_t task, uint32_t attempt, struct err *err)
{
    if (task == 0 && l->tasks == 0)
        return 0;
    if (attempt == 0 && l->tasks > 1)
        return err_set(err, ERR_STATE,
                       "cannot tell which of %lld tasks to run: was the "
                       "batch system's job given another name?",
                       l->tasks);
    if (attempt == 0)
        attempt = 1;
    if (task >= l->tasks)
        return err_set(err, ERR_STATE, "the job has %lld tasks, and no task %u",
                       l->tasks, task);
    if (put_task_all(l, task, err) < 0)
        return -1;
    if (l->tasks > 1)
        split_outputs(l, task);
    add_task_env(l, task, attempt);
    return 0;
}

void
launch_fini(struct launch *l)
{
    for (size_t i = 0; i < l->nowned; i++)
        free(l->owned[i]);
    free(l->owned);
    free(l->argv);
    free(l->launcher);
    free(l->envp);
    *l = (struct launch){ .count = 0 };
}

const char *
launch_env(const struct launch *l, const char *name)
{
    size_t n = strlen(name);

    for (size_t i = 0; i < l->nenv; i++)
        if (strncmp(l->envp[i], name, n) == 0 && l->envp[i][n] == '=')
            return l->envp[i] + n + 1;
    return NULL;
}

void
launch_add(struct buf *spec, const char *key, const char *value)
{
    buf_addf(spec, "%s=%s", key, value);
    buf_addc(spec, '\0');
}

void
launch_add_number(struct buf *spec, const char *key, long long value)
{
    buf_addf(spec, "%s=%lld", key, value);
    buf_addc(spec, '\0');
}

void
launch_add_env(struct buf *spec, const char *name, const char *value)
{
    buf_addf(spec, "env=%s=%s", name, value);
    buf_addc(spec, '\0');
}

void
launch_add_limit(struct buf *spec, enum launch_limit limit, long long value)
{
    if (value < 0)
        return;
    buf_addf(spec, "limit.%s=%lld", limits[limit].name, value);
    buf_addc(spec, '\0');
}
