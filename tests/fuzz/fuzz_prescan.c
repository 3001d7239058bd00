/* tests/fuzz/fuzz_prescan.c - the pass before the parser: what it lets through
 * has no DOCTYPE and keeps the limits, as libxml2 sees it. */
#include <assert.h>
#include <libxml/parser.h>

#include "base/xml.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n);

/* Assert the limits below NODE, which stands at DEPTH. */
static void
check(const xmlNode *node, int depth)
{
    int attrs = 0;

    assert(depth <= XML_SCAN_DEPTH_MAX);
    for (const xmlAttr *a = node->properties; a != NULL; a = a->next)
        attrs++;
    assert(attrs <= XML_SCAN_ATTRS_MAX);
    for (const xmlNode *c = xml_first(node); c != NULL; c = xml_next(c))
        check(c, depth + 1);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t n)
{
    struct err err = ERR_INIT;
    xmlDoc *doc;

    if (xml_prescan((const char *)data, n, 1000, &err) < 0) {
        assert(err.code == ERR_SYNTAX || err.code == ERR_LIMIT);
        return 0;
    }
    /* No encoding given: what it would guess must have been refused. */
    doc = xmlReadMemory((const char *)data, (int)n, NULL, NULL,
                        XML_PARSE_NONET | XML_PARSE_NOERROR |
                            XML_PARSE_NOWARNING);
    if (doc != NULL) {
        assert(doc->intSubset == NULL && doc->extSubset == NULL);
        if (xmlDocGetRootElement(doc) != NULL)
            check(xmlDocGetRootElement(doc), 0);
        xmlFreeDoc(doc);
    }
    return 0;
}
