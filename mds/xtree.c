/* mds/xtree.c - see xtree.h. */
#include <string.h>

#include "mds/xtree.h"

#define XSI_NS "http://www.w3.org/2001/XMLSchema-instance"
#define TYPE   "agg:AggregatorContent"

static void
set_head(struct xtree *t, uint32_t i, enum flat_kind kind, uint32_t name,
         uint32_t end)
{
    t->head[i] =
        (struct flat_node){ .kind = kind, .name = name & 0xFFFF, .end = end };
}

void
xtree_init(struct xtree *t, struct tagnames *names, enum dialect d,
           const char *entry_url, const char *now, const char *count)
{
    const struct dialect_names *n = dialect_names(d);
    uint32_t root =
        tagnames_intern(names, AGGREGATOR_NS, "AggregatorServiceGroupRP", NULL);
    uint32_t time = tagnames_intern(names, n->rl, "CurrentTime", NULL);
    uint32_t language =
        tagnames_intern(names, n->rp, "QueryExpressionDialect", NULL);
    uint32_t registrations =
        tagnames_intern(names, AGGREGATOR_NS, "RegistrationCount", NULL);

    memset(t, 0, sizeof(*t));
    t->names = names;
    t->dialect = d;
    t->entry_url = entry_url;
    t->now = now;
    t->count = count;
    set_head(t, XTREE_DOC, FLAT_ELEMENT, 0, 0);
    set_head(t, XTREE_ROOT, FLAT_ELEMENT, root, 0);
    set_head(t, XTREE_TIME, FLAT_ELEMENT, time, XTREE_LANGUAGE);
    set_head(t, XTREE_TIME_TEXT, FLAT_TEXT, 0, 0);
    set_head(t, XTREE_LANGUAGE, FLAT_ELEMENT, language, XTREE_TARGETED);
    set_head(t, XTREE_LANGUAGE_TEXT, FLAT_TEXT, 0, 0);
    set_head(t, XTREE_TARGETED, FLAT_ELEMENT, language, XTREE_COUNT);
    set_head(t, XTREE_TARGETED_TEXT, FLAT_TEXT, 0, 0);
    set_head(t, XTREE_COUNT, FLAT_ELEMENT, registrations, XTREE_ENTRY);
    set_head(t, XTREE_COUNT_TEXT, FLAT_TEXT, 0, 0);
    t->end = XTREE_ENTRY;
}

void
xtree_set(struct xtree *t, const struct entry *e)
{
    t->entry = e;
    t->node = e != NULL ? e->text->node : NULL;
    t->bytes = e != NULL ? e->text->member : NULL;
    t->end = XTREE_ENTRY + (e != NULL ? e->text->nodes : 0);
}

int64_t
xtree_parent(const struct xtree *t, uint32_t i)
{
    uint32_t k = i - XTREE_ENTRY, up;

    if (i == XTREE_DOC)
        return XTREE_NONE;
    if (i == XTREE_ROOT)
        return XTREE_DOC;
    if (i <= XTREE_ENTRY)
        return i < XTREE_ENTRY && t->head[i].kind == FLAT_TEXT ? i - 1
                                                               : XTREE_ROOT;
    up = t->node[k].up;
    if (up < FLAT_FAR)
        return i - up;
    for (k--;
         t->node[k].kind != FLAT_ELEMENT || t->node[k].end <= i - XTREE_ENTRY;
         k--)
        continue;
    return k + XTREE_ENTRY;
}

const char *
xtree_value(const struct xtree *t, uint32_t i, size_t *len)
{
    const struct flat_node *n = xtree_at(t, i);
    const char *text;

    if (i == XTREE_TIME_TEXT)
        text = t->now;
    else if (i == XTREE_LANGUAGE_TEXT)
        text = XPATH_DIALECT;
    else if (i == XTREE_TARGETED_TEXT)
        text = TARGETED_DIALECT;
    else if (i == XTREE_COUNT_TEXT)
        text = t->count;
    else if (n->off == FLAT_ID)
        text = t->entry->id;
    else if (n->off == FLAT_URL)
        text = t->entry_url;
    else if (n->off == FLAT_TYPE)
        text = TYPE;
    else {
        *len = n->end;
        return t->bytes + n->off;
    }
    *len = strlen(text);
    return text;
}

bool
xtree_visible(const struct xtree *t, uint32_t i)
{
    return t->dialect == DIALECT_DRAFT || i < XTREE_ENTRY ||
           xtree_at(t, i)->kind != FLAT_ATTRIBUTE ||
           xtree_at(t, i)->off != FLAT_TYPE;
}

const char *
xtree_ns(const struct tagnames *names, enum dialect d, uint32_t number)
{
    const char *ns = number != 0 ? tagnames_ns(names, number) : "";

    if (*ns != '\001')
        return ns;
    return strcmp(ns, TAGNAMES_SG) == 0    ? dialect_names(d)->sg
           : strcmp(ns, TAGNAMES_WSA) == 0 ? wsa_ns(dialect_names(d)->wsa)
                                           : XSI_NS;
}

const char *
xtree_local(const struct tagnames *names, enum dialect d, uint32_t number)
{
    const char *local = number != 0 ? tagnames_local(names, number) : "";

    if (d == DIALECT_DRAFT && strcmp(local, "ReferenceParameters") == 0 &&
        strcmp(tagnames_ns(names, number), TAGNAMES_WSA) == 0)
        return "ReferenceProperties";
    return local;
}
