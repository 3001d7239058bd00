/* soap/soap_service.c - the HTTP routes of a web service; see
 * soap_service.h. */
#include <stdlib.h>
#include <string.h>

#include "soap/fault.h"
#include "soap/soap_call.h"
#include "soap/wsdl_page.h"

/* Answer GET PATH?wsdl; pass on requests without such a query. */
static int
describe(struct http_call *call, struct err *err)
{
    const struct soap_service *service = call->arg;
    bool described;

    (void)err;
    call->reply_type = "text/xml; charset=utf-8";
    if (wsdl_page(&call->reply, service->wsdls, http_server_url(call->server),
                  call->path, call->query, &described))
        return HTTP_ANSWERED;
    if (!described)
        return HTTP_PASS;
    http_say(call, 404,
             "there is no such description here: GET the service's address "
             "with ?wsdl, which names its schemas");
    return HTTP_ANSWERED;
}

/* Refuse methods other than POST. */
static int
refuse(struct http_call *call, struct err *err)
{
    (void)err;
    buf_adds(&call->headers, "Allow: POST\r\n");
    http_say(call, 405,
             "this is a SOAP service: POST to it, or GET its description "
             "with ?wsdl");
    return HTTP_ANSWERED;
}

/* Append route R to the N routes of SERVICE. */
static size_t
add_route(struct soap_service *service, size_t n, struct http_route r)
{
    service->routes = xrealloc(service->routes, n + 1, sizeof(r));
    r.arg = service;
    service->routes[n] = r;
    return n + 1;
}

/* Whether an operation before OP has the same path. */
static bool
known_path(const struct soap_service *service, const struct soap_op *op)
{
    for (const struct soap_op *o = service->ops; o < op; o++)
        if (strcmp(o->path, op->path) == 0)
            return true;
    return false;
}

/* Make the routes: POST and a refusal for each path, GET for each
 * description. */
static void
make_routes(struct soap_service *service)
{
    size_t n = 0;

    for (const struct soap_op *op = service->ops; op->path != NULL; op++) {
        if (known_path(service, op))
            continue;
        n = add_route(service, n,
                      (struct http_route){ "POST", op->path, HTTP_OPEN,
                                           soap_call_post, "other", NULL, 0 });
        n = add_route(service, n,
                      (struct http_route){ NULL, op->path,
                                           HTTP_ANONYMOUS | HTTP_LIMITED,
                                           refuse, "other", NULL, 0 });
    }
    for (const struct soap_wsdl *w = service->wsdls; w->path != NULL; w++)
        n = add_route(service, n,
                      (struct http_route){ "GET", w->path, HTTP_OPEN, describe,
                                           "wsdl", NULL, HTTP_BODY_SMALL });
    add_route(service, n, (struct http_route){ .path = NULL });
}

/* Copy the operations of all tables. */
static void
copy_ops(struct soap_service *service, const struct soap_op *const *tables)
{
    size_t n = 0;

    service->ops = xcalloc(1, sizeof(*service->ops));
    service->labels = xcalloc(1, sizeof(*service->labels));
    for (; *tables != NULL; tables++)
        for (const struct soap_op *op = *tables; op->path != NULL; op++) {
            service->ops = xrealloc(service->ops, n + 2, sizeof(*op));
            service->labels =
                xrealloc(service->labels, n + 2, sizeof(*service->labels));
            service->labels[n] = op->name;
            service->ops[n++] = *op;
        }
    service->ops[n] = (struct soap_op){ .path = NULL };
    service->labels[n] = NULL;
}

/* Copy the descriptions of all tables; NULL: none. */
static void
copy_wsdls(struct soap_service *service, const struct soap_wsdl *const *tables)
{
    size_t n = 0;

    service->wsdls = xcalloc(1, sizeof(*service->wsdls));
    for (; tables != NULL && *tables != NULL; tables++)
        for (const struct soap_wsdl *w = *tables; w->path != NULL; w++) {
            service->wsdls = xrealloc(service->wsdls, n + 2, sizeof(*w));
            service->wsdls[n++] = *w;
            service->wsdls[n] = (struct soap_wsdl){ .path = NULL };
        }
}

struct soap_service *
soap_service_create(const struct soap_service_spec *spec)
{
    struct soap_service *service = xcalloc(1, sizeof(*service));

    service->spec = *spec;
    copy_ops(service, spec->ops);
    copy_wsdls(service, spec->wsdls);
    make_routes(service);
    return service;
}

void
soap_service_destroy(struct soap_service *service)
{
    if (service == NULL)
        return;
    free(service->ops);
    free(service->wsdls);
    free(service->labels);
    free(service->routes);
    free(service);
}

const struct http_route *
soap_service_routes(const struct soap_service *service)
{
    return service->routes;
}

const char *const *
soap_service_labels(const struct soap_service *service)
{
    return service->labels;
}
