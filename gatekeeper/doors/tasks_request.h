/* gatekeeper/doors/tasks_request.h - what an owner asks to be done to tasks of
 * a job: the JSON body of POST /jobs/ID/tasks. */
#ifndef GATEKEEPER_DOORS_TASKS_REQUEST_H
#define GATEKEEPER_DOORS_TASKS_REQUEST_H

#include "jobs/task_set.h"

/* Bytes that a request has at most. */
#define TASKS_REQUEST_MAX (256u << 10)

enum tasks_action {
    TASKS_CANCEL,
    TASKS_RESUBMIT
};

struct tasks_request {
    enum tasks_action action;
    struct task_set tasks; /* the caller's to task_set_fini() */
};

/* Read the LEN bytes TEXT: {"cancel": TASKS} or {"resubmit": TASKS}, TASKS as
 * task_set_parse() reads them.  -1 with ERR: SYNTAX, USAGE. */
int tasks_request_parse(const char *text, size_t len, struct tasks_request *r,
                        struct err *err);

#endif
