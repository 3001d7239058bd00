/* soap/client.h - calling a SOAP service over HTTPS (libcurl, gsi/tls.h). */
#ifndef SOAP_CLIENT_H
#define SOAP_CLIENT_H

#include <libxml/tree.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/err.h"
#include "gsi/chain.h"
#include "gsi/cred.h"
#include "soap/wsa.h"

/* One caller with its kept-alive connections; one thread at a time. */
struct soap_client;

struct soap_client_spec {
    struct cred *cred; /* NULL: anonymous */
    struct trust *trust;
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
/* WS-Addressing of later calls; WSA_V200508 at first. */
void soap_client_set_wsa(struct soap_client *c, enum wsa_version v);

/* A fault that came back; strings are the struct's own. */
struct soap_fault_info {
    bool set;
    char *code, *reason;
    char *detail; /* XML of the detail's children, "" */
};
/* Free the strings. */
void soap_fault_info_fini(struct soap_fault_info *f);

/* Send BODY_XML to URL with WS-Addressing ACTION; HEADERS_XML are more header
 * blocks (NULL none), MESSAGE_ID NULL makes a fresh one.  On success *doc is
 * the answer (the caller's xmlFreeDoc) and *payload its Body's first element,
 * NULL when that is empty.
 * -1 with ERR: REMOTE (a fault: FAULT, if not NULL, is filled, ERR holds its
 * reason), AUTHN (ours or theirs, in a sentence), UNREACHABLE (nothing was
 * sent), TIMEOUT, IO (the connection broke: it may have arrived), PROTOCOL. */
int soap_client_call(struct soap_client *c, const char *url, const char *action,
                     const char *message_id, const char *headers_xml,
                     const char *body_xml, xmlDoc **doc, xmlNode **payload,
                     struct soap_fault_info *fault, struct err *err);
/* One plain exchange: METHOD URL with Range bytes=RANGE (NULL none) and BODY of
 * CONTENT_TYPE (NULL none); the answer's body, at most MAX bytes, is appended
 * to OUT.  Any HTTP status is a success of this call and lands in *status.  -1
 * with ERR as soap_client_call(). */
int soap_client_http(struct soap_client *c, const char *method, const char *url,
                     const char *range, const struct buf *body,
                     const char *content_type, size_t max, struct buf *out,
                     int *status, struct err *err);
/* GET URL into OUT, at most MAX bytes; another status than 200 is an error.  -1
 * with ERR. */
int soap_client_get(struct soap_client *c, const char *url, size_t max,
                    struct buf *out, struct err *err);

#endif
