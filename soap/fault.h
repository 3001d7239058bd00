/* soap/fault.h - SOAP faults: stored with the codes of 1.1, written in the
 * version of the request. */
#ifndef SOAP_FAULT_H
#define SOAP_FAULT_H

#include <libxml/tree.h>
#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "soap/envelope.h"

/* The namespace of our own fault detail: <Fault><Name/><Id/></Fault>. */
#define FAULT_NS "urn:gatehouse:fault"

/* The struct owns its texts; NULL: absent. */
struct soap_fault {
    char *code; /* Client, Server, MustUnderstand, VersionMismatch */
    char *reason;
    char *detail; /* XML of the detail's children */
};

/* Make a fault; DETAIL may be NULL. */
struct soap_fault *fault_create(const char *code, const char *reason,
                                const char *detail);
/* Make the fault for ERR by its err.def row.  STRANGER: the peer is
 * unauthenticated and gets only the public text and LOG_ID.  DETAIL replaces
 * our own detail; NULL. */
struct soap_fault *fault_from_err(const struct err *err, bool stranger,
                                  const char *log_id, const char *detail);
/* NULL is allowed. */
void fault_destroy(struct soap_fault *f);
/* Append the Fault element for a Body in which the prefix soapenv is bound. */
void fault_write(struct buf *out, enum soap_version v,
                 const struct soap_fault *f);
/* Append the children of a SOAP 1.1 fault (faultcode, faultstring, detail),
 * which BES embeds in its per-activity answers. */
void soap_fault_xml(struct buf *out, const char *code, const char *reason,
                    const char *detail);
/* The HTTP status: 500, or 400 for a Sender fault of SOAP 1.2. */
int fault_status(enum soap_version v, const struct soap_fault *f);
/* A received fault; the struct owns its strings. */
struct soap_fault_info {
    bool set;
    char *code, *reason;
    char *detail; /* XML of the detail's children, "" */
};
/* Free the strings. */
void soap_fault_info_fini(struct soap_fault_info *f);

/* Whether PAYLOAD is a Fault of either version; if so, INFO is filled. */
bool fault_read(const xmlNode *payload, struct soap_fault_info *info);

#endif
