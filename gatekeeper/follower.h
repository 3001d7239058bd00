/* gatekeeper/follower.h - the service's own reader of the journal: who waits
 * for a change of some job, outside this process, is told of it. */
#ifndef GATEKEEPER_FOLLOWER_H
#define GATEKEEPER_FOLLOWER_H

#include "gatekeeper/service.h"

struct follower;

/* Follow the journal from the number SINCE on, by a thread.  -1 with ERR. */
int follower_start(struct service *s, long long since, struct follower **f,
                   struct err *err);
/* End the thread.  NULL ok. */
void follower_stop(struct follower *f);

#endif
