/* soap/wsa.h - WS-Addressing headers and EPRs, read and written without
 * generated code: 2004/03 (GT 4.0), 2004/08 (member submission) and 2005/08
 * (W3C). */
#ifndef SOAP_WSA_H
#define SOAP_WSA_H

#include <libxml/tree.h>
#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

#define WSA_2004_03 "http://schemas.xmlsoap.org/ws/2004/03/addressing"
#define WSA_2004_08 "http://schemas.xmlsoap.org/ws/2004/08/addressing"
#define WSA_2005_08 "http://www.w3.org/2005/08/addressing"

enum wsa_version {
    WSA_NONE,
    WSA_V200403,
    WSA_V200408,
    WSA_V200508
};

/* Addressing headers of a message; the struct owns its strings, NULL where the
 * header is absent or empty. */
struct wsa {
    enum wsa_version version;
    char *to, *action, *message_id, *relates_to;
};

/* The namespace URI of V, "" for WSA_NONE. */
const char *wsa_ns(enum wsa_version v);
/* The version with the namespace NS, or WSA_NONE. */
enum wsa_version wsa_version(const char *ns);
/* The default wsa:Action of a fault; "" for WSA_NONE. */
const char *wsa_fault_action(enum wsa_version v);
/* Read the headers below HEADER (may be NULL). -1 with ERR: SYNTAX (a repeated
 * header, mixed versions), UNSUPPORTED for a ReplyTo or FaultTo that is not
 * anonymous, because answering elsewhere would let callers direct our traffic.
 * W then has only the version. */
int wsa_read(struct wsa *w, const xmlNode *header, struct err *err);
/* Whether NODE is a WS-Addressing header block that wsa_read() knows. */
bool wsa_understands(const xmlNode *node);
/* Free the strings. */
void wsa_fini(struct wsa *w);
/* Append the Header children of the answer to REQUEST: To, Action, RelatesTo, a
 * new MessageID; nothing for WSA_NONE. */
void wsa_write_reply(struct buf *out, const struct wsa *request,
                     const char *action);
/* Append the Header children of our own request. */
void wsa_write_request(struct buf *out, enum wsa_version v, const char *to,
                       const char *action, const char *message_id);

/* An endpoint reference; properties and parameters are nodes of its document,
 * NULL when absent. */
struct wsa_epr {
    char *address;
    enum wsa_version version;
    const xmlNode *properties, *parameters;
};
/* Read the element NODE of EndpointReferenceType in any version.
 * -1 with ERR: SYNTAX (no Address). */
int wsa_epr_read(struct wsa_epr *epr, const xmlNode *node, struct err *err);
/* Free the strings. */
void wsa_epr_fini(struct wsa_epr *epr);
/* Append the properties and parameters of EPR as header blocks of a request to
 * it, each a standalone element. */
void wsa_epr_headers(struct buf *out, const struct wsa_epr *epr);
/* Append the content of an EPR element in V (WSA_NONE: 2005/08): Address and,
 * unless PARAMS_XML is NULL, ReferenceParameters (2004: ReferenceProperties)
 * with it as content. */
void wsa_epr_write(struct buf *out, enum wsa_version v, const char *address,
                   const char *params_xml);

#endif
