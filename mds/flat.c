/* mds/flat.c - see flat.h. */
#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "base/xml.h"
#include "mds/flat.h"
#include "wsrf/dialect.h"

void
flat_fini(struct flat *f)
{
    buf_fini(&f->bytes);
    free(f->node);
    memset(f, 0, sizeof(*f));
}

/* Append a node below PARENT; returns its index. */
static uint32_t
add(struct flat *f, enum flat_kind kind, uint32_t name, uint32_t parent)
{
    uint32_t up = f->nodes - parent;

    if (f->nodes == f->room) {
        f->room = f->room * 2 + 64;
        f->node = xrealloc(f->node, f->room, sizeof(*f->node));
    }
    f->node[f->nodes] = (struct flat_node){
        .kind = kind, .name = name, .up = up < FLAT_FAR ? up : FLAT_FAR
    };
    return f->nodes++;
}

/* The escape sequence of a character; NULL: none is needed. */
static const char *
escape(char c, bool attribute)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '\r':
        return "&#13;";
    case '"':
        return attribute ? "&quot;" : NULL;
    case '\n':
        return attribute ? "&#10;" : NULL;
    case '\t':
        return attribute ? "&#9;" : NULL;
    default:
        return NULL;
    }
}

/* Write TEXT; false if any character was escaped. */
static bool
put_text(struct buf *out, const char *text, bool attribute)
{
    bool plain = true;

    for (const char *from = text;; text++) {
        const char *other = escape(*text, attribute);

        if (other == NULL && *text != '\0')
            continue;
        buf_add(out, from, (size_t)(text - from));
        if (*text == '\0')
            return plain;
        buf_adds(out, other);
        from = text + 1;
        plain = false;
    }
}

/* Collects the values with escapes, which are stored unescaped at the end. */
struct walk {
    struct flat *f;
    struct buf odd;
    struct buf where; /* uint32_t each: nodes with OFF relative to ODD */
    struct err *err;
};

/* Write the value TEXT of node N. */
static void
put_value(struct walk *w, uint32_t n, const char *text, bool attribute)
{
    struct flat *f = w->f;

    f->node[n].off = (uint32_t)f->bytes.len;
    f->node[n].end = (uint32_t)strlen(text);
    if (put_text(&f->bytes, text, attribute))
        return;
    f->node[n].off = (uint32_t)w->odd.len;
    buf_add(&w->odd, text, strlen(text) + 1);
    buf_add(&w->where, &n, sizeof(n));
}

static void
put_name(struct flat *f, const xmlNs *ns, const xmlChar *name)
{
    if (ns != NULL && ns->prefix != NULL)
        buf_addf(&f->bytes, "%s:", (const char *)ns->prefix);
    buf_adds(&f->bytes, (const char *)name);
}

/* Add NODE's attributes to the element SELF. */
static int
attributes(struct walk *w, const xmlNode *node, uint32_t self)
{
    struct flat *f = w->f;

    for (const xmlAttr *a = node->properties; a != NULL; a = a->next) {
        const char *ns = a->ns != NULL ? (const char *)a->ns->href : "";
        uint32_t name =
            tagnames_intern(f->names, ns, (const char *)a->name, w->err);
        xmlChar *text;

        if (name == 0)
            return -1;
        text = xmlNodeGetContent((const xmlNode *)(const void *)a);
        buf_addc(&f->bytes, ' ');
        put_name(f, a->ns, a->name);
        buf_adds(&f->bytes, "=\"");
        put_value(w, add(f, FLAT_ATTRIBUTE, name, self), (const char *)text,
                  true);
        buf_addc(&f->bytes, '"');
        xmlFree(text);
    }
    return 0;
}

static void
declarations(struct flat *f, const xmlNode *node)
{
    for (const xmlNs *n = node->nsDef; n != NULL; n = n->next) {
        buf_addf(&f->bytes, " xmlns%s%s=\"", n->prefix != NULL ? ":" : "",
                 n->prefix != NULL ? (const char *)n->prefix : "");
        put_text(&f->bytes, n->href != NULL ? (const char *)n->href : "", true);
        buf_addc(&f->bytes, '"');
    }
}

/* Begin the element NODE below PARENT; *self is its index. */
static int
begin(struct walk *w, const xmlNode *node, uint32_t parent, uint32_t *self)
{
    struct flat *f = w->f;
    uint32_t name = tagnames_intern(
        f->names, node->ns != NULL ? (const char *)node->ns->href : "",
        (const char *)node->name, w->err);

    if (name == 0)
        return -1;
    *self = add(f, FLAT_ELEMENT, name, parent);
    f->node[*self].off = (uint32_t)f->bytes.len;
    buf_addc(&f->bytes, '<');
    put_name(f, node->ns, node->name);
    declarations(f, node);
    if (attributes(w, node, *self) < 0)
        return -1;
    buf_adds(&f->bytes, node->children != NULL ? ">" : "/>");
    return 0;
}

static void
end(struct flat *f, const xmlNode *node, uint32_t self)
{
    if (node->children != NULL) {
        buf_adds(&f->bytes, "</");
        put_name(f, node->ns, node->name);
        buf_addc(&f->bytes, '>');
    }
    f->node[self].end = f->nodes;
}

/* Add NODE, which is not an element, below PARENT. */
static int
leaf(struct walk *w, const xmlNode *node, uint32_t parent)
{
    struct flat *f = w->f;
    const char *text = node->content != NULL ? (const char *)node->content : "";
    uint32_t name = 0, self;

    if (node->type == XML_TEXT_NODE) {
        put_value(w, add(f, FLAT_TEXT, 0, parent), text, false);
        return 0;
    }
    if (node->type == XML_PI_NODE &&
        (name = tagnames_intern(f->names, "", (const char *)node->name,
                                w->err)) == 0)
        return -1;
    self = add(f, node->type == XML_PI_NODE ? FLAT_PI : FLAT_COMMENT, name,
               parent);
    buf_adds(&f->bytes, node->type == XML_PI_NODE ? "<?" : "<!--");
    if (node->type == XML_PI_NODE)
        buf_addf(&f->bytes, "%s%s", (const char *)node->name,
                 *text != '\0' ? " " : "");
    f->node[self].off = (uint32_t)f->bytes.len;
    f->node[self].end = (uint32_t)strlen(text);
    buf_adds(&f->bytes, text);
    buf_adds(&f->bytes, node->type == XML_PI_NODE ? "?>" : "-->");
    return 0;
}

/* Add the whole tree TOP below PARENT, without recursion. */
static int
subtree(struct walk *w, const xmlNode *top, uint32_t parent)
{
    const xmlNode *n = top;
    uint32_t self;

    for (;;) {
        if (n->type != XML_ELEMENT_NODE) {
            if (leaf(w, n, parent) < 0)
                return -1;
        } else if (begin(w, n, parent, &self) < 0)
            return -1;
        else if (n->children != NULL) {
            parent = self;
            n = n->children;
            continue;
        } else
            end(w->f, n, self);
        while (n != top && n->next == NULL) {
            uint32_t above = parent - w->f->node[parent].up;

            n = n->parent;
            if (w->f->node[parent].up == FLAT_FAR)
                for (above = parent - 1;
                     w->f->node[above].kind != FLAT_ELEMENT ||
                     w->f->node[above].end != 0;
                     above--)
                    continue; /* continue with the nearest open element */
            end(w->f, n, parent);
            parent = above;
        }
        if (n == top)
            return 0;
        n = n->next;
    }
}

/* ---- the frame, in the format of rpdoc.c ---- */

/* Begin the element {NS}LOCAL below PARENT.  The frame's names are interned
 * first, so this cannot fail. */
static uint32_t
open_frame(struct flat *f, const char *ns, const char *local, uint32_t parent)
{
    return add(f, FLAT_ELEMENT, tagnames_intern(f->names, ns, local, NULL),
               parent);
}

static void
close_frame(struct flat *f, uint32_t self)
{
    f->node[self].end = f->nodes;
}

/* Add a text of the frame: N bytes at OFF. */
static void
frame_text(struct flat *f, uint32_t parent, uint32_t off, size_t n)
{
    uint32_t self = add(f, FLAT_TEXT, 0, parent);

    f->node[self].off = off;
    f->node[self].end = (uint32_t)n;
}

/* Begin the EPR NAME below ENTRY.  Its address is the N bytes at OFF; with
 * PARAMS it gets a parameters element, whose index is returned. */
static uint32_t
open_epr(struct flat *f, const char *name, uint32_t entry, uint32_t off,
         size_t n, bool params)
{
    uint32_t epr = open_frame(f, TAGNAMES_SG, name, entry);
    uint32_t address = open_frame(f, TAGNAMES_WSA, "Address", epr);

    frame_text(f, address, off, n);
    close_frame(f, address);
    return params ? open_frame(f, TAGNAMES_WSA, "ReferenceParameters", epr)
                  : epr;
}

/* Close the EPR; BAG is its parameters element or itself. */
static void
close_epr(struct flat *f, uint32_t bag, bool params)
{
    uint32_t epr = params ? bag - f->node[bag].up : bag;

    close_frame(f, bag);
    close_frame(f, epr);
}

/* Add the child elements of NODE as serialised; *at is their offset. */
static int
held(struct walk *w, const xmlNode *node, uint32_t parent, uint32_t *at)
{
    *at = (uint32_t)w->f->bytes.len;
    for (const xmlNode *n = node != NULL ? node->children : NULL; n != NULL;
         n = n->next)
        if (subtree(w, n, parent) < 0)
            return -1;
    buf_addc(&w->f->bytes, '\0');
    return 0;
}

/* Add the member of ENTRY below SELF. */
static int
member(struct walk *w, const xmlNode *entry, uint32_t self)
{
    const xmlNode *epr = xml_child(entry, "*", "MemberServiceEPR");
    const xmlNode *bag = xml_child(epr, "*", "ReferenceParameters");
    const xmlNode *address = xml_child(epr, "*", "Address");
    xmlChar *text = xmlNodeGetContent(address);
    size_t n = strlen((const char *)text);
    uint32_t below;

    buf_add(&w->f->bytes, text, n + 1);
    xmlFree(text);
    below = open_epr(w->f, "MemberServiceEPR", self, 0, n, bag != NULL);
    if (held(w, bag, below, &w->f->params) < 0)
        return -1;
    close_epr(w->f, below, bag != NULL);
    return 0;
}

/* Add the content of ENTRY below SELF. */
static int
content(struct walk *w, const xmlNode *entry, uint32_t self)
{
    struct flat *f = w->f;
    const xmlNode *node = xml_child(entry, "*", "Content");
    uint32_t below = open_frame(f, TAGNAMES_SG, "Content", self);
    uint32_t type =
        add(f, FLAT_ATTRIBUTE,
            tagnames_intern(f->names, TAGNAMES_DRAFT, "type", NULL), below);

    f->node[type].off = FLAT_TYPE;
    f->config = (uint32_t)f->bytes.len;
    if (subtree(w, xml_first(node), below) < 0)
        return -1;
    buf_addc(&f->bytes, '\0');
    f->data = (uint32_t)f->bytes.len;
    if (subtree(w, xml_next(xml_first(node)), below) < 0)
        return -1;
    buf_addc(&f->bytes, '\0');
    close_frame(f, below);
    return 0;
}

/* Append the unescaped values. */
static void
settle(struct walk *w)
{
    struct flat *f = w->f;
    uint32_t n, base = (uint32_t)f->bytes.len;

    for (size_t at = 0; at < w->where.len; at += sizeof(n)) {
        memcpy(&n, w->where.data + at, sizeof(n));
        f->node[n].off += base;
    }
    if (w->odd.len > 0)
        buf_add(&f->bytes, w->odd.data, w->odd.len);
    buf_fini(&w->odd);
    buf_fini(&w->where);
}

int
flat_build(struct flat *f, const xmlNode *entry, struct err *err)
{
    struct walk w = { .f = f, .err = err };
    uint32_t self = open_frame(f, TAGNAMES_SG, "Entry", 0);
    uint32_t below =
        open_epr(f, "ServiceGroupEntryEPR", self, FLAT_URL, 0, true);
    uint32_t key = open_frame(f, AGGREGATOR_NS, "EntryKey", below);
    int rc;

    frame_text(f, key, FLAT_ID, UUID_TEXT - 1);
    close_frame(f, key);
    close_epr(f, below, true);
    rc = member(&w, entry, self);
    if (rc == 0)
        rc = content(&w, entry, self);
    close_frame(f, self);
    settle(&w);
    return rc;
}
