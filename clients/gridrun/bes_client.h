/* clients/gridrun/bes_client.h - gridrun's client for the BES 1.0 port types
 * (GFD.108) and delegation-2. */
#ifndef CLIENTS_BES_CLIENT_H
#define CLIENTS_BES_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "gsi/proxy.h"
#include "soap/client.h"

#define BES_FACTORY_NS "http://schemas.ggf.org/bes/2006/08/bes-factory"
#define JOBS_STATUS_NS "urn:gatehouse:jobs:1"

/* A site: a SOAP client and the URL of the site's BES service. */
struct bes_client {
    struct soap_client *soap; /* borrowed */
    const char *url;          /* https://host:port/bes */
};

/* One state in the job's history. */
struct bes_step {
    char *state;
    char *time;
};

/* The result of GetActivityStatuses for one job.  The struct owns its strings;
 * NULL if absent. */
struct bes_status {
    char *bes_state; /* Pending Running Cancelled Failed Finished */
    char *state;     /* the site's own word (jobs:State) */
    bool holding;
    bool has_exit;
    int exit_code, signal;
    char *fault;
    char *account, *scheduler, *scheduler_id;
    char *session_url, *stdout_url, *stderr_url;
    char *tasks;         /* of an array: "Done 12, Running 3"; NULL */
    char *retry;         /* why it is delayed and will be retried */
    char *delegation_id; /* its delegated credential */
    struct bes_step *steps;
    size_t nsteps;
};
/* Free the strings. */
void bes_status_fini(struct bes_status *s);
/* Whether the job is in a final state. */
bool bes_status_final(const struct bes_status *s);

/* CreateActivity with a JobDefinition document.  DELEGATION_ID may be NULL;
 * MESSAGE_ID is the at-most-once key.  *address is the address of the
 * activity's endpoint reference; the caller frees it.  -1 with ERR. */
int bes_create(struct bes_client *c, const char *jsdl,
               const char *delegation_id, const char *message_id,
               char **address, struct err *err);
/* Get the status of the activity at ADDRESS.  -1 with ERR: NOT_FOUND (no such
 * activity, or another user's), REMOTE, or as soap_client_call(). */
int bes_get_status(struct bes_client *c, const char *address,
                   struct bes_status *s, struct err *err);
/* The result for one activity of several: its status, or the error. */
struct bes_result {
    struct bes_status st;
    struct err err;
};
/* The same for N activities in one request, with a result for each.  -1 with
 * ERR and no results if the site did not answer. */
int bes_get_statuses(struct bes_client *c, const char *const *addresses,
                     size_t n, struct bes_result *results, struct err *err);
/* TerminateActivities for one activity.  -1 with ERR: STATE if its state does
 * not allow it, otherwise as above. */
int bes_terminate(struct bes_client *c, const char *address, struct err *err);
/* ReleaseActivities (the site's own port type) for one held job. */
int bes_release(struct bes_client *c, const char *address, struct err *err);
/* DELETE the activity at ADDRESS, its handle: the site removes the ended job
 * and its session, now or soon.  -1 with ERR: NOT_FOUND, STATE (not over yet),
 * REMOTE, or as soap_client_page(). */
int bes_destroy(struct bes_client *c, const char *address, struct err *err);

/* One of the user's jobs.  The struct owns its strings; NULL if absent. */
struct bes_listed {
    char *address, *name, *command;
    struct bes_status st; /* without bes_state */
};
struct bes_list {
    struct bes_listed *of;
    size_t n;
    char *next; /* AFTER of the next page; NULL: this is the last */
};
/* Selects jobs: bes_request_list(). */
struct bes_query {
    const char *const *states;
    size_t nstates;
    const char *after;
    size_t limit;
};
/* Get a page of the user's jobs, newest first (ListActivities, the site's own
 * port type).  -1 with ERR. */
int bes_list(struct bes_client *c, const struct bes_query *q,
             struct bes_list *list, struct err *err);
/* Free the list's contents. */
void bes_list_fini(struct bes_list *list);

/* Delegate CRED for LIFETIME seconds, as a limited proxy unless FULL; the
 * caller frees *id. delegation-2: getNewProxyReq, putProxy. */
int bes_delegate(struct bes_client *c, const struct cred *cred, bool full,
                 long lifetime, char **id, struct err *err);
/* Renew the delegation ID with CRED: the jobs that use it get the new
 * credential. delegation-2: renewProxyReq, putProxy. */
int bes_renew(struct bes_client *c, const struct cred *cred, bool full,
              long lifetime, const char *id, struct err *err);
/* Destroy the delegation ID. delegation-2: destroy. */
int bes_undelegate(struct bes_client *c, const char *id, struct err *err);
/* Whether ERR is transient: the site may answer a later request. */
bool bes_transient(const struct err *err);

#endif
