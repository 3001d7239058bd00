/* mds/xvalue.c - values and comparisons (XPath 1.0, sections 3.4 and 4); see
 * xeval.h. */
#include <libxml/xpath.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mds/xeval.h"

/* ---- conversions ---- */

const char *
xeval_node_text(struct xeval *x, uint32_t i, size_t *len)
{
    const struct xtree *t = &x->tree;
    uint32_t end = xtree_end(t, i), only = 0;
    size_t n = 0, part;
    char *text, *at;

    *len = 0;
    if (i <= XTREE_ROOT) {
        x->beyond = true;
        return "";
    }
    if (xtree_at(t, i)->kind != FLAT_ELEMENT)
        return xtree_value(t, i, len);
    for (uint32_t c = i + 1; c < end; c++)
        if (xtree_at(t, c)->kind == FLAT_TEXT) {
            (void)xtree_value(t, c, &part);
            only = n == 0 ? c : 0;
            n += part;
        }
    x->looked += end - i;
    if (only != 0 || n == 0)
        return only != 0 ? xtree_value(t, only, len) : "";
    at = text = xeval_room(x, n);
    for (uint32_t c = i + 1; c < end && !x->beyond; c++)
        if (xtree_at(t, c)->kind == FLAT_TEXT) {
            const char *value = xtree_value(t, c, &part);

            memcpy(at, value, part);
            at += part;
        }
    *len = x->beyond ? 0 : n;
    return text;
}

double
xeval_text_number(struct xeval *x, const char *text, size_t len)
{
    char small[64], *copy = small;
    double n = 0;
    size_t k = 0;

    while (k < len && len <= 15 && text[k] >= '0' && text[k] <= '9')
        n = n * 10 + (text[k++] - '0');
    if (k == len && len > 0)
        return n;
    if (len >= sizeof(small))
        copy = xeval_room(x, len + 1);
    if (x->beyond)
        return 0;
    memcpy(copy, text, len);
    copy[len] = '\0';
    return xmlXPathCastStringToNumber((const xmlChar *)copy);
}

bool
xeval_truth(const struct xvalue *v)
{
    switch (v->type) {
    case XTYPE_NODES:
        return v->nodes->n > 0;
    case XTYPE_NUMBER:
        return v->num != 0 && !isnan(v->num);
    case XTYPE_TEXT:
        return v->len > 0;
    case XTYPE_BOOL:
        break;
    }
    return v->truth;
}

/* Format NUMBER as XPath does. */
static const char *
number_text(struct xeval *x, double number, size_t *len)
{
    xmlChar *text = xmlXPathCastNumberToString(number);
    size_t n = strlen((const char *)text);
    char *copy = memcpy(xeval_room(x, n), text, n);

    xmlFree(text);
    *len = n;
    return copy;
}

const char *
xeval_text(struct xeval *x, const struct xvalue *v, size_t *len)
{
    switch (v->type) {
    case XTYPE_NODES:
        *len = 0;
        return v->nodes->n > 0 ? xeval_node_text(x, v->nodes->at[0], len) : "";
    case XTYPE_NUMBER:
        return number_text(x, v->num, len);
    case XTYPE_BOOL:
        *len = v->truth ? 4 : 5;
        return v->truth ? "true" : "false";
    case XTYPE_TEXT:
        break;
    }
    *len = v->len;
    return v->text;
}

double
xeval_number(struct xeval *x, const struct xvalue *v)
{
    const char *text;
    size_t len;

    if (v->type == XTYPE_NUMBER)
        return v->num;
    if (v->type == XTYPE_BOOL)
        return v->truth;
    text = xeval_text(x, v, &len);
    return xeval_text_number(x, text, len);
}

/* ---- comparisons, section 3.4 ---- */

static bool
numbers(enum xpath_op op, double a, double b)
{
    switch ((int)op) {
    case XPATH_EQ:
        return a == b;
    case XPATH_NE:
        return a != b;
    case XPATH_LT:
        return a < b;
    case XPATH_LE:
        return a <= b;
    case XPATH_GT:
        return a > b;
    default:
        return a >= b;
    }
}

static bool
texts(struct xeval *x, enum xpath_op op, const struct xvalue *a,
      const struct xvalue *b)
{
    size_t n, m;
    const char *s = xeval_text(x, a, &n), *t = xeval_text(x, b, &m);
    bool same = n == m && (n == 0 || memcmp(s, t, n) == 0);

    return op == XPATH_EQ ? same : !same;
}

/* Compare A and B, which are not node sets. */
static bool
scalars(struct xeval *x, enum xpath_op op, const struct xvalue *a,
        const struct xvalue *b)
{
    if (op != XPATH_EQ && op != XPATH_NE)
        return numbers(op, xeval_number(x, a), xeval_number(x, b));
    if (a->type == XTYPE_BOOL || b->type == XTYPE_BOOL)
        return (xeval_truth(a) == xeval_truth(b)) == (op == XPATH_EQ);
    if (a->type == XTYPE_NUMBER || b->type == XTYPE_NUMBER)
        return numbers(op, xeval_number(x, a), xeval_number(x, b));
    return texts(x, op, a, b);
}

/* Node I as a string value. */
static struct xvalue
node_value(struct xeval *x, uint32_t i)
{
    struct xvalue v = { .type = XTYPE_TEXT };

    v.text = xeval_node_text(x, i, &v.len);
    return v;
}

static enum xpath_op
turned(enum xpath_op op)
{
    switch ((int)op) {
    case XPATH_LT:
        return XPATH_GT;
    case XPATH_LE:
        return XPATH_GE;
    case XPATH_GT:
        return XPATH_LT;
    case XPATH_GE:
        return XPATH_LE;
    default:
        return op;
    }
}

bool
xeval_compare(struct xeval *x, enum xpath_op op, const struct xvalue *a,
              const struct xvalue *b)
{
    struct xvalue truth = { .type = XTYPE_BOOL };

    if (a->type != XTYPE_NODES && b->type == XTYPE_NODES)
        return xeval_compare(x, turned(op), b, a);
    if (a->type != XTYPE_NODES)
        return scalars(x, op, a, b);
    if (b->type == XTYPE_BOOL) {
        truth.truth = xeval_truth(a);
        return scalars(x, op, &truth, b);
    }
    for (size_t i = 0; i < a->nodes->n && !x->beyond && !x->over; i++) {
        struct xvalue v = node_value(x, a->nodes->at[i]);

        if (b->type == XTYPE_NODES ? xeval_compare(x, turned(op), b, &v)
                                   : scalars(x, op, &v, b))
            return true;
        x->looked++;
    }
    return false;
}
