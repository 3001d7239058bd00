/* soap/soap_service.h - a web service: a table of operations, as routes of an
 * HTTP server.
 *
 * SOAP 1.1 and 1.2.  Dispatch is by (path, name of the Body's first child),
 * never by SOAPAction. */
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

/* One SOAP request on its way through a worker; all of it valid during the
 * call. */
struct soap_call {
    const struct peer *peer; /* NULL: no certificate */
    const struct net_addr *from;
    const char *path;   /* "/bes": query cut off, absolute form reduced */
    const char *query;  /* raw; NULL */
    const char *log_id; /* names this request in the log and in faults */

    xmlDoc *doc;
    xmlNode *header, *body; /* header may be NULL */
    xmlNode *payload;       /* the Body's first element child */
    enum soap_version version;
    struct wsa wsa;
    struct http_call *http; /* what carries it; its OUT fields are the engine's
                             */

    struct buf reply;         /* XML of the Body's child, stands alone */
    const char *reply_action; /* wsa:Action; the table's unless set */
    struct soap_fault *fault; /* set by soap_fault(); the engine's */

    void *service; /* http_server_spec.service */
};

/* Answer CALL: append to call->reply and return 0; or -1 with ERR, which
 * becomes a fault by its err.def row, or after soap_fault(). */
typedef int soap_op_fn(struct soap_call *call, struct err *err);

/* Append to DETAIL the fault detail that the protocol of this operation has for
 * ERR (BES' NotAuthorizedFault, say); nothing appended means the engine's. */
typedef void soap_detail_fn(const struct soap_call *call, const struct err *err,
                            struct buf *detail);

/* One operation; an array ends with path == NULL.  A caller whom FLAGS do not
 * let in gets ERR_AUTHN (no certificate) or ERR_AUTHZ (a limited proxy). */
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
    const char *program; /* names the configuration keys in faults */
    const struct soap_op *const *ops; /* tables; ends with NULL */
    const struct soap_wsdl *const
        *wsdls;                    /* tables; ends with NULL; NULL none */
    const char *const *understood; /* "NS name" of header blocks that we
                                      understand; NULL-terminated; NULL none */
    size_t elements_max; /* of a request, as xml_prescan() counts; 0: any */
};
struct soap_service;

/* A service of SPEC.  Its tables are copied. */
struct soap_service *soap_service_create(const struct soap_service_spec *spec);
/* NULL ok; after the server that serves it has stopped. */
void soap_service_destroy(struct soap_service *service);
/* For http_listener.tables: POST, GET PATH?wsdl, and who else comes is told so.
 * SERVICE's own. */
const struct http_route *
soap_service_routes(const struct soap_service *service);
/* For http_server_spec.labels: the names of the operations.  SERVICE's own. */
const char *const *soap_service_labels(const struct soap_service *service);

/* Make the call fail with a named fault.  CODE is "Client" or "Server"
 * (SOAP 1.1 words, translated for 1.2), REASON a sentence, DETAIL the XML of
 * the detail's children (NULL none).  Returns -1. */
int soap_fault(struct soap_call *call, const char *code, const char *reason,
               const char *detail);

#endif
