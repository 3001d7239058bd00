/* mds/xplan_bind.c - see xplan_bind.h. */
#include <stdlib.h>
#include <string.h>

#include "mds/rpdoc.h"
#include "mds/xplan_bind.h"

/* A constraint on names; NULL: anything. */
struct wanted {
    const char *ns, *local;
};

static struct xpath_names *
names_of(const struct xplan_spec *spec, const struct wanted *w)
{
    uint32_t count = tagnames_count(spec->names), hits = 0;
    struct xpath_names *n = xcalloc(1, sizeof(*n) + count / 8 + 1);

    n->most = count;
    for (uint32_t i = 1; i <= count; i++) {
        const char *ns;

        if (w->local != NULL &&
            strcmp(w->local, xtree_local(spec->names, spec->dialect, i)) != 0)
            continue;
        ns = xtree_ns(spec->names, spec->dialect, i);
        if (w->ns != NULL && strcmp(w->ns, ns) != 0)
            continue;
        n->bits[i / 8] |= (uint8_t)(1u << i % 8);
        n->one = hits++ == 0 ? i : 0;
        if (strcmp(tagnames_local(spec->names, i), "Entry") == 0 &&
            strcmp(tagnames_ns(spec->names, i), TAGNAMES_SG) == 0)
            n->entry = true;
    }
    return n;
}

/* If X is FN() = 'text', return that text. */
static const char *
equals(const struct xpath *x, enum xpath_fn fn)
{
    const struct xpath *call, *text;

    if (x->op != XPATH_EQ)
        return NULL;
    call = x->arg[x->arg[0]->op == XPATH_CALL ? 0 : 1];
    text = x->arg[x->arg[0]->op == XPATH_CALL ? 1 : 0];
    return call->op == XPATH_CALL && call->fn == fn && call->args == 0 &&
                   text->op == XPATH_TEXT
               ? text->text
               : NULL;
}

/* Get the constraint that the predicate X puts on the name; false: it is
 * another kind of predicate. */
static bool
asks_name(const struct xpath *x, struct wanted *w)
{
    const char *text;

    if (x->op == XPATH_AND)
        return asks_name(x->arg[0], w) && asks_name(x->arg[1], w);
    text = equals(x, FN_LOCAL_NAME);
    if (text != NULL && w->local == NULL) {
        w->local = text;
        return true;
    }
    text = equals(x, FN_NAMESPACE_URI);
    if (text != NULL && w->ns == NULL) {
        w->ns = text;
        return true;
    }
    return false;
}

/* Turn a test for any name with predicates on the name into a name test. */
static void
absorb(struct xpath_step *s, const struct xplan_spec *spec)
{
    while (s->names == NULL && s->prefix == NULL && s->local == NULL &&
           s->test == TEST_NAME && s->preds > 0) {
        struct wanted w = { NULL, NULL };

        if (!asks_name(s->pred[0], &w))
            return;
        s->names = names_of(spec, &w);
        xpath_free(s->pred[0]);
        s->preds--;
        memmove(s->pred, s->pred + 1, s->preds * sizeof(*s->pred));
    }
}

static bool
bind_step(struct xpath_step *s, const struct xplan_spec *spec)
{
    struct wanted w = { "", s->local };

    absorb(s, spec);
    if (s->test == TEST_NAME && s->prefix != NULL)
        w.ns = rpdoc_prefix(s->prefix, spec->ns);
    if (w.ns == NULL)
        return false;
    if (s->names == NULL && s->test == TEST_NAME &&
        (s->prefix != NULL || s->local != NULL))
        s->names = names_of(spec, &w);
    for (size_t i = 0; i < s->preds; i++)
        if (!xplan_bind(s->pred[i], spec))
            return false;
    return true;
}

bool
xplan_bind(struct xpath *x, const struct xplan_spec *spec)
{
    for (size_t i = 0; i < x->args; i++)
        if (!xplan_bind(x->arg[i], spec))
            return false;
    for (size_t i = 0; i < x->steps; i++)
        if (!bind_step(&x->step[i], spec))
            return false;
    return true;
}

void
xplan_unbind(struct xpath *x)
{
    for (size_t i = 0; i < x->args; i++)
        xplan_unbind(x->arg[i]);
    for (size_t i = 0; i < x->steps; i++) {
        free(x->step[i].names);
        x->step[i].names = NULL;
        for (size_t k = 0; k < x->step[i].preds; k++)
            xplan_unbind(x->step[i].pred[k]);
    }
}
