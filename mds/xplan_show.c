/* mds/xplan_show.c - see xplan_show.h.
 *
 * An element is written by copying: its bytes are those of the registration
 * (flat.h) or of the frame around it (rpdoc.h), and its start tag gets what is
 * declared above it, nearest first, as xml_write() does. */
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

/* ---- the namespaces in scope ---- */

struct prefix {
    const char *at;
    size_t len;
};

/* Prefixes that are declared so far, nearest first. */
struct scope {
    struct buf prefixes; /* struct prefix each */
    struct buf text;     /* declarations that the start tag lacks */
};

/* Whether the LEN bytes at AT are new to S, which knows them then. */
static bool
is_new(struct scope *s, const char *at, size_t len)
{
    struct prefix p = { at, len };

    for (size_t i = 0; i < s->prefixes.len; i += sizeof(p)) {
        struct prefix had;

        memcpy(&had, s->prefixes.data + i, sizeof(had));
        if (had.len == len && memcmp(had.at, at, len) == 0)
            return false;
    }
    buf_add(&s->prefixes, &p, sizeof(p));
    return true;
}

/* Take the declarations at P, " xmlns...", into S; unless they are the start
 * tag's OWN, it lacks those.  Where they end. */
static const char *
take_declarations(struct scope *s, const char *p, bool own)
{
    static const char word[] = " xmlns";
    const size_t n = sizeof(word) - 1;

    while (strncmp(p, word, n) == 0 && (p[n] == '=' || p[n] == ':')) {
        const char *is = strchr(p, '='), *end = strchr(is + 2, '"') + 1;

        /* xmlns="" ends a scope and declares nothing */
        if (is_new(s, p + n, (size_t)(is - p) - n) && !own && end > is + 3)
            buf_add(&s->text, p, (size_t)(end - p));
        p = end;
    }
    return p;
}

/* Take what the start tag at P declares; where that ends. */
static const char *
take_tag(struct scope *s, const char *p, bool own)
{
    return take_declarations(s, p + strcspn(p, " />"), own);
}

/* ---- elements ---- */

/* Behind the element, comment or instruction at P. */
static const char *
behind(const char *p)
{
    int depth = 0;

    for (;; p = strchr(p, '<')) {
        const char *end = strchr(p, '>');

        if (strncmp(p, "<!--", 4) == 0)
            end = strstr(p + 4, "-->") + 2;
        else if (p[1] == '?')
            end = strstr(p + 2, "?>") + 1;
        else if (p[1] == '/')
            depth--;
        else
            depth += end[-1] != '/';
        p = end + 1;
        if (depth == 0)
            return p;
    }
}

/* What is being written. */
struct show {
    const struct xtree *tree;
    struct buf frame; /* the whole entry as text; empty until it is needed */
    struct buf above; /* declarations of the entry and the document, */
    struct buf bag;   /* and of an EPR's parameters */
    struct buf *out;
};

/* The element that has N others before it in the text of the entry. */
static const char *
frame_element(struct show *w, uint32_t n)
{
    const struct xtree *t = w->tree;
    const char *p;

    if (w->frame.len == 0)
        entry_show(t->entry, t->dialect, t->entry_url, &w->frame);
    for (p = w->frame.data;; p = strchr(p + 1, '<')) {
        if (strncmp(p, "<!--", 4) == 0 || p[1] == '?')
            p = behind(p) - 1;
        else if (p[1] != '/' && n-- == 0)
            return p;
    }
}

/* How many elements are before node I of the entry. */
static uint32_t
elements_before(const struct xtree *t, uint32_t i)
{
    uint32_t n = 0;

    for (uint32_t k = XTREE_ENTRY; k < i; k++)
        n += xtree_at(t, k)->kind == FLAT_ELEMENT;
    return n;
}

/* Append to S what the frame declares at I, one of its elements. */
static void
take_frame(struct show *w, struct scope *s, int64_t i)
{
    const struct xtree *t = w->tree;
    const struct dialect_names *n = dialect_names(t->dialect);
    const char *local =
        i > XTREE_ENTRY
            ? tagnames_local(t->names, xtree_at(t, (uint32_t)i)->name)
            : "";

    if (w->above.len == 0) {
        buf_addf(&w->above,
                 " xmlns:sg=\"%s\" xmlns:wsa=\"%s\" xmlns:agg=\"" AGGREGATOR_NS
                 "\" xmlns:rl=\"%s\" xmlns:rp=\"%s\"",
                 n->sg, wsa_ns(n->wsa), n->rl, n->rp);
        buf_addf(&w->bag, " xmlns:wsa=\"%s\"", wsa_ns(n->wsa));
    }
    if (strcmp(local, "ReferenceParameters") == 0)
        take_declarations(s, w->bag.data, false);
    if (strcmp(local, "Content") == 0 && t->dialect == DIALECT_DRAFT)
        take_declarations(
            s, " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"",
            false);
    take_declarations(s, w->above.data, false);
}

/* Take what is declared above the element I. */
static void
take_above(struct show *w, struct scope *s, uint32_t i)
{
    const struct xtree *t = w->tree;
    int64_t p = xtree_parent(t, i);

    for (; p > XTREE_ENTRY && xtree_at(t, (uint32_t)p)->off != 0;
         p = xtree_parent(t, (uint32_t)p))
        take_tag(s, t->bytes + xtree_at(t, (uint32_t)p)->off, false);
    take_frame(w, s, p);
}

static void
show_element(struct show *w, uint32_t i)
{
    const struct flat_node *n = xtree_at(w->tree, i);
    const char *p = n->off != 0 ? w->tree->bytes + n->off
                                : frame_element(w, elements_before(w->tree, i));
    struct scope s = { BUF_INIT, BUF_INIT };
    const char *tag = take_tag(&s, p, true);

    take_above(w, &s, i);
    buf_add(w->out, p, (size_t)(tag - p));
    buf_add(w->out, s.text.data, s.text.len);
    buf_add(w->out, tag, (size_t)(behind(p) - tag));
    buf_fini(&s.prefixes);
    buf_fini(&s.text);
}

void
xplan_show(const struct xtree *tree, const struct xlist *list, struct buf *out)
{
    struct show w = { .tree = tree, .out = out };

    for (size_t k = 0; k < list->n; k++) {
        uint32_t i = list->at[k];
        const char *text;
        size_t len;

        if (xtree_at(tree, i)->kind == FLAT_ELEMENT) {
            show_element(&w, i);
            continue;
        }
        text = xtree_value(tree, i, &len);
        xplan_put_text(out, text, len);
        buf_addc(out, '\n');
    }
    buf_fini(&w.frame);
    buf_fini(&w.above);
    buf_fini(&w.bag);
}
