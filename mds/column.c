/* mds/column.c - see column.h. */
#include <libxml/xpath.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "mds/column.h"

#define NUMBER_MAX 63 /* bytes; what is longer is not taken for a number */

struct value {
    double num;
    uint32_t entry;
};

struct column {
    struct column *next;
    uint32_t name;
    struct column_set odd; /* entries to look at in any case */
    size_t values;
    struct value value[];
};

/* What an element is as a number, if that is easily told. */
enum told {
    TOLD_NUMBER,
    TOLD_NONE, /* it is no number */
    TOLD_ODD   /* it has elements below it, or is long */
};

static enum told
number_of(const struct entry_text *t, uint32_t i, double *num)
{
    const struct flat_node *n = t->node;
    uint32_t end = n[i].end, at = i + 1;
    char text[NUMBER_MAX + 1];

    while (at < end && n[at].kind == FLAT_ATTRIBUTE)
        at++;
    if (at == end)
        return TOLD_NONE;
    if (at + 1 < end || n[at].kind != FLAT_TEXT || n[at].off >= FLAT_TYPE ||
        n[at].end > NUMBER_MAX)
        return TOLD_ODD;
    memcpy(text, t->member + n[at].off, n[at].end);
    text[n[at].end] = '\0';
    *num = xmlXPathCastStringToNumber((const xmlChar *)text);
    return isnan(*num) ? TOLD_NONE : TOLD_NUMBER;
}

/* Add to VALUES and ODD what entry number I, whose text is T, has of NAME. */
static void
collect(const struct entry_text *t, uint32_t i, uint32_t name,
        struct buf *values, struct column_set *odd)
{
    struct value v = { .entry = i };

    for (uint32_t k = 0; k < t->nodes; k++) {
        enum told told;

        if (t->node[k].name != name || t->node[k].kind != FLAT_ELEMENT)
            continue;
        told = number_of(t, k, &v.num);
        if (told == TOLD_NUMBER)
            buf_add(values, &v, sizeof(v));
        else if (told == TOLD_ODD)
            column_set_add(odd, i);
    }
}

static struct column *
make(struct entry *const *entry, uint32_t name)
{
    struct buf values = BUF_INIT;
    struct column_set odd = { { 0 } };
    struct column *c;

    for (uint32_t i = 0; i < COLUMN_ENTRIES; i++)
        if (entry[i] != NULL)
            collect(entry[i]->text, i, name, &values, &odd);
    c = xcalloc(1, sizeof(*c) + values.len);
    c->name = name;
    c->odd = odd;
    c->values = values.len / sizeof(struct value);
    if (values.len > 0)
        memcpy(c->value, values.data, values.len);
    buf_fini(&values);
    return c;
}

const struct column *
column_get(struct column *_Atomic *kept, struct entry *const *entry,
           uint32_t name)
{
    struct column *first = atomic_load(kept), *c;
    size_t n = 0;

    for (c = first; c != NULL && c->name != name; c = c->next)
        n++;
    if (c != NULL || n >= COLUMN_KEPT_MAX)
        return c;
    c = make(entry, name);
    /* Two threads may make the same one: both are right, and both are kept. */
    do
        c->next = first;
    while (!atomic_compare_exchange_weak(kept, &first, c));
    return c;
}

static bool
compare(enum column_op op, double a, double b)
{
    switch (op) {
    case COLUMN_EQ:
        return a == b;
    case COLUMN_LT:
        return a < b;
    case COLUMN_LE:
        return a <= b;
    case COLUMN_GT:
        return a > b;
    case COLUMN_GE:
        break;
    }
    return a >= b;
}

void
column_match(const struct column *c, enum column_op op, double num,
             struct column_set *set)
{
    for (size_t i = 0; i < COLUMN_ENTRIES / 64; i++)
        set->word[i] |= c->odd.word[i];
    for (size_t i = 0; i < c->values; i++)
        if (compare(op, c->value[i].num, num))
            column_set_add(set, c->value[i].entry);
}

void
column_free_all(struct column *_Atomic *kept)
{
    struct column *c = atomic_load(kept);

    while (c != NULL) {
        struct column *next = c->next;

        free(c);
        c = next;
    }
}
