/* gatekeeper/doors/delegation_soap.h - writes the answers of the delegation
 * port type with gSOAP's serialisers (gridsite delegation-2). */
#ifndef GATEKEEPER_DOORS_DELEGATION_SOAP_H
#define GATEKEEPER_DOORS_DELEGATION_SOAP_H

#include "base/buf.h"

/* Append NAMEResponse with VALUE (and ID, only for getNewProxyReq). */
void delegation_soap_answer(struct buf *out, const char *name,
                            const char *value, const char *id);
/* Append a DelegationException with MESSAGE for a fault detail. */
void delegation_soap_fault(struct buf *out, const char *message);

#endif
