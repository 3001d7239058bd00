/* clients/gridrun/bes_client.h - the BES 1.0 port types (GFD.108) and
 * delegation-2 as gridrun calls them. */
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

/* A site: a SOAP client and the URL of its door. */
struct bes_client {
    struct soap_client *soap; /* borrowed */
    const char *url;          /* https://host:port/bes */
};

/* One state that the job passed. */
struct bes_step {
    char *state;
    char *time;
};

/* What GetActivityStatuses says of one job; strings are the struct's own, NULL
 * when not said. */
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
    char *retry;         /* why it does not go on now; it is tried again */
    char *delegation_id; /* the credential delegated for it */
    struct bes_step *steps;
    size_t nsteps;
};
/* Free the strings. */
void bes_status_fini(struct bes_status *s);
/* Whether nothing more will happen to the job. */
bool bes_status_final(const struct bes_status *s);

/* CreateActivity with a JobDefinition document.  DELEGATION_ID may be NULL,
 * MESSAGE_ID is the at-most-once key.  *address is that of the activity's
 * endpoint reference, the caller's to free().  -1 with ERR. */
int bes_create(struct bes_client *c, const char *jsdl,
               const char *delegation_id, const char *message_id,
               char **address, struct err *err);
/* The status of the activity at ADDRESS.  -1 with ERR: NOT_FOUND (no such
 * activity, or another's), REMOTE, or as soap_client_call(). */
int bes_get_status(struct bes_client *c, const char *address,
                   struct bes_status *s, struct err *err);
/* Of one activity among several: its status, or in ERR why it has none. */
struct bes_result {
    struct bes_status st;
    struct err err;
};
/* The same for N activities in one request; a result for each.  Of a site that
 * did not answer: -1 with ERR, and no results. */
int bes_get_statuses(struct bes_client *c, const char *const *addresses,
                     size_t n, struct bes_result *results, struct err *err);
/* TerminateActivities for one.  -1 with ERR: STATE when its state does not
 * allow it, else as above. */
int bes_terminate(struct bes_client *c, const char *address, struct err *err);
/* ReleaseActivities (the site's own port type) for one held job. */
int bes_release(struct bes_client *c, const char *address, struct err *err);
/* DELETE of the activity at ADDRESS, its handle: an ended job and its session
 * are removed, now or soon.  -1 with ERR: NOT_FOUND, STATE (not over yet),
 * REMOTE, or as soap_client_page(). */
int bes_destroy(struct bes_client *c, const char *address, struct err *err);

/* One of the caller's jobs; strings are the struct's own, NULL when not said.
 */
struct bes_listed {
    char *address, *name, *command;
    struct bes_status st; /* without bes_state */
};
struct bes_list {
    struct bes_listed *of;
    size_t n;
    char *next; /* AFTER of the next page; NULL: this is the last */
};
/* Which of them: bes_request_list(). */
struct bes_query {
    const char *const *states;
    size_t nstates;
    const char *after;
    size_t limit;
};
/* A page of the caller's jobs, newest first (ListActivities, the site's own
 * port type).  -1 with ERR. */
int bes_list(struct bes_client *c, const struct bes_query *q,
             struct bes_list *list, struct err *err);
/* Free what it holds. */
void bes_list_fini(struct bes_list *list);

/* Delegate CRED for LIFETIME seconds, limited unless FULL; *id is the caller's
 * to free().  delegation-2: getNewProxyReq, putProxy. */
int bes_delegate(struct bes_client *c, const struct cred *cred, bool full,
                 long lifetime, char **id, struct err *err);
/* Delegate CRED anew under ID, which the caller delegated before: the jobs that
 * have it get the new one.  delegation-2: renewProxyReq, putProxy. */
int bes_renew(struct bes_client *c, const struct cred *cred, bool full,
              long lifetime, const char *id, struct err *err);
/* Take back the delegation ID.  delegation-2: destroy. */
int bes_undelegate(struct bes_client *c, const char *id, struct err *err);
/* Whether the site may answer when it is asked again. */
bool bes_transient(const struct err *err);

#endif
