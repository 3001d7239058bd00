/* soap/fault.h - SOAP faults, kept in the words of 1.1 and written in the
 * version of the question. */
#ifndef SOAP_FAULT_H
#define SOAP_FAULT_H

#include <libxml/tree.h>
#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "soap/envelope.h"

/* The namespace of our own fault detail: <Fault><Name/><Id/></Fault>. */
#define FAULT_NS "urn:gatehouse:fault"

/* Texts are the struct's own, NULL absent. */
struct soap_fault {
    char *code; /* Client, Server, MustUnderstand, VersionMismatch */
    char *reason;
    char *detail; /* XML of the detail's children */
};

/* Make a fault; DETAIL NULL for none. */
struct soap_fault *fault_create(const char *code, const char *reason,
                                const char *detail);
/* The fault that ERR becomes by its err.def row.  STRANGER: the peer is not
 * known, and gets the public text and LOG_ID alone.  DETAIL replaces our own
 * detail; NULL. */
struct soap_fault *fault_from_err(const struct err *err, bool stranger,
                                  const char *log_id, const char *detail);
/* NULL ok. */
void fault_destroy(struct soap_fault *f);
/* Append the Fault element as a Body's child; the prefix soapenv is bound. */
void fault_write(struct buf *out, enum soap_version v,
                 const struct soap_fault *f);
/* Append a SOAP 1.1 fault's children (faultcode, faultstring, detail), as BES
 * embeds them in its per-activity answers. */
void soap_fault_xml(struct buf *out, const char *code, const char *reason,
                    const char *detail);
/* 500, or 400 for a Sender fault of SOAP 1.2. */
int fault_status(enum soap_version v, const struct soap_fault *f);
/* A fault that came back; strings are the struct's own. */
struct soap_fault_info {
    bool set;
    char *code, *reason;
    char *detail; /* XML of the detail's children, "" */
};
/* Free the strings. */
void soap_fault_info_fini(struct soap_fault_info *f);

/* Whether PAYLOAD is a Fault of either version; INFO is then filled. */
bool fault_read(const xmlNode *payload, struct soap_fault_info *info);

#endif
