/* gatekeeper/staging/stage_await.h - the part of a step that waits until the
 * job's owner has uploaded all inputs. */
#ifndef GATEKEEPER_STAGING_STAGE_AWAIT_H
#define GATEKEEPER_STAGING_STAGE_AWAIT_H

#include "gatekeeper/staging/stage_item.h"

/* Check the uploads of IT, whose transfers are done, and show its owner which
 * input is missing.  True: all are complete.  Otherwise phase and delay_ms say
 * how to continue; IT fails if no byte arrives for gatekeeper.upload_wait. */
bool stage_await_turn(struct stage_item *it, const struct stage_host *host);

#endif
