/* http/http_body.h - the body of a request: by length or in chunks; between
 * http.c and http_body.c. */
#ifndef HTTP_HTTP_BODY_H
#define HTTP_HTTP_BODY_H

#include "http/http.h"

/* Put M in the state HTTP_BAD; returns that. */
enum http_state http_refuse(struct http_msg *m, int status, const char *reason);
/* Judge from the fields of M what body follows; returns the new state. */
enum http_state http_body_begin(struct http_msg *m);
/* Take bytes of the body from P[0..N); returns how many were its. */
size_t http_body_feed(struct http_msg *m, const char *p, size_t n);

#endif
