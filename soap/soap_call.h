/* soap/soap_call.h - one SOAP request; for soap_service.c only. */
#ifndef SOAP_SOAP_CALL_H
#define SOAP_SOAP_CALL_H

#include "soap/soap_service.h"

struct soap_service {
    struct soap_service_spec spec;
    struct soap_op *ops;     /* rows of all tables; ends with path == NULL */
    struct soap_wsdl *wsdls; /* likewise */
    struct http_route *routes;
    const char **labels;
};

/* The http_fn for POST, with the service as arg: answers with an envelope. */
int soap_call_post(struct http_call *call, struct err *err);

#endif
