/* mds/index.h - the index service: the state that its SOAP operations share. */
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
    struct site *site;             /* trust, map and ban list */
    const char *state;             /* the state directory */
    const char *url;               /* "https://host:port" */
};

/* The operations of both port types; the caller frees the table.  ANONYMOUS:
 * clients without a certificate may read. */
struct soap_op *index_ops(bool anonymous);
/* The operations of the group and of entries, each a soap_op_fn.  Add: */
int group_add(struct soap_call *call, struct err *err);
/* GetResourceProperty of the group. */
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

/* Check that PEER may register the member at ADDRESS: its certificate names
 * that host, or its DN is in mds.registrars.  Users would send credentials to a
 * forged site.  -1 with ERR AUTHZ. */
int index_may_register(const struct index *ix, const struct peer *peer,
                       const char *address, struct err *err);
/* The owner whose entries PEER may change; NULL: anybody's. */
const char *index_owner(const struct index *ix, const struct peer *peer);

#endif
