/* mds/rpdoc.c - see rpdoc.h. */
#include <libxml/parser.h>
#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "base/xml.h"
#include "mds/rpdoc.h"

#define XSI_NS "http://www.w3.org/2001/XMLSchema-instance"

/* Append the stored element TEXT as NAME; TEXT is the element or its
 * content. */
static void
put_held(struct buf *out, const char *name, const char *text)
{
    const char *p = text + (*text == '<'), *colon = strchr(p, ':');
    size_t n = strlen(name);

    if (colon != NULL && colon < p + strcspn(p, " \t\r\n/>"))
        p = colon + 1;
    if (*text == '<' && strncmp(p, name, n) == 0 &&
        strchr(" \t\r\n/>", p[n]) != NULL) {
        buf_adds(out, text);
        return;
    }
    if (*text == '\0') {
        buf_addf(out, "<agg:%s/>", name);
        return;
    }
    buf_addf(out, "<agg:%s>", name);
    buf_adds(out, text);
    buf_addf(out, "</agg:%s>", name);
}

void
rpdoc_entry_text(struct buf *out, enum dialect d, const char *entry_url,
                 const struct rpdoc_entry *entry)
{
    const struct dialect_names *n = dialect_names(d);
    struct buf key = BUF_INIT;

    buf_addf(&key,
             "<agg:EntryKey xmlns:agg=\"" AGGREGATOR_NS "\">%s"
             "</agg:EntryKey>",
             entry->id);
    buf_addf(
        out,
        "<sg:Entry xmlns:sg=\"%s\" xmlns:wsa=\"%s\" xmlns:agg=\"" AGGREGATOR_NS
        "\"><sg:ServiceGroupEntryEPR>",
        n->sg, wsa_ns(n->wsa));
    wsa_epr_write(out, n->wsa, entry_url, buf_str(&key));
    buf_adds(out, "</sg:ServiceGroupEntryEPR><sg:MemberServiceEPR>");
    wsa_epr_write(out, n->wsa, entry->member,
                  *entry->member_params != '\0' ? entry->member_params : NULL);
    buf_adds(out, "</sg:MemberServiceEPR>");
    /* the final schema gives Content a type that this one does not extend */
    buf_adds(out, d == DIALECT_DRAFT ? "<sg:Content xmlns:xsi=\"" XSI_NS
                                       "\" xsi:type=\"agg:AggregatorContent\">"
                                     : "<sg:Content>");
    put_held(out, "AggregatorConfig", entry->config);
    put_held(out, "AggregatorData", entry->data);
    buf_adds(out, "</sg:Content></sg:Entry>");
    buf_fini(&key);
}

xmlNode *
rpdoc_entry(const char *text, size_t len, struct err *err)
{
    xmlDoc *doc = xmlReadMemory(text, (int)len, NULL, "UTF-8",
                                XML_PARSE_NONET | XML_PARSE_NOERROR |
                                    XML_PARSE_NOWARNING | XML_PARSE_NOBLANKS |
                                    XML_PARSE_COMPACT);
    xmlNode *node;

    if (doc == NULL) {
        err_set(err, ERR_SYNTAX, "the registration's content is not XML");
        return NULL;
    }
    /* copy the node, so that its strings do not belong to the dictionary of the
     * document freed below */
    node = xmlDocCopyNode(xmlDocGetRootElement(doc), NULL, 1);
    xmlFreeDoc(doc);
    return node;
}

xmlDoc *
rpdoc_read(const char *text, size_t len, struct err *err)
{
    xmlNode *root = rpdoc_entry(text, len, err);
    xmlDoc *doc = root != NULL ? xmlNewDoc((const xmlChar *)"1.0") : NULL;

    if (doc != NULL) {
        xmlSetTreeDoc(root, doc);
        xmlDocSetRootElement(doc, root);
    }
    return doc;
}

xmlDoc *
rpdoc_create(enum dialect d)
{
    const struct dialect_names *n = dialect_names(d);
    xmlDoc *doc = xmlNewDoc((const xmlChar *)"1.0");
    xmlNode *root =
        xmlNewNode(NULL, (const xmlChar *)"AggregatorServiceGroupRP");
    xmlNs *agg, *rl, *rp;

    xmlDocSetRootElement(doc, root);
    agg =
        xmlNewNs(root, (const xmlChar *)AGGREGATOR_NS, (const xmlChar *)"agg");
    xmlSetNs(root, agg);
    rl = xmlNewNs(root, (const xmlChar *)n->rl, (const xmlChar *)"rl");
    rp = xmlNewNs(root, (const xmlChar *)n->rp, (const xmlChar *)"rp");
    xmlNewTextChild(root, rl, (const xmlChar *)"CurrentTime",
                    (const xmlChar *)"");
    xmlNewTextChild(root, rp, (const xmlChar *)"QueryExpressionDialect",
                    (const xmlChar *)XPATH_DIALECT);
    xmlNewTextChild(root, rp, (const xmlChar *)"QueryExpressionDialect",
                    (const xmlChar *)TARGETED_DIALECT);
    xmlNewTextChild(root, agg, (const xmlChar *)"RegistrationCount",
                    (const xmlChar *)"0");
    return doc;
}

void
rpdoc_insert(xmlDoc *doc, xmlNode *next, xmlNode *node)
{
    xmlSetTreeDoc(node, doc);
    if (next != NULL)
        xmlAddPrevSibling(next, node);
    else
        xmlAddChild(xmlDocGetRootElement(doc), node);
}

void
rpdoc_replace(xmlDoc *doc, xmlNode *old, xmlNode *node)
{
    xmlSetTreeDoc(node, doc);
    xmlReplaceNode(old, node);
    xmlFreeNode(old);
}

void
rpdoc_remove(xmlNode *node)
{
    xmlUnlinkNode(node);
    xmlFreeNode(node);
}

void
rpdoc_settle(xmlDoc *doc, long long now_ms)
{
    char text[TIME_TEXT];
    xmlNode *root = xmlDocGetRootElement(doc), *time = xml_first(root);
    xmlNode *count = xml_child(root, AGGREGATOR_NS, "RegistrationCount");
    unsigned n = 0;

    xmlNodeSetContent(time, (const xmlChar *)time_utc_ms(now_ms, text));
    for (const xmlNode *e = xml_next(count); e != NULL; e = xml_next(e))
        n++;
    snprintf(text, sizeof(text), "%u", n);
    xmlNodeSetContent(count, (const xmlChar *)text);
}

/* Keep libxml2 from printing errors; the answer has them. */
static void
silent(void *arg, xmlError *error)
{
    (void)arg;
    (void)error;
}

static void
silent_text(void *arg, const char *fmt, ...)
{
    (void)arg;
    (void)fmt;
}

/* Predefined prefixes for users of the index. */
static const struct {
    const char *prefix, *ns;
} usual[] = {
    { "glue", "http://schemas.ogf.org/glue/2009/03/spec_2.0_r1" },
    { "agg", AGGREGATOR_NS },
    { "wssg", "http://docs.oasis-open.org/wsrf/sg-2" },
    { "wsa", WSA_2005_08 },
};
#define USUAL (sizeof(usual) / sizeof(usual[0]))

const char *
rpdoc_prefix(const char *prefix, const char *const *ns)
{
    const char *found = NULL;

    for (; ns != NULL && ns[0] != NULL && ns[1] != NULL; ns += 2)
        if (strcmp(ns[0], prefix) == 0)
            found = ns[1];
    for (size_t i = 0; found == NULL && i < USUAL; i++)
        if (strcmp(usual[i].prefix, prefix) == 0)
            found = usual[i].ns;
    return strcmp(prefix, "xml") == 0 ? "http://www.w3.org/XML/1998/namespace"
                                      : found;
}

/* Register the prefixes of NS and the predefined ones. */
static void
bind_prefixes(xmlXPathContext *ctx, const char *const *ns)
{
    for (size_t i = 0; i < USUAL; i++)
        xmlXPathRegisterNs(ctx, (const xmlChar *)usual[i].prefix,
                           (const xmlChar *)usual[i].ns);
    for (; ns != NULL && ns[0] != NULL && ns[1] != NULL; ns += 2)
        xmlXPathRegisterNs(ctx, (const xmlChar *)ns[0], (const xmlChar *)ns[1]);
}

void
rpdoc_put_node(struct buf *out, xmlNode *node)
{
    xmlChar *text;

    if (node->type == XML_ELEMENT_NODE)
        xml_write(out, node);
    else if (node->type == XML_DOCUMENT_NODE)
        xml_write(out, xmlDocGetRootElement((xmlDoc *)node));
    else if (node->type == XML_NAMESPACE_DECL)
        buf_add_xml(out, (const char *)((xmlNs *)(void *)node)->href);
    else {
        text = xmlNodeGetContent(node);
        buf_add_xml(out, (const char *)text);
        buf_addc(out, '\n');
        xmlFree(text);
    }
}

/* Write the nodes of SET; -1 if they have more than MOST bytes. */
static int
put_nodes(struct buf *out, const xmlNodeSet *set, size_t most)
{
    size_t before = out->len;

    for (int i = 0; i < xmlXPathNodeSetGetLength(set); i++) {
        rpdoc_put_node(out, set->nodeTab[i]);
        if (out->len - before > most) {
            out->len = before;
            return -1;
        }
    }
    return 0;
}

void
rpdoc_put_number(struct buf *out, double number)
{
    xmlChar *text;

    if (number == floor(number) && fabs(number) < 1e15) {
        buf_addf(out, "%.0f", number);
        return;
    }
    text = xmlXPathCastNumberToString(number);
    buf_adds(out, (const char *)text);
    xmlFree(text);
}

/* Write a value that is not a node set. */
static void
put_value(struct buf *out, const xmlXPathObject *value)
{
    xmlChar *text;

    if (value->type == XPATH_NUMBER) {
        rpdoc_put_number(out, value->floatval);
        return;
    }
    text = value->type == XPATH_BOOLEAN
               ? xmlXPathCastBooleanToString(value->boolval)
               : xmlStrdup(value->stringval);
    buf_add_xml(out, text != NULL ? (const char *)text : "");
    xmlFree(text);
}

int
rpdoc_query(xmlDoc *doc, const char *text, const char *const *ns,
            size_t answer_max, struct buf *out, struct err *err)
{
    xmlXPathContext *ctx = xmlXPathNewContext(doc);
    xmlXPathCompExpr *compiled = NULL;
    xmlXPathObject *value = NULL;
    int rc = 0;

    ctx->error = silent;
    xmlSetGenericErrorFunc(NULL, silent_text); /* of this thread */
    bind_prefixes(ctx, ns);
    compiled = xmlXPathCtxtCompile(ctx, (const xmlChar *)text);
    if (compiled != NULL)
        value = xmlXPathCompiledEval(compiled, ctx);
    if (compiled == NULL)
        rc = err_set(err, ERR_SYNTAX, "'%.200s' is not an XPath 1.0 expression",
                     text);
    else if (value == NULL)
        rc = err_set(
            err, ERR_SYNTAX, "'%.200s' cannot be evaluated: %.100s", text,
            ctx->lastError.message != NULL ? ctx->lastError.message
                                           : "unknown prefix or function");
    else if (value->type != XPATH_NODESET)
        put_value(out, value);
    else if (put_nodes(out, value->nodesetval, answer_max) < 0)
        rc = err_set(err, ERR_LIMIT,
                     "the answer is longer than %zu bytes (mds.answer_max): "
                     "ask for less",
                     answer_max);
    xmlXPathFreeObject(value);
    xmlXPathFreeCompExpr(compiled);
    xmlXPathFreeContext(ctx);
    return rc;
}
