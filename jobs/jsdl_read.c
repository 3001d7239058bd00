/* jobs/jsdl_read.c - see jsdl_read.h. */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "base/xml.h"
#include "jobs/jsdl_read.h"

#define XSI_NS "http://www.w3.org/2001/XMLSchema-instance"
#define XML_NS "http://www.w3.org/XML/1998/namespace"
#define WSU_NS                                                            \
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-" \
    "utility-1.0.xsd"
#define RULES_MAX 64

static const char *
ns_of(const xmlNode *node)
{
    return node->ns != NULL && node->ns->href != NULL
               ? (const char *)node->ns->href
               : "";
}

/* Record NODE as the faulty element for the answer. */
static void
blame(struct jsdl_read *r, const xmlNode *node)
{
    if (r->feature != NULL && *r->feature == NULL)
        *r->feature =
            xasprintf("{%s}%s", ns_of(node), (const char *)node->name);
}

int
jsdl_read_unsupported(struct jsdl_read *r, const xmlNode *node, const char *why)
{
    blame(r, node);
    return err_set(r->err, ERR_UNSUPPORTED,
                   "line %ld: element '%s' cannot be honoured here%s%s",
                   xmlGetLineNo(node), (const char *)node->name,
                   why != NULL ? ": " : "", why != NULL ? why : "");
}

int
jsdl_read_bad(struct jsdl_read *r, const xmlNode *node, const char *why)
{
    char *text = xml_text(node);

    blame(r, node);
    err_set(r->err, ERR_USAGE, "line %ld: %s '%.100s' %s", xmlGetLineNo(node),
            (const char *)node->name, text, why);
    free(text);
    return -1;
}

static bool
blank(const char *s)
{
    while (isspace((unsigned char)*s))
        s++;
    return *s == '\0';
}

/* Whether the blank-separated list WORDS contains WORD. */
static bool
listed(const char *words, const char *word)
{
    size_t n = strlen(word);

    while (words != NULL && *words != '\0') {
        size_t w = strcspn(words, " ");

        if (w == n && memcmp(words, word, n) == 0)
            return true;
        words += w + (words[w] == ' ');
    }
    return false;
}

/* Whether a qualified attribute has no meaning for the job. */
static bool
is_silent(const char *ns, const char *name)
{
    if (strcmp(ns, XSI_NS) == 0)
        return strcmp(name, "nil") != 0;
    if (strcmp(ns, XML_NS) == 0)
        return strcmp(name, "base") != 0;
    return strcmp(ns, WSU_NS) == 0;
}

/* xsi:nil = false has no meaning either; true would remove a value that the
 * schema requires. */
static bool
is_not_nil(const char *ns, const xmlAttr *a)
{
    xmlChar *text;
    bool no;

    if (strcmp(ns, XSI_NS) != 0 || strcmp((const char *)a->name, "nil") != 0)
        return false;
    text = xmlNodeGetContent((const xmlNode *)(const void *)a);
    no = text != NULL && (strcmp((const char *)text, "false") == 0 ||
                          strcmp((const char *)text, "0") == 0);
    xmlFree(text);
    return no;
}

static int
bad_attr(struct jsdl_read *r, const xmlNode *node, const char *ns,
         const char *name)
{
    if (ns == NULL) {
        blame(r, node);
        return err_set(r->err, ERR_SYNTAX,
                       "line %ld: element '%s' has no attribute '%s'",
                       xmlGetLineNo(node), (const char *)node->name, name);
    }
    if (r->feature != NULL && *r->feature == NULL)
        *r->feature = xasprintf("{%s}%s/@{%s}%s", ns_of(node),
                                (const char *)node->name, ns, name);
    return err_set(r->err, ERR_UNSUPPORTED,
                   "line %ld: attribute '%s' of '%s' cannot be honoured here",
                   xmlGetLineNo(node), name, (const char *)node->name);
}

int
jsdl_read_attrs(struct jsdl_read *r, const xmlNode *node, const char *allowed)
{
    for (const xmlAttr *a = node->properties; a != NULL; a = a->next) {
        const char *ns = a->ns != NULL ? (const char *)a->ns->href : NULL;
        const char *name = (const char *)a->name;

        if (ns == NULL ? !listed(allowed, name)
                       : !is_silent(ns, name) && !is_not_nil(ns, a))
            return bad_attr(r, node, ns, name);
    }
    return 0;
}

static bool
is_element(const struct jsdl_read *r, const xmlNode *node,
           const struct jsdl_rule *rule)
{
    return r->is != NULL ? r->is(node, rule)
                         : xml_is(node, rule->ns, rule->name);
}

/* Read one child by its rule; SEEN has a flag for each rule. */
static int
read_child(struct jsdl_read *r, const xmlNode *child,
           const struct jsdl_rule *rules, bool *seen)
{
    size_t i = 0;

    while (rules[i].name != NULL && !is_element(r, child, &rules[i]))
        i++;
    if (rules[i].name == NULL)
        return jsdl_read_unsupported(r, child, NULL);
    if (seen[i] && !rules[i].many)
        blame(r, child);
    if (seen[i] && !rules[i].many)
        return err_set(r->err, ERR_SYNTAX, "line %ld: a second '%s' in '%s'",
                       xmlGetLineNo(child), rules[i].name,
                       (const char *)child->parent->name);
    seen[i] = true;
    if (jsdl_read_attrs(r, child, rules[i].attrs) < 0)
        return -1;
    return rules[i].read != NULL ? rules[i].read(r, child, &rules[i]) : 0;
}

int
jsdl_read_children(struct jsdl_read *r, const xmlNode *node,
                   const struct jsdl_rule *rules)
{
    bool seen[RULES_MAX] = { false };

    for (const xmlNode *c = node->children; c != NULL; c = c->next) {
        if (c->type == XML_ELEMENT_NODE) {
            if (read_child(r, c, rules, seen) < 0)
                return -1;
        } else if ((c->type == XML_TEXT_NODE ||
                    c->type == XML_CDATA_SECTION_NODE) &&
                   !blank((const char *)c->content)) {
            blame(r, node);
            return err_set(r->err, ERR_SYNTAX,
                           "line %ld: text '%.40s' between the elements of "
                           "'%s'",
                           xmlGetLineNo(node), (const char *)c->content,
                           (const char *)node->name);
        }
    }
    return 0;
}

int
jsdl_read_text(struct jsdl_read *r, const xmlNode *node, bool trim, char **text)
{
    xmlChar *raw;

    *text = NULL;
    if (xml_first(node) != NULL)
        blame(r, node);
    if (xml_first(node) != NULL)
        return err_set(r->err, ERR_SYNTAX,
                       "line %ld: element '%s' holds text, no elements",
                       xmlGetLineNo(node), (const char *)node->name);
    if (trim) {
        *text = xml_text(node);
        return 0;
    }
    raw = xmlNodeGetContent(node);
    *text = xstrdup(raw != NULL ? (const char *)raw : "");
    xmlFree(raw);
    return 0;
}

int
jsdl_read_choice(struct jsdl_read *r, const xmlNode *node,
                 const char *const words[], size_t n, const char *why)
{
    char *text;
    size_t i = 0;

    if (jsdl_read_text(r, node, true, &text) < 0)
        return -1;
    while (i < n && strcmp(words[i], text) != 0)
        i++;
    free(text);
    return i < n ? (int)i : jsdl_read_bad(r, node, why);
}

/* 0, 1, or -1 for neither. */
static int
boolean(const char *text)
{
    if (strcmp(text, "true") == 0 || strcmp(text, "1") == 0)
        return 1;
    return strcmp(text, "false") == 0 || strcmp(text, "0") == 0 ? 0 : -1;
}

int
jsdl_read_bool(struct jsdl_read *r, const xmlNode *node, bool *value)
{
    char *text;
    int is;

    if (jsdl_read_text(r, node, true, &text) < 0)
        return -1;
    is = boolean(text);
    free(text);
    *value = is > 0;
    return is < 0 ? jsdl_read_bad(r, node, "is neither true nor false") : 0;
}

/* Parse the number TEXT into *VALUE.  Returns the error text; NULL if valid. */
static const char *
number(const char *text, double *value)
{
    char *end;

    /* Only the characters of xsd:double: no hex, no "infinity". */
    if (text[0] == '\0' || strspn(text, "0123456789.+-eE") != strlen(text))
        return "is not a number";
    *value = strtod(text, &end);
    if (*end != '\0' || !isfinite(*value) || *value < 0)
        return "is not a number from 0 up";
    return *value > 9e18 ? "is too large" : NULL;
}

int
jsdl_read_double(struct jsdl_read *r, const xmlNode *node, double *value)
{
    const char *wrong;
    char *text;

    if (jsdl_read_text(r, node, true, &text) < 0)
        return -1;
    wrong = number(text, value);
    free(text);
    return wrong != NULL ? jsdl_read_bad(r, node, wrong) : 0;
}

/* Set USAGE for attribute NAME='TEXT' of NODE because of WRONG; returns -1. */
static int
bad_value(struct jsdl_read *r, const xmlNode *node, const char *name,
          const char *text, const char *wrong)
{
    blame(r, node);
    return err_set(r->err, ERR_USAGE, "line %ld: %s='%.100s' of '%s' %s",
                   xmlGetLineNo(node), name, text, (const char *)node->name,
                   wrong);
}

int
jsdl_read_bool_attr(struct jsdl_read *r, const xmlNode *node, const char *name,
                    bool *value)
{
    char *text = xml_attr(node, name);
    int is, rc = 0;

    if (text == NULL)
        return 0;
    is = boolean(text);
    if (is < 0)
        rc = bad_value(r, node, name, text, "is neither true nor false");
    else
        *value = is > 0;
    free(text);
    return rc;
}

int
jsdl_read_double_attr(struct jsdl_read *r, const xmlNode *node,
                      const char *name, double *value)
{
    char *text = xml_attr(node, name);
    const char *wrong = text != NULL ? number(text, value) : NULL;
    int rc = wrong != NULL ? bad_value(r, node, name, text, wrong) : 0;

    free(text);
    return rc;
}

int
jsdl_read_string(struct jsdl_read *r, const xmlNode *node,
                 const struct jsdl_rule *rule)
{
    char **to = (char **)((char *)r->job + rule->at), *text;

    if (jsdl_read_text(r, node, true, &text) < 0)
        return -1;
    free(*to);
    *to = text;
    if (text[0] == '\0') {
        /* An empty element counts as not set. */
        free(text);
        *to = NULL;
    }
    return 0;
}

static int
read_integer(struct jsdl_read *r, const xmlNode *node, long long min,
             long long max, long long *value)
{
    char *text;
    int rc = 0;

    if (jsdl_read_text(r, node, true, &text) < 0)
        return -1;
    if (number_parse(text, min, max, value) < 0)
        rc = jsdl_read_bad(r, node,
                           min > 0 ? "is not a whole number from 1 up"
                                   : "is not a whole number from 0 up");
    free(text);
    return rc;
}

int
jsdl_read_amount(struct jsdl_read *r, const xmlNode *node,
                 const struct jsdl_rule *rule)
{
    return read_integer(r, node, 0, 9000000000000000000LL,
                        (long long *)((char *)r->job + rule->at));
}

int
jsdl_read_count(struct jsdl_read *r, const xmlNode *node,
                const struct jsdl_rule *rule)
{
    long long value;

    if (read_integer(r, node, 1, 1000000, &value) < 0)
        return -1;
    *(long *)((char *)r->job + rule->at) = (long)value;
    return 0;
}
