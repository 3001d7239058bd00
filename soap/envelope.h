/* soap/envelope.h - read and write the SOAP 1.1 and 1.2 envelope. */
#ifndef SOAP_ENVELOPE_H
#define SOAP_ENVELOPE_H

#include <libxml/tree.h>

#include "base/buf.h"
#include "base/err.h"
#include "soap/wsa.h"

#define SOAP_NS_11 "http://schemas.xmlsoap.org/soap/envelope/"
#define SOAP_NS_12 "http://www.w3.org/2003/05/soap-envelope"

enum soap_version {
    SOAP_V11,
    SOAP_V12
};

/* The parts of a message; the nodes belong to its document. */
struct envelope {
    enum soap_version version;
    xmlNode *header; /* NULL when absent */
    xmlNode *body;
    xmlNode *payload; /* the Body's only element child */
};

/* The media type: "text/xml; charset=utf-8" or that of 1.2. */
const char *envelope_type(enum soap_version v);
/* Find the parts of DOC. -1 with ERR: PROTOCOL when the Envelope is of another
 * version of SOAP, else SYNTAX, also for more than one Header or Body or
 * anything else below the Envelope. */
int envelope_read(const xmlDoc *doc, struct envelope *e, struct err *err);
/* The first header block that we must understand but that is neither in
 * wsa_understands() nor in UNDERSTOOD ("NS name", NULL-terminated; NULL: none);
 * NULL when there is none. */
const xmlNode *envelope_stranger(const struct envelope *e,
                                 const char *const *understood);
/* Append the start of the answer with the header blocks HEADERS (NULL or "":
 * none), up to the open Body. */
void envelope_begin(struct buf *out, enum soap_version v, const char *headers);
/* Append the end. */
void envelope_end(struct buf *out);

#endif
