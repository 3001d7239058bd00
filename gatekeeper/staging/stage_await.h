/* gatekeeper/staging/stage_await.h - a step that waits until the job's owner
 * has uploaded all inputs. */
#ifndef GATEKEEPER_STAGING_STAGE_AWAIT_H
#define GATEKEEPER_STAGING_STAGE_AWAIT_H

#include "gatekeeper/staging/stage_item.h"

/* One look at the uploads of IT, whose transfers are done: its owner reads
 * which one is waited for.  True when all are there.  Else phase and delay_ms
 * say how to go on; it has failed when none of their bytes came for
 * gatekeeper.upload_wait. */
bool stage_await_turn(struct stage_item *it, const struct stage_host *host);

#endif
