/* soap/registration.h - keeping a service in an index: Add, then renewal with
 * SetTerminationTime, by one thread (WS-ServiceGroup in the MDS4 shape). */
#ifndef SOAP_REGISTRATION_H
#define SOAP_REGISTRATION_H

#include "base/buf.h"
#include "base/err.h"
#include "gsi/chain.h"
#include "gsi/cred.h"

/* Append the GLUE 2.0 element that describes the service now, namespaces
 * declared in it; -1 skips this round. */
typedef int registration_fn(void *arg, struct buf *glue2, struct err *err);

struct registration_spec {
    const char *index_url;  /* .../wsrf/services/DefaultIndexService */
    const char *member_url; /* of the service; its host is the certificate's */
    struct cred *cred;      /* host credential */
    struct trust *trust;
    int interval_s; /* renewal; the entry lasts twice as long */
    registration_fn *describe;
    void *arg;
};

struct registration;
/* Start the thread: it tries at once, then every interval, sooner (with a
 * growing delay) after a failure; logs index.register, index.renew, index.fail.
 */
int registration_start(const struct registration_spec *spec,
                       struct registration **r, struct err *err);
/* Describe and push again now: the service has changed. */
void registration_touch(struct registration *r);
/* End the thread and destroy the entry (best effort, 2 s).  NULL ok. */
void registration_stop(struct registration *r);

#endif
