/* wsrf/wsrf_request_soap.h - what is asked of an index, as the generated types
 * write it (WSRF 1.2: sg-2, rl-2, rp-2): each appends one element, a Body's,
 * that stands alone. */
#ifndef WSRF_WSRF_REQUEST_SOAP_H
#define WSRF_WSRF_REQUEST_SOAP_H

#include "base/buf.h"

/* sg:Add of the member at ADDRESS with DATA, one XML element that stands alone,
 * for SECONDS. */
void wsrf_request_add(struct buf *out, const char *address, const char *data,
                      int seconds);
/* rl:SetTerminationTime: SECONDS from now. */
void wsrf_request_renew(struct buf *out, int seconds);
/* rl:Destroy. */
void wsrf_request_destroy(struct buf *out);
/* rp:QueryResourceProperties of EXPRESSION in DIALECT. */
void wsrf_request_query(struct buf *out, const char *expression,
                        const char *dialect);
/* rp:GetResourceProperty of {NS}NAME. */
void wsrf_request_property(struct buf *out, const char *ns, const char *name);

#endif
