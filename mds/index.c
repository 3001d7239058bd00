/* mds/index.c - see index.h: the table of operations and their access rules. */
#include <string.h>

#include "base/url.h"
#include "mds/index.h"

#define SG        "http://docs.oasis-open.org/wsrf/sg-2"
#define RP        "http://docs.oasis-open.org/wsrf/rp-2"
#define RL        "http://docs.oasis-open.org/wsrf/rl-2"
#define DRAFT_(x) "http://docs.oasis-open.org/wsrf/2004/06/wsrf-WS-" x
#define DSG       DRAFT_("ServiceGroup-1.2-draft-01.xsd")
#define DRP       DRAFT_("ResourceProperties-1.2-draft-01.xsd")
#define DRL       DRAFT_("ResourceLifetime-1.2-draft-01.xsd")
#define WSDL_(x)  "http://docs.oasis-open.org/wsrf/" x
#define READ      (HTTP_ANONYMOUS | HTTP_LIMITED)
#define WRITE     0 /* not with a limited proxy */

#define OP(at, in, word, action, who, fn)                           \
    {                                                               \
        .path = at, .ns = in, .name = word, .reply_action = action, \
        .flags = who, .run = fn                                     \
    }
/* clang-format off */
static const struct soap_op all[] = {
    /* OASIS WSRF 1.2 */
    OP(INDEX_PATH, SG, "Add", WSDL_("sgw-2/ServiceGroupRegistration/AddResponse"), WRITE, group_add),
    OP(INDEX_PATH, RP, "GetResourceProperty", WSDL_("rpw-2/GetResourceProperty/GetResourcePropertyResponse"), READ, group_get),
    OP(INDEX_PATH, RP, "GetMultipleResourceProperties", WSDL_("rpw-2/GetMultipleResourceProperties/GetMultipleResourcePropertiesResponse"), READ, group_get_multiple),
    OP(INDEX_PATH, RP, "GetResourcePropertyDocument", WSDL_("rpw-2/GetResourcePropertyDocument/GetResourcePropertyDocumentResponse"), READ, group_get_document),
    OP(INDEX_PATH, RP, "QueryResourceProperties", WSDL_("rpw-2/QueryResourceProperties/QueryResourcePropertiesResponse"), READ, group_query),
    OP(ENTRY_PATH, RP, "GetResourceProperty", WSDL_("rpw-2/GetResourceProperty/GetResourcePropertyResponse"), READ, entry_get),
    OP(ENTRY_PATH, RP, "GetMultipleResourceProperties", WSDL_("rpw-2/GetMultipleResourceProperties/GetMultipleResourcePropertiesResponse"), READ, entry_get_multiple),
    OP(ENTRY_PATH, RP, "GetResourcePropertyDocument", WSDL_("rpw-2/GetResourcePropertyDocument/GetResourcePropertyDocumentResponse"), READ, entry_get_document),
    OP(ENTRY_PATH, RP, "QueryResourceProperties", WSDL_("rpw-2/QueryResourceProperties/QueryResourcePropertiesResponse"), READ, entry_query),
    OP(ENTRY_PATH, RL, "SetTerminationTime", WSDL_("rlw-2/ScheduledResourceTermination/SetTerminationTimeResponse"), WRITE, entry_set_termination),
    OP(ENTRY_PATH, RL, "Destroy", WSDL_("rlw-2/ImmediateResourceTermination/DestroyResponse"), WRITE, entry_destroy),
    /* the 2004/06 drafts of GT 4.0 */
    OP(INDEX_PATH, DSG, "Add", DRAFT_("ServiceGroup-1.2/AddResponse"), WRITE, group_add),
    OP(INDEX_PATH, DRP, "GetResourceProperty", DRAFT_("ResourceProperties/GetResourcePropertyResponse"), READ, group_get),
    OP(INDEX_PATH, DRP, "GetMultipleResourceProperties", DRAFT_("ResourceProperties/GetMultipleResourcePropertiesResponse"), READ, group_get_multiple),
    OP(INDEX_PATH, DRP, "QueryResourceProperties", DRAFT_("ResourceProperties/QueryResourcePropertiesResponse"), READ, group_query),
    OP(ENTRY_PATH, DRP, "GetResourceProperty", DRAFT_("ResourceProperties/GetResourcePropertyResponse"), READ, entry_get),
    OP(ENTRY_PATH, DRP, "GetMultipleResourceProperties", DRAFT_("ResourceProperties/GetMultipleResourcePropertiesResponse"), READ, entry_get_multiple),
    OP(ENTRY_PATH, DRP, "QueryResourceProperties", DRAFT_("ResourceProperties/QueryResourcePropertiesResponse"), READ, entry_query),
    OP(ENTRY_PATH, DRL, "SetTerminationTime", DRAFT_("ResourceLifetime/SetTerminationTimeResponse"), WRITE, entry_set_termination),
    OP(ENTRY_PATH, DRL, "Destroy", DRAFT_("ResourceLifetime/DestroyResponse"), WRITE, entry_destroy),
    { .path = NULL },
};
/* clang-format on */

struct soap_op *
index_ops(bool anonymous)
{
    size_t n = sizeof(all) / sizeof(all[0]);
    struct soap_op *ops = xcalloc(n, sizeof(*ops));

    memcpy(ops, all, sizeof(all));
    for (size_t i = 0; i < n && !anonymous; i++)
        ops[i].flags &= ~(unsigned)HTTP_ANONYMOUS;
    return ops;
}
