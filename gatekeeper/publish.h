/* gatekeeper/publish.h - the gatekeeper in the index: GLUE 2.0 computing
 * service with endpoint, shares, managers, kept there by soap/registration.h.
 */
#ifndef GATEKEEPER_PUBLISH_H
#define GATEKEEPER_PUBLISH_H

#include "gatekeeper/service.h"

struct publish;

/* Register with every index of gatekeeper.index; *p is NULL when there is none.
 * -1 with ERR. */
int publish_start(struct service *s, struct publish **p, struct err *err);
/* Leave the indexes.  NULL ok. */
void publish_stop(struct publish *p);
/* Append what is told of the service now (a registration_fn; ARG is the
 * service). */
int publish_glue2(void *arg, struct buf *out, struct err *err);

#endif
