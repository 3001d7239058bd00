/* mds/entry.c - see entry.h. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "mds/entry.h"

/* Copy TEXT to *at, which goes on behind it; where it is then. */
static const char *
copy(char **at, const char *text)
{
    size_t n = strlen(text) + 1;
    char *to = memcpy(*at, text, n);

    *at += n;
    return to;
}

struct entry_text *
entry_text_create(const char *owner, const char *member, const char *params,
                  const char *config, const char *data)
{
    size_t n = sizeof(struct entry_text) + strlen(owner) + strlen(member) +
               strlen(params) + strlen(config) + strlen(data) + 5;
    struct entry_text *t = xcalloc(1, n);
    char *at = (char *)(t + 1);

    atomic_init(&t->refs, 1);
    t->bytes = n;
    t->owner = copy(&at, owner);
    t->member = copy(&at, member);
    t->params = copy(&at, params);
    t->config = copy(&at, config);
    t->data = copy(&at, data);
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
