/* mds/xplan_key.c - see xplan_key.h. */
#include <string.h>

#include "mds/xplan_key.h"

/* Whether the test of S matches only elements of keyleaf.def. */
static bool
takes_keys(const struct xpath_step *s, const struct xplan_spec *spec)
{
    const struct xpath_names *n = s->names;

    if (s->test != TEST_NAME || n == NULL || s->axis == AXIS_ATTRIBUTE)
        return false;
    for (uint32_t i = 1; i <= n->most; i++)
        if ((n->bits[i / 8] >> i % 8 & 1) != 0 &&
            !keys_has(tagnames_local(spec->names, i)))
            return false;
    return true;
}

/* Whether X, in a predicate of S, selects key elements: the last step of a
 * relative path, or the node of S itself. */
static bool
is_key(const struct xpath *x, const struct xpath_step *s,
       const struct xplan_spec *spec)
{
    const struct xpath_step *last;

    if (x->op != XPATH_PATH || x->absolute || x->steps == 0)
        return false;
    for (size_t i = 0; i < x->steps; i++)
        if (x->step[i].axis > AXIS_SELF) /* it may leave the entry */
            return false;
    last = &x->step[x->steps - 1];
    if (x->steps == 1 && last->axis == AXIS_SELF && last->test == TEST_NODE)
        return takes_keys(s, spec);
    return takes_keys(last, spec);
}

/* The key value that the predicate X of S requires. */
static const char *
asked(const struct xpath *x, const struct xpath_step *s,
      const struct xplan_spec *spec)
{
    const char *left;

    if (x->op == XPATH_AND) {
        left = asked(x->arg[0], s, spec);
        return left != NULL ? left : asked(x->arg[1], s, spec);
    }
    for (int i = 0; x->op == XPATH_EQ && i < 2; i++)
        if (x->arg[i]->op == XPATH_TEXT && is_key(x->arg[1 - i], s, spec) &&
            strcmp(x->arg[i]->text, spec->entry_url) != 0)
            return x->arg[i]->text;
    return NULL;
}

const char *
xplan_key(const struct xpath *path, const struct xplan_spec *spec)
{
    for (size_t i = 0; path->op == XPATH_PATH && i < path->steps; i++)
        for (size_t k = 0; k < path->step[i].preds; k++) {
            const char *key =
                asked(path->step[i].pred[k], &path->step[i], spec);

            if (key != NULL)
                return key;
        }
    return NULL;
}
