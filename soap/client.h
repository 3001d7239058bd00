/* soap/client.h - call SOAP services over HTTPS (libcurl, gsi/tls/tls.h). */
#ifndef SOAP_CLIENT_H
#define SOAP_CLIENT_H

#include <libxml/tree.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/err.h"
#include "gsi/chain/chain.h"
#include "gsi/cred.h"
#include "soap/fault.h"
#include "soap/wsa.h"

/* A client with its persistent connections, for one thread at a time. */
struct soap_client;

struct soap_client_spec {
    struct cred *cred;   /* NULL: anonymous */
    struct trust *trust; /* NULL with SOCKET */
    const char *socket;  /* the path of a Unix socket, to which all goes, by
                            http://; NULL: TCP and TLS */
    int timeout_ms;      /* for one exchange; 0 = 120000 */
    const char *subject; /* exact name required of the server; NULL: the URL's
                            host name */
    bool self;           /* the server must have our own identity */
    FILE *debug;         /* every message is printed here; NULL */
    size_t reply_max;    /* largest reply in bytes; 0 = 64 MiB */
    const atomic_bool *cancel; /* once true, calls end with ERR CANCELLED within
                                  a second; NULL */
};

/* References SPEC's credential and trust. -1 with ERR. */
int soap_client_create(const struct soap_client_spec *spec,
                       struct soap_client **c, struct err *err);
/* NULL is allowed. */
void soap_client_destroy(struct soap_client *c);

/* One call: the message and its destination. */
struct soap_question {
    const char *url,
        *action;      /* WS-Addressing; "" if the service does not use it */
    const char *body; /* XML of the Body */
    const char *message_id; /* NULL: a new one */
    const char *headers;    /* additional header blocks, XML; NULL: none */
    /* filled when the answer is a fault; may be NULL */
    struct soap_fault_info *fault;
};

/* Send Q.  On success *doc is the answer (the caller frees it with xmlFreeDoc)
 * and *payload its Body's first element, NULL when the Body is empty. -1 with
 * ERR: REMOTE (a fault: Q->fault is filled, ERR has its reason), AUTHN (either
 * side refused a certificate), UNREACHABLE (nothing was sent), TIMEOUT, IO (the
 * connection broke; the message may have arrived), PROTOCOL. */
int soap_client_call(struct soap_client *c, const struct soap_question *q,
                     xmlDoc **doc, xmlNode **payload, struct err *err);

/* A plain HTTP request: Range bytes=RANGE (NULL: none), at most MAX bytes of
 * answer. */
struct soap_page {
    const char *url, *range;
    size_t max;
    const char *method;        /* "DELETE", "PUT"; NULL: GET */
    const struct buf *body;    /* request body; NULL: none */
    const char *content_range; /* of BODY, "bytes 0-9/100"; NULL: none */
};

/* Send P and append the answer to OUT.  Any HTTP status is a success and is
 * stored in *status. -1 with ERR as soap_client_call(). */
int soap_client_page(struct soap_client *c, const struct soap_page *p,
                     struct buf *out, int *status, struct err *err);

#endif
