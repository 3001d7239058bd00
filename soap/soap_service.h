/* soap/soap_service.h - a web service: a table of operations served as routes
 * of the HTTP server.  SOAP 1.1 and 1.2.  Dispatch is by (path, name of the
 * Body's first child), never by SOAPAction. */
#ifndef SOAP_SOAP_SERVICE_H
#define SOAP_SOAP_SERVICE_H

#include <libxml/tree.h>
#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "http/server.h"
#include "soap/envelope.h"
#include "soap/wsa.h"
#include "soap/wsdl_page.h"

struct soap_fault;

/* One SOAP request while a worker handles it; valid during the call only. */
struct soap_call {
    const struct peer *peer; /* NULL: no certificate */
    const struct net_addr *from;
    const char *path;   /* "/bes": without query and authority */
    const char *query;  /* raw; NULL */
    const char *log_id; /* identifies this request in log and faults */

    xmlDoc *doc;
    xmlNode *header, *body; /* header may be NULL */
    xmlNode *payload;       /* the Body's first element child */
    enum soap_version version;
    struct wsa wsa;
    /* the HTTP request; its OUT fields belong to the engine */
    struct http_call *http;

    struct buf reply; /* XML of the Body's child, a standalone element */
    /* wsa:Action of the reply; by default the table's */
    const char *reply_action;
    struct soap_fault *fault; /* set by soap_fault(); used by the engine only */

    void *service; /* http_server_spec.service */
};

/* Handle CALL: append to call->reply and return 0; or return -1 with ERR, which
 * becomes a fault by its err.def row, or after soap_fault(). */
typedef int soap_op_fn(struct soap_call *call, struct err *err);

/* Append to DETAIL the protocol-specific fault detail for ERR (such as BES'
 * NotAuthorizedFault); if nothing is appended, the engine's detail is used. */
typedef void soap_detail_fn(const struct soap_call *call, const struct err *err,
                            struct buf *detail);

/* One operation; an array ends with path == NULL.  A caller that FLAGS do not
 * allow gets ERR_AUTHN (no certificate) or ERR_AUTHZ (a limited proxy). */
struct soap_op {
    const char *path;
    const char *ns, *name; /* of the Body's first child */
    const char *reply_action;
    unsigned flags; /* HTTP_ANONYMOUS, HTTP_LIMITED */
    soap_op_fn *run;
    soap_detail_fn *detail;   /* NULL: {urn:gatehouse:fault}Fault */
    const char *fault_action; /* wsa:Action of its faults; NULL: WS-A's own */
};

struct soap_service_spec {
    const char *program; /* section of the configuration keys named in faults */
    const struct soap_op *const *ops; /* tables; ends with NULL */
    const struct soap_wsdl *const
        *wsdls; /* tables; ends with NULL; NULL none */
    const char *const
        *understood; /* "NS name" of header blocks that the service understands;
                        NULL-terminated; NULL: none */
    size_t elements_max; /* limit for a request, counted as by xml_prescan(); 0:
                            unlimited */
};
struct soap_service;

/* Create a service from SPEC.  Copies its tables. */
struct soap_service *soap_service_create(const struct soap_service_spec *spec);
/* NULL is allowed.  Call it after the server has stopped. */
void soap_service_destroy(struct soap_service *service);
/* For http_listener.tables: POST, GET PATH?wsdl, and an error for other
 * methods.  Owned by SERVICE. */
const struct http_route *
soap_service_routes(const struct soap_service *service);
/* For http_server_spec.labels: the names of the operations.  Owned by
 * SERVICE. */
const char *const *soap_service_labels(const struct soap_service *service);

/* Make the call fail with a specific fault.  CODE is "Client" or "Server" (SOAP
 * 1.1, translated for 1.2), REASON a sentence, DETAIL the XML of the detail's
 * children (NULL: none).  Returns -1. */
int soap_fault(struct soap_call *call, const char *code, const char *reason,
               const char *detail);

#endif
