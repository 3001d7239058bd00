/* soap/envelope.h - the SOAP 1.1 and 1.2 envelope: taken apart and put
 * around an answer. */
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

/* The parts of a message; nodes of its document. */
struct envelope {
    enum soap_version version;
    xmlNode *header; /* NULL when absent */
    xmlNode *body;
    xmlNode *payload; /* the Body's only element child */
};

/* "text/xml; charset=utf-8" or that of 1.2. */
const char *envelope_type(enum soap_version v);
/* Take DOC apart.  -1 with ERR: PROTOCOL when the Envelope is of another
 * version of SOAP, SYNTAX otherwise: more than one Header or Body, or anything
 * else below the Envelope, too. */
int envelope_read(const xmlDoc *doc, struct envelope *e, struct err *err);
/* The first header block that must be understood by us and is neither
 * one of wsa_understands() nor in UNDERSTOOD ("NS name", NULL-terminated; NULL
 * none); NULL when all is well. */
const xmlNode *envelope_stranger(const struct envelope *e,
                                 const char *const *understood);
/* Append the answer's begin up to the open Body: with the header blocks HEADERS
 * (NULL or "" for none). */
void envelope_begin(struct buf *out, enum soap_version v, const char *headers);
/* Append the rest. */
void envelope_end(struct buf *out);

#endif
