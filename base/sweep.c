/* base/sweep.c - see sweep.h. */
#include "base/sweep.h"

#include <stdlib.h>
#include <string.h>

#include "base/codec.h"

#define TASK_MARK "${GATEHOUSE_TASK}"

/* The values of one assignment. */
struct series {
    size_t *place; /* these get them */
    size_t nplaces;
    char **value; /* a list; NULL: a loop */
    long long scale, first, step;
    uint32_t *skip; /* positions left out of a loop, ascending */
    size_t nskip;
    uint32_t n; /* values */
};

struct node {
    struct series *series;
    size_t nseries;
    struct node *of;
    size_t n;
    uint32_t below; /* tasks for each value: those of the nodes in it, or 1 */
    uint32_t tasks;
};

struct place {
    char *name, *text;
};

struct sweep {
    struct place *place;
    size_t nplaces;
    struct node root; /* without series */
};

/* ---- reading ---- */

struct cursor {
    const char *p, *end;
    const struct sweep *s;
    struct err *err;
};

static int
cut_off(struct cursor *c)
{
    return err_set(c->err, ERR_SYNTAX,
                   "no text of a sweep at byte %zu from "
                   "its end",
                   (size_t)(c->end - c->p));
}

/* A number from MIN to MAX and its colon. */
static int
get_number(struct cursor *c, long long min, long long max, long long *n)
{
    char text[24];
    size_t len = strcspn(c->p, ":");

    if (c->p[len] != ':' || len >= sizeof(text))
        return cut_off(c);
    memcpy(text, c->p, len);
    text[len] = '\0';
    if (number_parse(text, min, max, n) < 0)
        return cut_off(c);
    c->p += len + 1;
    return 0;
}

/* How many follow, each at least one byte long. */
static int
get_count(struct cursor *c, long long min, size_t *n)
{
    long long v;

    if (get_number(c, min, c->end - c->p, &v) < 0)
        return -1;
    *n = (size_t)v;
    return v <= c->end - c->p ? 0 : cut_off(c);
}

static int
get_string(struct cursor *c, char **s)
{
    size_t n;

    if (get_count(c, 0, &n) < 0)
        return -1;
    *s = xcalloc(1, n + 1);
    memcpy(*s, c->p, n);
    c->p += n;
    return 0;
}

static int
get_list(struct cursor *c, struct series *a)
{
    size_t n;

    if (get_count(c, 1, &n) < 0)
        return -1;
    if (n > SWEEP_TASKS_MAX)
        return err_set(c->err, ERR_LIMIT, "a sweep of more than %d tasks",
                       SWEEP_TASKS_MAX);
    a->value = xcalloc(n, sizeof(*a->value));
    for (; a->n < n; a->n++)
        if (get_string(c, &a->value[a->n]) < 0)
            return -1;
    return 0;
}

static int
get_loop(struct cursor *c, struct series *a)
{
    long long count, last, at, before = -1;
    size_t n;

    if (get_number(c, 0, 15, &a->scale) < 0 ||
        get_number(c, -SWEEP_NUMBER_MAX, SWEEP_NUMBER_MAX, &a->first) < 0 ||
        get_number(c, -SWEEP_NUMBER_MAX, SWEEP_NUMBER_MAX, &a->step) < 0 ||
        get_number(c, 1, 2 * SWEEP_NUMBER_MAX + 1, &count) < 0 ||
        get_count(c, 0, &n) < 0)
        return -1;
    if (count - (long long)n > SWEEP_TASKS_MAX)
        return err_set(c->err, ERR_LIMIT, "a sweep of more than %d tasks",
                       SWEEP_TASKS_MAX);
    if (__builtin_mul_overflow(count - 1, a->step, &last) ||
        __builtin_add_overflow(last, a->first, &last) ||
        last < -SWEEP_NUMBER_MAX || last > SWEEP_NUMBER_MAX)
        return cut_off(c);
    a->skip = xcalloc(n + 1, sizeof(*a->skip));
    for (; a->nskip < n; before = at) {
        if (get_number(c, before + 1, count - 1, &at) < 0)
            return -1;
        a->skip[a->nskip++] = (uint32_t)at;
    }
    if (count == (long long)n)
        return err_set(c->err, ERR_USAGE, "a loop of a sweep has no value");
    a->n = (uint32_t)(count - (long long)n);
    return 0;
}

static int
get_series(struct cursor *c, struct series *a)
{
    size_t n;

    if (get_count(c, 1, &n) < 0)
        return -1;
    a->place = xcalloc(n, sizeof(*a->place));
    for (; a->nplaces < n; a->nplaces++) {
        long long place;

        if (get_number(c, 0, (long long)c->s->nplaces - 1, &place) < 0)
            return -1;
        a->place[a->nplaces] = (size_t)place;
    }
    switch (*c->p++) {
    case 'v':
        return get_list(c, a);
    case 'l':
        return get_loop(c, a);
    default:
        c->p--;
        return cut_off(c);
    }
}

/* The series of NODE, which advance together. */
static int
get_all_series(struct cursor *c, struct node *node)
{
    size_t n;

    if (get_count(c, 1, &n) < 0)
        return -1;
    node->series = xcalloc(n, sizeof(*node->series));
    while (node->nseries < n)
        if (get_series(c, &node->series[node->nseries++]) < 0)
            return -1;
    for (size_t i = 1; i < n; i++)
        if (node->series[i].n != node->series[0].n)
            return err_set(c->err, ERR_USAGE,
                           "assignments of one sweep advance together: the "
                           "first has %u values, number %zu has %u",
                           node->series[0].n, i + 1, node->series[i].n);
    return 0;
}

static int get_nodes(struct cursor *c, struct node *in, int depth);

static int
get_node(struct cursor *c, struct node *node, int depth)
{
    uint64_t tasks;

    if (get_all_series(c, node) < 0 || get_nodes(c, node, depth) < 0)
        return -1;
    tasks = (uint64_t)node->series[0].n * node->below;
    if (tasks > SWEEP_TASKS_MAX)
        return err_set(c->err, ERR_LIMIT, "a sweep of more than %d tasks",
                       SWEEP_TASKS_MAX);
    node->tasks = (uint32_t)tasks;
    return 0;
}

static int
get_nodes(struct cursor *c, struct node *in, int depth)
{
    size_t n;

    if (get_count(c, 0, &n) < 0)
        return -1;
    if (depth > SWEEP_DEPTH_MAX)
        return err_set(c->err, ERR_LIMIT, "sweeps are nested deeper than %d",
                       SWEEP_DEPTH_MAX);
    in->of = xcalloc(n + 1, sizeof(*in->of));
    while (in->n < n) {
        if (get_node(c, &in->of[in->n++], depth + 1) < 0)
            return -1;
        in->below += in->of[in->n - 1].tasks;
        if (in->below > SWEEP_TASKS_MAX)
            return err_set(c->err, ERR_LIMIT, "a sweep of more than %d tasks",
                           SWEEP_TASKS_MAX);
    }
    if (n == 0)
        in->below = 1;
    return 0;
}

static int
get_places(struct cursor *c, struct sweep *s)
{
    size_t n;

    if (get_count(c, 1, &n) < 0)
        return -1;
    if (n > SWEEP_PLACES_MAX)
        return err_set(c->err, ERR_LIMIT,
                       "a sweep of more than %d places in its document",
                       SWEEP_PLACES_MAX);
    s->place = xcalloc(n, sizeof(*s->place));
    while (s->nplaces < n) {
        struct place *p = &s->place[s->nplaces++];

        if (get_string(c, &p->name) < 0 || get_string(c, &p->text) < 0)
            return -1;
    }
    return 0;
}

int
sweep_parse(const char *text, struct sweep **s, struct err *err)
{
    struct sweep *new = xcalloc(1, sizeof(*new));
    struct cursor c = {
        .p = text, .end = text + strlen(text), .s = new, .err = err
    };

    *s = NULL;
    if (get_places(&c, new) == 0 && get_nodes(&c, &new->root, 0) == 0 &&
        new->root.n > 0 && c.p == c.end) {
        *s = new;
        return 0;
    }
    sweep_destroy(new);
    return cut_off(&c); /* unless it was said before */
}

static void
series_fini(struct series *a)
{
    for (size_t i = 0; a->value != NULL && i < a->n; i++)
        free(a->value[i]);
    free(a->value);
    free(a->place);
    free(a->skip);
}

static void
node_fini(struct node *node)
{
    for (size_t i = 0; i < node->nseries; i++)
        series_fini(&node->series[i]);
    for (size_t i = 0; i < node->n; i++)
        node_fini(&node->of[i]);
    free(node->series);
    free(node->of);
}

void
sweep_destroy(struct sweep *s)
{
    if (s == NULL)
        return;
    for (size_t i = 0; i < s->nplaces; i++) {
        free(s->place[i].name);
        free(s->place[i].text);
    }
    free(s->place);
    node_fini(&s->root);
    free(s);
}

/* ---- what a task has ---- */

uint32_t
sweep_tasks(const struct sweep *s)
{
    return s->root.below;
}

size_t
sweep_places(const struct sweep *s)
{
    return s->nplaces;
}

const char *
sweep_name(const struct sweep *s, size_t place)
{
    return s->place[place].name;
}

/* Which series assigns to PLACE at task TASK of NODES, and in *I its value; the
 * innermost one counts.  NULL: none. */
static const struct series *
find(const struct node *in, uint32_t task, size_t place, uint32_t *i)
{
    const struct series *found = NULL;

    while (in->n > 0) {
        const struct node *node = in->of;

        for (; task >= node->tasks; node++)
            task -= node->tasks;
        for (size_t k = 0; k < node->nseries; k++)
            for (size_t p = 0; p < node->series[k].nplaces; p++)
                if (node->series[k].place[p] == place) {
                    found = &node->series[k];
                    *i = task / node->below;
                }
        task %= node->below;
        in = node;
    }
    return found;
}

/* Value I of the loop A. */
static void
put_loop(const struct series *a, uint32_t i, struct buf *out)
{
    long long v, unit = 1;

    for (size_t k = 0; k < a->nskip && a->skip[k] <= i; k++)
        i++;
    for (long long k = 0; k < a->scale; k++)
        unit *= 10;
    v = a->first + (long long)i * a->step;
    if (v < 0)
        buf_addc(out, '-');
    if (v < 0)
        v = -v;
    buf_addf(out, "%lld", v / unit);
    if (a->scale > 0)
        buf_addf(out, ".%0*lld", (int)a->scale, v % unit);
}

void
sweep_value(const struct sweep *s, uint32_t task, size_t place, struct buf *out)
{
    uint32_t i = 0;
    const struct series *a = find(&s->root, task, place, &i);

    if (a == NULL)
        buf_adds(out, s->place[place].text);
    else if (a->value != NULL)
        buf_adds(out, a->value[i]);
    else
        put_loop(a, i, out);
}

/* The place of S whose mark P begins with, and in *END what comes after it; -1
 * none. */
static int
mark(const struct sweep *s, const char *p, const char **end)
{
    size_t n = sizeof(SWEEP_MARK) - 1, digits;
    char text[8];
    long long place;

    if (s == NULL || strncmp(p, SWEEP_MARK, n) != 0)
        return -1;
    p += n;
    digits = strspn(p, "0123456789");
    if (digits == 0 || digits >= sizeof(text) || p[digits] != '}')
        return -1;
    memcpy(text, p, digits);
    text[digits] = '\0';
    if (number_parse(text, 0, (long long)s->nplaces - 1, &place) < 0)
        return -1;
    *end = p + digits + 1;
    return (int)place;
}

bool
sweep_varies(const char *text)
{
    return strstr(text, TASK_MARK) != NULL || strstr(text, SWEEP_MARK) != NULL;
}

void
sweep_expand(const struct sweep *s, uint32_t task, const char *text,
             struct buf *out)
{
    const char *at, *end = NULL;

    while ((at = strchr(text, '$')) != NULL) {
        int place = mark(s, at, &end);

        buf_add(out, text, (size_t)(at - text));
        text = at + 1;
        if (place >= 0) {
            sweep_value(s, task, (size_t)place, out);
            text = end;
        } else if (strncmp(at, TASK_MARK, sizeof(TASK_MARK) - 1) == 0) {
            buf_addf(out, "%u", task);
            text = at + sizeof(TASK_MARK) - 1;
        } else {
            buf_addc(out, '$');
        }
    }
    buf_adds(out, text);
}

void
sweep_add_string(struct buf *out, const char *s)
{
    buf_addf(out, "%zu:%s", strlen(s), s);
}
