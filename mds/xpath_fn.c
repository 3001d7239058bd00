/* mds/xpath_fn.c - the functions of XPath 1.0, section 4; see xpath_fn.def. */
#include <math.h>
#include <string.h>

#include "mds/xeval.h"

/* A string argument. */
struct text {
    const char *at;
    size_t len;
};

static struct xvalue
number(double n)
{
    return (struct xvalue){ .type = XTYPE_NUMBER, .num = n };
}

static struct xvalue
truth(bool is)
{
    return (struct xvalue){ .type = XTYPE_BOOL, .truth = is };
}

static struct xvalue
text_of(const char *at, size_t len)
{
    return (struct xvalue){ .type = XTYPE_TEXT, .text = at, .len = len };
}

/* Argument I of CALL as a string; if it is absent, that of the node at
 * PLACE. */
static struct text
text(struct xeval *x, const struct xpath *call, size_t i,
     const struct xplace *place)
{
    struct text t;
    struct xvalue v;

    if (i >= call->args) {
        t.at = xeval_node_text(x, place->node, &t.len);
        return t;
    }
    v = x->evaluate(x, call->arg[i], place);
    t.at = xeval_text(x, &v, &t.len);
    xeval_drop(x, &v);
    return t;
}

/* The node that CALL applies to; false: there is none. */
static bool
about(struct xeval *x, const struct xpath *call, const struct xplace *place,
      uint32_t *node)
{
    struct xvalue v;
    bool any;

    *node = place->node;
    if (call->args == 0)
        return true;
    v = x->evaluate(x, call->arg[0], place);
    if (v.type != XTYPE_NODES) {
        x->beyond = true; /* a type error, which libxml2 reports */
        return false;
    }
    any = v.nodes->n > 0;
    if (any)
        *node = v.nodes->at[0];
    xeval_drop(x, &v);
    return any;
}

static struct xvalue
name(struct xeval *x, const struct xpath *call, const struct xplace *place)
{
    const struct xtree *t = &x->tree;
    const char *word;
    uint32_t i;

    if (!about(x, call, place, &i) || i == XTREE_DOC)
        return text_of("", 0);
    word = call->fn == FN_LOCAL_NAME
               ? xtree_local(t->names, t->dialect, xtree_at(t, i)->name)
               : xtree_ns(t->names, t->dialect, xtree_at(t, i)->name);
    return text_of(word, strlen(word));
}

static struct xvalue
aggregate(struct xeval *x, const struct xpath *call, const struct xplace *place)
{
    struct xvalue v = x->evaluate(x, call->arg[0], place);
    double n = 0;

    if (v.type != XTYPE_NODES) {
        x->beyond = true;
        return number(0);
    }
    if (call->fn == FN_COUNT)
        n = (double)v.nodes->n;
    for (size_t i = 0; call->fn == FN_SUM && i < v.nodes->n; i++) {
        size_t len;
        const char *value = xeval_node_text(x, v.nodes->at[i], &len);

        n += xeval_text_number(x, value, len);
    }
    xeval_drop(x, &v);
    return number(n);
}

/* Find B in A; NULL. */
static const char *
place_of(struct text a, struct text b)
{
    return b.len == 0 ? a.at : memmem(a.at, a.len, b.at, b.len);
}

static struct xvalue
two_texts(struct xeval *x, const struct xpath *call, const struct xplace *place)
{
    struct text a = text(x, call, 0, place), b = text(x, call, 1, place);
    const char *at = place_of(a, b);

    if (call->fn == FN_STARTS_WITH)
        return truth(b.len <= a.len &&
                     (b.len == 0 || memcmp(a.at, b.at, b.len) == 0));
    if (call->fn == FN_CONTAINS)
        return truth(at != NULL);
    if (at == NULL)
        return text_of("", 0);
    if (call->fn == FN_SUBSTRING_BEFORE)
        return text_of(a.at, (size_t)(at - a.at));
    at += b.len;
    return text_of(at, a.len - (size_t)(at - a.at));
}

static struct xvalue
concat(struct xeval *x, const struct xpath *call, const struct xplace *place)
{
    struct text part[3];
    size_t n = 0;
    char *to, *at;

    for (size_t i = 0; i < call->args; i++) {
        part[i] = text(x, call, i, place);
        n += part[i].len;
    }
    at = to = xeval_room(x, n);
    if (x->beyond)
        return text_of("", 0);
    for (size_t i = 0; i < call->args; i++) {
        memcpy(at, part[i].at, part[i].len);
        at += part[i].len;
    }
    return text_of(to, n);
}

static bool
is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct xvalue
normalize(struct xeval *x, const struct xpath *call, const struct xplace *place)
{
    struct text t = text(x, call, 0, place);
    char *to = xeval_room(x, t.len), *at = to;

    for (size_t i = 0; i < t.len && !x->beyond; i++) {
        if (!is_space(t.at[i]))
            *at++ = t.at[i];
        else if (at != to && at[-1] != ' ')
            *at++ = ' ';
    }
    if (at != to && at[-1] == ' ')
        at--;
    return text_of(to, (size_t)(at - to));
}

/* The length in bytes of the character at S. */
static size_t
character(const char *s, size_t len)
{
    size_t n = 1;

    while (n < len && (s[n] & 0xC0) == 0x80)
        n++;
    return n;
}

static size_t
characters(struct text t)
{
    size_t n = 0;

    for (size_t i = 0; i < t.len; i++)
        n += (t.at[i] & 0xC0) != 0x80;
    return n;
}

/* The index in T of the character of N bytes at S; -1: it is not there. */
static long
index_of(struct text t, const char *s, size_t n)
{
    long index = 0;

    for (size_t i = 0, k; i < t.len; i += k, index++) {
        k = character(t.at + i, t.len - i);
        if (k == n && memcmp(t.at + i, s, n) == 0)
            return index;
    }
    return -1;
}

/* Character INDEX of T, of *n bytes; NULL: T is shorter. */
static const char *
nth(struct text t, long index, size_t *n)
{
    for (size_t i = 0; i < t.len; i += *n) {
        *n = character(t.at + i, t.len - i);
        if (index-- == 0)
            return t.at + i;
    }
    return NULL;
}

static struct xvalue
translate(struct xeval *x, const struct xpath *call, const struct xplace *place)
{
    struct text t = text(x, call, 0, place), from = text(x, call, 1, place),
                to = text(x, call, 2, place);
    char *out = xeval_room(x, t.len * 4), *at = out;

    x->looked += t.len * (from.len + to.len) / 8;
    for (size_t i = 0, n, m; i < t.len && !x->beyond; i += n) {
        const char *other;
        long index;

        n = character(t.at + i, t.len - i);
        index = index_of(from, t.at + i, n);
        other = index < 0 ? t.at + i : nth(to, index, &m);
        if (index < 0)
            m = n;
        if (other != NULL) {
            memcpy(at, other, m);
            at += m;
        }
    }
    return text_of(out, (size_t)(at - out));
}

static struct xvalue
rounded(struct xeval *x, const struct xpath *call, const struct xplace *place)
{
    struct xvalue v = x->evaluate(x, call->arg[0], place);
    double n = xeval_number(x, &v);

    xeval_drop(x, &v);
    if (call->fn == FN_FLOOR)
        return number(floor(n));
    if (call->fn == FN_CEILING)
        return number(ceil(n));
    if (isnan(n) || isinf(n) || n == 0)
        return number(n);
    return number(n < 0 && n >= -0.5 ? -0.0 : floor(n + 0.5));
}

/* boolean(), not(), number(), string() of one argument. */
static struct xvalue
converted(struct xeval *x, const struct xpath *call, const struct xplace *place)
{
    struct xvalue v = x->evaluate(x, call->arg[0], place), to;

    if (call->fn == FN_NUMBER)
        to = number(xeval_number(x, &v));
    else if (call->fn == FN_STRING) {
        to = text_of("", 0);
        to.text = xeval_text(x, &v, &to.len);
    } else
        to = truth(xeval_truth(&v) == (call->fn == FN_BOOLEAN));
    xeval_drop(x, &v);
    return to;
}

struct xvalue
xeval_call(struct xeval *x, const struct xpath *call,
           const struct xplace *place)
{
    struct text t;

    switch (call->fn) {
    case FN_POSITION:
        return number((double)place->position);
    case FN_LAST:
        return number((double)place->size);
    case FN_COUNT:
    case FN_SUM:
        return aggregate(x, call, place);
    case FN_LOCAL_NAME:
    case FN_NAMESPACE_URI:
        return name(x, call, place);
    case FN_CONCAT:
        return concat(x, call, place);
    case FN_STARTS_WITH:
    case FN_CONTAINS:
    case FN_SUBSTRING_BEFORE:
    case FN_SUBSTRING_AFTER:
        return two_texts(x, call, place);
    case FN_STRING_LENGTH:
        return number((double)characters(text(x, call, 0, place)));
    case FN_NORMALIZE_SPACE:
        return normalize(x, call, place);
    case FN_TRANSLATE:
        return translate(x, call, place);
    case FN_TRUE:
    case FN_FALSE:
        return truth(call->fn == FN_TRUE);
    case FN_STRING:
    case FN_NUMBER:
    case FN_BOOLEAN:
    case FN_NOT:
        if (call->args > 0)
            return converted(x, call, place);
        t = text(x, call, 0, place);
        return call->fn == FN_STRING
                   ? text_of(t.at, t.len)
                   : number(xeval_text_number(x, t.at, t.len));
    case FN_FLOOR:
    case FN_CEILING:
    case FN_ROUND:
        return rounded(x, call, place);
    case FN_COUNT_OF:
        break;
    }
    x->beyond = true;
    return truth(false);
}
