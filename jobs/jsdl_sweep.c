/* jobs/jsdl_sweep.c - JSDL Parameter Sweep (GFD.149): marks the places in a
 * document that its sweeps select, and writes the tasks' values for them in the
 * text format of base/sweep.h. */
#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>
#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "base/sweep.h"
#include "base/xml.h"
#include "jobs/jsdl.h"
#include "jobs/jsdl_loop.h"
#include "jobs/jsdl_read.h"

/* The maximum of XPath steps for one document. */
#define XPATH_STEPS_MAX 1000000
#define MATCH_MAX       4096

/* A part of an element's text. */
struct place {
    xmlNode *node;   /* in the copy */
    size_t from, to; /* bytes */
    char *name, *text;
};

struct jsdl_sweep {
    xmlXPathContext *xpath; /* on the copy */
    struct place *place;
    size_t nplaces;
    /* the current assignment */
    struct buf targets, function;
    size_t ntargets;
    /* the current sweep */
    struct buf series, nodes;
    size_t nseries, nnodes;
};

/* ---- places ---- */

/* Whether NODE may differ between tasks. */
static bool
may_vary(const xmlNode *node)
{
    static const char *const names[] = { "Executable", "Argument",
                                         "Input",      "Output",
                                         "Error",      "WorkingDirectory",
                                         "Environment" };
    static const char *const spaces[] = { JSDL_POSIX_NS, JSDL_HPCPA_NS };

    if (xml_is(node, JOBS_EXT_NS, "Argument"))
        return true;
    for (size_t s = 0; s < sizeof(spaces) / sizeof(*spaces); s++)
        for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
            if (xml_is(node, spaces[s], names[i]))
                return true;
    return false;
}

/* "Argument[2]", "Input", or the name of a variable; the caller frees it. */
static char *
place_name(const xmlNode *node)
{
    char *name = xml_attr(node, "name");
    size_t at = 1;

    if (strcmp((const char *)node->name, "Environment") == 0 && name != NULL)
        return name;
    free(name);
    if (strcmp((const char *)node->name, "Argument") != 0)
        return xstrdup((const char *)node->name);
    for (const xmlNode *p = node->prev; p != NULL; p = p->prev)
        at += p->type == XML_ELEMENT_NODE &&
              strcmp((const char *)p->name, "Argument") == 0;
    return xasprintf("Argument[%zu]", at);
}

/* The number of the place FROM to TO in NODE; added if it is new. */
static size_t
place_number(struct jsdl_sweep *s, xmlNode *node, const char *text, size_t from,
             size_t to)
{
    struct place *p;
    size_t i = 0;

    while (i < s->nplaces && (s->place[i].node != node ||
                              s->place[i].from != from || s->place[i].to != to))
        i++;
    if (i < s->nplaces)
        return i;
    s->place = xrealloc(s->place, s->nplaces + 1, sizeof(*s->place));
    p = &s->place[s->nplaces++];
    *p = (struct place){ .node = node,
                         .from = from,
                         .to = to,
                         .name = place_name(node),
                         .text = xcalloc(1, to - from + 1) };
    memcpy(p->text, text + from, to - from);
    return i;
}

/* The byte offset of character N, from 0, of the UTF-8 TEXT. */
static size_t
char_at(const char *text, long long n)
{
    size_t i = 0;

    while (text[i] != '\0' && n > 0) {
        i++;
        n -= ((unsigned char)text[i] & 0xc0) != 0x80;
    }
    return i;
}

/* The character range of a Match: N characters from character FIRST (1 is the
 * first); N -1: to the end. */
struct part {
    long long first, n;
};

/* Add the element NODE, which MATCH selects, as a place of the assignment. */
static int
add_target(struct jsdl_read *r, const xmlNode *match, xmlNode *node,
           const struct part *part)
{
    struct jsdl_sweep *s = r->sweep;
    size_t from, to;
    char *text;

    if (node->type == XML_TEXT_NODE || node->type == XML_CDATA_SECTION_NODE)
        node = node->parent;
    if (node->type != XML_ELEMENT_NODE)
        return jsdl_read_unsupported(
            r, match, "it leads to something that is neither element nor text");
    if (!may_vary(node))
        return jsdl_read_unsupported(
            r, node,
            "a sweep leads to it, but all tasks share it: those of a sweep "
            "differ in Executable, Argument, Environment, Input, Output, Error "
            "and WorkingDirectory");
    if (s->nplaces >= SWEEP_PLACES_MAX)
        return err_set(r->err, ERR_LIMIT,
                       "the sweeps lead to more than %d places",
                       SWEEP_PLACES_MAX);
    if (jsdl_read_text(r, node, false, &text) < 0)
        return -1;
    from = char_at(text, part->first - 1);
    to = part->n < 0 ? strlen(text) : from + char_at(text + from, part->n);
    buf_addf(&s->targets, "%zu:", place_number(s, node, text, from, to));
    s->ntargets++;
    free(text);
    return 0;
}

static void
silent(void *arg, xmlErrorPtr error)
{
    (void)arg;
    (void)error;
}

/* Get the path of EXPRESSION, which may be "substring(PATH, FIRST)" or
 * "substring(PATH, FIRST, N)"; modifies it. */
static const char *
take_part(char *expression, struct part *part)
{
    static const char word[] = "substring(";
    size_t n = strlen(expression);
    long long number[2];
    int k = 0;

    *part = (struct part){ .first = 1, .n = -1 };
    if (strncmp(expression, word, sizeof(word) - 1) != 0 ||
        expression[n - 1] != ')')
        return expression;
    expression[n - 1] = '\0';
    for (; k < 2; k++) {
        char *comma = strrchr(expression, ','), *p = comma;

        if (comma == NULL)
            break;
        for (p++; *p == ' ';)
            p++;
        p[strcspn(p, " ")] = '\0';
        if (number_parse(p, k == 0 ? 0 : 1, 1000000, &number[k]) < 0)
            break;
        *comma = '\0';
    }
    if (k == 0)
        return NULL;
    part->first = number[k - 1];
    part->n = k == 2 ? number[0] : -1;
    return part->first < 1 ? NULL : expression + sizeof(word) - 1;
}

/* Add every node that PATH selects as a place of the assignment. */
static int
select_nodes(struct jsdl_read *r, const xmlNode *match, const char *path,
             const struct part *part)
{
    xmlXPathObject *value;
    int rc = 0;

    r->sweep->xpath->node = xmlDocGetRootElement(r->sweep->xpath->doc);
    value = xmlXPathEval((const xmlChar *)path, r->sweep->xpath);
    if (value == NULL || value->type != XPATH_NODESET)
        rc = jsdl_read_bad(r, match,
                           "is no XPath 1.0 expression that selects nodes, or "
                           "takes too many steps, or has a prefix that no "
                           "NamespaceBinding binds");
    else if (xmlXPathNodeSetGetLength(value->nodesetval) == 0)
        rc = jsdl_read_bad(r, match, "selects nothing in this document");
    for (int i = 0; rc == 0 && i < value->nodesetval->nodeNr; i++)
        rc = add_target(r, match, value->nodesetval->nodeTab[i], part);
    xmlXPathFreeObject(value);
    return rc;
}

/* Add the places of MATCH, which contains an expression. */
static int
read_match(struct jsdl_read *r, const xmlNode *match)
{
    struct part part;
    const char *path;
    char *text;
    int rc;

    if (jsdl_read_text(r, match, true, &text) < 0)
        return -1;
    if (text[0] == '\0' || strlen(text) > MATCH_MAX)
        rc = jsdl_read_bad(r, match, "is empty or too long");
    else if ((path = take_part(text, &part)) == NULL)
        rc = jsdl_read_bad(
            r, match, "is not 'substring(PATH, FIRST, LENGTH)' with numbers");
    else
        rc = select_nodes(r, match, path, &part);
    free(text);
    return rc;
}

/* ---- elements ---- */

/* Register the prefixes in scope at NODE; those of its NamespaceBindings take
 * precedence. */
static void
bind_scope(struct jsdl_read *r, const xmlNode *node)
{
    const char **in_scope = xml_prefixes(node);

    xmlXPathRegisteredNsCleanup(r->sweep->xpath);
    for (size_t i = 0; in_scope[i] != NULL; i += 2)
        if (in_scope[i][0] != '\0')
            xmlXPathRegisterNs(r->sweep->xpath, (const xmlChar *)in_scope[i],
                               (const xmlChar *)in_scope[i + 1]);
    free(in_scope);
}

static int
read_binding(struct jsdl_read *r, const xmlNode *node,
             const struct jsdl_rule *rule)
{
    char *ns = xml_attr(node, "ns"), *prefix = xml_attr(node, "prefix");
    int rc = 0;

    (void)rule;
    if (ns == NULL || prefix == NULL || prefix[0] == '\0' ||
        xmlXPathRegisterNs(r->sweep->xpath, (const xmlChar *)prefix,
                           (const xmlChar *)ns) != 0)
        rc = jsdl_read_bad(r, node, "needs the attributes ns and prefix");
    free(ns);
    free(prefix);
    return rc;
}

static int
read_document_node(struct jsdl_read *r, const xmlNode *node,
                   const struct jsdl_rule *rule)
{
    static const struct jsdl_rule rules[] = { { .ns = JSDL_SWEEP_NS,
                                                .name = "NamespaceBinding",
                                                .many = true,
                                                .read = read_binding,
                                                .attrs = "ns prefix" },
                                              { .ns = JSDL_SWEEP_NS,
                                                .name = "Match" },
                                              { .name = NULL } };
    const xmlNode *match = xml_child(node, JSDL_SWEEP_NS, "Match");

    (void)rule;
    bind_scope(r, node);
    if (jsdl_read_children(r, node, rules) < 0)
        return -1;
    return match != NULL ? read_match(r, match)
                         : jsdl_read_bad(r, node, "has no Match");
}

/* Add the places of a Parameter that contains an expression itself. */
static int
read_parameter(struct jsdl_read *r, const xmlNode *node,
               const struct jsdl_rule *rule)
{
    (void)rule;
    bind_scope(r, node);
    return read_match(r, node);
}

static int
read_function(struct jsdl_read *r, const xmlNode *node,
              const struct jsdl_rule *rule)
{
    struct buf *out = &r->sweep->function;

    if (out->len > 0)
        return jsdl_read_bad(r, node, "is a second function of an Assignment");
    if (strcmp(rule->name, "Values") == 0)
        return jsdl_loop_values(r, node, out);
    return jsdl_loop_read(r, node, strcmp(rule->name, "LoopDouble") == 0, out);
}

#define FUNCTION_RULE(element, attributes)                                     \
    {                                                                          \
        .ns = JSDL_SWEEP_FUNCTIONS_NS, .name = element, .read = read_function, \
        .attrs = attributes                                                    \
    }

static int
read_assignment(struct jsdl_read *r, const xmlNode *node,
                const struct jsdl_rule *rule)
{
    static const struct jsdl_rule rules[] = {
        { .ns = JSDL_SWEEP_NS,
          .name = "DocumentNode",
          .many = true,
          .read = read_document_node },
        { .ns = JSDL_SWEEP_NS,
          .name = "Parameter",
          .many = true,
          .read = read_parameter },
        FUNCTION_RULE("Values", NULL),
        FUNCTION_RULE("LoopInteger", "start end step"),
        FUNCTION_RULE("LoopDouble", "start end step"),
        { .name = NULL }
    };
    struct jsdl_sweep *s = r->sweep;

    (void)rule;
    buf_clear(&s->targets);
    buf_clear(&s->function);
    s->ntargets = 0;
    if (jsdl_read_children(r, node, rules) < 0)
        return -1;
    if (s->ntargets == 0 || s->function.len == 0)
        return jsdl_read_bad(r, node,
                             "needs a parameter (DocumentNode) and a function");
    buf_addf(&s->series, "%zu:%s%s", s->ntargets, buf_str(&s->targets),
             buf_str(&s->function));
    s->nseries++;
    return 0;
}

static int
read_sweep(struct jsdl_read *r, const xmlNode *node,
           const struct jsdl_rule *rule)
{
    const struct jsdl_rule rules[] = { { .ns = JSDL_SWEEP_NS,
                                         .name = "Assignment",
                                         .many = true,
                                         .read = read_assignment },
                                       { .ns = JSDL_SWEEP_NS,
                                         .name = "Sweep",
                                         .many = true,
                                         .read = read_sweep },
                                       { .name = NULL } };
    struct jsdl_sweep *s = r->sweep, outer = *s;
    int rc;

    (void)rule;
    s->series = s->nodes = (struct buf)BUF_INIT;
    s->nseries = s->nnodes = 0;
    rc = jsdl_read_children(r, node, rules);
    if (rc == 0 && s->nseries == 0)
        rc = jsdl_read_bad(r, node, "has no Assignment");
    buf_addf(&outer.nodes, "%zu:%s%zu:%s", s->nseries, buf_str(&s->series),
             s->nnodes, buf_str(&s->nodes));
    buf_fini(&s->series);
    buf_fini(&s->nodes);
    s->series = outer.series;
    s->nodes = outer.nodes;
    s->nseries = outer.nseries;
    s->nnodes = outer.nnodes + 1;
    return rc;
}

/* ---- the document ---- */

/* A place and its number. */
struct numbered {
    const struct place *place;
    size_t number;
};

/* Order by element, the last part of an element first. */
static int
by_place(const void *a, const void *b)
{
    const struct place *x = ((const struct numbered *)a)->place;
    const struct place *y = ((const struct numbered *)b)->place;

    if (x->node != y->node)
        return (uintptr_t)x->node < (uintptr_t)y->node ? -1 : 1;
    return x->to != y->to ? (x->to > y->to ? -1 : 1) : 0;
}

/* Put the mark of P into its place. */
static void
put_mark(const struct numbered *p)
{
    xmlChar *text = xmlNodeGetContent(p->place->node);
    struct buf out = BUF_INIT;

    buf_add(&out, text, p->place->from);
    buf_addf(&out, SWEEP_MARK "%zu}%s", p->number,
             (const char *)text + p->place->to);
    xmlNodeSetContent(p->place->node, NULL);
    xmlNodeAddContentLen(p->place->node, (const xmlChar *)buf_str(&out),
                         (int)out.len);
    buf_fini(&out);
    xmlFree(text);
}

static int
put_marks(struct jsdl_read *r)
{
    struct jsdl_sweep *s = r->sweep;
    struct numbered *all = xcalloc(s->nplaces, sizeof(*all));
    int rc = 0;

    for (size_t i = 0; i < s->nplaces; i++)
        all[i] = (struct numbered){ &s->place[i], i };
    qsort(all, s->nplaces, sizeof(*all), by_place);
    for (size_t i = 0; i < s->nplaces && rc == 0; i++) {
        const struct place *p = all[i].place;

        if (i > 0 && all[i - 1].place->node == p->node &&
            all[i - 1].place->from < p->to)
            rc = jsdl_read_unsupported(
                r, p->node, "two parameters of the sweep overlap in its text");
        else
            put_mark(&all[i]);
    }
    free(all);
    return rc;
}

/* Store the text of all sweeps and the number of tasks in the job. */
static int
keep(struct jsdl_read *r)
{
    const struct jsdl_sweep *s = r->sweep;
    struct buf out = BUF_INIT;
    struct sweep *parsed;

    buf_addf(&out, "%zu:", s->nplaces);
    for (size_t i = 0; i < s->nplaces; i++) {
        sweep_add_string(&out, s->place[i].name);
        sweep_add_string(&out, s->place[i].text);
    }
    buf_addf(&out, "%zu:%s", s->nnodes, buf_str(&s->nodes));
    r->job->sweep = buf_detach(&out);
    if (sweep_parse(r->job->sweep, &parsed, r->err) < 0)
        return -1;
    r->job->tasks = (long)sweep_tasks(parsed);
    sweep_destroy(parsed);
    return 0;
}

static int
read_all(struct jsdl_read *r, const xmlNode *definition)
{
    for (const xmlNode *c = xml_first(definition); c != NULL; c = xml_next(c))
        if (xml_is(c, JSDL_SWEEP_NS, "Sweep") &&
            (jsdl_read_attrs(r, c, NULL) < 0 || read_sweep(r, c, NULL) < 0))
            return -1;
    return put_marks(r) < 0 ? -1 : keep(r);
}

int
jsdl_sweep_read(struct jsdl_read *r, const xmlNode *definition, xmlDoc **marked)
{
    struct jsdl_sweep s = { .place = NULL };
    int rc;

    *marked = NULL;
    if (xml_child(definition, JSDL_SWEEP_NS, "Sweep") == NULL)
        return 0;
    *marked = xmlNewDoc((const xmlChar *)"1.0");
    xmlDocSetRootElement(
        *marked, xmlDocCopyNode((xmlNode *)(uintptr_t)definition, *marked, 1));
    s.xpath = xmlXPathNewContext(*marked);
    s.xpath->error = silent;
    s.xpath->opLimit = XPATH_STEPS_MAX;
    r->sweep = &s;
    rc = read_all(r, definition);
    r->sweep = NULL;
    xmlXPathFreeContext(s.xpath);
    for (size_t i = 0; i < s.nplaces; i++) {
        free(s.place[i].name);
        free(s.place[i].text);
    }
    free(s.place);
    buf_fini(&s.targets);
    buf_fini(&s.function);
    buf_fini(&s.series);
    buf_fini(&s.nodes);
    return rc;
}
