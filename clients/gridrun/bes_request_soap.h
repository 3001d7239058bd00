/* clients/gridrun/bes_request_soap.h - writes the requests of BES 1.0
 * (GFD.108), of delegation-2 and of our own port type with the generated types.
 * Each function appends one self-contained element for a Body. */
#ifndef CLIENTS_BES_REQUEST_SOAP_H
#define CLIENTS_BES_REQUEST_SOAP_H

#include "base/buf.h"

/* Operations on activities. */
enum bes_request_op {
    BES_STATUSES,  /* bes:GetActivityStatuses */
    BES_TERMINATE, /* bes:TerminateActivities */
    BES_RELEASE    /* jobs:ReleaseActivities */
};

/* CreateActivity with JSDL, a JobDefinition document, unchanged, and
 * jobs:DelegationID unless DELEGATION_ID is NULL. */
void bes_request_create(struct buf *out, const char *jsdl,
                        const char *delegation_id);
/* OP for the N activities at ADDRESSES. */
void bes_request_activities(struct buf *out, enum bes_request_op op,
                            const char *const *addresses, size_t n);
/* jobs:ListActivities: jobs in the NSTATES states (words of jobs:StateType;
 * unknown words are ignored), after the job AFTER unless NULL, at most LIMIT
 * unless 0. */
void bes_request_list(struct buf *out, const char *const *states,
                      size_t nstates, const char *after, size_t limit);
/* delegation-2: getNewProxyReq. */
void bes_request_new_proxy(struct buf *out);
/* delegation-2: renewProxyReq for the delegation ID. */
void bes_request_renew_proxy(struct buf *out, const char *id);
/* delegation-2: putProxy of the certificates PEM as the delegation ID. */
void bes_request_put_proxy(struct buf *out, const char *id, const char *pem);
/* delegation-2: destroy the delegation ID. */
void bes_request_destroy(struct buf *out, const char *id);
/* An endpoint reference as a document, wsa:EndpointReference: the content of an
 * EPR file. */
void bes_request_reference(struct buf *out, const char *address);

#endif
