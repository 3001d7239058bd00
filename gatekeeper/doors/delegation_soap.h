/* gatekeeper/doors/delegation_soap.h - the answers of the delegation port type,
 * written by gSOAP's serialisers (gridsite delegation-2). */
#ifndef GATEKEEPER_DOORS_DELEGATION_SOAP_H
#define GATEKEEPER_DOORS_DELEGATION_SOAP_H

#include "base/buf.h"

/* Append NAMEResponse holding VALUE (and ID, getNewProxyReq's alone). */
void delegation_soap_answer(struct buf *out, const char *name,
                            const char *value, const char *id);
/* Append the DelegationException that says MESSAGE, for a detail. */
void delegation_soap_fault(struct buf *out, const char *message);

#endif
