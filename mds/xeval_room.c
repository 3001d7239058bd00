/* mds/xeval_room.c - lists and texts of an evaluation, which are reused. */
#include <stdlib.h>

#include "mds/xeval.h"

#define BLOCK    16384u
#define MADE_MAX (16u << 20) /* text bytes for one entry */

struct xblock {
    struct xblock *next;
    size_t used, room;
    char bytes[];
};

struct xlist *
xeval_take(struct xeval *x)
{
    struct xlist *l = x->spare;

    if (l == NULL)
        return xcalloc(1, sizeof(*l));
    x->spare = l->next;
    l->n = 0;
    return l;
}

void
xeval_give(struct xeval *x, struct xlist *list)
{
    if (list == NULL)
        return;
    list->next = x->spare;
    x->spare = list;
}

void
xeval_drop(struct xeval *x, struct xvalue *v)
{
    xeval_give(x, v->nodes);
    v->nodes = NULL;
}

void
xlist_add(struct xlist *list, uint32_t i)
{
    if (list->n == list->room) {
        list->room = list->room * 2 + 32;
        list->at = xrealloc(list->at, list->room, sizeof(*list->at));
    }
    list->at[list->n++] = i;
}

char *
xeval_room(struct xeval *x, size_t n)
{
    struct xblock *b = x->block;

    x->made += n;
    if (x->made > MADE_MAX) {
        x->beyond = true;
        n = n < BLOCK ? n : 1; /* beyond is set: the caller checks it soon */
    }
    if (b == NULL || b->room - b->used < n) {
        size_t room = n < BLOCK ? BLOCK : n;

        b = xcalloc(1, sizeof(*b) + room);
        b->room = room;
        b->next = x->block;
        x->block = b;
    }
    b->used += n;
    return b->bytes + b->used - n;
}

void
xeval_clear(struct xeval *x)
{
    x->made = 0;
    if (x->block == NULL)
        return;
    while (x->block->next != NULL) {
        struct xblock *next = x->block->next;

        free(x->block);
        x->block = next;
    }
    x->block->used = 0;
}

void
xeval_fini(struct xeval *x)
{
    struct xlist *l;

    while ((l = x->spare) != NULL) {
        x->spare = l->next;
        free(l->at);
        free(l);
    }
    xeval_clear(x);
    free(x->block);
}
