/* jobs/jsdl_range.c - jsdl:RangeValue_Type for counts, times and sizes
 * (GFD.136).  All our values are whole numbers, so an exact value must be
 * one. */
#include <math.h>
#include <stdlib.h>

#include "base/xml.h"
#include "jobs/jsdl.h"
#include "jobs/jsdl_read.h"

/* Read a bound; an exclusive bound becomes the next whole number. */
static int
read_bound(struct jsdl_read *r, const xmlNode *node, bool lower, double *value)
{
    bool exclusive = false;

    if (jsdl_read_bool_attr(r, node, "exclusiveBound", &exclusive) < 0 ||
        jsdl_read_double(r, node, value) < 0)
        return -1;
    if (exclusive)
        *value = lower ? floor(*value) + 1 : ceil(*value) - 1;
    return *value < 0 ? jsdl_read_bad(r, node, "leaves nothing below it") : 0;
}

static int
read_lower(struct jsdl_read *r, const xmlNode *node,
           const struct jsdl_rule *rule)
{
    (void)rule;
    return read_bound(r, node, true, &r->range->low);
}

static int
read_upper(struct jsdl_read *r, const xmlNode *node,
           const struct jsdl_rule *rule)
{
    (void)rule;
    return read_bound(r, node, false, &r->range->high);
}

static int
read_exact(struct jsdl_read *r, const xmlNode *node,
           const struct jsdl_rule *rule)
{
    double value, epsilon = 0;

    (void)rule;
    if (jsdl_read_double_attr(r, node, "epsilon", &epsilon) < 0 ||
        jsdl_read_double(r, node, &value) < 0)
        return -1;
    r->range->low = fmax(value - epsilon, 0);
    r->range->high = value + epsilon;
    return ceil(r->range->low) > r->range->high
               ? jsdl_read_bad(r, node, "is not a whole number")
               : 0;
}

static int
read_between(struct jsdl_read *r, const xmlNode *node,
             const struct jsdl_rule *rule)
{
    static const struct jsdl_rule rules[] = { { .ns = JSDL_NS,
                                                .name = "LowerBound",
                                                .read = read_lower,
                                                .attrs = "exclusiveBound" },
                                              { .ns = JSDL_NS,
                                                .name = "UpperBound",
                                                .read = read_upper,
                                                .attrs = "exclusiveBound" },
                                              { .name = NULL } };

    (void)rule;
    if (jsdl_read_children(r, node, rules) < 0)
        return -1;
    if (r->range->low < 0 || r->range->high < 0)
        return jsdl_read_bad(r, node, "lacks a bound");
    return ceil(r->range->low) > r->range->high
               ? jsdl_read_bad(r, node, "is empty")
               : 0;
}

int
jsdl_range_read(struct jsdl_read *r, const xmlNode *node,
                struct jsdl_range *range)
{
    static const struct jsdl_rule rules[] = {
        { .ns = JSDL_NS,
          .name = "Exact",
          .read = read_exact,
          .attrs = "epsilon" },
        { .ns = JSDL_NS,
          .name = "UpperBoundedRange",
          .read = read_upper,
          .attrs = "exclusiveBound" },
        { .ns = JSDL_NS,
          .name = "LowerBoundedRange",
          .read = read_lower,
          .attrs = "exclusiveBound" },
        { .ns = JSDL_NS, .name = "Range", .read = read_between },
        { .name = NULL }
    };
    const xmlNode *c = xml_first(node);

    *range = (struct jsdl_range){ -1, -1 };
    if (c == NULL)
        return jsdl_read_bad(r, node, "holds no range");
    if (xml_next(c) != NULL)
        return jsdl_read_unsupported(r, node, "more than one range in it");
    r->range = range;
    return jsdl_read_children(r, node, rules);
}
