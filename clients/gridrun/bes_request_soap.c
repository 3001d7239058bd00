/* clients/gridrun/bes_request_soap.c - see bes_request_soap.h. */
#include "soapH.h"

#include "clients/gridrun/bes_request_soap.h"
#include "soap/stub.h"

/* jobs:DelegationID as XML, since the schema has an xsd:any there. */
static char *
delegation(struct soap *soap, const char *id)
{
    struct buf xml = BUF_INIT, *out = &xml;
    char *text = stub_text(soap, id), *copy;

    stub_put(soap, string, &text, "jobs:DelegationID", out);
    copy = stub_text(soap, buf_str(&xml));
    buf_fini(&xml);
    return copy;
}

void
bes_request_create(struct buf *out, const char *jsdl, const char *delegation_id)
{
    struct soap *soap = stub_begin();
    struct bes__ActivityDocumentType document = { 0 };
    struct bes__CreateActivityType v = { .ActivityDocument = &document };
    char *any[1];

    document.jsdl__JobDefinition = stub_text(soap, jsdl);
    if (delegation_id != NULL) {
        any[0] = delegation(soap, delegation_id);
        document.__any = any;
        document.__size = 1;
    }
    stub_put(soap, bes__CreateActivityType, &v, "bes:CreateActivity", out);
    stub_end(soap);
}

/* Write a message of N ActivityIdentifiers; all these messages look alike. */
#define WRITE_LIST(type, tag)                                 \
    do {                                                      \
        struct type v = { .__sizeActivityIdentifier = (int)n, \
                          .ActivityIdentifier = eprs };       \
        stub_put(soap, type, &v, tag, out);                   \
    } while (0)

void
bes_request_activities(struct buf *out, enum bes_request_op op,
                       const char *const *addresses, size_t n)
{
    struct soap *soap = stub_begin();
    struct wsa5__EndpointReferenceType *eprs =
        stub_alloc(soap, n * sizeof(*eprs));

    for (size_t i = 0; i < n; i++)
        eprs[i].Address = stub_text(soap, addresses[i]);
    switch (op) {
    case BES_STATUSES:
        WRITE_LIST(bes__GetActivityStatusesType, "bes:GetActivityStatuses");
        break;
    case BES_TERMINATE:
        WRITE_LIST(bes__TerminateActivitiesType, "bes:TerminateActivities");
        break;
    case BES_RELEASE:
        WRITE_LIST(jobs__ReleaseActivitiesType, "jobs:ReleaseActivities");
        break;
    }
    stub_end(soap);
}

void
bes_request_list(struct buf *out, const char *const *states, size_t nstates,
                 const char *after, size_t limit)
{
    struct soap *soap = stub_begin();
    struct jobs__ListActivitiesType v = { .After = stub_text(soap, after) };
    char number[24];

    v.State = stub_alloc(soap, (nstates + 1) * sizeof(*v.State));
    for (size_t i = 0; i < nstates; i++)
        if (soap_s2jobs__StateType(soap, states[i], &v.State[v.__sizeState]) ==
            SOAP_OK)
            v.__sizeState++;
    if (limit > 0) {
        snprintf(number, sizeof(number), "%zu", limit);
        v.Limit = stub_text(soap, number);
    }
    stub_put(soap, jobs__ListActivitiesType, &v, "jobs:ListActivities", out);
    stub_end(soap);
}

void
bes_request_new_proxy(struct buf *out)
{
    struct soap *soap = stub_begin();
    struct _gds__getNewProxyReq v;

    soap_default__gds__getNewProxyReq(soap, &v);
    stub_put(soap, _gds__getNewProxyReq, &v, "gds:getNewProxyReq", out);
    stub_end(soap);
}

void
bes_request_renew_proxy(struct buf *out, const char *id)
{
    struct soap *soap = stub_begin();
    struct _gds__renewProxyReq v = { .delegationID = stub_text(soap, id) };

    stub_put(soap, _gds__renewProxyReq, &v, "gds:renewProxyReq", out);
    stub_end(soap);
}

void
bes_request_put_proxy(struct buf *out, const char *id, const char *pem)
{
    struct soap *soap = stub_begin();
    struct _gds__putProxy v = { .delegationID = stub_text(soap, id),
                                .proxy = stub_text(soap, pem) };

    stub_put(soap, _gds__putProxy, &v, "gds:putProxy", out);
    stub_end(soap);
}

void
bes_request_destroy(struct buf *out, const char *id)
{
    struct soap *soap = stub_begin();
    struct _gds__destroy v = { .delegationID = stub_text(soap, id) };

    stub_put(soap, _gds__destroy, &v, "gds:destroy", out);
    stub_end(soap);
}

void
bes_request_reference(struct buf *out, const char *address)
{
    struct soap *soap = stub_begin();
    struct wsa5__EndpointReferenceType v = { .Address =
                                                 stub_text(soap, address) };

    stub_put(soap, wsa5__EndpointReferenceType, &v, "wsa5:EndpointReference",
             out);
    stub_end(soap);
}
