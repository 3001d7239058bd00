/* wsrf/base_fault.c - see base_fault.h. */
#include <time.h>

#include "base/codec.h"
#include "wsrf/base_fault.h"
#include "wsrf/dialect.h"

#define RESOURCE_NS "http://docs.oasis-open.org/wsrf/r-2"

int
base_fault(struct soap_call *call, const char *ns, const char *name,
           const char *reason)
{
    enum dialect d = dialect_of(ns);
    struct buf detail = BUF_INIT;
    char text[TIME_TEXT];
    int rc;

    buf_addf(&detail,
             "<f:%s xmlns:f=\"%s\" xmlns:bf=\"%s\"><bf:Timestamp>%s"
             "</bf:Timestamp><bf:Description>",
             name, ns, dialect_names(d)->bf, time_utc(time(NULL), text));
    buf_add_xml(&detail, reason);
    buf_addf(&detail, "</bf:Description></f:%s>", name);
    rc = soap_fault(call, "Client", reason, buf_str(&detail));
    buf_fini(&detail);
    return rc;
}

int
base_fault_unknown(struct soap_call *call, const char *reason)
{
    return base_fault(call, RESOURCE_NS, "ResourceUnknownFault", reason);
}
