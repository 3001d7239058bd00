/* jobs/jsdl_loop.c - see jsdl_loop.h. */
#include "jobs/jsdl_loop.h"

#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "base/sweep.h"
#include "base/xml.h"
#include "jobs/jsdl.h"

#define DIGITS_MAX 15

/* value / 10^scale */
struct decimal {
    long long value;
    int scale;
};

struct loop {
    struct decimal first, last, step;
    struct decimal *except;
    size_t nexcept;
    bool decimals;
};

/* ---- values ---- */

/* Check that the children of NODE are elements NAME of the functions'
 * namespace; anything else is refused. */
static int
check_children(struct jsdl_read *r, const xmlNode *node, const char *name)
{
    const struct jsdl_rule rules[] = { { .ns = JSDL_SWEEP_FUNCTIONS_NS,
                                         .name = name,
                                         .many = true,
                                         .attrs = "value" },
                                       { .name = NULL } };

    return jsdl_read_children(r, node, rules);
}

int
jsdl_loop_values(struct jsdl_read *r, const xmlNode *node, struct buf *out)
{
    struct buf list = BUF_INIT;
    size_t n = 0;
    int rc = check_children(r, node, "Value");

    for (const xmlNode *v = xml_first(node); v != NULL && rc == 0;
         v = xml_next(v)) {
        char *text = NULL;

        rc = jsdl_read_attrs(r, v, NULL);
        if (rc == 0)
            rc = jsdl_read_text(r, v, false, &text);
        if (rc == 0)
            sweep_add_string(&list, text);
        free(text);
        n++;
    }
    if (rc == 0 && n == 0)
        rc = jsdl_read_bad(r, node, "has no Value");
    buf_addf(out, "v%zu:%s", n, buf_str(&list));
    buf_fini(&list);
    return rc;
}

/* ---- loops ---- */

/* Parse the digits of TEXT, with an optional point, into D. Returns
 * the rest; NULL if there are none or too many. */
static const char *
get_digits(const char *text, struct decimal *d)
{
    bool point = false, any = false;
    int digits = 0;

    for (; (*text >= '0' && *text <= '9') || (*text == '.' && !point); text++) {
        if (*text == '.') {
            point = true;
            continue;
        }
        any = true;
        if (d->value > 0 || *text != '0' || point)
            digits++;
        if (digits > DIGITS_MAX)
            return NULL;
        d->value = d->value * 10 + (*text - '0');
        d->scale += point;
    }
    return any ? text : NULL;
}

/* D times 10^(TO - its scale); -1 if that is not exact. */
static int
rescale(struct decimal *d, int to)
{
    while (d->scale < to && d->value <= SWEEP_NUMBER_MAX / 10 &&
           d->value >= -SWEEP_NUMBER_MAX / 10) {
        d->value *= 10;
        d->scale++;
    }
    while (d->scale > to && d->value % 10 == 0) {
        d->value /= 10;
        d->scale--;
    }
    return d->scale == to ? 0 : -1;
}

/* Parse an xsd:integer, or with DECIMALS an xsd:double, in decimal notation. */
static int
decimal_parse(const char *text, bool decimals, struct decimal *d)
{
    bool minus = text[0] == '-';
    long long exponent = 0;

    *d = (struct decimal){ .value = 0 };
    if (text[0] == '-' || text[0] == '+')
        text++;
    if (*text == '\0')
        return -1;
    text = get_digits(text, d);
    if (text == NULL)
        return -1;
    if (*text == 'e' || *text == 'E') {
        text += text[1] == '+' ? 2 : 1;
        if (number_parse(text, -DIGITS_MAX, DIGITS_MAX, &exponent) < 0)
            return -1;
        text = "";
    }
    if (minus)
        d->value = -d->value;
    d->scale -= (int)exponent;
    if (d->scale < 0 && rescale(d, 0) < 0)
        return -1;
    return *text == '\0' && d->scale <= DIGITS_MAX &&
                   (decimals || rescale(d, 0) == 0)
               ? 0
               : -1;
}

/* Read attribute NAME of the loop NODE; ASSUMED is the default (NULL:
 * required). */
static int
get_attr(struct jsdl_read *r, const xmlNode *node, const char *name,
         const char *assumed, bool decimals, struct decimal *d)
{
    char *text = xml_attr(node, name);
    const char *said = text != NULL ? text : assumed;
    int rc = 0;

    if (said == NULL || decimal_parse(said, decimals, d) < 0)
        rc = err_set(r->err, ERR_USAGE,
                     "line %ld: %s: %s '%.40s' is no %s of at most %d digits",
                     xmlGetLineNo(node), (const char *)node->name, name,
                     said != NULL ? said : "",
                     decimals ? "number" : "whole number", DIGITS_MAX);
    free(text);
    return rc;
}

/* Read the Exception NODE: a value that the loop skips, in its text or
 * attribute. */
static int
get_exception(struct jsdl_read *r, const xmlNode *node, struct loop *l)
{
    struct decimal *d;
    char *text;
    int rc;

    l->except = xrealloc(l->except, l->nexcept + 1, sizeof(*l->except));
    d = &l->except[l->nexcept++];
    text = xml_attr(node, "value");
    free(text);
    if (text != NULL)
        return get_attr(r, node, "value", NULL, l->decimals, d);
    if (jsdl_read_text(r, node, true, &text) < 0)
        return -1;
    rc = decimal_parse(text, l->decimals, d) == 0
             ? 0
             : jsdl_read_bad(r, node, "is no number of at most 15 digits");
    free(text);
    return rc;
}

static int
by_number(const void *a, const void *b)
{
    long long x = *(const long long *)a, y = *(const long long *)b;

    return x < y ? -1 : x > y;
}

/* Append the indexes below COUNT that L skips; all numbers have one scale. */
static void
put_exceptions(const struct loop *l, long long count, struct buf *out)
{
    long long *at = xcalloc(l->nexcept + 1, sizeof(*at));
    size_t n = 0, m = 0;

    for (size_t i = 0; i < l->nexcept; i++) {
        long long off = l->except[i].value - l->first.value;

        if (off % l->step.value == 0 && off / l->step.value >= 0 &&
            off / l->step.value < count)
            at[n++] = off / l->step.value;
    }
    qsort(at, n, sizeof(*at), by_number);
    for (size_t i = 0; i < n; i++)
        if (m == 0 || at[i] != at[m - 1])
            at[m++] = at[i];
    buf_addf(out, "%zu:", m);
    for (size_t i = 0; i < m; i++)
        buf_addf(out, "%lld:", at[i]);
    free(at);
}

/* Give all numbers of L the finest scale. */
static int
align(struct loop *l)
{
    struct decimal *of[] = { &l->first, &l->last, &l->step };
    int most = 0;

    for (size_t i = 0; i < 3; i++)
        most = of[i]->scale > most ? of[i]->scale : most;
    for (size_t i = 0; i < l->nexcept; i++)
        most = l->except[i].scale > most ? l->except[i].scale : most;
    for (size_t i = 0; i < 3; i++)
        if (rescale(of[i], most) < 0)
            return -1;
    for (size_t i = 0; i < l->nexcept; i++)
        if (rescale(&l->except[i], most) < 0)
            return -1;
    return 0;
}

/* Append L, from the element NODE, with values of SCALE decimals. */
static int
put_loop(struct jsdl_read *r, const xmlNode *node, struct loop *l, int scale,
         struct buf *out)
{
    struct buf skip = BUF_INIT;
    long long count;

    if (align(l) < 0)
        return err_set(r->err, ERR_USAGE,
                       "line %ld: %s: its numbers have more than %d digits in "
                       "all",
                       xmlGetLineNo(node), (const char *)node->name,
                       DIGITS_MAX);
    if (l->step.value == 0 ||
        (l->last.value - l->first.value) / l->step.value < 0 ||
        ((l->last.value > l->first.value) != (l->step.value > 0) &&
         l->last.value != l->first.value))
        return err_set(r->err, ERR_USAGE,
                       "line %ld: %s: its steps do not lead from start to end",
                       xmlGetLineNo(node), (const char *)node->name);
    count = (l->last.value - l->first.value) / l->step.value + 1;
    put_exceptions(l, count, &skip);
    if (rescale(&l->first, scale) < 0 || rescale(&l->step, scale) < 0)
        scale = l->first.scale; /* not reached: both are that coarse */
    buf_addf(out, "l%d:%lld:%lld:%lld:%s", scale, l->first.value, l->step.value,
             count, buf_str(&skip));
    buf_fini(&skip);
    return 0;
}

int
jsdl_loop_read(struct jsdl_read *r, const xmlNode *node, bool decimals,
               struct buf *out)
{
    struct loop l = { .decimals = decimals };
    int rc = -1, scale;

    if (check_children(r, node, "Exception") < 0 ||
        get_attr(r, node, "start", NULL, decimals, &l.first) < 0 ||
        get_attr(r, node, "end", NULL, decimals, &l.last) < 0 ||
        get_attr(r, node, "step", "1", decimals, &l.step) < 0)
        return -1;
    scale = l.first.scale > l.step.scale ? l.first.scale : l.step.scale;
    if (decimals && scale == 0)
        scale = 1;
    rc = 0;
    for (const xmlNode *e = xml_first(node); e != NULL && rc == 0;
         e = xml_next(e))
        rc = get_exception(r, e, &l);
    if (rc == 0)
        rc = put_loop(r, node, &l, scale, out);
    free(l.except);
    return rc;
}
