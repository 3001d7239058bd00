/* mds/xpath_parse.c - the grammar of XPath 1.0, section 3; see xpath.h. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "mds/xpath.h"

#define DEPTH_MAX 64

struct parse {
    const char *at;
    int depth;
    bool bad;
};

static struct xpath *expression(struct parse *p);

void
xpath_free(struct xpath *x)
{
    if (x == NULL)
        return;
    for (size_t i = 0; i < x->args; i++)
        xpath_free(x->arg[i]);
    for (size_t i = 0; i < x->steps; i++) {
        for (size_t k = 0; k < x->step[i].preds; k++)
            xpath_free(x->step[i].pred[k]);
        free(x->step[i].pred);
        free(x->step[i].prefix);
        free(x->step[i].local);
    }
    free(x->step);
    free(x->text);
    free(x);
}

static struct xpath *
make(enum xpath_op op, struct xpath *a, struct xpath *b)
{
    struct xpath *x = xcalloc(1, sizeof(*x));

    x->op = op;
    x->arg[0] = a;
    x->arg[1] = b;
    x->args = (a != NULL) + (b != NULL);
    return x;
}

/* ---- words ---- */

static void
space(struct parse *p)
{
    p->at += strspn(p->at, " \t\r\n");
}

/* Whether the symbol WORD comes next; it is then consumed. */
static bool
sign(struct parse *p, const char *word)
{
    size_t n = strlen(word);

    space(p);
    if (strncmp(p->at, word, n) != 0)
        return false;
    p->at += n;
    return true;
}

static bool
is_name(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '-' || c == '.' ||
           (c & 0x80) != 0;
}

/* The length of the name at S; 0: there is none. */
static size_t
name_length(const char *s)
{
    size_t n = 0;

    if (isdigit((unsigned char)*s) || *s == '-' || *s == '.')
        return 0;
    while (is_name(s[n]))
        n++;
    return n;
}

/* Whether the operator WORD, which looks like a name, comes next; it is then
 * consumed. */
static bool
operator(struct parse *p, const char *word)
{
    size_t n = strlen(word);

    space(p);
    if (name_length(p->at) != n || strncmp(p->at, word, n) != 0)
        return false;
    p->at += n;
    return true;
}

static char *
take(const char *from, size_t n)
{
    char *text = xcalloc(1, n + 1);

    return memcpy(text, from, n);
}

/* ---- paths ---- */

static const struct {
    const char *name;
    enum xpath_axis axis;
} axes[] = {
    { "child", AXIS_CHILD },
    { "descendant", AXIS_DESCENDANT },
    { "descendant-or-self", AXIS_DESCENDANT_OR_SELF },
    { "self", AXIS_SELF },
    { "attribute", AXIS_ATTRIBUTE },
    { "parent", AXIS_PARENT },
    { "ancestor", AXIS_ANCESTOR },
    { "ancestor-or-self", AXIS_ANCESTOR_OR_SELF },
    { "following-sibling", AXIS_FOLLOWING_SIBLING },
    { "preceding-sibling", AXIS_PRECEDING_SIBLING },
};

static struct xpath_step *
add_step(struct xpath *path, enum xpath_axis axis, enum xpath_test test)
{
    struct xpath_step *s;

    path->step = xrealloc(path->step, path->steps + 1, sizeof(*path->step));
    s = &path->step[path->steps++];
    *s = (struct xpath_step){ .axis = axis, .test = test };
    return s;
}

/* The axis that is named next; child or attribute by default. */
static enum xpath_axis
axis(struct parse *p)
{
    const char *end;
    size_t n;

    if (sign(p, "@"))
        return AXIS_ATTRIBUTE;
    n = name_length(p->at);
    end = p->at + n + strspn(p->at + n, " \t\r\n");
    if (n == 0 || strncmp(end, "::", 2) != 0)
        return AXIS_CHILD;
    for (size_t i = 0; i < sizeof(axes) / sizeof(axes[0]); i++)
        if (strlen(axes[i].name) == n && strncmp(axes[i].name, p->at, n) == 0) {
            p->at = end + 2;
            return axes[i].axis;
        }
    p->bad = true;
    return AXIS_CHILD;
}

/* Set the node type of test S from the N letters at P. */
static void
kind_test(struct parse *p, size_t n, struct xpath_step *s)
{
    static const struct {
        const char *name;
        enum xpath_test test;
    } kinds[] = { { "node", TEST_NODE },
                  { "text", TEST_TEXT },
                  { "comment", TEST_COMMENT },
                  { "processing-instruction", TEST_PI } };

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (strlen(kinds[i].name) == n &&
            strncmp(p->at, kinds[i].name, n) == 0) {
            p->at += n;
            s->test = kinds[i].test;
            p->bad = !sign(p, "(") || !sign(p, ")");
            return;
        }
    p->bad = true;
}

static void
node_test(struct parse *p, struct xpath_step *s)
{
    size_t n;

    s->test = TEST_NAME;
    if (sign(p, "*"))
        return;
    n = name_length(p->at);
    if (n == 0) {
        p->bad = true;
        return;
    }
    if (p->at[n] == ':' && p->at[n + 1] != ':') {
        s->prefix = take(p->at, n);
        p->at += n + 1;
        if (*p->at == '*') {
            p->at++;
            return;
        }
        n = name_length(p->at);
        p->bad = n == 0;
    } else if (p->at[n + strspn(p->at + n, " \t\r\n")] == '(') {
        kind_test(p, n, s);
        return;
    }
    s->local = take(p->at, n);
    p->at += n;
}

static void
predicates(struct parse *p, struct xpath_step *s)
{
    while (!p->bad && sign(p, "[")) {
        struct xpath *x = expression(p);

        s->pred = xrealloc(s->pred, s->preds + 1, sizeof(struct xpath *));
        s->pred[s->preds++] = x;
        p->bad = p->bad || !sign(p, "]");
        if (!p->bad && (xpath_is_number(x) || xpath_asks_position(x)))
            s->counts = true;
    }
}

static void
step(struct parse *p, struct xpath *path)
{
    struct xpath_step s = { .test = TEST_NODE };

    if (sign(p, ".."))
        s.axis = AXIS_PARENT;
    else if (sign(p, "."))
        s.axis = AXIS_SELF;
    else {
        s.axis = axis(p);
        if (!p->bad)
            node_test(p, &s);
        predicates(p, &s);
    }
    *add_step(path, s.axis, s.test) = s;
}

/* Whether a step can begin here. */
static bool
step_follows(struct parse *p)
{
    space(p);
    return *p->at == '@' || *p->at == '.' || *p->at == '*' ||
           name_length(p->at) > 0;
}

/* Make //NAME[..] one step if no predicate depends on positions. */
static void
shorten(struct xpath *path)
{
    struct xpath_step *s = &path->step[path->steps - 1];

    if (s->axis != AXIS_CHILD || s->counts)
        return;
    s[-1] = *s;
    s[-1].axis = AXIS_DESCENDANT;
    path->steps--;
}

static struct xpath *
location_path(struct parse *p)
{
    struct xpath *path = make(XPATH_PATH, NULL, NULL);
    bool deep = false;

    space(p);
    path->absolute = *p->at == '/';
    if (sign(p, "//"))
        deep = true;
    else if (sign(p, "/") && !step_follows(p))
        return path;
    for (;;) {
        if (deep)
            add_step(path, AXIS_DESCENDANT_OR_SELF, TEST_NODE);
        step(p, path);
        if (deep && !p->bad)
            shorten(path);
        deep = sign(p, "//");
        if (p->bad || (!deep && !sign(p, "/")))
            return path;
    }
}

/* ---- expressions ---- */

static struct xpath *
call(struct parse *p, size_t n)
{
    static const struct {
        const char *name;
        size_t least, most;
    } fns[] = {
#define XPATH_FN(word, name, least, most) { name, least, most },
#include "mds/xpath_fn.def"
#undef XPATH_FN
    };
    struct xpath *x = make(XPATH_CALL, NULL, NULL);
    size_t f = 0;

    while (f < FN_COUNT_OF &&
           (strlen(fns[f].name) != n || strncmp(fns[f].name, p->at, n) != 0))
        f++;
    p->at += n;
    p->bad = f == FN_COUNT_OF || !sign(p, "(");
    x->fn = (enum xpath_fn)f;
    if (p->bad || sign(p, ")")) {
        p->bad = p->bad || fns[f].least > 0;
        return x;
    }
    do {
        if (x->args == fns[f].most) {
            p->bad = true;
            return x;
        }
        x->arg[x->args++] = expression(p);
    } while (!p->bad && sign(p, ","));
    p->bad = p->bad || x->args < fns[f].least || !sign(p, ")");
    return x;
}

static struct xpath *
literal(struct parse *p)
{
    const char *end = strchr(p->at + 1, *p->at);
    struct xpath *x = make(XPATH_TEXT, NULL, NULL);

    if (end == NULL) {
        p->bad = true;
        return x;
    }
    x->text = take(p->at + 1, (size_t)(end - p->at) - 1);
    p->at = end + 1;
    return x;
}

/* Digits with an optional point; only short ones, so that all conversions
 * agree. */
static struct xpath *
number(struct parse *p)
{
    struct xpath *x = make(XPATH_NUM, NULL, NULL);
    size_t n = strspn(p->at, "0123456789");
    char *text;

    if (p->at[n] == '.')
        n += 1 + strspn(p->at + n + 1, "0123456789");
    p->bad = n > 15;
    text = take(p->at, n);
    x->num = strtod(text, NULL);
    free(text);
    p->at += n;
    return x;
}

/* Check that no filter expression follows. */
static struct xpath *
alone(struct parse *p, struct xpath *x)
{
    space(p);
    if (*p->at == '[' || *p->at == '/')
        p->bad = true;
    return x;
}

static struct xpath *
primary(struct parse *p)
{
    struct xpath *x;
    size_t n, behind;

    space(p);
    if (sign(p, "(")) {
        x = expression(p);
        p->bad = p->bad || !sign(p, ")");
        return alone(p, x);
    }
    if (*p->at == '"' || *p->at == '\'')
        return alone(p, literal(p));
    if (isdigit((unsigned char)*p->at) ||
        (*p->at == '.' && isdigit((unsigned char)p->at[1])))
        return alone(p, number(p));
    n = name_length(p->at);
    behind = n + strspn(p->at + n, " \t\r\n");
    if (n > 0 && p->at[behind] == '(' && strncmp(p->at, "node", n) != 0 &&
        strncmp(p->at, "text", n) != 0 && strncmp(p->at, "comment", n) != 0 &&
        strncmp(p->at, "processing-instruction", n) != 0)
        return alone(p, call(p, n));
    if (*p->at == '/' || step_follows(p))
        return location_path(p);
    p->bad = true;
    return make(XPATH_TEXT, NULL, NULL);
}

static struct xpath *
unary(struct parse *p)
{
    struct xpath *x;
    bool minus = false, any = false;

    while (sign(p, "-")) {
        minus = !minus;
        any = true;
    }
    x = primary(p);
    while (!p->bad && sign(p, "|"))
        x = make(XPATH_UNION, x, primary(p));
    if (any && !minus) /* then it is a number */
        x = make(XPATH_NEG, x, NULL);
    return any ? make(XPATH_NEG, x, NULL) : x;
}

/* Binary operators by increasing precedence. */
static const struct {
    const char *word;
    enum xpath_op op;
    int level;
    bool letters;
} operators[] = {
    { "or", XPATH_OR, 0, true },   { "and", XPATH_AND, 1, true },
    { "=", XPATH_EQ, 2, false },   { "!=", XPATH_NE, 2, false },
    { "<=", XPATH_LE, 3, false },  { "<", XPATH_LT, 3, false },
    { ">=", XPATH_GE, 3, false },  { ">", XPATH_GT, 3, false },
    { "+", XPATH_ADD, 4, false },  { "-", XPATH_SUB, 4, false },
    { "*", XPATH_MUL, 5, false },  { "div", XPATH_DIV, 5, true },
    { "mod", XPATH_MOD, 5, true },
};
#define LEVELS 6

/* Whether an operator of LEVEL comes next; its index in the table, or -1. */
static int
next_operator(struct parse *p, int level)
{
    for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++)
        if (operators[i].level == level &&
            (operators[i].letters ? operator(p, operators[i].word)
                                  : sign(p, operators[i].word)))
            return (int)i;
    return -1;
}

static struct xpath *
binary(struct parse *p, int level)
{
    struct xpath *x = level == LEVELS ? unary(p) : binary(p, level + 1);
    int i;

    while (level < LEVELS && !p->bad && (i = next_operator(p, level)) >= 0)
        x = make(operators[i].op, x, binary(p, level + 1));
    return x;
}

static struct xpath *
expression(struct parse *p)
{
    struct xpath *x;

    if (++p->depth > DEPTH_MAX)
        p->bad = true;
    x = p->bad ? make(XPATH_TEXT, NULL, NULL) : binary(p, 0);
    p->depth--;
    return x;
}

struct xpath *
xpath_parse(const char *text)
{
    struct parse p = { .at = text };
    struct xpath *x = expression(&p);

    space(&p);
    if (!p.bad && *p.at == '\0')
        return x;
    xpath_free(x);
    return NULL;
}

bool
xpath_is_number(const struct xpath *x)
{
    switch (x->op) {
    case XPATH_ADD:
    case XPATH_SUB:
    case XPATH_MUL:
    case XPATH_DIV:
    case XPATH_MOD:
    case XPATH_NEG:
    case XPATH_NUM:
        return true;
    case XPATH_CALL:
        return x->fn == FN_POSITION || x->fn == FN_LAST || x->fn == FN_COUNT ||
               x->fn == FN_SUM || x->fn == FN_STRING_LENGTH ||
               x->fn == FN_NUMBER || x->fn == FN_FLOOR || x->fn == FN_CEILING ||
               x->fn == FN_ROUND;
    case XPATH_OR:
    case XPATH_AND:
    case XPATH_EQ:
    case XPATH_NE:
    case XPATH_LT:
    case XPATH_LE:
    case XPATH_GT:
    case XPATH_GE:
    case XPATH_UNION:
    case XPATH_TEXT:
    case XPATH_PATH:
    case XPATH_FOUND:
        break;
    }
    return false;
}

bool
xpath_asks_position(const struct xpath *x)
{
    if (x->op == XPATH_CALL && (x->fn == FN_POSITION || x->fn == FN_LAST))
        return true;
    for (size_t i = 0; i < x->args; i++)
        if (xpath_asks_position(x->arg[i]))
            return true;
    return false;
}
