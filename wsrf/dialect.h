/* wsrf/dialect.h - the two families of namespaces that index clients use: the
 * 2004/06 drafts of GT 4.0, and OASIS WSRF 1.2 as in GT 4.2. */
#ifndef WSRF_DIALECT_H
#define WSRF_DIALECT_H

#include "soap/wsa.h"

#define AGGREGATOR_NS    "http://mds.globus.org/aggregator/types"
#define XPATH_DIALECT    "http://www.w3.org/TR/1999/REC-xpath-19991116"
/* XPath 1.0 with its namespace mappings beside it, as GT 4.2 has it */
#define TARGETED_DIALECT "http://wsrf.globus.org/core/query/targetedXPath"

enum dialect {
    DIALECT_FINAL,
    DIALECT_DRAFT,
    DIALECT_COUNT
};

/* Namespaces of one family, and the prefix of its reply actions. */
struct dialect_names {
    enum wsa_version wsa;
    const char *sg, *rp, *rl, *bf; /* ServiceGroup, ResourceProperties,
                                      ResourceLifetime, BaseFaults */
};

/* The names of D. */
const struct dialect_names *dialect_names(enum dialect d);
/* The family of namespace NS; DIALECT_FINAL when unknown. */
enum dialect dialect_of(const char *ns);
/* Whether NS (NULL: none) is the namespace, in either family, of the resource
 * property NAME of a service group or entry. -1 with ERR: UNSUPPORTED, which
 * names both. */
int dialect_property(const char *ns, const char *name, struct err *err);

#endif
