/* soap/soap_call.h - one SOAP request; for soap_service.c only. */
#ifndef SOAP_SOAP_CALL_H
#define SOAP_SOAP_CALL_H

#include "soap/soap_service.h"

struct soap_service {
    struct soap_service_spec spec;
    struct soap_op *ops;     /* of all tables; ends with path == NULL */
    struct soap_wsdl *wsdls; /* the same */
    struct http_route *routes;
    const char **labels;
};

/* http_fn of POST, whose arg is the service: answer with an envelope. */
int soap_call_post(struct http_call *call, struct err *err);

#endif
