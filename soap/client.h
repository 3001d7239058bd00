/* soap/client.h - calling a SOAP service over HTTPS (libcurl, gsi/tls/tls.h).
 */
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

/* One caller with its kept-alive connections; one thread at a time. */
struct soap_client;

struct soap_client_spec {
    struct cred *cred;   /* NULL: anonymous */
    struct trust *trust; /* NULL with SOCKET */
    const char *socket;  /* the path of a Unix socket, to which all goes, by
                            http://; NULL: TCP and TLS */
    int timeout_ms;      /* of one exchange; 0 = 120000 */
    const char *subject; /* the server must be exactly this name; NULL: it must
                            bear the URL's host name */
    bool self;           /* the server must be our own identity */
    FILE *debug;         /* every message goes here; NULL */
    size_t reply_max;    /* bytes; 0 = 64 MiB */
    const atomic_bool *cancel; /* once true, calls end with ERR CANCELLED within
                                  a second; NULL */
};

/* SPEC's credential and trust are referenced.  -1 with ERR. */
int soap_client_create(const struct soap_client_spec *spec,
                       struct soap_client **c, struct err *err);
/* NULL ok. */
void soap_client_destroy(struct soap_client *c);

/* One call: what is sent, and where. */
struct soap_question {
    const char *url, *action; /* WS-Addressing; "" where the service has none */
    const char *body;         /* XML of the Body */
    const char *message_id;   /* NULL: a fresh one */
    const char *headers;      /* more header blocks, XML; NULL: none */
    struct soap_fault_info *fault; /* filled when a fault comes; NULL ok */
};

/* Send Q.  On success *doc is the answer (the caller's xmlFreeDoc) and *payload
 * its Body's first element, NULL when that is empty.
 * -1 with ERR: REMOTE (a fault: Q->fault is filled, ERR holds its reason),
 * AUTHN (ours or theirs, in a sentence), UNREACHABLE (nothing was sent),
 * TIMEOUT, IO (the connection broke: it may have arrived), PROTOCOL. */
int soap_client_call(struct soap_client *c, const struct soap_question *q,
                     xmlDoc **doc, xmlNode **payload, struct err *err);

/* A plain request: Range bytes=RANGE (NULL none), at most MAX bytes of answer.
 */
struct soap_page {
    const char *url, *range;
    size_t max;
    const char *method;        /* "DELETE", "PUT"; NULL: GET */
    const struct buf *body;    /* what is sent; NULL: no body */
    const char *content_range; /* of BODY, "bytes 0-9/100"; NULL: none */
};

/* Ask for P, its answer appended to OUT.  Any HTTP status is a success of this
 * call and lands in *status.  -1 with ERR as soap_client_call(). */
int soap_client_page(struct soap_client *c, const struct soap_page *p,
                     struct buf *out, int *status, struct err *err);

#endif
