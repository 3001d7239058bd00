/* wsrf/lifetime.h - WS-ResourceLifetime: parse the requested lifetime and write
 * the answers (WSRF 1.2 sections 4 and 5; the 2004 draft). */
#ifndef WSRF_LIFETIME_H
#define WSRF_LIFETIME_H

#include "soap/soap_service.h"

/* Parse NODE's text, an xsd:dateTime or an xsd:duration from now, into *ms
 * since 1970; 0 when NODE is NULL, nil or empty. -1 with ERR SYNTAX. */
int lifetime_read(const xmlNode *node, long long *ms, struct err *err);
/* The time that CALL, a SetTerminationTime, requests, in ms since 1970; a past
 * time becomes now. 0: as long as allowed (nil, infinity). -1 with ERR
 * SYNTAX. */
int lifetime_requested(const struct soap_call *call, long long *ms,
                       struct err *err);
/* Answer CALL, a SetTerminationTime, with the granted time GRANTED_MS. */
void lifetime_answer(struct soap_call *call, long long granted_ms);
/* Answer CALL, a Destroy. */
void lifetime_answer_destroy(struct soap_call *call);

#endif
