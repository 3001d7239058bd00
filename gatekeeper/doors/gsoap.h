/* gatekeeper/doors/gsoap.h - what the *_soap.c files share: one gSOAP context a
 * thread, used to write into memory.  Included by *_soap.c alone. */
#ifndef GATEKEEPER_DOORS_GSOAP_H
#define GATEKEEPER_DOORS_GSOAP_H

#include "base/buf.h"

struct soap;

/* This thread's context, ready to write one answer; gsoap_end() it. */
struct soap *gsoap_begin(void);
/* Memory that lives until gsoap_end(). */
void *gsoap_alloc(struct soap *soap, size_t n, size_t size);
/* A copy of S that lives as long; NULL stays NULL. */
char *gsoap_copy(struct soap *soap, const char *s);

/* soap_put_TYPE of the generated code, arguments cast. */
typedef int gsoap_put_fn(struct soap *soap, const void *value, const char *tag,
                         const char *type);
/* Append VALUE as the element TAG ("bes:ActivityStatus"): it stands alone, its
 * namespaces declared. */
void gsoap_write(struct soap *soap, struct buf *out, gsoap_put_fn *put,
                 const void *value, const char *tag);
/* Free what the answer took. */
void gsoap_end(struct soap *soap);

#endif
