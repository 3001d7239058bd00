/* mds/group_ops.c - the service group's operations: WS-ServiceGroup Add (sg-2
 * section 4.4), WS-ResourceProperties queries (rp-2 sections 5 and 6). */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/xml.h"
#include "mds/index.h"

#define EXPRESSION_MAX 65536

/* XML of NODE's element children. */
static void
children_xml(const xmlNode *node, struct buf *out)
{
    for (xmlNode *c = xml_first(node); c != NULL; c = xml_next(c))
        xml_write(out, c);
}

/* xsd:dateTime, or xsd:duration from now; 0 when absent or nil. */
static int
expiry_of(const xmlNode *node, long long *ms, struct err *err)
{
    char *text = node != NULL ? xml_text(node) : NULL;
    long long seconds;
    time_t t;
    int rc = 0;

    *ms = 0;
    if (text == NULL || *text == '\0')
        rc = 0;
    else if (time_parse(text, &t) == 0)
        *ms = 1000ll * t;
    else if (duration_parse(text, &seconds) == 0)
        *ms = time_now_ms() + 1000 * seconds;
    else
        rc = err_set(err, ERR_SYNTAX, "'%s' is no time", text);
    free(text);
    return rc;
}

/* Answer with the entry's EPR in the caller's version. */
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

/* What an Add says; all zero at first. */
struct add {
    struct registration_in in; /* borrows from the others */
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

/* Read CALL's Add, NS being its namespace. */
static int
add_read(struct soap_call *call, const char *ns, struct add *a, struct err *err)
{
    const xmlNode *member = xml_child(call->payload, ns, "MemberEPR");
    const xmlNode *content = xml_child(call->payload, ns, "Content");

    if (member == NULL || content == NULL)
        return err_set(err, ERR_SYNTAX, "Add needs MemberEPR and Content");
    if (wsa_epr_read(&a->epr, member, err) < 0 ||
        expiry_of(xml_child(call->payload, ns, "InitialTerminationTime"),
                  &a->in.expires_ms, err) < 0)
        return -1;
    if (a->in.expires_ms != 0 && a->in.expires_ms <= time_now_ms())
        return index_fault(call, dialect_names(dialect_of(ns))->rl,
                           "UnableToSetTerminationTimeFault",
                           "InitialTerminationTime has passed");
    children_xml(a->epr.properties, &a->params);
    children_xml(a->epr.parameters, &a->params);
    children_xml(xml_child(content, AGGREGATOR_NS, "AggregatorConfig"),
                 &a->config);
    children_xml(xml_child(content, AGGREGATOR_NS, "AggregatorData"), &a->data);
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
        index_fault(call, ns, "AddRefusedFault", err->text);
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

/* One property by its QName in NODE's text. */
static int
property(struct soap_call *call, const xmlNode *node, enum dialect d,
         struct err *err)
{
    const struct index *ix = call->service;
    char *ns = NULL, *name = NULL;
    int rc = xml_qname_text(node, &ns, &name, err);

    if (rc == 0)
        rc = dialect_property(ns, name, err);
    if (rc == 0)
        rc = entries_group_property(ix->entries, d, name, &call->reply, err);
    if (rc < 0)
        index_fault(call, dialect_names(d)->rp,
                    "InvalidResourcePropertyQNameFault", err->text);
    free(ns);
    free(name);
    return rc;
}

int
group_get(struct soap_call *call, struct err *err)
{
    enum dialect d = dialect_of((const char *)call->payload->ns->href);

    buf_addf(&call->reply, "<rp:GetResourcePropertyResponse xmlns:rp=\"%s\">",
             dialect_names(d)->rp);
    if (property(call, call->payload, d, err) < 0)
        return -1;
    buf_adds(&call->reply, "</rp:GetResourcePropertyResponse>");
    return 0;
}

int
group_get_multiple(struct soap_call *call, struct err *err)
{
    enum dialect d = dialect_of((const char *)call->payload->ns->href);

    buf_addf(&call->reply,
             "<rp:GetMultipleResourcePropertiesResponse xmlns:rp=\"%s\">",
             dialect_names(d)->rp);
    for (xmlNode *p = xml_first(call->payload); p != NULL; p = xml_next(p))
        if (property(call, p, d, err) < 0)
            return -1;
    buf_adds(&call->reply, "</rp:GetMultipleResourcePropertiesResponse>");
    return 0;
}

int
group_get_document(struct soap_call *call, struct err *err)
{
    const struct index *ix = call->service;
    enum dialect d = dialect_of((const char *)call->payload->ns->href);

    buf_addf(&call->reply,
             "<rp:GetResourcePropertyDocumentResponse xmlns:rp=\"%s\">",
             dialect_names(d)->rp);
    if (entries_query(ix->entries, d, "/*", NULL, &call->reply, err) < 0)
        return -1;
    buf_adds(&call->reply, "</rp:GetResourcePropertyDocumentResponse>");
    return 0;
}

int
group_query(struct soap_call *call, struct err *err)
{
    const struct index *ix = call->service;
    enum dialect d = dialect_of((const char *)call->payload->ns->href);
    const struct dialect_names *n = dialect_names(d);
    const xmlNode *expression =
        xml_child(call->payload, n->rp, "QueryExpression");
    char *dialect, *text = NULL;
    int rc = -1;

    if (expression == NULL)
        return index_fault(call, n->rp, "InvalidQueryExpressionFault",
                           "there is no QueryExpression");
    dialect = xml_attr(expression, "Dialect");
    text = xml_text(expression);
    buf_addf(&call->reply,
             "<rp:QueryResourcePropertiesResponse xmlns:rp=\"%s\">", n->rp);
    if (dialect != NULL && strcmp(dialect, XPATH_DIALECT) != 0)
        index_fault(call, n->rp, "UnknownQueryExpressionDialectFault",
                    "the one query dialect here is XPath 1.0: " XPATH_DIALECT);
    else if (strlen(text) > EXPRESSION_MAX)
        index_fault(call, n->rp, "InvalidQueryExpressionFault",
                    "the query expression is longer than 65536 bytes");
    else if (entries_query(ix->entries, d, text, expression, &call->reply,
                           err) < 0)
        index_fault(call, n->rp,
                    err->code == ERR_LIMIT ? "QueryEvaluationErrorFault"
                                           : "InvalidQueryExpressionFault",
                    err->text);
    else {
        buf_adds(&call->reply, "</rp:QueryResourcePropertiesResponse>");
        rc = 0;
    }
    free(dialect);
    free(text);
    return rc;
}
