/* wsrf/wsrf_request_soap.h - requests to an index, written with the generated
 * types (WSRF 1.2: sg-2, rl-2, rp-2).  Each function appends one standalone
 * element for a Body. */
#ifndef WSRF_WSRF_REQUEST_SOAP_H
#define WSRF_WSRF_REQUEST_SOAP_H

#include "base/buf.h"

/* sg:Add of the member at ADDRESS for SECONDS, with DATA, one standalone XML
 * element. */
void wsrf_request_add(struct buf *out, const char *address, const char *data,
                      int seconds);
/* rl:SetTerminationTime to SECONDS from now. */
void wsrf_request_renew(struct buf *out, int seconds);
/* rl:Destroy. */
void wsrf_request_destroy(struct buf *out);
/* rp:QueryResourceProperties of EXPRESSION in DIALECT. */
void wsrf_request_query(struct buf *out, const char *expression,
                        const char *dialect);
/* rp:GetResourceProperty of {NS}NAME. */
void wsrf_request_property(struct buf *out, const char *ns, const char *name);

#endif
