/* clients/gridrun/job_tasks.h - lists, cancels and resubmits tasks of a job at
 * its site: GET and POST JOB/tasks, JSON (docs/portal.md). */
#ifndef CLIENTS_JOB_TASKS_H
#define CLIENTS_JOB_TASKS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "soap/client.h"

/* One task.  The struct owns its strings; NULL: absent. */
struct job_task {
    long long task, attempt;
    char *state;
    long long exit, signal; /* -1: none */
    char *started, *hosts, *fault;
    char *parameters; /* of a sweep: "NAME=VALUE NAME=VALUE" */
};

/* A page of tasks, by number. */
struct job_tasks {
    struct job_task *of;
    size_t n;
    bool more; /* there are more pages */
};

/* Free the tasks. */
void job_tasks_fini(struct job_tasks *tasks);
/* Parse the LEN bytes at TEXT.  -1 with ERR PROTOCOL: not a list of tasks. */
int job_tasks_parse(const char *text, size_t len, struct job_tasks *tasks,
                    struct err *err);
/* Get the tasks of the job at ADDRESS from number FROM on.  -1 with ERR:
 * UNSUPPORTED, the site does not list tasks; the site's refusal; or as
 * soap_client_page(). */
int job_tasks_get(struct soap_client *c, const char *address, long long from,
                  struct job_tasks *tasks, struct err *err);
/* Apply ACTION, "cancel" or "resubmit", to TASKS (in the format of
 * task_set_parse()) of the job at ADDRESS; *n is their number.  -1 with ERR as
 * above. */
int job_tasks_do(struct soap_client *c, const char *address, const char *action,
                 const char *tasks, long long *n, struct err *err);

#endif
