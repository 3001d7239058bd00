/* clients/gridrun/job_events.h - the events of a job from its site: GET
 * JOB?since=SEQ&wait=S, JSON (docs/portal.md). */
#ifndef CLIENTS_JOB_EVENTS_H
#define CLIENTS_JOB_EVENTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "soap/client.h"

/* One event.  The struct owns its strings. */
struct job_event {
    char *time, *to, *reason;
    char *from;                /* NULL: the job is new */
    long long task, last_task; /* the first and the last task concerned; -1: the
                                  job's own state */
    long long attempt;         /* of the tasks; -1 absent */
};

/* The events of one answer. */
struct job_events {
    struct job_event *of; /* oldest first */
    size_t n;
    long long seq; /* SINCE of the next request */
    bool more;     /* more events are available now */
};

/* Free the events. */
void job_events_fini(struct job_events *events);
/* Parse the LEN bytes at TEXT.  -1 with ERR PROTOCOL: not a list of events. */
int job_events_parse(const char *text, size_t len, struct job_events *events,
                     struct err *err);
/* Get the events of the job at ADDRESS after number SINCE; if there are none,
 * the site answers after WAIT_S seconds.  -1 with ERR: UNSUPPORTED, the site
 * has no events; STATE, some events after SINCE are no longer kept: start again
 * with 0; or as soap_client_page(). */
int job_events_get(struct soap_client *c, const char *address, long long since,
                   int wait_s, struct job_events *events, struct err *err);

#endif
