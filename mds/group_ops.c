/* mds/group_ops.c - the service group's operations: WS-ServiceGroup Add (sg-2
 * section 4.4), WS-ResourceProperties queries (rp-2 sections 5 and 6). */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/xml.h"
#include "mds/index.h"
#include "wsrf/base_fault.h"
#include "wsrf/lifetime.h"
#include "wsrf/properties.h"

#define PARAMETERS_MAX 65536

/* Append the reference parameters below NODE.  Each becomes a header, so it
 * must be self-contained; their total size is limited. */
static int
parameters_xml(const xmlNode *node, struct buf *out, struct err *err)
{
    for (xmlNode *c = xml_first(node); c != NULL; c = xml_next(c)) {
        xml_write(out, c);
        if (out->len > PARAMETERS_MAX)
            return err_set(err, ERR_LIMIT,
                           "the reference parameters of MemberEPR have more "
                           "than %d bytes",
                           PARAMETERS_MAX);
    }
    return 0;
}

/* Append the child NAME of CONTENT in the stored form. */
static void
held_xml(const xmlNode *content, const char *name, struct buf *out)
{
    const xmlNode *held = xml_child(content, AGGREGATOR_NS, name);

    if (held != NULL)
        xml_write_holder(out, held);
}

/* Append the children of CONTENT other than the aggregator's two elements: a
 * plain document, such as GLUE 2.0, counts as data. */
static void
plain_xml(const xmlNode *content, struct buf *out)
{
    for (const xmlNode *c = xml_first(content); c != NULL; c = xml_next(c))
        if (!xml_is(c, AGGREGATOR_NS, "AggregatorConfig") &&
            !xml_is(c, AGGREGATOR_NS, "AggregatorData"))
            xml_write(out, c);
}

/* Refuse a CONTENT that asks the index to poll the member and has no data: the
 * index does not poll, so the entry would stay empty.  -1 with ERR:
 * UNSUPPORTED, which names the policy. */
static int
check_policy(const xmlNode *content, bool has_data, struct err *err)
{
    static const char *const pulled[] = {
        "GetResourcePropertyPollType",
        "GetMultipleResourcePropertiesPollType",
        "QueryResourcePropertiesPollType",
        "AggregatorSubscriptionType",
        "ExecutionPollType",
    };
    const xmlNode *config =
        xml_child(content, AGGREGATOR_NS, "AggregatorConfig");

    for (size_t i = 0; !has_data && i < sizeof(pulled) / sizeof(pulled[0]); i++)
        if (xml_child(config, AGGREGATOR_NS, pulled[i]) != NULL)
            return err_set(err, ERR_UNSUPPORTED,
                           "the index does not fetch content, as %s asks: "
                           "send it as AggregatorData, or as a plain document "
                           "in Content",
                           pulled[i]);
    return 0;
}

/* Answer with the entry's EPR in the caller's dialect. */
static void
answer_add(struct soap_call *call, enum dialect d, const char *id,
           long long granted_ms)
{
    char end[TIME_TEXT], now[TIME_TEXT];
    const struct dialect_names *n = dialect_names(d);
    const struct index *ix = call->service;
    char *url = xasprintf("%s" ENTRY_PATH, ix->url);
    char *key = xasprintf(
        "<agg:EntryKey xmlns:agg=\"" AGGREGATOR_NS "\">%s</agg:EntryKey>", id);

    buf_addf(&call->reply, "<sg:AddResponse xmlns:sg=\"%s\" xmlns:wsa=\"%s\">",
             n->sg, wsa_ns(n->wsa));
    if (d == DIALECT_FINAL)
        buf_adds(&call->reply, "<sg:ServiceGroupEntryReference>");
    wsa_epr_write(&call->reply, n->wsa, url, key);
    if (d == DIALECT_FINAL)
        buf_addf(&call->reply,
                 "</sg:ServiceGroupEntryReference>"
                 "<sg:TerminationTime>%s</sg:TerminationTime>"
                 "<sg:CurrentTime>%s</sg:CurrentTime>",
                 time_utc_ms(granted_ms, end), time_utc_ms(time_now_ms(), now));
    buf_adds(&call->reply, "</sg:AddResponse>");
    free(url);
    free(key);
}

/* A parsed Add; all zeros at first. */
struct add {
    struct registration_in in; /* borrows from the other fields */
    struct wsa_epr epr;
    struct buf params, config, data;
};

static void
add_fini(struct add *a)
{
    wsa_epr_fini(&a->epr);
    buf_fini(&a->params);
    buf_fini(&a->config);
    buf_fini(&a->data);
}

/* Parse CALL's Add; NS is its namespace. */
static int
add_read(struct soap_call *call, const char *ns, struct add *a, struct err *err)
{
    const xmlNode *member = xml_child(call->payload, ns, "MemberEPR");
    const xmlNode *content = xml_child(call->payload, ns, "Content");

    if (member == NULL || content == NULL)
        return err_set(err, ERR_SYNTAX, "Add needs MemberEPR and Content");
    if (wsa_epr_read(&a->epr, member, err) < 0 ||
        lifetime_read(xml_child(call->payload, ns, "InitialTerminationTime"),
                      &a->in.expires_ms, err) < 0)
        return -1;
    if (a->in.expires_ms != 0 && a->in.expires_ms <= time_now_ms())
        return base_fault(call, dialect_names(dialect_of(ns))->rl,
                          "UnableToSetTerminationTimeFault",
                          "InitialTerminationTime has passed");
    if (parameters_xml(a->epr.properties, &a->params, err) < 0 ||
        parameters_xml(a->epr.parameters, &a->params, err) < 0)
        return -1;
    held_xml(content, "AggregatorConfig", &a->config);
    held_xml(content, "AggregatorData", &a->data);
    if (a->data.len == 0)
        plain_xml(content, &a->data);
    if (check_policy(content, a->data.len > 0, err) < 0)
        return base_fault(call, ns, "UnsupportedMemberInterfaceFault",
                          err->text);
    a->in.owner = call->peer->identity;
    a->in.member = a->epr.address;
    a->in.member_params = buf_str(&a->params);
    a->in.config = buf_str(&a->config);
    a->in.data = buf_str(&a->data);
    return 0;
}

int
group_add(struct soap_call *call, struct err *err)
{
    const struct index *ix = call->service;
    const char *ns = (const char *)call->payload->ns->href;
    struct add a = { .epr = { 0 } };
    char id[UUID_TEXT];
    long long granted;
    int rc = -1;

    if (add_read(call, ns, &a, err) < 0)
        goto out;
    if (index_may_register(ix, call->peer, a.in.member, err) < 0) {
        log_event(LOG_NOTICE, "audit", "op=Add decision=deny dn=%s member=%s",
                  a.in.owner, a.in.member);
        base_fault(call, ns, "AddRefusedFault", err->text);
        goto out;
    }
    if (entries_add(ix->entries, &a.in, id, &granted, err) < 0)
        goto out;
    log_event(LOG_NOTICE, "audit",
              "op=Add decision=allow dn=%s member=%s id=%s", a.in.owner,
              a.in.member, id);
    answer_add(call, dialect_of(ns), id, granted);
    rc = 0;
out:
    add_fini(&a);
    return rc;
}

/* An entries_query.gone. */
static bool
caller_gone(void *arg)
{
    return http_caller_gone(arg);
}

int
index_query(struct soap_call *call, enum dialect d, const char *text,
            const xmlNode *scope, void *arg, struct err *err)
{
    const struct index *ix = call->service;
    struct entries_query q = { .dialect = d,
                               .entry = arg,
                               .text = text,
                               .scope = scope,
                               .gone = caller_gone,
                               .arg = call->http };

    return entries_query(ix->entries, &q, &call->reply, err) < 0
               ? -1
               : http_answer_room(call->http, call->reply.len, err);
}

/* properties.get. */
static int
property(struct soap_call *call, enum dialect d, const char *name, void *arg,
         struct err *err)
{
    const struct index *ix = call->service;
    char *all;
    int rc;

    (void)arg;
    if (strcmp(name, "Entry") == 0) {
        all = xasprintf("/*/*[local-name()='Entry' and namespace-uri()='%s']",
                        dialect_names(d)->sg);
        rc = index_query(call, d, all, NULL, NULL, err);
        free(all);
        return rc;
    }
    rc = entries_group_property(ix->entries, d, name, &call->reply, err);
    return rc < 0 ? properties_unknown(call, d, err->text) : 0;
}

static const struct properties group = { .get = property,
                                         .query = index_query };

int
group_get(struct soap_call *call, struct err *err)
{
    return properties_get(call, &group, NULL, err);
}

int
group_get_multiple(struct soap_call *call, struct err *err)
{
    return properties_get_multiple(call, &group, NULL, err);
}

int
group_get_document(struct soap_call *call, struct err *err)
{
    return properties_get_document(call, &group, NULL, err);
}

int
group_query(struct soap_call *call, struct err *err)
{
    return properties_query(call, &group, NULL, err);
}
