/* gridftp/proto/ranges.c - see ranges.h. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "gridftp/proto/ranges.h"

/* Index of the first range that ends at or after POS. */
static size_t
ranges_find(const struct ranges *set, int64_t pos)
{
    size_t low = 0, high = set->n, mid;

    /* Nearly always the last one, because data arrives in order. */
    if (set->n > 0 && set->r[set->n - 1].begin <= pos &&
        pos <= set->r[set->n - 1].end)
        return set->n - 1;
    while (low < high) {
        mid = low + (high - low) / 2;
        if (set->r[mid].end < pos)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

/* Make room for one more range at index I. */
static int
ranges_insert(struct ranges *set, size_t i, struct err *err)
{
    if (set->n >= RANGES_MAX)
        return err_set(err, ERR_LIMIT, "more than %d separate byte ranges",
                       RANGES_MAX);
    if (set->n == set->cap) {
        set->cap = set->cap > 0 ? set->cap * 2 : 8;
        set->r = xrealloc(set->r, set->cap, sizeof(*set->r));
    }
    memmove(set->r + i + 1, set->r + i, (set->n - i) * sizeof(*set->r));
    set->n++;
    return 0;
}

int
ranges_add(struct ranges *set, int64_t begin, int64_t end, struct err *err)
{
    size_t first, last;

    if (begin < 0 || end < begin)
        return err_set(err, ERR_SYNTAX, "bad byte range %lld-%lld",
                       (long long)begin, (long long)end);
    if (begin == end)
        return 0;
    first = last = ranges_find(set, begin);
    while (last < set->n && set->r[last].begin <= end)
        last++;
    if (first == last) {
        if (ranges_insert(set, first, err) < 0)
            return -1;
        set->r[first] = (struct range){ begin, end };
        return 0;
    }
    if (begin < set->r[first].begin)
        set->r[first].begin = begin;
    if (end < set->r[last - 1].end)
        end = set->r[last - 1].end;
    set->r[first].end = end;
    memmove(set->r + first + 1, set->r + last,
            (set->n - last) * sizeof(*set->r));
    set->n -= last - first - 1;
    return 0;
}

bool
ranges_has(const struct ranges *set, int64_t begin, int64_t end)
{
    struct range hole;

    return !ranges_hole(set, begin, end, &hole);
}

bool
ranges_hole(const struct ranges *set, int64_t from, int64_t to,
            struct range *hole)
{
    size_t i = ranges_find(set, from);

    if (i < set->n && set->r[i].begin <= from) {
        from = set->r[i].end;
        i++;
    }
    if (from >= to)
        return false;
    hole->begin = from;
    hole->end = i < set->n && set->r[i].begin < to ? set->r[i].begin : to;
    return true;
}

int64_t
ranges_total(const struct ranges *set)
{
    int64_t total = 0;
    size_t i;

    for (i = 0; i < set->n; i++)
        total += set->r[i].end - set->r[i].begin;
    return total;
}

/* Parse a decimal number at *P and move *P past it; -1 when there is none. */
static int64_t
ranges_number(const char **p)
{
    int64_t v = 0;

    if (**p < '0' || **p > '9')
        return -1;
    for (; **p >= '0' && **p <= '9'; (*p)++) {
        if (v > (INT64_MAX - (**p - '0')) / 10)
            return -1;
        v = v * 10 + (**p - '0');
    }
    return v;
}

/* Parse one "a-b", or an "N" that stands alone, at *P. */
static int
ranges_parse_one(const char **p, bool alone, struct ranges *set,
                 struct err *err)
{
    int64_t begin = ranges_number(p), end;

    if (begin >= 0 && **p == '\0' && alone)
        return ranges_add(set, 0, begin, err);
    if (begin < 0 || **p != '-')
        return err_set(err, ERR_SYNTAX, "bad restart marker");
    (*p)++;
    end = ranges_number(p);
    if (end < begin || (**p != ',' && **p != '\0'))
        return err_set(err, ERR_SYNTAX, "bad restart marker");
    return ranges_add(set, begin, end, err);
}

int
ranges_parse(const char *text, struct ranges *set, struct err *err)
{
    const char *p = text;

    for (;;) {
        if (ranges_parse_one(&p, p == text, set, err) < 0)
            return -1;
        if (*p == '\0')
            return 0;
        p++;
    }
}

void
ranges_text(const struct ranges *set, struct buf *out)
{
    size_t i;

    for (i = 0; i < set->n; i++)
        buf_addf(out, "%s%lld-%lld", i > 0 ? "," : "",
                 (long long)set->r[i].begin, (long long)set->r[i].end);
}

void
ranges_fini(struct ranges *set)
{
    free(set->r);
    *set = (struct ranges){ 0 };
}
