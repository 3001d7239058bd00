/* wsrf/properties.h - WS-ResourceProperties: the operations that read a
 * resource's properties (WSRF 1.2 sections 5 and 6; the 2004 draft).  The
 * program supplies the values. */
#ifndef WSRF_PROPERTIES_H
#define WSRF_PROPERTIES_H

#include "soap/soap_service.h"
#include "wsrf/dialect.h"

/* One kind of resource.  Both functions append to CALL's reply with the
 * namespaces of D; -1 with ERR, or after making a fault themselves. */
struct properties {
    /* Append the property NAME, which dialect_property() knows; ARG is the
     * caller's. */
    int (*get)(struct soap_call *call, enum dialect d, const char *name,
               void *arg, struct err *err);
    /* Append the result of the XPath EXPRESSION, with the prefixes in SCOPE
     * (NULL: none), on the document; ARG is the caller's.  ERR SYNTAX means a
     * faulty expression. */
    int (*query)(struct soap_call *call, enum dialect d, const char *expression,
                 const xmlNode *scope, void *arg, struct err *err);
};

/* GetResourceProperty; ARG is passed to P->get. */
int properties_get(struct soap_call *call, const struct properties *p,
                   void *arg, struct err *err);
/* GetMultipleResourceProperties; a property requested twice is returned
 * once. */
int properties_get_multiple(struct soap_call *call, const struct properties *p,
                            void *arg, struct err *err);
/* GetResourcePropertyDocument. */
int properties_get_document(struct soap_call *call, const struct properties *p,
                            void *arg, struct err *err);
/* QueryResourceProperties in XPATH_DIALECT, or in TARGETED_DIALECT, which
 * declares its own prefixes. */
int properties_query(struct soap_call *call, const struct properties *p,
                     void *arg, struct err *err);
/* Make CALL fail with InvalidResourcePropertyQNameFault and the reason REASON.
 * Returns -1. */
int properties_unknown(struct soap_call *call, enum dialect d,
                       const char *reason);

#endif
