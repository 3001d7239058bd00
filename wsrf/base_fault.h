/* wsrf/base_fault.h - WSRF faults: a SOAP fault whose detail is a BaseFault
 * (WS-BaseFaults 1.2, section 3). */
#ifndef WSRF_BASE_FAULT_H
#define WSRF_BASE_FAULT_H

#include "soap/soap_service.h"

/* Make CALL fail with the fault NAME of namespace NS and reason REASON.  The
 * family of NS determines the BaseFaults namespace.  Returns -1. */
int base_fault(struct soap_call *call, const char *ns, const char *name,
               const char *reason);
/* The same with ResourceUnknownFault: the resource does not exist. */
int base_fault_unknown(struct soap_call *call, const char *reason);

#endif
