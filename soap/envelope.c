/* soap/envelope.c - see envelope.h. */
#include <stdlib.h>
#include <string.h>

#include "base/xml.h"
#include "soap/envelope.h"

static const struct {
    const char *ns, *type, *actor; /* names of the header attributes */
} versions[] = {
    [SOAP_V11] = { SOAP_NS_11, "text/xml; charset=utf-8", "actor" },
    [SOAP_V12] = { SOAP_NS_12, "application/soap+xml; charset=utf-8", "role" },
};

const char *
envelope_type(enum soap_version v)
{
    return versions[v].type;
}

/* Find the parts below the Envelope ROOT: at most one Header, then one Body,
 * and nothing else (SOAP 1.2 part 1, section 5.1; WS-I Basic Profile 1.1,
 * R1011). */
static int
envelope_parts(const xmlNode *root, struct envelope *e, struct err *err)
{
    const char *ns = versions[e->version].ns;

    for (xmlNode *n = xml_first(root); n != NULL; n = xml_next(n)) {
        if (e->body != NULL)
            return err_set(err, ERR_SYNTAX,
                           "the element '%s' stands behind the Body: the Body "
                           "must be the last one of the Envelope",
                           (const char *)n->name);
        if (xml_is(n, ns, "Body"))
            e->body = n;
        else if (xml_is(n, ns, "Header") && e->header == NULL)
            e->header = n;
        else
            return err_set(err, ERR_SYNTAX,
                           "the element '%s' stands before the Body: an "
                           "Envelope holds at most one Header, then one Body",
                           (const char *)n->name);
    }
    return e->body != NULL
               ? 0
               : err_set(err, ERR_SYNTAX, "the Envelope has no Body");
}

int
envelope_read(const xmlDoc *doc, struct envelope *e, struct err *err)
{
    const xmlNode *root = xmlDocGetRootElement(doc);

    *e = (struct envelope){ .version = SOAP_V11 };
    if (!xml_is(root, "*", "Envelope"))
        return err_set(err, ERR_SYNTAX,
                       "the root element is '%s', not an Envelope",
                       root != NULL ? (const char *)root->name : "");
    if (xml_is(root, SOAP_NS_12, "Envelope"))
        e->version = SOAP_V12;
    else if (!xml_is(root, SOAP_NS_11, "Envelope"))
        return err_set(err, ERR_PROTOCOL,
                       "the Envelope's namespace '%s' is neither that of SOAP "
                       "1.1 nor of 1.2",
                       root->ns != NULL ? (const char *)root->ns->href : "");
    if (envelope_parts(root, e, err) < 0)
        return -1;
    e->payload = xml_first(e->body);
    if (e->payload == NULL)
        return err_set(err, ERR_SYNTAX, "the Body is empty");
    if (xml_next(e->payload) != NULL)
        return err_set(err, ERR_SYNTAX,
                       "the Body contains more than one element");
    return 0;
}

/* The value of attribute NAME of header block NODE, "" when absent; the caller
 * frees it with xmlFree(). */
static xmlChar *
header_attr(const xmlNode *node, enum soap_version v, const char *name)
{
    xmlChar *text = xmlGetNsProp(node, (const xmlChar *)name,
                                 (const xmlChar *)versions[v].ns);

    return text != NULL ? text : xmlStrdup((const xmlChar *)"");
}

/* Whether NODE is addressed to us with mustUnderstand. */
static bool
header_must(const xmlNode *node, enum soap_version v)
{
    static const char *const ours[] = {
        "", "http://schemas.xmlsoap.org/soap/actor/next",
        SOAP_NS_12 "/role/next", SOAP_NS_12 "/role/ultimateReceiver"
    };
    xmlChar *must = header_attr(node, v, "mustUnderstand"),
            *actor = header_attr(node, v, versions[v].actor);
    bool yes = strcmp((char *)must, "1") == 0 ||
               strcmp((char *)must, "true") == 0,
         us = false;

    for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
        us = us || strcmp((char *)actor, ours[i]) == 0;
    xmlFree(must);
    xmlFree(actor);
    return yes && us;
}

/* Whether UNDERSTOOD contains NODE's name. */
static bool
header_known(const xmlNode *node, const char *const *understood)
{
    const char *ns = node->ns != NULL ? (const char *)node->ns->href : "";
    size_t n = strlen(ns);

    if (wsa_understands(node))
        return true;
    for (; understood != NULL && *understood != NULL; understood++)
        if (strncmp(*understood, ns, n) == 0 && (*understood)[n] == ' ' &&
            strcmp(*understood + n + 1, (const char *)node->name) == 0)
            return true;
    return false;
}

const xmlNode *
envelope_stranger(const struct envelope *e, const char *const *understood)
{
    for (const xmlNode *n = xml_first(e->header); n != NULL; n = xml_next(n))
        if (header_must(n, e->version) && !header_known(n, understood))
            return n;
    return NULL;
}

void
envelope_begin(struct buf *out, enum soap_version v, const char *headers)
{
    buf_addf(out,
             "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
             "<soapenv:Envelope xmlns:soapenv=\"%s\">",
             versions[v].ns);
    if (headers != NULL && *headers != '\0') {
        buf_adds(out, "<soapenv:Header>");
        buf_adds(out, headers);
        buf_adds(out, "</soapenv:Header>");
    }
    buf_adds(out, "<soapenv:Body>");
}

void
envelope_end(struct buf *out)
{
    buf_adds(out, "</soapenv:Body></soapenv:Envelope>\n");
}
