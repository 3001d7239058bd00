/* gatekeeper/doors/limits_request.h - the limits that an owner wants a job to
 * have: the JSON body of POST /jobs/ID. */
#ifndef GATEKEEPER_DOORS_LIMITS_REQUEST_H
#define GATEKEEPER_DOORS_LIMITS_REQUEST_H

#include <stddef.h>

#include "base/err.h"

/* Bytes that a request has at most. */
#define LIMITS_REQUEST_MAX 4096u
/* Seconds that a limit has at most. */
#define LIMITS_SECONDS_MAX (1LL << 31)

/* Read the LEN bytes TEXT, {"limits":{"wall_time":TIME}}, where TIME is a
 * number of seconds or a text such as "90", "2h", "1d12h30m": *seconds.  -1
 * with ERR: SYNTAX, USAGE; UNSUPPORTED, another limit. */
int limits_request_parse(const char *text, size_t len, long long *seconds,
                         struct err *err);

#endif
