/* gatekeeper/publish.h - registers the gatekeeper with the index as a GLUE 2.0
 * computing service with endpoint, shares and managers
 * (info/registration.h). */
#ifndef GATEKEEPER_PUBLISH_H
#define GATEKEEPER_PUBLISH_H

#include "gatekeeper/service.h"
#include "info/registration.h"

struct publish;

/* Register with every index of gatekeeper.index; *p is NULL if there is none.
 * -1 with ERR. */
int publish_start(struct service *s, struct publish **p, struct err *err);
/* Leave the indexes.  NULL ok. */
void publish_stop(struct publish *p);
/* Append the present description of the service (a registration_fn; ARG is the
 * service). */
int publish_glue2(void *arg, const struct registration_frame *frame,
                  struct buf *out, struct err *err);
/* The description has changed: send it to the indexes now, or after
 * gatekeeper.index_pause.  P may be NULL.  Any thread; cheap. */
void publish_touch(struct publish *p);
/* Use CRED, a renewed host credential, with the indexes from now on.  P may be
 * NULL. */
void publish_set_cred(struct publish *p, struct cred *cred);

#endif
