/* jobs/rsl_read.c - see rsl_read.h. */
#include "jobs/rsl_read.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

/* The characters that end an unquoted text, besides white space. */
#define SPECIAL "+&|()=<>!\"'^#$"

/* The position of a reader. */
struct reader {
    const char *begin, *at;
    const struct rsl_words *words;
    bool any;
    size_t expanded; /* bytes from variables */
    struct err *err;
};

static size_t
place(const struct reader *r)
{
    return (size_t)(r->at - r->begin) + 1;
}

static int
bad(const struct reader *r, const char *why)
{
    return err_set(r->err, ERR_SYNTAX, "byte %zu: %s", place(r), why);
}

/* Skip white space and comments, "(* *)".  -1: an unterminated comment. */
static int
skip(struct reader *r)
{
    for (;;) {
        const char *end;

        r->at += strspn(r->at, " \t\r\n");
        if (strncmp(r->at, "(*", 2) != 0)
            return 0;
        end = strstr(r->at + 2, "*)");
        if (end == NULL)
            return bad(r, "a comment has no end");
        r->at = end + 2;
    }
}

static void
value_fini(struct rsl_value *v)
{
    for (size_t i = 0; i < v->n; i++)
        value_fini(&v->of[i]);
    free(v->of);
    free(v->text);
    *v = (struct rsl_value){ .text = NULL };
}

/* Read a text between QUOTEs after the first one; a doubled QUOTE stands for
 * itself. */
static int
quoted(struct reader *r, char quote, struct buf *to)
{
    for (;;) {
        const char *end = strchr(r->at, quote);

        if (end == NULL)
            return bad(r, "a quoted text has no end");
        buf_add(to, r->at, (size_t)(end - r->at) + (end[1] == quote));
        r->at = end + 1;
        if (*r->at != quote)
            return 0;
        r->at++;
    }
}

/* Append VALUE, the value of a variable. */
static int
expand(struct reader *r, const char *value, struct buf *to)
{
    r->expanded += strlen(value);
    if (r->expanded > RSL_TEXT_MAX)
        return err_set(r->err, ERR_LIMIT,
                       "byte %zu: variables stand for more than %d bytes",
                       place(r), RSL_TEXT_MAX);
    buf_adds(to, value);
    return 0;
}

/* Append the value of the variable with the N bytes NAME. */
static int
variable(struct reader *r, const char *name, size_t n, struct buf *to)
{
    const struct rsl_words *w = r->words;

    for (size_t i = 0; i < w->n; i++)
        if (strlen(w->of[i].name) == n && memcmp(w->of[i].name, name, n) == 0)
            return expand(r, w->of[i].value, to);
    return r->any ? 0
                  : err_set(r->err, ERR_USAGE,
                            "byte %zu: there is no value for '$(%.*s)'",
                            place(r), (int)(n < 60 ? n : 60), name);
}

/* Read "$(NAME)" after the '$'. */
static int
reference(struct reader *r, struct buf *to)
{
    const char *name;
    size_t n;

    if (*r->at != '(')
        return bad(r, "'$' without '(' and a name");
    r->at++;
    if (skip(r) < 0)
        return -1;
    name = r->at;
    n = strcspn(name, SPECIAL " \t\r\n");
    r->at += n;
    if (n == 0 || skip(r) < 0 || *r->at != ')')
        return bad(r, "a variable is not of the form $(NAME)");
    r->at++;
    return variable(r, name, n, to);
}

/* Append one text or variable. */
static int
simple(struct reader *r, struct buf *to)
{
    char c = *r->at;
    size_t n;

    if (c == '"' || c == '\'') {
        r->at++;
        return quoted(r, c, to);
    }
    if (c == '^' && r->at[1] != '\0') {
        r->at += 2;
        return quoted(r, r->at[-1], to);
    }
    if (c == '$') {
        r->at++;
        return reference(r, to);
    }
    n = strcspn(r->at, SPECIAL " \t\r\n");
    if (n == 0)
        return bad(r, c == '\0' ? "the description ends inside a relation"
                                : "a value is expected");
    r->at += n;
    buf_add(to, r->at - n, n);
    return 0;
}

/* Whether the next text is joined to the one before it: by '#', or because
 * there is nothing between them.  -1: an unterminated comment. */
static int
goes_on(struct reader *r)
{
    if (*r->at != '\0' && strchr(SPECIAL " \t\r\n", *r->at) == NULL)
        return 1;
    if (*r->at == '"' || *r->at == '\'' || *r->at == '^' || *r->at == '$')
        return 1;
    if (skip(r) < 0)
        return -1;
    if (*r->at != '#')
        return 0;
    r->at++;
    return skip(r) < 0 ? -1 : 1;
}

static int read_list(struct reader *r, struct rsl_value *list, int depth);

/* Read one value into V. */
static int
read_value(struct reader *r, struct rsl_value *v, int depth)
{
    struct buf text = BUF_INIT;
    int more = 1;

    if (*r->at == '(') {
        r->at++;
        return read_list(r, v, depth + 1);
    }
    while (more > 0)
        more = simple(r, &text) < 0 ? -1 : goes_on(r);
    if (more < 0) {
        buf_fini(&text);
        return -1;
    }
    v->text = buf_detach(&text);
    if (v->text == NULL)
        v->text = xstrdup("");
    return 0;
}

/* Read values up to and including ')'. */
static int
read_list(struct reader *r, struct rsl_value *list, int depth)
{
    if (depth > RSL_DEPTH_MAX)
        return bad(r, "values stand too deep in others");
    for (;;) {
        if (skip(r) < 0)
            return -1;
        if (*r->at == ')') {
            r->at++;
            return 0;
        }
        if ((list->n & (list->n - 1)) == 0)
            list->of = xrealloc(list->of, list->n == 0 ? 1 : list->n * 2,
                                sizeof(*list->of));
        list->of[list->n++] = (struct rsl_value){ .text = NULL };
        if (read_value(r, &list->of[list->n - 1], depth) < 0)
            return -1;
    }
}

/* Read the name of a relation in the form in which RSL compares names. */
static char *
read_name(struct reader *r)
{
    size_t n = strcspn(r->at, SPECIAL " \t\r\n"), kept = 0;
    char *name = xasprintf("%.*s", (int)n, r->at);

    for (size_t i = 0; i < n; i++)
        if (name[i] != '_')
            name[kept++] = (char)tolower((unsigned char)name[i]);
    name[kept] = '\0';
    r->at += n;
    return name;
}

/* Read the values of RSL_SUBSTITUTION up to ')'; FN gets each before the next
 * one is read, which may use it. */
static int
read_words(struct reader *r, size_t at, rsl_relation_fn *fn, void *arg)
{
    bool any = r->any;
    int rc = 0;

    r->any = false;
    while (rc == 0 && (rc = skip(r)) == 0 && *r->at != ')') {
        struct rsl_value word = { .text = NULL };
        const struct rsl_value list = { .of = &word, .n = 1 };

        rc = read_value(r, &word, 0);
        if (rc == 0)
            rc = fn(arg, RSL_SUBSTITUTION, at, &list, r->err);
        value_fini(&word);
    }
    r->any = any;
    r->at += rc == 0;
    return rc;
}

/* Read "name = values )" after a '('. */
static int
read_relation(struct reader *r, rsl_relation_fn *fn, void *arg)
{
    struct rsl_value values = { .text = NULL };
    size_t at;
    char *name;
    int rc = -1;

    if (skip(r) < 0)
        return -1;
    if (*r->at != '\0' && strchr("&|+(", *r->at) != NULL)
        return err_set(r->err, ERR_UNSUPPORTED,
                       "byte %zu: a request inside a request cannot be run: "
                       "submit them one by one",
                       place(r));
    at = place(r);
    name = read_name(r);
    if (*name == '\0')
        bad(r, "a relation has no name");
    else if (skip(r) < 0)
        rc = -1;
    else if (*r->at != '=')
        err_set(r->err, ERR_UNSUPPORTED,
                "byte %zu: '%s' is not followed by '=': other relations "
                "cannot be honoured",
                place(r), name);
    else {
        r->at++;
        rc = strcmp(name, RSL_SUBSTITUTION) == 0 ? read_words(r, at, fn, arg)
                                                 : read_list(r, &values, 0);
        if (rc == 0 && strcmp(name, RSL_SUBSTITUTION) != 0)
            rc = fn(arg, name, at, &values, r->err);
    }
    value_fini(&values);
    free(name);
    return rc;
}

int
rsl_read(const char *text, const struct rsl_words *words, bool any,
         rsl_relation_fn *fn, void *arg, struct err *err)
{
    struct reader r = {
        .begin = text, .at = text, .words = words, .any = any, .err = err
    };

    if (skip(&r) < 0)
        return -1;
    if (*r.at == '+' || *r.at == '|')
        return err_set(err, ERR_UNSUPPORTED,
                       "byte %zu: several requests ('%c') cannot be run "
                       "together: submit them one by one",
                       place(&r), *r.at);
    if (*r.at == '&')
        r.at++;
    for (;;) {
        if (skip(&r) < 0)
            return -1;
        if (*r.at == '\0')
            return 0;
        if (*r.at != '(')
            return bad(&r, "a relation begins with '('");
        r.at++;
        if (read_relation(&r, fn, arg) < 0)
            return -1;
    }
}
