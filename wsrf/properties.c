/* wsrf/properties.c - see properties.h. */
#include <stdlib.h>
#include <string.h>

#include "base/xml.h"
#include "wsrf/base_fault.h"
#include "wsrf/properties.h"

#define EXPRESSION_MAX 65536
#define PROPERTIES_MAX 16 /* different ones; there are fewer */

/* Properties that are asked for: each once, all known. */
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

/* The names in which CALL asks. */
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

/* Answer OPERATION with the properties of W, which ends here. */
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
                        struct err *err)
{
    enum dialect d = asked_in(call);

    buf_addf(&call->reply,
             "<rp:GetResourcePropertyDocumentResponse xmlns:rp=\"%s\">",
             dialect_names(d)->rp);
    if (p->query(call, d, "/*", NULL, err) < 0)
        return -1;
    buf_adds(&call->reply, "</rp:GetResourcePropertyDocumentResponse>");
    return 0;
}

/* Append what the expression TEXT of the element EXPRESSION finds. */
static int
find(struct soap_call *call, const struct properties *p, enum dialect d,
     const xmlNode *expression, const char *text, struct err *err)
{
    const char *ns = dialect_names(d)->rp;

    if (strlen(text) > EXPRESSION_MAX)
        return base_fault(call, ns, "InvalidQueryExpressionFault",
                          "the query expression is longer than 65536 bytes");
    if (p->query(call, d, text, expression, err) == 0)
        return 0;
    return base_fault(call, ns,
                      err->code == ERR_SYNTAX ? "InvalidQueryExpressionFault"
                                              : "QueryEvaluationErrorFault",
                      err->text);
}

int
properties_query(struct soap_call *call, const struct properties *p,
                 struct err *err)
{
    enum dialect d = asked_in(call);
    const char *ns = dialect_names(d)->rp;
    const xmlNode *expression = xml_child(call->payload, ns, "QueryExpression");
    char *language, *text;
    int rc;

    if (expression == NULL)
        return base_fault(call, ns, "InvalidQueryExpressionFault",
                          "there is no QueryExpression");
    language = xml_attr(expression, "Dialect");
    text = xml_text(expression);
    buf_addf(&call->reply,
             "<rp:QueryResourcePropertiesResponse xmlns:rp=\"%s\">", ns);
    if (language != NULL && strcmp(language, XPATH_DIALECT) != 0)
        rc = base_fault(
            call, ns, "UnknownQueryExpressionDialectFault",
            "the one query dialect here is XPath 1.0: " XPATH_DIALECT);
    else
        rc = find(call, p, d, expression, text, err);
    buf_adds(&call->reply, "</rp:QueryResourcePropertiesResponse>");
    free(language);
    free(text);
    return rc;
}
