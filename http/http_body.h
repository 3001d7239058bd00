/* http/http_body.h - the body of a request, by length or chunked; internal to
 * http.c and http_body.c. */
#ifndef HTTP_HTTP_BODY_H
#define HTTP_HTTP_BODY_H

#include "http/http.h"

/* Set M to HTTP_BAD with this answer; returns HTTP_BAD. */
enum http_state http_refuse(struct http_msg *m, int status, const char *reason);
/* Decide from M's fields how its body is framed; returns the new state. */
enum http_state http_body_begin(struct http_msg *m);
/* Consume bytes of the body from P[0..N); returns how many. */
size_t http_body_feed(struct http_msg *m, const char *p, size_t n);

#endif
