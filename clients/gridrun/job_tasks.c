/* clients/gridrun/job_tasks.c - see job_tasks.h. */
#include "clients/gridrun/job_tasks.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "clients/gridrun/job_request.h"

#define ANSWER_MAX (64 * 1024 * 1024)

void
job_tasks_fini(struct job_tasks *tasks)
{
    for (size_t i = 0; i < tasks->n; i++) {
        free(tasks->of[i].state);
        free(tasks->of[i].started);
        free(tasks->of[i].hosts);
        free(tasks->of[i].fault);
        free(tasks->of[i].parameters);
    }
    free(tasks->of);
    *tasks = (struct job_tasks){ .n = 0 };
}

/* LIST as "NAME=VALUE NAME=VALUE"; the caller frees it; NULL for NULL. */
static char *
read_parameters(json_t *list)
{
    struct buf out = BUF_INIT;
    json_t *node;
    size_t i;

    json_array_foreach(list, i, node)
    {
        const char *name, *value;

        if (json_unpack(node, "{ss ss}", "name", &name, "value", &value) == 0)
            buf_addf(&out, "%s%s=%s", out.len > 0 ? " " : "", name, value);
    }
    return out.len > 0 ? buf_detach(&out) : NULL;
}

static int
read_task(json_t *node, struct job_task *t)
{
    const char *state, *started = NULL, *hosts = NULL, *fault = NULL;
    json_int_t task, attempt, code = -1, sig = -1;
    json_t *parameters = NULL;

    if (json_unpack(node, "{sI sI ss s?I s?I s?s s?s s?s s?o}", "task", &task,
                    "attempt", &attempt, "state", &state, "exit", &code,
                    "signal", &sig, "started", &started, "hosts", &hosts,
                    "fault", &fault, "parameters", &parameters) < 0)
        return -1;
    *t = (struct job_task){ .task = task,
                            .attempt = attempt,
                            .state = xstrdup_or_null(state),
                            .exit = code,
                            .signal = sig,
                            .started = xstrdup_or_null(started),
                            .hosts = xstrdup_or_null(hosts),
                            .fault = xstrdup_or_null(fault),
                            .parameters = read_parameters(parameters) };
    return 0;
}

static int
read_answer(json_t *root, struct job_tasks *tasks)
{
    json_t *list, *node;
    size_t i;
    int more;

    if (json_unpack(root, "{sb so}", "more", &more, "tasks", &list) < 0 ||
        !json_is_array(list))
        return -1;
    tasks->more = more != 0;
    tasks->of = xcalloc(json_array_size(list) + 1, sizeof(*tasks->of));
    json_array_foreach(list, i, node)
    {
        if (read_task(node, &tasks->of[i]) < 0)
            return -1;
        tasks->n++;
    }
    return 0;
}

int
job_tasks_parse(const char *text, size_t len, struct job_tasks *tasks,
                struct err *err)
{
    json_t *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
    int rc;

    *tasks = (struct job_tasks){ .n = 0 };
    rc = root != NULL ? read_answer(root, tasks) : -1;
    json_decref(root);
    if (rc == 0)
        return 0;
    job_tasks_fini(tasks);
    return err_set(err, ERR_PROTOCOL, "the answer is not a list of tasks");
}

int
job_tasks_get(struct soap_client *c, const char *address, long long from,
              struct job_tasks *tasks, struct err *err)
{
    char *url = xasprintf("%s/tasks?from=%lld", address, from);
    const struct soap_page page = { .url = url, .max = ANSWER_MAX };
    struct buf text = BUF_INIT;
    int status, rc = soap_client_page(c, &page, &text, &status, err);

    *tasks = (struct job_tasks){ .n = 0 };
    if (rc == 0 && status != 200)
        rc = job_request_refused(status, &text, err);
    else if (rc == 0 &&
             job_tasks_parse(buf_str(&text), text.len, tasks, NULL) < 0)
        rc = err_set(err, ERR_UNSUPPORTED, "'%s' does not list tasks", address);
    buf_fini(&text);
    free(url);
    return rc;
}

int
job_tasks_do(struct soap_client *c, const char *address, const char *action,
             const char *tasks, long long *n, struct err *err)
{
    char *url = xasprintf("%s/tasks", address);
    json_t *answer = NULL;
    json_int_t count = 0;
    int rc = job_request_post(c, url, json_pack("{ss}", action, tasks), &answer,
                              err);

    if (rc == 0 && json_unpack(answer, "{sI}", "tasks", &count) < 0)
        rc = err_set(err, ERR_PROTOCOL, "'%s' does not say what it did", url);
    *n = count;
    json_decref(answer);
    free(url);
    return rc;
}
