/* gatekeeper/doors/tasks_door.c - GET /jobs/ID/tasks?from=N&max=M: the tasks of
 * a job as JSON for its owner, in pages of at most gatekeeper.list_page.  POST
 * there (tasks_request.h) cancels or resubmits some of them. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/sweep.h"
#include "gatekeeper/doors/door.h"
#include "gatekeeper/doors/door_json.h"
#include "gatekeeper/doors/tasks_request.h"
#include "jobs/job.h"

/* Read the parameter NAME of CALL's query into *N: LEAST to JOB_TASKS_MAX; NONE
 * if absent. */
static int
read_number(const struct http_call *call, const char *name, long long least,
            long long none, long long *n, struct err *err)
{
    char *text = http_param(call->query, name);
    int rc = 0;

    *n = none;
    if (text != NULL && number_parse(text, least, JOB_TASKS_MAX, n) < 0)
        rc = err_set(err, ERR_SYNTAX,
                     "%s='%.40s' is not a number from %lld to %d", name, text,
                     least, JOB_TASKS_MAX);
    free(text);
    return rc;
}

/* The values of task TASK in each place of SWEEP. */
static json_t *
parameters_json(const struct sweep *sweep, uint32_t task)
{
    json_t *list = json_array();
    struct buf value = BUF_INIT;

    for (size_t i = 0; i < sweep_places(sweep); i++) {
        buf_clear(&value);
        sweep_value(sweep, task, i, &value);
        json_array_append_new(list,
                              json_pack("{ss ss}", "name", sweep_name(sweep, i),
                                        "value", buf_str(&value)));
    }
    buf_fini(&value);
    return list;
}

/* SWEEP is NULL if the job has none. */
static json_t *
task_json(const struct life_task_view *t, const struct sweep *sweep)
{
    json_t *o = json_pack("{si si ss}", "task", (int)t->index, "attempt",
                          (int)t->attempt, "state", task_state_word(t->state));

    if (t->exit.set && t->exit.signal != 0)
        json_object_set_new(o, "signal", json_integer(t->exit.signal));
    else if (t->exit.set)
        json_object_set_new(o, "exit", json_integer(t->exit.code));
    door_json_time(o, "started", t->exit.started_ms);
    door_json_time(o, "ended", t->exit.ended_ms);
    if (t->hosts != NULL)
        json_object_set_new(o, "hosts", json_string(t->hosts));
    if (t->sched_id != NULL)
        json_object_set_new(o, "schedulerID", json_string(t->sched_id));
    if (t->fault != NULL)
        json_object_set_new(o, "fault", json_string(t->fault));
    if (sweep != NULL && t->index < sweep_tasks(sweep))
        json_object_set_new(o, "parameters", parameters_json(sweep, t->index));
    return o;
}

static json_t *
counts_json(const struct life_tally *tally)
{
    json_t *o = json_object();

    for (int i = 0; i < TASK_STATES; i++)
        if (tally->of[i] > 0)
            json_object_set_new(o, task_state_word((enum task_state)i),
                                json_integer(tally->of[i]));
    return o;
}

/* A page of tasks, which begins with the number FROM. */
struct page {
    long long from;
    struct life_task_view *of;
    size_t n;
    struct sweep *sweep;
};

static void
write_page(struct http_call *call, const struct life_view *view,
           const struct page *page)
{
    json_t *list = json_array(), *o;

    for (size_t i = 0; i < page->n; i++)
        json_array_append_new(list, task_json(&page->of[i], page->sweep));
    o = json_pack("{ss ss sI so sI sb so}", "job", view->id, "state",
                  life_state_word(view->state), "total",
                  (json_int_t)view->ntasks, "counts", counts_json(&view->tally),
                  "from", (json_int_t)page->from, "more",
                  (int)(page->from + (long long)page->n < view->ntasks),
                  "tasks", list);
    door_json(call, o);
}

static int
answer(struct http_call *call, const char *id, struct err *err)
{
    const struct service *s = call->service;
    const char *who = call->peer->identity;
    long long most = conf_num(s->conf, CONF_gatekeeper_list_page), max;
    struct page page = { .of = NULL };
    struct life_view view;
    uint32_t total;

    if (read_number(call, "from", 0, 0, &page.from, err) < 0 ||
        read_number(call, "max", 1, most, &max, err) < 0 ||
        life_view(s->life, who, id, &view, err) < 0)
        return -1;
    if (life_sweep(s->life, who, id, &page.sweep, err) == 0 &&
        life_tasks(s->life, who, id, (uint32_t)page.from,
                   (uint32_t)(max < most ? max : most), &page.of, &page.n,
                   &total, err) == 0)
        write_page(call, &view, &page);
    sweep_destroy(page.sweep);
    life_tasks_free(page.of, page.n);
    life_view_fini(&view);
    return err->code == ERR_OK ? HTTP_ANSWERED : -1;
}

static int
get(struct http_call *call, struct err *err)
{
    const char *id = route_param(&call->params, "id");

    if (!uuid_ok(id))
        return err_set(err, ERR_NOT_FOUND, "'%s' is not a job", call->path);
    return answer(call, id, err);
}

/* Carry out R on the caller's job ID. */
static int
act(struct http_call *call, const char *id, const struct tasks_request *r,
    struct err *err)
{
    const struct service *s = call->service;
    const char *who = call->peer->identity;
    size_t n = 0;
    int rc = r->action == TASKS_CANCEL
                 ? life_cancel_tasks(s->life, who, id, &r->tasks, &n, err)
                 : life_resubmit(s->life, who, id, &r->tasks, &n, err);

    audit_decision(who,
                   r->action == TASKS_CANCEL ? "CancelTasks" : "ResubmitTasks",
                   id, call->from, rc < 0 ? err : NULL);
    if (rc < 0)
        return -1;
    door_json(call, json_pack("{ss sI}", "job", id, "tasks", (json_int_t)n));
    return HTTP_ANSWERED;
}

static int
post(struct http_call *call, struct err *err)
{
    const char *id = route_param(&call->params, "id");
    struct tasks_request r;
    int rc;

    if (!uuid_ok(id))
        return err_set(err, ERR_NOT_FOUND, "'%s' is not a job", call->path);
    if (tasks_request_parse(buf_str(call->body), call->body->len, &r, err) < 0)
        return -1;
    rc = act(call, id, &r, err);
    task_set_fini(&r.tasks);
    return rc;
}

static const struct http_route routes[] = {
    { "GET", JOBS_PATH "{id}/tasks", HTTP_LIMITED, get,
      "GET " JOBS_PATH "tasks", NULL, HTTP_BODY_SMALL },
    { "POST", JOBS_PATH "{id}/tasks", HTTP_LIMITED, post,
      "POST " JOBS_PATH "tasks", NULL, TASKS_REQUEST_MAX },
    { .path = NULL },
};

const struct door tasks_door = { .name = "tasks", .routes = routes };
