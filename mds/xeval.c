/* mds/xeval.c - operators (XPath 1.0, section 3); see xeval.h. */
#include <math.h>
#include <string.h>

#include "mds/xeval.h"

static struct xvalue
truth_of(bool truth)
{
    return (struct xvalue){ .type = XTYPE_BOOL, .truth = truth };
}

static double
arithmetic(enum xpath_op op, double a, double b)
{
    switch ((int)op) {
    case XPATH_ADD:
        return a + b;
    case XPATH_SUB:
        return a - b;
    case XPATH_MUL:
        return a * b;
    case XPATH_DIV:
        return a / b;
    default:
        return fmod(a, b);
    }
}

static struct xvalue
both(struct xeval *x, const struct xpath *e, const struct xplace *place)
{
    struct xvalue a = xeval(x, e->arg[0], place), b, v;

    if (e->op == XPATH_OR || e->op == XPATH_AND) {
        v = truth_of(xeval_truth(&a));
        xeval_drop(x, &a);
        if (v.truth == (e->op == XPATH_OR))
            return v;
        b = xeval(x, e->arg[1], place);
        v.truth = xeval_truth(&b);
        xeval_drop(x, &b);
        return v;
    }
    b = xeval(x, e->arg[1], place);
    if (e->op >= XPATH_EQ && e->op <= XPATH_GE)
        v = truth_of(xeval_compare(x, e->op, &a, &b));
    else
        v = (struct xvalue){ .type = XTYPE_NUMBER,
                             .num = arithmetic(e->op, xeval_number(x, &a),
                                               xeval_number(x, &b)) };
    xeval_drop(x, &a);
    xeval_drop(x, &b);
    return v;
}

/* Merge two lists in document order. */
static struct xlist *
unite(struct xeval *x, struct xlist *a, struct xlist *b)
{
    struct xlist *to = xeval_take(x);
    size_t i = 0, k = 0;

    while (i < a->n || k < b->n) {
        uint32_t next = k == b->n || (i < a->n && a->at[i] < b->at[k])
                            ? a->at[i]
                            : b->at[k];

        i += i < a->n && a->at[i] == next;
        k += k < b->n && b->at[k] == next;
        xlist_add(to, next);
    }
    x->looked += to->n;
    xeval_give(x, a);
    xeval_give(x, b);
    return to;
}

static struct xvalue
nodes_of(struct xeval *x, const struct xpath *e, const struct xplace *place)
{
    struct xvalue v = { .type = XTYPE_NODES }, a, b;

    if (e->op == XPATH_PATH) {
        v.nodes = xeval_path(x, e, place);
        return v;
    }
    a = xeval(x, e->arg[0], place);
    b = xeval(x, e->arg[1], place);
    if (a.type == XTYPE_NODES && b.type == XTYPE_NODES) {
        v.nodes = unite(x, a.nodes, b.nodes);
        return v;
    }
    xeval_drop(x, &a);
    xeval_drop(x, &b);
    x->beyond = true; /* a type error, which libxml2 reports */
    return truth_of(false);
}

struct xvalue
xeval(struct xeval *x, const struct xpath *e, const struct xplace *place)
{
    struct xvalue v, a;

    switch (e->op) {
    case XPATH_PATH:
    case XPATH_UNION:
        return nodes_of(x, e, place);
    case XPATH_TEXT:
        return (struct xvalue){ .type = XTYPE_TEXT,
                                .text = e->text,
                                .len = strlen(e->text) };
    case XPATH_NUM:
        return (struct xvalue){ .type = XTYPE_NUMBER, .num = e->num };
    case XPATH_CALL:
        return xeval_call(x, e, place);
    case XPATH_FOUND:
        return x->found[e->index];
    case XPATH_NEG:
        a = xeval(x, e->arg[0], place);
        v = (struct xvalue){ .type = XTYPE_NUMBER,
                             .num = -xeval_number(x, &a) };
        xeval_drop(x, &a);
        return v;
    case XPATH_OR:
    case XPATH_AND:
    case XPATH_EQ:
    case XPATH_NE:
    case XPATH_LT:
    case XPATH_LE:
    case XPATH_GT:
    case XPATH_GE:
    case XPATH_ADD:
    case XPATH_SUB:
    case XPATH_MUL:
    case XPATH_DIV:
    case XPATH_MOD:
        break;
    }
    return both(x, e, place);
}
