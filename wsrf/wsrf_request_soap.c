/* wsrf/wsrf_request_soap.c - see wsrf_request_soap.h. */
#include <stdio.h>
#include <stdlib.h>

#include "soapH.h"

#include "soap/stub.h"
#include "wsrf/wsrf_request_soap.h"

/* SECONDS as an xsd:duration. */
static char *
duration(struct soap *soap, int seconds)
{
    char text[32];

    snprintf(text, sizeof(text), "PT%dS", seconds);
    return stub_text(soap, text);
}

void
wsrf_request_add(struct buf *out, const char *address, const char *data,
                 int seconds)
{
    struct soap *soap = stub_begin();
    char *any[] = { stub_text(soap, data) };
    struct agg__AggregatorConfigType pushed = { 0 };
    struct agg__AggregatorDataType now = { .__size = 1, .__any = any };
    struct sg__ContentType content = { .agg__AggregatorConfig = &pushed,
                                       .agg__AggregatorData = &now };
    struct _sg__Add v = { .MemberEPR.Address = stub_text(soap, address),
                          .Content = &content,
                          .InitialTerminationTime = duration(soap, seconds) };

    stub_put(soap, _sg__Add, &v, "sg:Add", out);
    stub_end(soap);
}

void
wsrf_request_renew(struct buf *out, int seconds)
{
    struct soap *soap = stub_begin();
    struct _rl__SetTerminationTime v = {
        .__union_SetTerminationTime =
            SOAP_UNION__rl__union_SetTerminationTime_RequestedLifetimeDuration,
        .union_SetTerminationTime.RequestedLifetimeDuration =
            duration(soap, seconds)
    };

    stub_put(soap, _rl__SetTerminationTime, &v, "rl:SetTerminationTime", out);
    stub_end(soap);
}

void
wsrf_request_destroy(struct buf *out)
{
    struct soap *soap = stub_begin();
    struct _rl__Destroy v;

    soap_default__rl__Destroy(soap, &v);
    stub_put(soap, _rl__Destroy, &v, "rl:Destroy", out);
    stub_end(soap);
}

void
wsrf_request_query(struct buf *out, const char *expression, const char *dialect)
{
    struct soap *soap = stub_begin();
    struct rp__QueryExpressionType query = { .__item =
                                                 stub_text(soap, expression),
                                             .Dialect =
                                                 stub_text(soap, dialect) };
    struct _rp__QueryResourceProperties v = { .QueryExpression = &query };

    stub_put(soap, _rp__QueryResourceProperties, &v,
             "rp:QueryResourceProperties", out);
    stub_end(soap);
}

void
wsrf_request_property(struct buf *out, const char *ns, const char *name)
{
    struct soap *soap = stub_begin();
    struct buf text = BUF_INIT;
    char *qname;

    buf_addf(&text, "p:%s", name);
    qname = stub_text(soap, buf_str(&text));
    buf_fini(&text);
    /* gSOAP declares the prefixes of tags, but not of a QName in text. */
    stub_write_begin(soap, out);
    soap_set_attr(soap, "xmlns:p", ns, 1);
    (void)soap_put__QName(soap, &qname, "rp:GetResourceProperty", "");
    if (stub_write_end(soap, NULL) < 0)
        abort();
    stub_end(soap);
}
