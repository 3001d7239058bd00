/* gatekeeper/doors/delegation_soap.c - see delegation_soap.h. */
#include <assert.h>
#include <string.h>

#include "soapH.h"

#include "gatekeeper/doors/delegation_soap.h"
#include "gatekeeper/doors/gsoap.h"

/* Answers that hold one string, or nothing, have one shape in memory. */
#define ANSWER(op)                                                             \
    static int put_##op(struct soap *soap, const void *value, const char *tag, \
                        const char *xsi)                                       \
    {                                                                          \
        return soap_put__gds__##op##Response(                                  \
            soap, (const struct _gds__##op##Response *)value, tag, xsi);       \
    }
ANSWER(getVersion)
ANSWER(getInterfaceVersion)
ANSWER(getServiceMetadata)
ANSWER(getProxyReq)
ANSWER(renewProxyReq)
ANSWER(putProxy)
ANSWER(getTerminationTime)
ANSWER(destroy)
ANSWER(getNewProxyReq)

static int
put_exception(struct soap *soap, const void *value, const char *tag,
              const char *xsi)
{
    return soap_put__gds__DelegationException(
        soap, (const struct _gds__DelegationException *)value, tag, xsi);
}

static const struct {
    const char *name, *tag;
    gsoap_put_fn *put;
} answers[] = {
#define ROW(op)                              \
    {                                        \
#op, "gds:" #op "Response", put_##op \
    }
    ROW(getVersion),         ROW(getInterfaceVersion),
    ROW(getServiceMetadata), ROW(getProxyReq),
    ROW(renewProxyReq),      ROW(putProxy),
    ROW(getTerminationTime), ROW(destroy),
#undef ROW
};

_Static_assert(sizeof(struct _gds__getProxyReqResponse) == sizeof(char *) &&
                   sizeof(struct _gds__getVersionResponse) == sizeof(char *) &&
                   sizeof(struct _gds__renewProxyReqResponse) == sizeof(char *),
               "an answer is one string");

void
delegation_soap_answer(struct buf *out, const char *name, const char *value,
                       const char *id)
{
    struct soap *soap = gsoap_begin();
    struct _gds__getNewProxyReqResponse v = { .proxyRequest =
                                                  gsoap_copy(soap, value),
                                              .delegationID =
                                                  gsoap_copy(soap, id) };
    size_t i = 0, n = sizeof(answers) / sizeof(answers[0]);

    while (i < n && strcmp(answers[i].name, name) != 0)
        i++;
    if (i == n)
        gsoap_write(soap, out, put_getNewProxyReq, &v,
                    "gds:getNewProxyReqResponse");
    else
        gsoap_write(soap, out, answers[i].put, &v.proxyRequest, answers[i].tag);
    gsoap_end(soap);
}

void
delegation_soap_fault(struct buf *out, const char *message)
{
    struct soap *soap = gsoap_begin();
    struct _gds__DelegationException v = { .msg = gsoap_copy(soap, message) };

    gsoap_write(soap, out, put_exception, &v, "gds:DelegationException");
    gsoap_end(soap);
}
