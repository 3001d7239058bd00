/* mds/entry.c - see entry.h. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "mds/entry.h"

struct entry_text *
entry_text_create(const char *owner, const struct flat *f)
{
    size_t table = sizeof(struct entry_text) + f->nodes * sizeof(*f->node);
    size_t n = strlen(owner) + 1;
    struct entry_text *t = xcalloc(1, table + n + f->bytes.len);
    char *at = (char *)t + table;

    atomic_init(&t->refs, 1);
    t->nodes = f->nodes;
    memcpy(t->node, f->node, f->nodes * sizeof(*f->node));
    t->owner = memcpy(at, owner, n);
    t->member = memcpy(at + n, f->bytes.data, f->bytes.len);
    t->params = t->member + f->params;
    t->config = t->member + f->config;
    t->data = t->member + f->data;
    return t;
}

void
entry_text_unref(struct entry_text *text)
{
    if (text != NULL && atomic_fetch_sub(&text->refs, 1) == 1)
        free(text);
}

struct entry *
entry_create(struct entry_text *text, const char *id, long long expires_ms)
{
    struct entry *e = xcalloc(1, sizeof(*e));

    atomic_init(&e->refs, 1);
    atomic_fetch_add(&text->refs, 1);
    e->text = text;
    e->expires_ms = expires_ms;
    if (id != NULL)
        memcpy(e->id, id, UUID_TEXT);
    return e;
}

struct entry *
entry_ref(struct entry *e)
{
    atomic_fetch_add(&e->refs, 1);
    return e;
}

void
entry_unref(struct entry *e)
{
    if (e == NULL || atomic_fetch_sub(&e->refs, 1) != 1)
        return;
    entry_text_unref(e->text);
    free(e);
}
