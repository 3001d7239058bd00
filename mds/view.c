/* mds/view.c - see view.h. */
#include <stdint.h>
#include <stdlib.h>

#include "base/buf.h"
#include "mds/view.h"

static struct view *
allocate(unsigned slots)
{
    struct view *v =
        xcalloc(1, sizeof(*v) + slots / VIEW_CHUNK * sizeof(*v->chunk));

    atomic_init(&v->refs, 1);
    v->slots = slots;
    return v;
}

struct view *
view_create(void)
{
    return allocate(0);
}

static void
chunk_unref(struct view_chunk *c)
{
    if (c == NULL || atomic_fetch_sub(&c->refs, 1) != 1)
        return;
    for (unsigned i = 0; i < VIEW_CHUNK; i++)
        entry_unref(c->entry[i]);
    column_free_all(&c->columns);
    free(c);
}

/* A copy of OLD (NULL: empty) with E at I. */
static struct view_chunk *
chunk_with(const struct view_chunk *old, unsigned i, struct entry *e)
{
    struct view_chunk *c = xcalloc(1, sizeof(*c));

    atomic_init(&c->refs, 1);
    for (unsigned k = 0; old != NULL && k < VIEW_CHUNK; k++)
        if (k != i && old->entry[k] != NULL)
            c->entry[k] = entry_ref(old->entry[k]);
    c->entry[i] = e;
    c->soonest_ms = INT64_MAX;
    for (unsigned k = 0; k < VIEW_CHUNK; k++) {
        if (c->entry[k] == NULL)
            continue;
        c->count++;
        if (c->entry[k]->expires_ms < c->soonest_ms)
            c->soonest_ms = c->entry[k]->expires_ms;
    }
    return c;
}

struct view *
view_with(const struct view *old, unsigned slot, struct entry *e)
{
    unsigned at = slot / VIEW_CHUNK, had = old->slots / VIEW_CHUNK;
    struct view *v = allocate(at < had ? old->slots : (at + 1) * VIEW_CHUNK);

    for (unsigned i = 0; i < had; i++) {
        v->chunk[i] = old->chunk[i];
        if (i != at && v->chunk[i] != NULL)
            atomic_fetch_add(&v->chunk[i]->refs, 1);
    }
    v->chunk[at] = chunk_with(v->chunk[at], slot % VIEW_CHUNK, e);
    return v;
}

struct view *
view_ref(struct view *v)
{
    atomic_fetch_add(&v->refs, 1);
    return v;
}

void
view_unref(struct view *v)
{
    if (v == NULL || atomic_fetch_sub(&v->refs, 1) != 1)
        return;
    for (unsigned i = 0; i < v->slots / VIEW_CHUNK; i++)
        chunk_unref(v->chunk[i]);
    free(v);
}

static const struct view_chunk *
chunk_of(const struct view *v, unsigned at)
{
    return v != NULL && at < v->slots / VIEW_CHUNK ? v->chunk[at] : NULL;
}

struct entry *
view_at(const struct view *v, unsigned slot)
{
    const struct view_chunk *c = chunk_of(v, slot / VIEW_CHUNK);

    return c != NULL ? c->entry[slot % VIEW_CHUNK] : NULL;
}

struct entry *
view_living(const struct view_when *w, unsigned slot)
{
    struct entry *e = view_at(w->view, slot);

    return e != NULL && e->expires_ms > w->now_ms ? e : NULL;
}

size_t
view_count(const struct view_when *w)
{
    unsigned slots = w->view != NULL ? w->view->slots : 0;
    size_t n = 0;

    for (unsigned i = 0; i < slots; i++) {
        const struct view_chunk *c = chunk_of(w->view, i / VIEW_CHUNK);

        if (c == NULL || c->soonest_ms > w->now_ms) {
            n += c != NULL ? c->count : 0;
            i |= VIEW_CHUNK - 1;
        } else
            n += view_living(w, i) != NULL;
    }
    return n;
}

void
view_changes(const struct view_when *from, const struct view_when *to,
             void (*fn)(unsigned slot, const struct entry *before,
                        const struct entry *after, void *arg),
             void *arg)
{
    unsigned slots = from->view != NULL && from->view->slots > to->view->slots
                         ? from->view->slots
                         : to->view->slots;

    for (unsigned i = 0; i < slots; i++) {
        const struct view_chunk *a = chunk_of(from->view, i / VIEW_CHUNK);
        const struct view_chunk *b = chunk_of(to->view, i / VIEW_CHUNK);
        struct entry *before, *after;

        if (a == b && (b == NULL || b->soonest_ms > to->now_ms)) {
            i |= VIEW_CHUNK - 1;
            continue;
        }
        before = view_living(from, i);
        after = view_living(to, i);
        if (before != after)
            fn(i, before, after, arg);
    }
}
