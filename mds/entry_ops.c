/* mds/entry_ops.c - operations on one registration: WS-ResourceLifetime (rl-2
 * sections 4 and 5) and its properties. */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/xml.h"
#include "mds/index.h"
#include "wsrf/base_fault.h"
#include "wsrf/lifetime.h"
#include "wsrf/properties.h"

/* Get the EntryKey from the headers, where the caller put the EPR's reference
 * parameters: the element itself, or inside a paired key.  The caller frees it;
 * -1 with ERR NOT_FOUND. */
static int
entry_key(const struct soap_call *call, char **id, struct err *err)
{
    *id = NULL;
    for (xmlNode *h = xml_first(call->header); h != NULL && *id == NULL;
         h = xml_next(h)) {
        if (xml_is(h, AGGREGATOR_NS, "EntryKey"))
            *id = xml_text(h);
        else
            *id = xml_child_text(h, "*", "EntryKey");
    }
    if (*id != NULL && uuid_ok(*id))
        return 0;
    free(*id);
    *id = NULL;
    return err_set(err, ERR_NOT_FOUND,
                   "no EntryKey among the headers: send the reference "
                   "parameters of the entry's EPR");
}

/* properties.get; ARG is the entry's id. */
static int
property(struct soap_call *call, enum dialect d, const char *name, void *arg,
         struct err *err)
{
    const struct index *ix = call->service;

    if (entries_entry_property(ix->entries, arg, d, name, &call->reply, err) ==
        0)
        return 0;
    return err->code == ERR_NOT_FOUND ? base_fault_unknown(call, err->text)
                                      : properties_unknown(call, d, err->text);
}

static const struct properties entry = { .get = property,
                                         .query = index_query };

/* Have OPERATION answered for the entry that CALL is about. */
static int
read_entry(struct soap_call *call,
           int (*operation)(struct soap_call *call, const struct properties *p,
                            void *arg, struct err *err),
           struct err *err)
{
    char *id = NULL;
    int rc;

    if (entry_key(call, &id, err) < 0)
        return base_fault_unknown(call, err->text);
    rc = operation(call, &entry, id, err);
    free(id);
    return rc;
}

int
entry_get(struct soap_call *call, struct err *err)
{
    return read_entry(call, properties_get, err);
}

int
entry_get_multiple(struct soap_call *call, struct err *err)
{
    return read_entry(call, properties_get_multiple, err);
}

int
entry_get_document(struct soap_call *call, struct err *err)
{
    if (read_entry(call, properties_get_document, err) == 0)
        return 0;
    return err->code == ERR_NOT_FOUND ? base_fault_unknown(call, err->text)
                                      : -1;
}

int
entry_query(struct soap_call *call, struct err *err)
{
    return read_entry(call, properties_query, err);
}

int
entry_set_termination(struct soap_call *call, struct err *err)
{
    const struct index *ix = call->service;
    long long asked, granted;
    char *id = NULL;
    int rc = -1;

    if (entry_key(call, &id, err) < 0)
        return base_fault_unknown(call, err->text);
    if (lifetime_requested(call, &asked, err) < 0)
        goto out;
    if (entries_set_expiry(ix->entries, id, index_owner(ix, call->peer), asked,
                           &granted, err) < 0) {
        if (err->code == ERR_NOT_FOUND)
            base_fault_unknown(call, err->text);
        goto out;
    }
    lifetime_answer(call, granted);
    rc = 0;
out:
    free(id);
    return rc;
}

int
entry_destroy(struct soap_call *call, struct err *err)
{
    const struct index *ix = call->service;
    char *id = NULL;
    int rc = -1;

    if (entry_key(call, &id, err) < 0)
        return base_fault_unknown(call, err->text);
    if (entries_remove(ix->entries, id, index_owner(ix, call->peer), err) < 0) {
        if (err->code == ERR_NOT_FOUND)
            base_fault_unknown(call, err->text);
    } else {
        log_event(LOG_NOTICE, "audit", "op=Destroy decision=allow dn=%s id=%s",
                  call->peer->identity, id);
        lifetime_answer_destroy(call);
        rc = 0;
    }
    free(id);
    return rc;
}
