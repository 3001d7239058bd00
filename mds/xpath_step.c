/* mds/xpath_step.c - location paths on the tree of one entry (XPath 1.0,
 * section 2).  The document node and its root have all entries below them.  A
 * step from there to an entry concerns this entry alone only while an absolute
 * path goes down: then the answer is the union over all entries. */
#include <stdlib.h>
#include <string.h>

#include "mds/xeval.h"

/* One step at one node. */
struct at {
    struct xeval *x;
    const struct xpath_step *s;
    struct xlist *to;
    bool down; /* the path has only gone down from the root so far */
};

static bool
takes(const struct at *a, uint32_t i)
{
    const struct flat_node *n = xtree_at(&a->x->tree, i);
    const struct xpath_names *names = a->s->names;

    switch (a->s->test) {
    case TEST_NODE:
        return true;
    case TEST_TEXT:
        return n->kind == FLAT_TEXT;
    case TEST_COMMENT:
        return n->kind == FLAT_COMMENT;
    case TEST_PI:
        return n->kind == FLAT_PI;
    case TEST_NAME:
        break;
    }
    if (i == XTREE_DOC ||
        n->kind !=
            (a->s->axis == AXIS_ATTRIBUTE ? FLAT_ATTRIBUTE : FLAT_ELEMENT))
        return false;
    if (names == NULL)
        return true;
    if (names->one != 0)
        return n->name == names->one;
    return n->name <= names->most &&
           (names->bits[n->name / 8] >> n->name % 8 & 1) != 0;
}

static void
consider(const struct at *a, uint32_t i)
{
    a->x->looked++;
    if (takes(a, i))
        xlist_add(a->to, i);
}

/* Whether the step may match an entry's element. */
static bool
may_take_entry(const struct xpath_step *s)
{
    return s->test == TEST_NODE ||
           (s->test == TEST_NAME && (s->names == NULL || s->names->entry));
}

/* Whether a step down from I, which contains all entries, can be evaluated on
 * this entry alone. */
static bool
shared_is_fine(const struct at *a, uint32_t i)
{
    bool free_way = a->down && a->x->inside == 0 && !a->s->counts;

    if (i > XTREE_ROOT || free_way)
        return true;
    if (a->s->axis == AXIS_CHILD)
        return i == XTREE_DOC || !may_take_entry(a->s);
    return false;
}

/* The elements from I to END with the only name that the step matches.  Most
 * queries spend most of their time here. */
static void
named_below(const struct at *a, uint32_t i, uint32_t end)
{
    const struct xtree *t = &a->x->tree;
    uint32_t name = a->s->names->one;

    for (uint32_t c = i + 1; c < end && c < XTREE_ENTRY; c++)
        consider(a, c);
    for (uint32_t c = i < XTREE_ENTRY ? XTREE_ENTRY : i + 1; c < end; c++) {
        const struct flat_node *n = &t->node[c - XTREE_ENTRY];

        if (n->name == name && n->kind == FLAT_ELEMENT)
            xlist_add(a->to, c);
    }
    a->x->looked += end - i;
}

static void
go_down(const struct at *a, uint32_t i)
{
    const struct xtree *t = &a->x->tree;
    uint32_t end = xtree_end(t, i);

    if (i != XTREE_DOC && xtree_at(t, i)->kind != FLAT_ELEMENT)
        return;
    if (!shared_is_fine(a, i)) {
        a->x->beyond = true;
        return;
    }
    if (a->s->axis == AXIS_DESCENDANT && a->s->test == TEST_NAME &&
        a->s->names != NULL && a->s->names->one != 0)
        named_below(a, i, end);
    else if (a->s->axis == AXIS_CHILD)
        for (uint32_t c = i + 1; c < end; c = xtree_end(t, c)) {
            if (xtree_at(t, c)->kind != FLAT_ATTRIBUTE)
                consider(a, c);
        }
    else
        for (uint32_t c = i + 1; c < end; c++)
            if (xtree_at(t, c)->kind != FLAT_ATTRIBUTE)
                consider(a, c);
}

static void
go_up(const struct at *a, uint32_t i)
{
    for (int64_t p = xtree_parent(&a->x->tree, i); p != XTREE_NONE;
         p = xtree_parent(&a->x->tree, (uint32_t)p)) {
        consider(a, (uint32_t)p);
        if (a->s->axis == AXIS_PARENT)
            return;
    }
}

static void
attributes(const struct at *a, uint32_t i)
{
    const struct xtree *t = &a->x->tree;

    if (i <= XTREE_ROOT || xtree_at(t, i)->kind != FLAT_ELEMENT)
        return;
    for (uint32_t c = i + 1;
         c < xtree_end(t, i) && xtree_at(t, c)->kind == FLAT_ATTRIBUTE; c++)
        if (xtree_visible(t, c))
            consider(a, c);
}

static void
siblings(const struct at *a, uint32_t i)
{
    const struct xtree *t = &a->x->tree;
    int64_t parent = xtree_parent(t, i);
    uint32_t first = (uint32_t)a->to->n, end;

    if (i == XTREE_DOC || xtree_at(t, i)->kind == FLAT_ATTRIBUTE)
        return;
    if (parent <= XTREE_ROOT) {
        a->x->beyond = a->x->beyond || i != XTREE_ROOT;
        return;
    }
    end = xtree_end(t, (uint32_t)parent);
    if (a->s->axis == AXIS_FOLLOWING_SIBLING) {
        for (uint32_t c = xtree_end(t, i); c < end; c = xtree_end(t, c))
            consider(a, c);
        return;
    }
    for (uint32_t c = (uint32_t)parent + 1; c < i; c = xtree_end(t, c))
        if (xtree_at(t, c)->kind != FLAT_ATTRIBUTE)
            consider(a, c);
    for (size_t k = a->to->n; k > first + 1;
         k--, first++) { /* reverse: nearest first */
        uint32_t swap = a->to->at[first];

        a->to->at[first] = a->to->at[k - 1];
        a->to->at[k - 1] = swap;
    }
}

/* Append the nodes on the step's axis from I, in axis order. */
static void
walk(const struct at *a, uint32_t i)
{
    switch (a->s->axis) {
    case AXIS_DESCENDANT_OR_SELF:
        consider(a, i);
        go_down(a, i);
        return;
    case AXIS_CHILD:
    case AXIS_DESCENDANT:
        go_down(a, i);
        return;
    case AXIS_SELF:
        consider(a, i);
        return;
    case AXIS_ATTRIBUTE:
        attributes(a, i);
        return;
    case AXIS_ANCESTOR_OR_SELF:
        consider(a, i);
        go_up(a, i);
        return;
    case AXIS_PARENT:
    case AXIS_ANCESTOR:
        go_up(a, i);
        return;
    case AXIS_FOLLOWING_SIBLING:
    case AXIS_PRECEDING_SIBLING:
        siblings(a, i);
        return;
    }
}

/* Count visited nodes and call tick(); whether to stop. */
static bool
ended(struct xeval *x)
{
    if (x->looked > XEVAL_TICK) {
        x->looked = 0;
        x->over = x->over || (x->tick != NULL && x->tick(x->arg));
    }
    return x->over || x->beyond;
}

/* Keep the nodes of LIST, from index FROM on, for which PRED is true. */
static void
filter(struct xeval *x, const struct xpath *pred, struct xlist *list,
       size_t from)
{
    size_t n = list->n - from, kept = from;

    x->inside++;
    for (size_t k = 0; k < n && !ended(x); k++) {
        uint32_t i = list->at[from + k];
        struct xplace place = { i, k + 1, n };
        struct xvalue v = x->evaluate(x, pred, &place);

        x->looked++;
        if (v.type == XTYPE_NUMBER ? v.num == (double)(k + 1) : xeval_truth(&v))
            list->at[kept++] = i;
        xeval_drop(x, &v);
    }
    list->n = kept;
    x->inside--;
}

static int
order(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

/* Sort LIST in document order and remove duplicates. */
static void
tidy(struct xlist *list)
{
    size_t n = 0, k = 1;

    while (k < list->n && list->at[k - 1] < list->at[k])
        k++;
    if (k >= list->n)
        return;
    qsort(list->at, list->n, sizeof(*list->at), order);
    for (k = 0; k < list->n; k++)
        if (n == 0 || list->at[n - 1] != list->at[k])
            list->at[n++] = list->at[k];
    list->n = n;
}

static bool
goes_down(enum xpath_axis axis)
{
    return axis == AXIS_CHILD || axis == AXIS_DESCENDANT ||
           axis == AXIS_DESCENDANT_OR_SELF || axis == AXIS_SELF ||
           axis == AXIS_ATTRIBUTE;
}

struct xlist *
xeval_path(struct xeval *x, const struct xpath *path,
           const struct xplace *place)
{
    struct xlist *from = xeval_take(x);
    bool down = path->absolute;

    xlist_add(from, path->absolute ? XTREE_DOC : place->node);
    for (size_t s = 0; s < path->steps && from->n > 0; s++) {
        struct at a = { x, &path->step[s], xeval_take(x), down };

        for (size_t k = 0; k < from->n && !ended(x); k++) {
            size_t before = a.to->n;

            walk(&a, from->at[k]);
            for (size_t p = 0; p < a.s->preds && a.to->n > before; p++)
                filter(x, a.s->pred[p], a.to, before);
        }
        down = down && goes_down(a.s->axis);
        tidy(a.to);
        xeval_give(x, from);
        from = a.to;
    }
    return from;
}
