/* info/registration.h - register a service with an index and keep it there:
 * Add, then renewal with SetTerminationTime, in one thread (WS-ServiceGroup 1.2
 * in the MDS4 shape).  The index gets {sg-2}Add{MemberEPR,
 * Content{AggregatorConfig, AggregatorData{the GLUE 2.0 element}},
 * InitialTerminationTime}; the returned reference is used for
 * {rl-2}SetTerminationTime and, at the end, Destroy.  An element that changed
 * (apart from CreationTime) or was not sent for five intervals is sent with
 * another Add, which replaces the member's entry.  All times but CreationTime
 * are durations, so clocks need not agree. */
#ifndef INFO_REGISTRATION_H
#define INFO_REGISTRATION_H

#include <time.h>

#include "base/buf.h"
#include "base/err.h"
#include "gsi/chain/chain.h"
#include "gsi/cred.h"

/* Input of a description. */
struct registration_frame {
    time_t now;              /* for CreationTime (GFD.147 s.5.1) */
    long long validity_s;    /* for Validity: how long the index may keep this
                                description */
    const struct cred *cred; /* the service's current credential; borrowed */
};

/* Append the GLUE 2.0 element that describes the service now, with its
 * namespaces declared; -1 skips this round. */
typedef int registration_fn(void *arg, const struct registration_frame *frame,
                            struct buf *glue2, struct err *err);

struct registration_spec {
    const char *index_url; /* .../wsrf/services/DefaultIndexService */
    const char
        *member_url;   /* URL of the service; the certificate names its host */
    struct cred *cred; /* host credential */
    struct trust *trust;
    int interval_s; /* interval between renewals; the entry lasts twice as long
                     */
    int pause_s;    /* least time between two pushes; 0: 1 s */
    registration_fn *describe;
    void *arg;
};

struct registration;
/* Start the thread: it registers at once, then every interval; after a failure
 * sooner, with a growing delay.  Logs index.register, index.update,
 * index.renew, index.credential, index.fail, index.leave.  Copies strings,
 * references credential and trust. -1 with ERR. */
int registration_start(const struct registration_spec *spec,
                       struct registration **r, struct err *err);
/* The service has changed: describe and push it now, or when the pause after
 * the last push is over; several calls during the pause cause one push.  Thread
 * safe and cheap. */
void registration_touch(struct registration *r);
/* Use CRED (referenced), a renewed host credential, and push with it at once.
 * If its name differs, first destroy the entry with the old credential, then
 * create a new one.  Thread safe and cheap. */
void registration_set_cred(struct registration *r, struct cred *cred);
/* The longest time, in seconds, that an index may keep a description that was
 * sent once: until it is due again, plus the lifetime of an entry that nobody
 * renews. */
long long registration_validity(int interval_s);
/* Tell the thread to leave the index and end, without waiting for it.  Call it
 * for several registrations before registration_stop(). */
void registration_end(struct registration *r);
/* End the thread and destroy the entry (best effort, 2 s).  NULL is allowed. */
void registration_stop(struct registration *r);

#endif
