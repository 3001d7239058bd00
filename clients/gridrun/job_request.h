/* clients/gridrun/job_request.h - what is asked of a job beside BES: a POST of
 * JSON and the site's answer (docs/portal.md). */
#ifndef CLIENTS_JOB_REQUEST_H
#define CLIENTS_JOB_REQUEST_H

#include <jansson.h>

#include "base/buf.h"
#include "base/err.h"
#include "soap/client.h"

/* The site answered STATUS, which is not 200, and TEXT, a sentence: -1 with
 * ERR.
 */
int job_request_refused(int status, const struct buf *text, struct err *err);
/* POST REQUEST, which is let go, to URL; the JSON that comes back is *answer,
 * the caller's.  -1 with ERR: what the site refuses; PROTOCOL; or as
 * soap_client_page(). */
int job_request_post(struct soap_client *c, const char *url, json_t *request,
                     json_t **answer, struct err *err);
/* Have the limit NAME of the job at ADDRESS be VALUE, a time as the site reads
 * it.  -1 with ERR as above. */
int job_request_limit(struct soap_client *c, const char *address,
                      const char *name, const char *value, struct err *err);

#endif
