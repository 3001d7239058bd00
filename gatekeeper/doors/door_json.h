/* gatekeeper/doors/door_json.h - JSON answers, the same for every door. */
#ifndef GATEKEEPER_DOORS_DOOR_JSON_H
#define GATEKEEPER_DOORS_DOOR_JSON_H

#include <jansson.h>

#include "gatekeeper/store/store.h"
#include "http/server.h"

/* Make ANSWER, whose reference is released, the body of CALL's answer: one
 * line, keys in the order of insertion.  The answer is marked not cacheable. */
void door_json(struct http_call *call, json_t *answer);
/* E as an object; the caller releases it. */
json_t *door_json_event(const struct store_event *e);
/* Set NAME in O to TEXT, unless it is NULL or "". */
void door_json_text(json_t *o, const char *name, const char *text);
/* Set NAME in O to the time MS as text, unless it is 0. */
void door_json_time(json_t *o, const char *name, long long ms);

#endif
