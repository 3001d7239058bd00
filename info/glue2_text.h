/* info/glue2_text.h - write the GLUE 2.0 elements that both kinds of service
 * share; for glue2*.c. */
#ifndef INFO_GLUE2_TEXT_H
#define INFO_GLUE2_TEXT_H

#include "info/glue2.h"

/* Append <NAME>TEXT</NAME>; nothing for NULL. */
void glue2_put(struct buf *out, const char *name, const char *text);
/* Append an element NAME for each text of LIST. */
void glue2_put_list(struct buf *out, const char *name, const char *const *list);
/* Append a number; nothing below 0. */
void glue2_put_number(struct buf *out, const char *name, long long n);
/* Append a time; nothing for 0. */
void glue2_put_time(struct buf *out, const char *name, time_t t);
/* Append the start tag NAME with BaseType BASE; NS: declare the namespace. */
void glue2_open(struct buf *out, const char *name, const char *base, bool ns,
                time_t now, long long validity);
/* Append the end tag. */
void glue2_close(struct buf *out, const char *name);
/* Append the ID element "urn:ogf:KIND:SERVICE:PART" (PART NULL: none), then the
 * Name unless NULL. */
void glue2_put_id(struct buf *out, const char *kind, const char *service,
                  const char *part, const char *name);
/* Append that ID as the element NAME. */
void glue2_put_ref(struct buf *out, const char *name, const char *kind,
                   const char *service, const char *part);
/* Append the elements that all endpoints have, from ID to AccessPolicy. */
void glue2_put_endpoint(struct buf *out, const char *kind, const char *service,
                        const struct glue2_endpoint *e);

#endif
