/* gatekeeper/publish.h - the gatekeeper in the index: GLUE 2.0 computing
 * service with endpoint, shares, managers, kept there by info/registration.h.
 */
#ifndef GATEKEEPER_PUBLISH_H
#define GATEKEEPER_PUBLISH_H

#include "gatekeeper/service.h"
#include "info/registration.h"

struct publish;

/* Register with every index of gatekeeper.index; *p is NULL when there is none.
 * -1 with ERR. */
int publish_start(struct service *s, struct publish **p, struct err *err);
/* Leave the indexes.  NULL ok. */
void publish_stop(struct publish *p);
/* Append what is told of the service now (a registration_fn; ARG is the
 * service). */
int publish_glue2(void *arg, const struct registration_frame *frame,
                  struct buf *out, struct err *err);
/* What is told of the service has changed: the indexes learn it now, or when
 * gatekeeper.index_pause is over.  P may be NULL.  Any thread; cheap. */
void publish_touch(struct publish *p);
/* Show CRED, a renewed host credential, to the indexes from now on.  P may be
 * NULL. */
void publish_set_cred(struct publish *p, struct cred *cred);

#endif
