/* mds/xplan_show.c - see xplan_show.h. */
#include <stdlib.h>
#include <string.h>

#include "mds/entry_show.h"
#include "mds/rpdoc.h"
#include "mds/xplan_show.h"

void
xplan_put_text(struct buf *out, const char *text, size_t len)
{
    char *copy = xcalloc(1, len + 1);

    memcpy(copy, text, len);
    buf_add_xml(out, copy);
    free(copy);
}

/* Append the whole entry: its text, and in its start tag what is declared above
 * it. */
static void
show_entry(const struct xtree *t, const struct buf *text, struct buf *out)
{
    const struct dialect_names *n = dialect_names(t->dialect);
    size_t tag = strcspn(text->data, ">");

    buf_add(out, text->data, tag);
    buf_addf(out, " xmlns:rl=\"%s\" xmlns:rp=\"%s\"", n->rl, n->rp);
    buf_add(out, text->data + tag, text->len - tag);
}

/* A walk over an entry as libxml2 has it, beside the table of its nodes. */
struct walk {
    const struct xtree *tree;
    const struct xlist *list;
    size_t next; /* in list */
    uint32_t at; /* number of the node that comes */
    struct buf *out;
};

static void
meet(struct walk *w, xmlNode *node)
{
    if (w->next < w->list->n && w->list->at[w->next] == w->at) {
        rpdoc_put_node(w->out, node);
        w->next++;
    }
    w->at++;
}

static void
meet_attributes(struct walk *w, const xmlNode *node)
{
    for (xmlAttr *a = node->properties; a != NULL; a = a->next)
        meet(w, (xmlNode *)(void *)a);
    if (w->at < w->tree->end && !xtree_visible(w->tree, w->at))
        w->at++;
}

static void
walk(struct walk *w, xmlNode *top)
{
    xmlNode *n = top;

    while (w->next < w->list->n) {
        meet(w, n);
        if (n->type == XML_ELEMENT_NODE) {
            meet_attributes(w, n);
            if (n->children != NULL) {
                n = n->children;
                continue;
            }
        }
        while (n != top && n->next == NULL)
            n = n->parent;
        if (n == top)
            return;
        n = n->next;
    }
}

void
xplan_show(const struct xtree *tree, const struct xlist *list, struct buf *out)
{
    struct walk w = { tree, list, 0, XTREE_ENTRY, out };
    struct buf text = BUF_INIT;

    entry_show(tree->entry, tree->dialect, tree->entry_url, &text);
    if (list->n == 1 && list->at[0] == XTREE_ENTRY)
        show_entry(tree, &text, out);
    else {
        xmlDoc *doc = rpdoc_create(tree->dialect);
        xmlNode *node = rpdoc_entry(text.data, text.len, NULL);

        if (node != NULL) {
            rpdoc_insert(doc, NULL, node);
            walk(&w, node);
        }
        xmlFreeDoc(doc);
    }
    buf_fini(&text);
}
