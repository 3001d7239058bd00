/* wsrf/properties.h - WS-ResourceProperties: the operations that read what a
 * resource says of itself (WSRF 1.2 sections 5 and 6; the 2004 draft).  What a
 * resource has, its program tells. */
#ifndef WSRF_PROPERTIES_H
#define WSRF_PROPERTIES_H

#include "soap/soap_service.h"
#include "wsrf/dialect.h"

/* One kind of resource.  Both functions append to CALL's reply in the names of
 * D; -1 with ERR, or after a fault of their own. */
struct properties {
    /* The property NAME, which dialect_property() knows; ARG is the caller's.
     */
    int (*get)(struct soap_call *call, enum dialect d, const char *name,
               void *arg, struct err *err);
    /* What the XPath EXPRESSION, with the prefixes in SCOPE (NULL none), finds
     * in the document; ARG is the caller's.  ERR SYNTAX is the expression's
     * fault. */
    int (*query)(struct soap_call *call, enum dialect d, const char *expression,
                 const xmlNode *scope, void *arg, struct err *err);
};

/* GetResourceProperty; ARG goes to P->get. */
int properties_get(struct soap_call *call, const struct properties *p,
                   void *arg, struct err *err);
/* GetMultipleResourceProperties; one asked for twice comes once. */
int properties_get_multiple(struct soap_call *call, const struct properties *p,
                            void *arg, struct err *err);
/* GetResourcePropertyDocument. */
int properties_get_document(struct soap_call *call, const struct properties *p,
                            void *arg, struct err *err);
/* QueryResourceProperties in XPATH_DIALECT, or in TARGETED_DIALECT, which
 * brings its prefixes along. */
int properties_query(struct soap_call *call, const struct properties *p,
                     void *arg, struct err *err);
/* Make CALL fail with InvalidResourcePropertyQNameFault, saying REASON.
 * Returns -1. */
int properties_unknown(struct soap_call *call, enum dialect d,
                       const char *reason);

#endif
