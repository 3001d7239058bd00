/* gatekeeper/doors/tasks_request.h - parses the JSON body of POST
 * /jobs/ID/tasks: an owner's request about tasks of a job. */
#ifndef GATEKEEPER_DOORS_TASKS_REQUEST_H
#define GATEKEEPER_DOORS_TASKS_REQUEST_H

#include "jobs/task_set.h"

/* The maximum length of a request. */
#define TASKS_REQUEST_MAX (256u << 10)

enum tasks_action {
    TASKS_CANCEL,
    TASKS_RESUBMIT
};

struct tasks_request {
    enum tasks_action action;
    struct task_set tasks; /* the caller calls task_set_fini() */
};

/* Parse the LEN bytes TEXT: {"cancel": TASKS} or {"resubmit": TASKS}, with
 * TASKS as for task_set_parse().  -1 with ERR: SYNTAX, USAGE. */
int tasks_request_parse(const char *text, size_t len, struct tasks_request *r,
                        struct err *err);

#endif
