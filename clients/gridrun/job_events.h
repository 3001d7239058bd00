/* clients/gridrun/job_events.h - what a site tells of a job event by event: GET
 * JOB?since=SEQ&wait=S, JSON (docs/portal.md). */
#ifndef CLIENTS_JOB_EVENTS_H
#define CLIENTS_JOB_EVENTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "soap/client.h"

/* One event; strings are the struct's own. */
struct job_event {
    char *time, *to, *reason;
    char *from;                /* NULL: it was not there before */
    long long task, last_task; /* the first and the last that it happened to;
                                  -1: the job's own state */
    long long attempt;         /* of them; -1 not told */
};

/* What one answer holds. */
struct job_events {
    struct job_event *of; /* oldest first */
    size_t n;
    long long seq; /* to ask on with */
    bool more;     /* there are further ones already */
};

/* Free what it holds. */
void job_events_fini(struct job_events *events);
/* Read the LEN bytes at TEXT.  -1 with ERR PROTOCOL: it is no such answer. */
int job_events_parse(const char *text, size_t len, struct job_events *events,
                     struct err *err);
/* The events of the job at ADDRESS after the number SINCE; without any the
 * answer comes after WAIT_S seconds.  -1 with ERR: UNSUPPORTED, the site does
 * not tell events; STATE, it has not kept all since then: begin anew with 0; or
 * as soap_client_page(). */
int job_events_get(struct soap_client *c, const char *address, long long since,
                   int wait_s, struct job_events *events, struct err *err);

#endif
