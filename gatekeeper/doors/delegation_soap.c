/* gatekeeper/doors/delegation_soap.c - see delegation_soap.h. */
#include <stdlib.h>
#include <string.h>

#include "soapH.h"

#include "gatekeeper/doors/delegation_soap.h"
#include "soap/stub.h"

/* Append VALUE, the answer of OP or the exception. */
#define WRITE(type, value, tag)                                              \
    do {                                                                     \
        if (stub_write(soap, _gds__##type, (value), "gds:" tag, out, NULL) < \
            0)                                                               \
            abort(); /* memory alone can fail here */                        \
    } while (0)
/* An answer that holds one string. */
#define ANSWER(op, field)                              \
    do {                                               \
        if (strcmp(name, #op) == 0) {                  \
            struct _gds__##op##Response v = { field }; \
                                                       \
            WRITE(op##Response, &v, #op "Response");   \
        }                                              \
    } while (0)

void
delegation_soap_answer(struct buf *out, const char *name, const char *value,
                       const char *id)
{
    struct soap *soap = stub_begin();
    char *text = stub_text(soap, value);

    ANSWER(getVersion, .getVersionReturn = text);
    ANSWER(getInterfaceVersion, .getInterfaceVersionReturn = text);
    ANSWER(getServiceMetadata, .getServiceMetadataReturn = text);
    ANSWER(getProxyReq, .getProxyReqReturn = text);
    ANSWER(renewProxyReq, .renewProxyReqReturn = text);
    ANSWER(getTerminationTime, .getTerminationTimeReturn = text);
    if (strcmp(name, "getNewProxyReq") == 0) {
        struct _gds__getNewProxyReqResponse v = { .proxyRequest = text,
                                                  .delegationID =
                                                      stub_text(soap, id) };

        WRITE(getNewProxyReqResponse, &v, "getNewProxyReqResponse");
    }
    stub_end(soap);
}

void
delegation_soap_fault(struct buf *out, const char *message)
{
    struct soap *soap = stub_begin();
    struct _gds__DelegationException v = { .msg = stub_text(soap, message) };

    WRITE(DelegationException, &v, "DelegationException");
    stub_end(soap);
}
