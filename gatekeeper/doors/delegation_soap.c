/* gatekeeper/doors/delegation_soap.c - see delegation_soap.h. */
#include <string.h>

#include "soapH.h"

#include "gatekeeper/doors/delegation_soap.h"
#include "soap/stub.h"

/* Answer with one string. */
#define ANSWER(op, field)                                                   \
    do {                                                                    \
        if (strcmp(name, #op) == 0) {                                       \
            struct _gds__##op##Response v = { field };                      \
                                                                            \
            stub_put(soap, _gds__##op##Response, &v, "gds:" #op "Response", \
                     out);                                                  \
        }                                                                   \
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

        stub_put(soap, _gds__getNewProxyReqResponse, &v,
                 "gds:getNewProxyReqResponse", out);
    }
    stub_end(soap);
}

void
delegation_soap_fault(struct buf *out, const char *message)
{
    struct soap *soap = stub_begin();
    struct _gds__DelegationException v = { .msg = stub_text(soap, message) };

    stub_put(soap, _gds__DelegationException, &v, "gds:DelegationException",
             out);
    stub_end(soap);
}
