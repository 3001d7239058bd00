/* info/registration.h - keeping a service in an index: Add, then renewal with
 * SetTerminationTime, by one thread (WS-ServiceGroup 1.2 in the MDS4 shape).
 *
 * To the index go {sg-2}Add{MemberEPR, Content{AggregatorConfig,
 * AggregatorData{the GLUE 2.0 element}}, InitialTerminationTime}; the reference
 * that comes back is asked for {rl-2}SetTerminationTime, and for Destroy at the
 * end.  An element that changed (but for CreationTime), or was not sent for
 * five intervals, goes out by another Add, which replaces the member's entry.
 * All times but CreationTime are durations: clocks need not agree. */
#ifndef INFO_REGISTRATION_H
#define INFO_REGISTRATION_H

#include <time.h>

#include "base/buf.h"
#include "base/err.h"
#include "gsi/chain/chain.h"
#include "gsi/cred.h"

/* What a description takes from its registration. */
struct registration_frame {
    time_t now;              /* for CreationTime (GFD.147 s.5.1) */
    long long validity_s;    /* for Validity: as long as the index can hold this
                                description */
    const struct cred *cred; /* what the service shows now; borrowed */
};

/* Append the GLUE 2.0 element that describes the service now, namespaces
 * declared in it; -1 skips this round. */
typedef int registration_fn(void *arg, const struct registration_frame *frame,
                            struct buf *glue2, struct err *err);

struct registration_spec {
    const char *index_url;  /* .../wsrf/services/DefaultIndexService */
    const char *member_url; /* of the service; its host is the certificate's */
    struct cred *cred;      /* host credential */
    struct trust *trust;
    int interval_s; /* renewal; the entry lasts twice as long */
    int pause_s;    /* least time between two pushes; 0: 1 */
    registration_fn *describe;
    void *arg;
};

struct registration;
/* Start the thread: it tries at once, then every interval, sooner (with a
 * growing delay) after a failure; logs index.register, index.update,
 * index.renew, index.credential, index.fail, index.leave.  Strings are copied,
 * credential and trust referenced.  -1 with ERR. */
int registration_start(const struct registration_spec *spec,
                       struct registration **r, struct err *err);
/* The service has changed: describe and push again now, or when the pause
 * behind the last push is over, however often this was called in it.  Any
 * thread; cheap. */
void registration_touch(struct registration *r);
/* From now on show CRED (referenced), a renewed host credential, and push with
 * it at once.  When it speaks for another name, the entry is destroyed with the
 * old one first, and made anew.  Any thread; cheap. */
void registration_set_cred(struct registration *r, struct cred *cred);
/* How long an index can hold a description that was sent once: until it is sent
 * again, and then as long as an entry lasts that nobody renews; seconds. */
long long registration_validity(int interval_s);
/* Tell the thread to leave the index and end, without waiting for it: before
 * registration_stop() of several. */
void registration_end(struct registration *r);
/* End the thread and destroy the entry (best effort, 2 s).  NULL ok. */
void registration_stop(struct registration *r);

#endif
