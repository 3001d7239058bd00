/* tests/fuzz/fuzz_xml.c - a document is read; each of its elements is written
 * and read again, and its look-ups hold. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/xml.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n);

/* Look at NODE and the first few below it in every way. */
static void
look(const xmlNode *node, int depth)
{
    struct buf out = BUF_INIT;
    char *ns, *name, *text = xml_text(node);
    xmlDoc *again;
    int width = 0;

    if (xml_qname_text(node, &ns, &name, NULL) == 0)
        assert(name != NULL);
    free(ns);
    free(name);
    xml_write(&out, node);
    assert(xml_prescan(out.data, out.len, 0, NULL) == 0 || out.len > 8192);
    if (xml_parse(out.data, out.len, &again, NULL) == 0) {
        assert(strcmp((const char *)xmlDocGetRootElement(again)->name,
                      (const char *)node->name) == 0);
        xmlFreeDoc(again);
    }
    buf_fini(&out);
    free(text);
    if (depth < 4)
        for (const xmlNode *c = xml_first(node); c != NULL && width++ < 4;
             c = xml_next(c))
            look(c, depth + 1);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t n)
{
    xmlDoc *doc;
    struct err err = ERR_INIT;

    if (xml_parse((const char *)data, n, &doc, &err) == 0) {
        look(xmlDocGetRootElement(doc), 0);
        xmlFreeDoc(doc);
    } else {
        assert(err.code != ERR_OK && doc == NULL);
    }
    return 0;
}
