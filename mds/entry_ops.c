/* mds/entry_ops.c - operations on one registration: WS-ResourceLifetime (rl-2
 * sections 4 and 5) and its properties. */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/xml.h"
#include "mds/index.h"

/* The EntryKey that the caller's EPR put among the headers: the element itself,
 * or inside a paired key.  The caller's to free(); -1 with ERR NOT_FOUND. */
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

/* Every failure to find an entry is this fault. */
static int
unknown(struct soap_call *call, const struct err *err)
{
    return index_fault(call, "http://docs.oasis-open.org/wsrf/r-2",
                       "ResourceUnknownFault", err->text);
}

int
entry_get(struct soap_call *call, struct err *err)
{
    const struct index *ix = call->service;
    enum dialect d = dialect_of((const char *)call->payload->ns->href);
    char *ns = NULL, *name = NULL, *id = NULL;
    int rc = -1;

    buf_addf(&call->reply, "<rp:GetResourcePropertyResponse xmlns:rp=\"%s\">",
             dialect_names(d)->rp);
    if (entry_key(call, &id, err) < 0)
        unknown(call, err);
    else if (xml_qname_text(call->payload, &ns, &name, err) < 0 ||
             dialect_property(ns, name, err) < 0 ||
             entries_entry_property(ix->entries, id, d, name, &call->reply,
                                    err) < 0) {
        if (err->code == ERR_NOT_FOUND)
            unknown(call, err);
        else
            index_fault(call, dialect_names(d)->rp,
                        "InvalidResourcePropertyQNameFault", err->text);
    } else {
        buf_adds(&call->reply, "</rp:GetResourcePropertyResponse>");
        rc = 0;
    }
    free(ns);
    free(name);
    free(id);
    return rc;
}

/* The time asked for; nil and infinity mean the longest allowed (0). */
static int
requested_ms(const struct soap_call *call, long long *ms, struct err *err)
{
    const char *ns = (const char *)call->payload->ns->href;
    char *text = xml_child_text(call->payload, ns, "RequestedTerminationTime");
    char *span = xml_child_text(call->payload, ns, "RequestedLifetimeDuration");
    long long seconds;
    time_t t;
    int rc = 0;

    *ms = 0;
    if (text != NULL && *text != '\0') {
        rc = time_parse(text, &t);
        *ms = 1000ll * t;
    } else if (span != NULL && *span != '\0') {
        rc = duration_parse(span, &seconds);
        *ms = time_now_ms() + 1000 * seconds;
    }
    if (rc < 0)
        err_set(err, ERR_SYNTAX, "not a valid time: '%s'",
                text != NULL && *text != '\0' ? text : span);
    free(text);
    free(span);
    return rc;
}

int
entry_set_termination(struct soap_call *call, struct err *err)
{
    const struct index *ix = call->service;
    const char *ns = (const char *)call->payload->ns->href;
    char text[TIME_TEXT], now[TIME_TEXT];
    long long asked, granted;
    char *id = NULL;
    int rc = -1;

    if (entry_key(call, &id, err) < 0)
        return unknown(call, err);
    if (requested_ms(call, &asked, err) < 0)
        goto out;
    if (asked != 0 && asked <= time_now_ms()) /* "now" ends it */
        asked = time_now_ms();
    if (entries_set_expiry(ix->entries, id, index_owner(ix, call->peer), asked,
                           &granted, err) < 0) {
        if (err->code == ERR_NOT_FOUND)
            unknown(call, err);
        goto out;
    }
    buf_addf(&call->reply,
             "<rl:SetTerminationTimeResponse xmlns:rl=\"%s\">"
             "<rl:NewTerminationTime>%s</rl:NewTerminationTime>"
             "<rl:CurrentTime>%s</rl:CurrentTime>"
             "</rl:SetTerminationTimeResponse>",
             ns, time_utc_ms(granted, text), time_utc_ms(time_now_ms(), now));
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
        return unknown(call, err);
    if (entries_remove(ix->entries, id, index_owner(ix, call->peer), err) < 0) {
        if (err->code == ERR_NOT_FOUND)
            unknown(call, err);
    } else {
        log_event(LOG_NOTICE, "audit", "op=Destroy decision=allow dn=%s id=%s",
                  call->peer->identity, id);
        buf_addf(&call->reply, "<rl:DestroyResponse xmlns:rl=\"%s\"/>",
                 (const char *)call->payload->ns->href);
        rc = 0;
    }
    free(id);
    return rc;
}
