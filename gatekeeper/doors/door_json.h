/* gatekeeper/doors/door_json.h - an answer in JSON, as every door gives it. */
#ifndef GATEKEEPER_DOORS_DOOR_JSON_H
#define GATEKEEPER_DOORS_DOOR_JSON_H

#include <jansson.h>

#include "http/server.h"

/* Make ANSWER, which is let go, the body of CALL's answer: one line, its keys
 * in the order in which they were set.  No cache may keep it. */
void door_json(struct http_call *call, json_t *answer);

#endif
