/* mds/xplan_range.c - see xplan_range.h. */
#include <string.h>

#include "mds/xplan_range.h"

/* The names that the test of S takes, into R; false: too many, or one that is
 * not an entry's alone. */
static bool
take_names(const struct xpath_step *s, const struct xtree *tree,
           struct range *r)
{
    const struct xpath_names *n = s->names;

    r->names = 0;
    if (s->test != TEST_NAME || n == NULL || s->axis == AXIS_ATTRIBUTE)
        return false;
    for (uint32_t i = 1; i <= n->most; i++) {
        if ((n->bits[i / 8] >> i % 8 & 1) == 0)
            continue;
        for (int k = XTREE_ROOT; k < XTREE_ENTRY; k++)
            if (tree->head[k].name == i)
                return false;
        if (r->names == RANGE_NAMES_MAX)
            return false;
        r->name[r->names++] = i;
    }
    return true;
}

/* Whether X, in a predicate of S, is elements of an entry: what a relative path
 * ends with, or the node of S itself; their names into R. */
static bool
is_leaf(const struct xpath *x, const struct xpath_step *s,
        const struct xtree *tree, struct range *r)
{
    const struct xpath_step *last;

    if (x->op != XPATH_PATH || x->absolute || x->steps == 0)
        return false;
    for (size_t i = 0; i < x->steps; i++)
        if (x->step[i].axis > AXIS_SELF) /* it might leave the entry */
            return false;
    last = &x->step[x->steps - 1];
    if (x->steps == 1 && last->axis == AXIS_SELF && last->test == TEST_NODE)
        return take_names(s, tree, r);
    return take_names(last, tree, r);
}

/* Whether X is a number that is written there. */
static bool
is_number(const struct xpath *x, double *num)
{
    if (x->op == XPATH_NEG && x->arg[0]->op == XPATH_NUM)
        *num = -x->arg[0]->num;
    else if (x->op == XPATH_NUM)
        *num = x->num;
    else
        return false;
    return true;
}

/* Whether X, in a predicate of S, compares a leaf with a number: R. */
static bool
is_range(const struct xpath *x, const struct xpath_step *s,
         const struct xtree *tree, struct range *r)
{
    static const enum column_op as[] = {
        [XPATH_EQ] = COLUMN_EQ, [XPATH_LT] = COLUMN_LT, [XPATH_LE] = COLUMN_LE,
        [XPATH_GT] = COLUMN_GT, [XPATH_GE] = COLUMN_GE,
    };
    static const enum column_op turned[] = {
        [XPATH_EQ] = COLUMN_EQ, [XPATH_LT] = COLUMN_GT, [XPATH_LE] = COLUMN_GE,
        [XPATH_GT] = COLUMN_LT, [XPATH_GE] = COLUMN_LE,
    };

    if (x->op < XPATH_EQ || x->op > XPATH_GE || x->op == XPATH_NE)
        return false;
    if (is_number(x->arg[1], &r->num) && is_leaf(x->arg[0], s, tree, r)) {
        r->op = as[x->op];
        return true;
    }
    if (is_number(x->arg[0], &r->num) && is_leaf(x->arg[1], s, tree, r)) {
        r->op = turned[x->op];
        return true;
    }
    return false;
}

/* Add to R what the predicate X of S asks. */
static void
add_ranges(const struct xpath *x, const struct xpath_step *s,
           const struct xtree *tree, struct ranges *r)
{
    if (x->op == XPATH_AND) {
        add_ranges(x->arg[0], s, tree, r);
        add_ranges(x->arg[1], s, tree, r);
    } else if (r->n < RANGES_MAX && is_range(x, s, tree, &r->range[r->n]))
        r->n++;
}

void
xplan_ranges(const struct xpath *path, const struct xtree *tree,
             struct ranges *r)
{
    r->n = 0;
    for (size_t i = 0; path->op == XPATH_PATH && i < path->steps; i++)
        for (size_t k = 0; k < path->step[i].preds; k++)
            add_ranges(path->step[i].pred[k], &path->step[i], tree, r);
}

struct column_set
xplan_ranges_met(const struct ranges *r, struct view_chunk *c)
{
    struct column_set all;

    memset(&all, 0xFF, sizeof(all));
    for (size_t i = 0; i < r->n; i++) {
        const struct range *range = &r->range[i];
        struct column_set one = { { 0 } };

        for (size_t k = 0; k < range->names; k++) {
            const struct column *column =
                column_get(&c->columns, c->entry, range->name[k]);

            if (column != NULL)
                column_match(column, range->op, range->num, &one);
            else
                memset(&one, 0xFF, sizeof(one));
        }
        for (size_t k = 0; k < COLUMN_ENTRIES / 64; k++)
            all.word[k] &= one.word[k];
    }
    return all;
}
