/* mds/xplan.c - see xplan.h. */
#include <stdlib.h>
#include <string.h>

#include "mds/rpdoc.h"
#include "mds/xplan.h"
#include "mds/xplan_bind.h"
#include "mds/xplan_key.h"
#include "mds/xplan_range.h"
#include "mds/xplan_show.h"

/* The purpose of a path over all entries. */
enum purpose {
    FOR_COUNT,
    FOR_SUM,
    FOR_EXISTS,
    FOR_FIRST,   /* the string value of its first node */
    FOR_COMPARE, /* whether any of its nodes OP SCALAR */
    FOR_NODES
};

struct found {
    enum purpose purpose;
    struct xpath *path;
    enum xpath_op op;
    struct xpath *scalar;
    struct xvalue scalar_value;
    unsigned head; /* bits: the nodes found that belong to no entry */
    double number;
    bool any;
    char *text; /* NULL: none yet */
};

#define FOUND_MAX 32

struct xplan {
    const struct xplan_spec *spec;
    struct xpath *x;
    struct found found[FOUND_MAX];
    size_t founds;
    bool bad;
    bool first; /* the tree has no entry yet */
    bool too_long;
    struct xeval eval;
    struct buf *out;
    size_t before; /* length of OUT at the start */
};

/* ---- paths over all entries ---- */

static bool
is_nodes(const struct xpath *x)
{
    return x->op == XPATH_PATH || x->op == XPATH_UNION;
}

/* Whether all paths of the union X begin at the root. */
static bool
from_root(const struct xpath *x)
{
    return x->op == XPATH_UNION ? from_root(x->arg[0]) && from_root(x->arg[1])
                                : x->op == XPATH_PATH && x->absolute;
}

/* Whether X has the same value in every context. */
static bool
is_constant(const struct xpath *x)
{
    if (is_nodes(x) || x->op == XPATH_FOUND ||
        (x->op == XPATH_CALL && x->args == 0 && x->fn != FN_TRUE &&
         x->fn != FN_FALSE))
        return false;
    for (size_t i = 0; i < x->args; i++)
        if (!is_constant(x->arg[i]))
            return false;
    return true;
}

static bool
is_truth(const struct xpath *x)
{
    return x->op <= XPATH_GE ||
           (x->op == XPATH_CALL &&
            (x->fn == FN_BOOLEAN || x->fn == FN_NOT || x->fn == FN_TRUE ||
             x->fn == FN_FALSE || x->fn == FN_CONTAINS ||
             x->fn == FN_STARTS_WITH));
}

/* Run PATH, which the plan takes, for PURPOSE; returns the expression for its
 * result. */
static struct xpath *
run_for(struct xplan *p, struct xpath *path, enum purpose purpose)
{
    struct xpath *x;

    p->bad = p->bad || !from_root(path) || p->founds == FOUND_MAX;
    if (p->bad)
        return path;
    x = xcalloc(1, sizeof(*x));
    x->op = XPATH_FOUND;
    x->index = p->founds;
    p->found[p->founds++] = (struct found){ .purpose = purpose, .path = path };
    return x;
}

static struct xpath *plan(struct xplan *p, struct xpath *x,
                          enum purpose purpose);

/* Plan A OP B if one of them is a node set. */
static struct xpath *
plan_comparison(struct xplan *p, struct xpath *x)
{
    bool left = is_nodes(x->arg[0]);
    struct xpath *nodes = x->arg[left ? 0 : 1], *other = x->arg[left ? 1 : 0];
    static const enum xpath_op turned[] = {
        [XPATH_EQ] = XPATH_EQ, [XPATH_NE] = XPATH_NE, [XPATH_LT] = XPATH_GT,
        [XPATH_LE] = XPATH_GE, [XPATH_GT] = XPATH_LT, [XPATH_GE] = XPATH_LE,
    };
    struct xpath *to;

    if (is_truth(other)) {
        x->arg[left ? 0 : 1] = plan(p, nodes, FOR_EXISTS);
        x->arg[left ? 1 : 0] = plan(p, other, FOR_EXISTS);
        return x;
    }
    if (!is_constant(other)) {
        p->bad = true;
        return x;
    }
    to = run_for(p, nodes, FOR_COMPARE);
    if (p->bad)
        return x;
    p->found[to->index].op = left ? x->op : turned[x->op];
    p->found[to->index].scalar = other;
    x->args = 0;
    xpath_free(x);
    return to;
}

/* The purpose of the arguments of the call X. The plan is bad if the call needs
 * a context node: there is none. */
static enum purpose
plan_arguments(struct xplan *p, const struct xpath *x)
{
    if (x->fn == FN_LOCAL_NAME || x->fn == FN_NAMESPACE_URI ||
        (x->args == 0 && x->fn != FN_TRUE && x->fn != FN_FALSE))
        p->bad = true;
    if ((x->fn == FN_COUNT || x->fn == FN_SUM) && !is_nodes(x->arg[0]))
        p->bad = true;
    return x->fn == FN_COUNT                        ? FOR_COUNT
           : x->fn == FN_SUM                        ? FOR_SUM
           : x->fn == FN_BOOLEAN || x->fn == FN_NOT ? FOR_EXISTS
                                                    : FOR_FIRST;
}

/* Replace the paths of X, which is needed for PURPOSE, by their results. */
static struct xpath *
plan(struct xplan *p, struct xpath *x, enum purpose purpose)
{
    enum purpose below = FOR_FIRST;
    bool one;

    if (p->bad)
        return x;
    if (is_nodes(x))
        return run_for(p, x, purpose);
    if (x->op >= XPATH_EQ && x->op <= XPATH_GE &&
        (is_nodes(x->arg[0]) || is_nodes(x->arg[1])))
        return plan_comparison(p, x);
    if (x->op == XPATH_OR || x->op == XPATH_AND)
        below = FOR_EXISTS;
    if (x->op == XPATH_CALL)
        below = plan_arguments(p, x);
    for (size_t i = 0; i < x->args; i++)
        x->arg[i] = plan(p, x->arg[i], below);
    /* count(P) and sum(P) are themselves the result */
    one = x->op == XPATH_CALL && (x->fn == FN_COUNT || x->fn == FN_SUM);
    if (one && !p->bad) {
        struct xpath *to = x->arg[0];

        x->args = 0;
        xpath_free(x);
        return to;
    }
    return x;
}

/* ---- one entry ---- */

/* Record the nodes of F that belong to no entry, which count once.  A new one
 * found after entries is out of document order. */
static bool
note_head(struct xplan *p, struct found *f, uint32_t i)
{
    bool is_new = (f->head >> i & 1) == 0;

    f->head |= 1u << i;
    if (is_new && !p->first &&
        (f->purpose == FOR_FIRST || f->purpose == FOR_NODES ||
         f->purpose == FOR_SUM))
        p->eval.beyond = true;
    return is_new;
}

static void
take_node(struct xplan *p, struct found *f, uint32_t i)
{
    size_t len;
    const char *text;

    if (i < XTREE_ENTRY && !note_head(p, f, i))
        return;
    switch (f->purpose) {
    case FOR_COUNT:
        f->number++;
        return;
    case FOR_EXISTS:
        f->any = true;
        return;
    case FOR_SUM:
    case FOR_FIRST:
        text = xeval_node_text(&p->eval, i, &len);
        if (f->purpose == FOR_SUM)
            f->number += xeval_text_number(&p->eval, text, len);
        else if (f->text == NULL) {
            f->text = xcalloc(1, len + 1);
            memcpy(f->text, text, len);
        }
        return;
    case FOR_COMPARE:
    case FOR_NODES:
        return;
    }
}

static void
take(struct xplan *p, struct found *f, const struct xvalue *v)
{
    if (f->purpose == FOR_COMPARE) {
        f->any = f->any || xeval_compare(&p->eval, f->op, v, &f->scalar_value);
        return;
    }
    if (f->purpose == FOR_NODES) {
        if (v->nodes->n > 0 && v->nodes->at[0] < XTREE_ENTRY)
            p->eval.beyond = true; /* nodes that belong to no entry */
        else if (v->nodes->n > 0)
            xplan_show(&p->eval.tree, v->nodes, p->out);
        p->too_long = p->out->len - p->before > p->spec->answer_max;
        return;
    }
    for (size_t i = 0; i < v->nodes->n && !p->eval.beyond; i++) {
        take_node(p, f, v->nodes->at[i]);
        if (f->purpose == FOR_FIRST)
            return;
    }
}

/* Whether further entries cannot change F. */
static bool
is_settled(const struct found *f)
{
    return f->text != NULL ||
           (f->any && (f->purpose == FOR_EXISTS || f->purpose == FOR_COMPARE));
}

/* Evaluate on E (NULL: none); returns whether that is enough. */
static bool
visit(struct xplan *p, const struct entry *e)
{
    const struct xplace root = { XTREE_DOC, 1, 1 };
    bool enough = true;

    xtree_set(&p->eval.tree, e);
    for (size_t i = 0; i < p->founds; i++) {
        struct found *f = &p->found[i];
        struct xvalue v;

        if (is_settled(f))
            continue;
        v = xeval(&p->eval, f->path, &root);
        if (!p->eval.beyond && !p->eval.over)
            take(p, f, &v);
        xeval_drop(&p->eval, &v);
        enough = enough && is_settled(f);
    }
    xeval_clear(&p->eval);
    p->eval.looked += 8;
    if (p->eval.looked > XEVAL_TICK) {
        p->eval.looked = 0;
        p->eval.over = p->eval.over || p->eval.tick(p->eval.arg);
    }
    p->first = false;
    return enough || p->eval.beyond || p->eval.over || p->too_long;
}

/* Evaluate on the live entry at SLOT, if any; returns whether that is
 * enough. */
static bool
visit_slot(struct xplan *p, unsigned slot)
{
    const struct entry *e = view_living(&p->spec->when, slot);

    return e != NULL && visit(p, e);
}

/* Evaluate on those that live of chunk I and may meet R; whether that is
 * enough. */
static bool
visit_chunk(struct xplan *p, const struct ranges *r, unsigned i)
{
    struct view_chunk *c = p->spec->when.view->chunk[i];
    struct column_set met;
    bool enough = false;

    if (c == NULL)
        return false;
    met = xplan_ranges_met(r, c);
    p->eval.looked += VIEW_CHUNK;
    for (unsigned k = 0; !enough && k < VIEW_CHUNK; k++)
        if (column_set_has(&met, k))
            enough = visit_slot(p, i * VIEW_CHUNK + k);
    return enough;
}

static void
visit_all(struct xplan *p)
{
    const struct xplan_spec *s = p->spec;
    struct ranges r = { .n = 0 };
    const char *key = p->founds == 1 ? xplan_key(p->found[0].path, s) : NULL;
    unsigned slot[KEYS_FOUND_MAX];
    bool enough = visit(p, NULL);
    int n = -1;

    if (key != NULL && s->table != NULL)
        n = entry_table_keyed(s->table, s->when.view, key, slot);
    for (int i = 0; !enough && i < n; i++)
        enough = visit_slot(p, slot[i]);
    if (p->founds == 1)
        xplan_ranges(p->found[0].path, &p->eval.tree, &r);
    for (unsigned i = 0; n < 0 && !enough && i < s->when.view->slots;
         i += VIEW_CHUNK)
        enough = visit_chunk(p, &r, i / VIEW_CHUNK);
    xtree_set(&p->eval.tree, NULL);
}

/* ---- the answer ---- */

static struct xvalue
value_of(const struct found *f)
{
    if (f->purpose == FOR_COUNT || f->purpose == FOR_SUM)
        return (struct xvalue){ .type = XTYPE_NUMBER, .num = f->number };
    if (f->purpose == FOR_FIRST)
        return (struct xvalue){ .type = XTYPE_TEXT,
                                .text = f->text != NULL ? f->text : "",
                                .len = f->text != NULL ? strlen(f->text) : 0 };
    return (struct xvalue){ .type = XTYPE_BOOL, .truth = f->any };
}

static void
conclude(struct xplan *p)
{
    const struct xplace root = { XTREE_DOC, 1, 1 };
    struct xvalue found[FOUND_MAX], v;
    size_t len;
    const char *text;

    for (size_t i = 0; i < p->founds; i++)
        found[i] = value_of(&p->found[i]);
    p->eval.found = found;
    v = xeval(&p->eval, p->x, &root);
    if (v.type == XTYPE_NUMBER)
        rpdoc_put_number(p->out, v.num);
    else {
        text = xeval_text(&p->eval, &v, &len);
        xplan_put_text(p->out, text, len);
    }
}

static void
plan_fini(struct xplan *p)
{
    for (size_t i = 0; i < p->founds; i++) {
        xplan_unbind(p->found[i].path);
        xpath_free(p->found[i].path);
        xpath_free(p->found[i].scalar);
        free(p->found[i].text);
    }
    xpath_free(p->x);
    xeval_fini(&p->eval);
}

/* Keep the text of F's scalar when texts are cleared. */
static void
keep_text(struct found *f)
{
    struct xvalue *v = &f->scalar_value;
    char *text;

    if (f->scalar == NULL || v->type != XTYPE_TEXT)
        return;
    text = xcalloc(1, v->len + 1);
    memcpy(text, v->text, v->len);
    free(f->scalar->text);
    v->text = f->scalar->text = text;
}

/* Make the plan for P's text; false: it is not possible. */
static bool
prepare(struct xplan *p)
{
    const struct xplace root = { XTREE_DOC, 1, 1 };

    p->x = xpath_parse(p->spec->text);
    if (p->x == NULL)
        return false;
    p->x = plan(p, p->x, FOR_NODES);
    for (size_t i = 0; i < p->founds && !p->bad; i++) {
        struct found *f = &p->found[i];

        p->bad = !xplan_bind(f->path, p->spec);
        if (f->scalar != NULL)
            f->scalar_value = xeval(&p->eval, f->scalar, &root);
    }
    for (size_t i = 0; i < p->founds && !p->bad; i++)
        keep_text(&p->found[i]);
    return !p->bad && !p->eval.beyond;
}

enum xplan_end
xplan_answer(const struct xplan_spec *spec, struct buf *out)
{
    struct xplan p = { .spec = spec, .out = out, .before = out->len };
    enum xplan_end end = XPLAN_BEYOND;
    char now[TIME_TEXT], count[32];

    p.first = true;
    p.eval.evaluate = xeval;
    p.eval.tick = spec->tick;
    p.eval.arg = spec->arg;
    snprintf(count, sizeof(count), "%zu", view_count(&spec->when));
    xtree_init(&p.eval.tree, spec->names, spec->dialect, spec->entry_url,
               time_utc_ms(spec->when.now_ms, now), count);
    if (prepare(&p)) {
        visit_all(&p);
        if (p.x->op != XPATH_FOUND || p.found[p.x->index].purpose != FOR_NODES)
            conclude(&p);
        end = p.eval.over     ? XPLAN_OVER
              : p.eval.beyond ? XPLAN_BEYOND
              : p.too_long    ? XPLAN_LONG
                              : XPLAN_DONE;
    }
    if (end != XPLAN_DONE)
        out->len = p.before;
    plan_fini(&p);
    return end;
}
