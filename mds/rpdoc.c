/* mds/rpdoc.c - see rpdoc.h. */
#include <libxml/parser.h>
#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "base/xml.h"
#include "mds/rpdoc.h"

#define XSI_NS "http://www.w3.org/2001/XMLSchema-instance"

xmlNode *
rpdoc_entry(enum dialect d, const char *entry_url,
            const struct rpdoc_entry *entry, struct err *err)
{
    const struct dialect_names *n = dialect_names(d);
    struct buf xml = BUF_INIT, key = BUF_INIT;
    xmlDoc *doc = NULL;
    xmlNode *node = NULL;

    buf_addf(&key,
             "<agg:EntryKey xmlns:agg=\"" AGGREGATOR_NS "\">%s"
             "</agg:EntryKey>",
             entry->id);
    buf_addf(
        &xml,
        "<sg:Entry xmlns:sg=\"%s\" xmlns:wsa=\"%s\" xmlns:agg=\"" AGGREGATOR_NS
        "\"><sg:ServiceGroupEntryEPR>",
        n->sg, wsa_ns(n->wsa));
    wsa_epr_write(&xml, n->wsa, entry_url, buf_str(&key));
    buf_adds(&xml, "</sg:ServiceGroupEntryEPR><sg:MemberServiceEPR>");
    wsa_epr_write(&xml, n->wsa, entry->member,
                  *entry->member_params != '\0' ? entry->member_params : NULL);
    buf_adds(&xml, "</sg:MemberServiceEPR>");
    /* the final schema gives Content a type that this one does not extend */
    buf_adds(&xml, d == DIALECT_DRAFT ? "<sg:Content xmlns:xsi=\"" XSI_NS
                                        "\" xsi:type=\"agg:AggregatorContent\">"
                                      : "<sg:Content>");
    buf_addf(&xml,
             "<agg:AggregatorConfig>%s</agg:AggregatorConfig>"
             "<agg:AggregatorData>%s</agg:AggregatorData>"
             "</sg:Content></sg:Entry>",
             entry->config, entry->data);
    doc = xmlReadMemory(xml.data, (int)xml.len, NULL, "UTF-8",
                        XML_PARSE_NONET | XML_PARSE_NOERROR |
                            XML_PARSE_NOWARNING | XML_PARSE_NOBLANKS |
                            XML_PARSE_COMPACT);
    if (doc == NULL)
        err_set(err, ERR_SYNTAX, "the registration's content is no XML");
    else {
        /* its strings must not live in the dictionary of a document that
         * goes away: a copy owns them */
        node = xmlDocCopyNode(xmlDocGetRootElement(doc), NULL, 1);
        xmlFreeDoc(doc);
    }
    buf_fini(&xml);
    buf_fini(&key);
    return node;
}

xmlDoc *
rpdoc_create(enum dialect d)
{
    const struct dialect_names *n = dialect_names(d);
    xmlDoc *doc = xmlNewDoc((const xmlChar *)"1.0");
    xmlNode *root =
        xmlNewNode(NULL, (const xmlChar *)"AggregatorServiceGroupRP");
    xmlNs *rl, *rp;

    xmlDocSetRootElement(doc, root);
    xmlSetNs(root, xmlNewNs(root, (const xmlChar *)AGGREGATOR_NS,
                            (const xmlChar *)"agg"));
    rl = xmlNewNs(root, (const xmlChar *)n->rl, (const xmlChar *)"rl");
    rp = xmlNewNs(root, (const xmlChar *)n->rp, (const xmlChar *)"rp");
    xmlNewTextChild(root, rl, (const xmlChar *)"CurrentTime",
                    (const xmlChar *)"");
    xmlNewTextChild(root, rp, (const xmlChar *)"QueryExpressionDialect",
                    (const xmlChar *)XPATH_DIALECT);
    return doc;
}

void
rpdoc_replace(xmlDoc *doc, xmlNode *old, xmlNode *node)
{
    xmlSetTreeDoc(node, doc);
    if (old != NULL) {
        xmlReplaceNode(old, node);
        xmlFreeNode(old);
    } else
        xmlAddChild(xmlDocGetRootElement(doc), node);
}

void
rpdoc_remove(xmlNode *node)
{
    xmlUnlinkNode(node);
    xmlFreeNode(node);
}

void
rpdoc_set_time(xmlDoc *doc, long long now_ms)
{
    char text[TIME_TEXT];

    xmlNodeSetContent(xml_first(xmlDocGetRootElement(doc)),
                      (const xmlChar *)time_utc_ms(now_ms, text));
}

/* libxml2 would print; the answer carries what went wrong. */
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

/* Prefixes of SCOPE, and those that users of the index expect. */
static void
bind_prefixes(xmlXPathContext *ctx, const xmlNode *scope)
{
    static const struct {
        const char *prefix, *ns;
    } usual[] = {
        { "glue", "http://schemas.ogf.org/glue/2009/03/spec_2.0_r1" },
        { "agg", AGGREGATOR_NS },
        { "wssg", "http://docs.oasis-open.org/wsrf/sg-2" },
        { "wsa", WSA_2005_08 },
    };
    xmlNs **list;

    for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
        xmlXPathRegisterNs(ctx, (const xmlChar *)usual[i].prefix,
                           (const xmlChar *)usual[i].ns);
    if (scope == NULL)
        return;
    list = xmlGetNsList(scope->doc, scope);
    for (xmlNs **ns = list; ns != NULL && *ns != NULL; ns++)
        if ((*ns)->prefix != NULL)
            xmlXPathRegisterNs(ctx, (*ns)->prefix, (*ns)->href);
    xmlFree(list);
}

/* One node of a result. */
static void
put_node(struct buf *out, xmlNode *node)
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

/* The nodes of SET; -1 when that is more than MOST bytes. */
static int
put_nodes(struct buf *out, const xmlNodeSet *set, size_t most)
{
    size_t before = out->len;

    for (int i = 0; i < xmlXPathNodeSetGetLength(set); i++) {
        put_node(out, set->nodeTab[i]);
        if (out->len - before > most) {
            out->len = before;
            return -1;
        }
    }
    return 0;
}

/* A value that is no nodes. */
static void
put_value(struct buf *out, const xmlXPathObject *value)
{
    xmlChar *text;

    if (value->type == XPATH_NUMBER &&
        value->floatval == floor(value->floatval) &&
        fabs(value->floatval) < 1e15) {
        buf_addf(out, "%.0f", value->floatval);
        return;
    }
    text = value->type == XPATH_BOOLEAN
               ? xmlXPathCastBooleanToString(value->boolval)
           : value->type == XPATH_NUMBER
               ? xmlXPathCastNumberToString(value->floatval)
               : xmlStrdup(value->stringval);
    buf_add_xml(out, text != NULL ? (const char *)text : "");
    xmlFree(text);
}

/* Guards every rpdoc_run; held for moments. */
static pthread_mutex_t run_lock = PTHREAD_MUTEX_INITIALIZER;

void
rpdoc_stop(struct rpdoc_run *run)
{
    pthread_mutex_lock(&run_lock);
    run->stopped = true;
    /* libxml2 has no other way: its next step is one too many */
    if (run->ctx != NULL)
        run->ctx->opLimit = 1;
    pthread_mutex_unlock(&run_lock);
}

/* RUN's query is CTX's now, NULL: over. */
static void
set_run(struct rpdoc_run *run, xmlXPathContext *ctx)
{
    pthread_mutex_lock(&run_lock);
    run->ctx = ctx;
    if (ctx != NULL && run->stopped)
        ctx->opLimit = 1;
    pthread_mutex_unlock(&run_lock);
}

/* Why there is no value of TEXT. */
static int
no_value(const xmlXPathContext *ctx, const struct rpdoc_run *run,
         const char *text, unsigned long ops, struct err *err)
{
    if (run->stopped)
        return err_set(err, ERR_LIMIT,
                       "the query takes longer than is allowed here "
                       "(mds.query_timeout)");
    if (ctx->lastError.code ==
        XML_XPATH_EXPRESSION_OK + XPATH_OP_LIMIT_EXCEEDED)
        return err_set(err, ERR_LIMIT,
                       "the query takes more than the %lu steps allowed here "
                       "(mds.query_timeout)",
                       ops);
    return err_set(
        err, ERR_SYNTAX, "'%.200s' cannot be evaluated: %.100s", text,
        ctx->lastError.message != NULL ? ctx->lastError.message
                                       : "unknown prefix or function");
}

int
rpdoc_query(xmlDoc *doc, const char *text, const xmlNode *scope,
            unsigned long ops, size_t answer_max, struct rpdoc_run *run,
            struct buf *out, struct err *err)
{
    xmlXPathContext *ctx = xmlXPathNewContext(doc);
    xmlXPathCompExpr *compiled = NULL;
    xmlXPathObject *value = NULL;
    int rc = 0;

    ctx->opLimit = ops;
    ctx->error = silent;
    xmlSetGenericErrorFunc(NULL, silent_text); /* of this thread */
    bind_prefixes(ctx, scope);
    compiled = xmlXPathCtxtCompile(ctx, (const xmlChar *)text);
    set_run(run, ctx);
    if (compiled != NULL)
        value = xmlXPathCompiledEval(compiled, ctx);
    set_run(run, NULL);
    if (compiled == NULL)
        rc = err_set(err, ERR_SYNTAX, "'%.200s' is no XPath 1.0 expression",
                     text);
    else if (value == NULL)
        rc = no_value(ctx, run, text, ops, err);
    else if (value->type != XPATH_NODESET)
        put_value(out, value);
    else if (put_nodes(out, value->nodesetval, answer_max) < 0)
        rc = err_set(err, ERR_LIMIT,
                     "the answer is longer than %zu bytes: ask for less",
                     answer_max);
    xmlXPathFreeObject(value);
    xmlXPathFreeCompExpr(compiled);
    xmlXPathFreeContext(ctx);
    return rc;
}
