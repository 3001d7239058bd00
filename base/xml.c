/* base/xml.c - see xml.h. */
#include <libxml/parser.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/xml.h"

#define XML_OPTIONS                                              \
    (XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | \
     XML_PARSE_NOCDATA)

static const xmlChar *
xs(const char *s)
{
    return (const xmlChar *)s;
}

/* Set ERR from the first line of the parser's last error, with its position. */
static int
xml_complain(xmlParserCtxt *ctxt, struct err *err)
{
    const xmlError *e = xmlCtxtGetLastError(ctxt);
    const char *text = e != NULL && e->message != NULL ? e->message : NULL;

    if (text == NULL)
        return err_set(err, ERR_SYNTAX, "this is not an XML document");
    return err_set(err, ERR_SYNTAX, "line %d, column %d: %.*s", e->line,
                   e->int2, (int)strcspn(text, "\n"), text);
}

int
xml_parse(const char *p, size_t n, xmlDoc **doc, struct err *err)
{
    return xml_parse_max(p, n, 0, doc, err);
}

int
xml_parse_max(const char *p, size_t n, size_t elements_max, xmlDoc **doc,
              struct err *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    xmlParserCtxt *ctxt;

    *doc = NULL;
    if (xml_prescan(p, n, elements_max, err) < 0)
        return -1;
    if (n > INT32_MAX)
        return err_set(err, ERR_LIMIT, "the document is too long");
    pthread_once(&once, xmlInitParser);
    ctxt = xmlNewParserCtxt();
    if (ctxt == NULL)
        return err_set(err, ERR_NOMEM, "parse XML: out of memory");
    /* The encoding is given, so that the parser does not guess it or follow a
     * declaration. */
    *doc = xmlCtxtReadMemory(ctxt, p, (int)n, NULL, "UTF-8", XML_OPTIONS);
    /* libxml2 only warns about an unbound prefix. */
    if (*doc != NULL && !ctxt->nsWellFormed) {
        xmlFreeDoc(*doc);
        *doc = NULL;
    }
    if (*doc == NULL)
        xml_complain(ctxt, err);
    xmlFreeParserCtxt(ctxt);
    return *doc == NULL ? -1 : 0;
}

bool
xml_is(const xmlNode *node, const char *ns, const char *name)
{
    const char *own;

    if (node == NULL || node->type != XML_ELEMENT_NODE ||
        strcmp((const char *)node->name, name) != 0)
        return false;
    if (ns != NULL && strcmp(ns, "*") == 0)
        return true;
    own = node->ns != NULL ? (const char *)node->ns->href : NULL;
    if (ns == NULL || own == NULL)
        return ns == own;
    return strcmp(own, ns) == 0;
}

/* NODE itself or its next sibling that is an element. */
static xmlNode *
xml_element(xmlNode *node)
{
    while (node != NULL && node->type != XML_ELEMENT_NODE)
        node = node->next;
    return node;
}

xmlNode *
xml_first(const xmlNode *node)
{
    return node != NULL ? xml_element(node->children) : NULL;
}

xmlNode *
xml_next(const xmlNode *node)
{
    return node != NULL ? xml_element(node->next) : NULL;
}

xmlNode *
xml_child(const xmlNode *node, const char *ns, const char *name)
{
    xmlNode *c = xml_first(node);

    while (c != NULL && !xml_is(c, ns, name))
        c = xml_next(c);
    return c;
}

char *
xml_text(const xmlNode *node)
{
    static const char blanks[] = " \t\r\n";
    xmlChar *content = node != NULL ? xmlNodeGetContent(node) : NULL;
    const char *s = content != NULL ? (const char *)content : "";
    struct buf text = BUF_INIT;
    size_t n;

    s += strspn(s, blanks);
    n = strlen(s);
    while (n > 0 && strchr(blanks, s[n - 1]) != NULL)
        n--;
    buf_add(&text, s, n);
    xmlFree(content);
    return buf_detach(&text);
}

char *
xml_child_text(const xmlNode *node, const char *ns, const char *name)
{
    const xmlNode *c = xml_child(node, ns, name);

    return c != NULL ? xml_text(c) : NULL;
}

char *
xml_attr(const xmlNode *node, const char *name)
{
    xmlChar *value = xmlGetNoNsProp(node, xs(name));
    char *copy = value != NULL ? xstrdup((const char *)value) : NULL;

    xmlFree(value);
    return copy;
}

int
xml_qname_text(const xmlNode *node, char **ns, char **name, struct err *err)
{
    xmlDoc *doc = node->doc;
    char *text = xml_text(node), *colon = strchr(text, ':'), *local = text;
    /* libxml2 takes its nodes without const, but changes none here. */
    xmlNode *at = (xmlNode *)(uintptr_t)node;
    const xmlNs *bound;
    int rc = 0;

    *ns = *name = NULL;
    if (colon != NULL) {
        *colon = '\0';
        local = colon + 1;
    }
    bound = xmlSearchNs(doc, at, colon != NULL ? xs(text) : NULL);
    if (xmlValidateNCName(xs(local), 0) != 0)
        rc = err_set(err, ERR_SYNTAX, "'%s' is not a qualified name", local);
    else if (bound == NULL && colon != NULL)
        rc = err_set(err, ERR_SYNTAX, "prefix '%s' is not bound", text);
    if (rc == 0) {
        *name = xstrdup(local);
        if (bound != NULL && bound->href != NULL && bound->href[0] != '\0')
            *ns = xstrdup((const char *)bound->href);
    }
    free(text);
    return rc;
}

/* Declare on COPY every namespace in scope at NODE that it lacks, because text
 * may use any prefix. */
static void
xml_declare_scope(xmlNode *copy, const xmlNode *node)
{
    xmlNs **scope = xmlGetNsList(node->doc, node);

    /* xmlNewNs() does nothing for a prefix that is declared already. */
    for (xmlNs **n = scope; n != NULL && *n != NULL; n++)
        if (*(*n)->href != '\0')
            xmlNewNs(copy, (*n)->href, (*n)->prefix);
    xmlFree(scope);
}

/* Move the declaration of PREFIX (NULL: the default) from FROM to the place
 * *to; the place behind it. */
static xmlNs **
xml_move_ns(xmlNs **from, const xmlChar *prefix, xmlNs **to)
{
    for (; *from != NULL; from = &(*from)->next)
        if (xmlStrEqual((*from)->prefix, prefix)) {
            xmlNs *n = *from;

            *from = n->next;
            n->next = *to;
            *to = n;
            return &n->next;
        }
    return to;
}

/* Have the declarations of COPY in one order: those of NODE, then what is
 * declared above it, the nearest first; whatever uses them. */
static void
xml_order_scope(xmlNode *copy, const xmlNode *node)
{
    xmlNs **scope = xmlGetNsList(node->doc, node), **to = &copy->nsDef;

    for (xmlNs **n = scope; n != NULL && *n != NULL; n++)
        to = xml_move_ns(to, (*n)->prefix, to);
    xmlFree(scope);
}

void
xml_write(struct buf *out, const xmlNode *node)
{
    xmlDoc *doc = xmlNewDoc(xs("1.0"));
    xmlBuffer *text = xmlBufferCreate();
    xmlNode *copy =
        doc != NULL ? xmlDocCopyNode((xmlNode *)(uintptr_t)node, doc, 1) : NULL;

    if (copy == NULL || text == NULL)
        abort(); /* out of memory, as in buf_add() */
    xmlDocSetRootElement(doc, copy);
    xml_declare_scope(copy, node);
    xml_order_scope(copy, node);
    if (xmlNodeDump(text, doc, copy, 0, 0) < 0)
        abort();
    buf_add(out, xmlBufferContent(text), (size_t)xmlBufferLength(text));
    xmlBufferFree(text);
    xmlFreeDoc(doc);
}

/* Append a declaration of N unless it unbinds the default namespace. */
static void
xml_write_ns(struct buf *out, const xmlNs *n)
{
    if (*n->href == '\0')
        return;
    buf_addf(out, " xmlns%s%s=\"", n->prefix != NULL ? ":" : "",
             n->prefix != NULL ? (const char *)n->prefix : "");
    buf_add_xml(out, (const char *)n->href);
    buf_addc(out, '"');
}

void
xml_write_holder(struct buf *out, const xmlNode *node)
{
    const char *prefix =
        node->ns != NULL ? (const char *)node->ns->prefix : NULL;
    xmlNs **scope = xmlGetNsList(node->doc, node);
    xmlBuffer *text = xmlBufferCreate();
    char *name = xasprintf("%s%s%s", prefix != NULL ? prefix : "",
                           prefix != NULL ? ":" : "", (const char *)node->name);

    if (text == NULL)
        abort();
    if (xml_first(node) != NULL) {
        buf_addf(out, "<%s", name);
        for (xmlNs **n = scope; n != NULL && *n != NULL; n++)
            xml_write_ns(out, *n);
        buf_addc(out, '>');
        for (xmlNode *c = xml_first(node); c != NULL; c = xml_next(c))
            if (xmlNodeDump(text, node->doc, c, 0, 0) < 0)
                abort();
        buf_add(out, xmlBufferContent(text), (size_t)xmlBufferLength(text));
        buf_addf(out, "</%s>", name);
    }
    free(name);
    xmlBufferFree(text);
    xmlFree(scope);
}

const char **
xml_prefixes(const xmlNode *node)
{
    xmlNs **scope = node != NULL ? xmlGetNsList(node->doc, node) : NULL;
    const char **pairs;
    size_t n = 0;

    while (scope != NULL && scope[n] != NULL)
        n++;
    pairs = xcalloc(2 * n + 1, sizeof(*pairs));
    n = 0;
    for (xmlNs **ns = scope; ns != NULL && *ns != NULL; ns++)
        if ((*ns)->prefix != NULL) {
            pairs[n++] = (const char *)(*ns)->prefix;
            pairs[n++] = (const char *)(*ns)->href;
        }
    xmlFree(scope);
    return pairs;
}
