/* clients/gridrun/job_tasks.h - the tasks of a job as its site tells them, and
 * what is done to some of them: GET and POST JOB/tasks, JSON (docs/portal.md).
 */
#ifndef CLIENTS_JOB_TASKS_H
#define CLIENTS_JOB_TASKS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "soap/client.h"

/* One task; strings are the struct's own, NULL: not told. */
struct job_task {
    long long task, attempt;
    char *state;
    long long exit, signal; /* -1: none */
    char *started, *hosts, *fault;
    char *parameters; /* of a sweep: "NAME=VALUE NAME=VALUE" */
};

/* A page of them, in the order of their numbers. */
struct job_tasks {
    struct job_task *of;
    size_t n;
    bool more; /* there are further ones */
};

/* Free what it holds. */
void job_tasks_fini(struct job_tasks *tasks);
/* Read the LEN bytes at TEXT.  -1 with ERR PROTOCOL: it is no such answer. */
int job_tasks_parse(const char *text, size_t len, struct job_tasks *tasks,
                    struct err *err);
/* The tasks of the job at ADDRESS from the number FROM on.  -1 with ERR:
 * UNSUPPORTED, its site tells none; what the site refuses; or as
 * soap_client_page(). */
int job_tasks_get(struct soap_client *c, const char *address, long long from,
                  struct job_tasks *tasks, struct err *err);
/* Do ACTION, "cancel" or "resubmit", to TASKS of the job at ADDRESS, as
 * task_set_parse() reads them; *n of them.  -1 with ERR as above. */
int job_tasks_do(struct soap_client *c, const char *address, const char *action,
                 const char *tasks, long long *n, struct err *err);

#endif
