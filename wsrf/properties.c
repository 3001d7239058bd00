/* wsrf/properties.c - see properties.h. */
#include <stdlib.h>
#include <string.h>

#include "base/xml.h"
#include "wsrf/base_fault.h"
#include "wsrf/properties.h"

#define EXPRESSION_MAX 65536
#define PROPERTIES_MAX 16 /* limit of distinct properties; fewer exist */

/* The requested properties: each once, all known. */
struct wanted {
    char *name[PROPERTIES_MAX];
    size_t n;
};

static void
wanted_fini(struct wanted *w)
{
    for (size_t i = 0; i < w->n; i++)
        free(w->name[i]);
}

/* The namespaces that CALL uses. */
static enum dialect
asked_in(const struct soap_call *call)
{
    return dialect_of((const char *)call->payload->ns->href);
}

int
properties_unknown(struct soap_call *call, enum dialect d, const char *reason)
{
    return base_fault(call, dialect_names(d)->rp,
                      "InvalidResourcePropertyQNameFault", reason);
}

/* Add the property whose QName is NODE's text. */
static int
want(struct soap_call *call, const xmlNode *node, struct wanted *w,
     struct err *err)
{
    char *ns = NULL, *name = NULL;
    int rc = xml_qname_text(node, &ns, &name, err);

    if (rc == 0)
        rc = dialect_property(ns, name, err);
    for (size_t i = 0; rc == 0 && name != NULL && i < w->n; i++)
        if (strcmp(w->name[i], name) == 0) {
            free(name);
            name = NULL;
        }
    if (rc == 0 && name != NULL && w->n < PROPERTIES_MAX) {
        w->name[w->n++] = name;
        name = NULL;
    }
    if (rc < 0)
        properties_unknown(call, asked_in(call), err->text);
    free(ns);
    free(name);
    return rc;
}

/* Answer OPERATION with the properties in W, and free W. */
static int
answer(struct soap_call *call, const struct properties *p,
       const char *operation, struct wanted *w, void *arg, struct err *err)
{
    enum dialect d = asked_in(call);
    int rc = 0;

    buf_addf(&call->reply, "<rp:%sResponse xmlns:rp=\"%s\">", operation,
             dialect_names(d)->rp);
    for (size_t i = 0; rc == 0 && i < w->n; i++)
        rc = p->get(call, d, w->name[i], arg, err);
    buf_addf(&call->reply, "</rp:%sResponse>", operation);
    wanted_fini(w);
    return rc;
}

int
properties_get(struct soap_call *call, const struct properties *p, void *arg,
               struct err *err)
{
    struct wanted w = { .n = 0 };

    if (want(call, call->payload, &w, err) < 0)
        return -1;
    return answer(call, p, "GetResourceProperty", &w, arg, err);
}

int
properties_get_multiple(struct soap_call *call, const struct properties *p,
                        void *arg, struct err *err)
{
    struct wanted w = { .n = 0 };

    for (xmlNode *n = xml_first(call->payload); n != NULL; n = xml_next(n))
        if (want(call, n, &w, err) < 0) {
            wanted_fini(&w);
            return -1;
        }
    return answer(call, p, "GetMultipleResourceProperties", &w, arg, err);
}

int
properties_get_document(struct soap_call *call, const struct properties *p,
                        void *arg, struct err *err)
{
    enum dialect d = asked_in(call);

    buf_addf(&call->reply,
             "<rp:GetResourcePropertyDocumentResponse xmlns:rp=\"%s\">",
             dialect_names(d)->rp);
    if (p->query(call, d, "/*", NULL, arg, err) < 0)
        return -1;
    buf_adds(&call->reply, "</rp:GetResourcePropertyDocumentResponse>");
    return 0;
}

/* An expression, and the node whose prefixes are in scope. */
struct expression {
    char *text;
    const xmlNode *scope;
};

/* Declare at SCOPE the prefix that MAPPING binds to a namespace. -1 with
 * ERR. */
static int
map_prefix(xmlNode *scope, const xmlNode *mapping, struct err *err)
{
    char *prefix = xml_child_text(mapping, "*", "MappedName");
    char *ns = xml_child_text(mapping, "*", "Namespace");
    int rc = 0;

    if (prefix == NULL || ns == NULL ||
        xmlValidateNCName((const xmlChar *)prefix, 0) != 0)
        rc = err_set(err, ERR_SYNTAX,
                     "each of NamespaceMappings needs a MappedName, which is "
                     "a prefix, and its Namespace");
    else
        xmlNewNs(scope, (const xmlChar *)ns, (const xmlChar *)prefix);
    free(prefix);
    free(ns);
    return rc;
}

/* Parse the targeted query below NODE: its QueryString, and the prefixes
 * declared by its NamespaceMappings. -1 with ERR: SYNTAX, which names the
 * unknown element. */
static int
read_targeted(const xmlNode *node, struct expression *x, struct err *err)
{
    const xmlNode *at = xml_child(node, "*", "TargetedXPathQuery");
    xmlNode *text;

    at = at != NULL ? at : node;
    text = xml_child(at, "*", "QueryString");
    if (text == NULL)
        return err_set(err, ERR_SYNTAX,
                       "a targeted query needs a QueryString, which is an "
                       "XPath 1.0 expression");
    for (xmlNode *c = xml_first(at); c != NULL; c = xml_next(c)) {
        if (c == text)
            continue;
        if (!xml_is(c, "*", "NamespaceMappings"))
            return err_set(err, ERR_SYNTAX,
                           "%s is not understood in a targeted query",
                           (const char *)c->name);
        if (map_prefix(text, c, err) < 0)
            return -1;
    }
    x->text = xml_text(text);
    x->scope = text;
    return 0;
}

/* Parse NODE, a QueryExpression, by its Dialect into X, whose text the caller
 * must free(). -1: CALL has its fault. */
static int
read_expression(struct soap_call *call, const xmlNode *node,
                struct expression *x, struct err *err)
{
    const char *ns = dialect_names(asked_in(call))->rp;
    char *language = xml_attr(node, "Dialect");
    int rc = 0;

    if (language == NULL || strcmp(language, XPATH_DIALECT) == 0)
        *x = (struct expression){ xml_text(node), node };
    else if (strcmp(language, TARGETED_DIALECT) != 0)
        rc = base_fault(call, ns, "UnknownQueryExpressionDialectFault",
                        "the query dialects here are XPath 1.0, " XPATH_DIALECT
                        ", and " TARGETED_DIALECT);
    else if (read_targeted(node, x, err) < 0)
        rc = base_fault(call, ns, "InvalidQueryExpressionFault", err->text);
    if (rc == 0 && strlen(x->text) > EXPRESSION_MAX)
        rc = base_fault(call, ns, "InvalidQueryExpressionFault",
                        "the query expression is longer than 65536 bytes");
    free(language);
    return rc;
}

int
properties_query(struct soap_call *call, const struct properties *p, void *arg,
                 struct err *err)
{
    enum dialect d = asked_in(call);
    const char *ns = dialect_names(d)->rp;
    const xmlNode *node = xml_child(call->payload, ns, "QueryExpression");
    struct expression x = { NULL, NULL };
    int rc;

    if (node == NULL)
        return base_fault(call, ns, "InvalidQueryExpressionFault",
                          "there is no QueryExpression");
    buf_addf(&call->reply,
             "<rp:QueryResourcePropertiesResponse xmlns:rp=\"%s\">", ns);
    rc = read_expression(call, node, &x, err);
    if (rc == 0 && p->query(call, d, x.text, x.scope, arg, err) < 0)
        rc = err->code == ERR_NOT_FOUND
                 ? base_fault_unknown(call, err->text)
                 : base_fault(call, ns,
                              err->code == ERR_SYNTAX
                                  ? "InvalidQueryExpressionFault"
                                  : "QueryEvaluationErrorFault",
                              err->text);
    buf_adds(&call->reply, "</rp:QueryResourcePropertiesResponse>");
    free(x.text);
    return rc;
}
