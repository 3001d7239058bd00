/* mds/index.h - the index service: what its SOAP operations share. */
#ifndef MDS_INDEX_H
#define MDS_INDEX_H

#include "base/err.h"
#include "gsi/name_watch.h"
#include "gsi/site.h"
#include "mds/entries.h"
#include "soap/soap_service.h"
#include "wsrf/dialect.h"

#define INDEX_PATH "/wsrf/services/DefaultIndexService"
#define ENTRY_PATH "/wsrf/services/DefaultIndexServiceEntry"

struct index {
    struct entries *entries;
    struct trust *trust;
    struct name_watch *registrars; /* may register anything; NULL none */
    struct site *site;             /* who may do anything at all */
    const char *state;             /* the directory of the registry */
    const char *url;               /* "https://host:port" */
};

/* Both port types' operations, for the engine; readers without a certificate
 * only if ANONYMOUS.  The caller's to free(). */
struct soap_op *index_ops(bool anonymous);
/* The group's operations, and the entries'; soap_op_fn. */
int group_add(struct soap_call *call, struct err *err);
/* GetResourceProperty of the group; as all these, a soap_op_fn. */
int group_get(struct soap_call *call, struct err *err);
/* GetMultipleResourceProperties of the group. */
int group_get_multiple(struct soap_call *call, struct err *err);
/* GetResourcePropertyDocument of the group. */
int group_get_document(struct soap_call *call, struct err *err);
/* QueryResourceProperties of the group. */
int group_query(struct soap_call *call, struct err *err);
/* properties.query; ARG is the entry's id, NULL for the group. */
int index_query(struct soap_call *call, enum dialect d, const char *text,
                const xmlNode *scope, void *arg, struct err *err);
/* GetResourceProperty of an entry. */
int entry_get(struct soap_call *call, struct err *err);
/* GetMultipleResourceProperties of an entry. */
int entry_get_multiple(struct soap_call *call, struct err *err);
/* GetResourcePropertyDocument of an entry. */
int entry_get_document(struct soap_call *call, struct err *err);
/* QueryResourceProperties of an entry. */
int entry_query(struct soap_call *call, struct err *err);
/* SetTerminationTime of an entry. */
int entry_set_termination(struct soap_call *call, struct err *err);
/* Destroy of an entry. */
int entry_destroy(struct soap_call *call, struct err *err);

/* Whether PEER may register the member at ADDRESS: its certificate names that
 * host, or its name is in mds.registrars.  A fake site would be handed
 * credentials.  -1 with ERR AUTHZ. */
int index_may_register(const struct index *ix, const struct peer *peer,
                       const char *address, struct err *err);
/* NULL when PEER may change anybody's entry, else the owner it must be. */
const char *index_owner(const struct index *ix, const struct peer *peer);

#endif
