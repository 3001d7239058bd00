/* soap/registration.h - keeping a service in an index: Add, then renewal with
 * SetTerminationTime, by one thread (WS-ServiceGroup 1.2 in the MDS4 shape).
 *
 * To the index go {sg-2}Add{MemberEPR, Content{AggregatorConfig,
 * AggregatorData{the GLUE 2.0 element}}, InitialTerminationTime}; the reference
 * that comes back is asked for {rl-2}SetTerminationTime, and for Destroy at the
 * end.  An element that changed (but for CreationTime), or was not sent for
 * five intervals, goes out by another Add, which replaces the member's entry.
 * All times are durations: clocks need not agree. */
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
 * growing delay) after a failure; logs index.register, index.update,
 * index.renew, index.fail, index.leave.  Strings are copied, credential and
 * trust referenced.  -1 with ERR. */
int registration_start(const struct registration_spec *spec,
                       struct registration **r, struct err *err);
/* Describe and push again now (once a second at most): the service has changed.
 * Any thread; cheap. */
void registration_touch(struct registration *r);
/* End the thread and destroy the entry (best effort, 2 s).  NULL ok. */
void registration_stop(struct registration *r);

#endif
