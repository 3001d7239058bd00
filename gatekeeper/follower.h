/* gatekeeper/follower.h - the service's own reader of the journal: it wakes
 * HTTP requests that wait for a job, and tells the indexes of changes. */
#ifndef GATEKEEPER_FOLLOWER_H
#define GATEKEEPER_FOLLOWER_H

#include "gatekeeper/service.h"

struct follower;

/* Start a thread that follows the journal from SINCE on.  -1 with ERR. */
int follower_start(struct service *s, long long since, struct follower **f,
                   struct err *err);
/* Stop the thread.  NULL ok. */
void follower_stop(struct follower *f);

#endif
