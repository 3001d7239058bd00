/* jobs/jsdl_read.h - how the parts of a JSDL document, and of a GT4 one, are
 * read: tables of element rules, and the values of elements.  For jobs/jsdl*.c
 * and gt4job*.c alone. */
#ifndef JOBS_JSDL_READ_H
#define JOBS_JSDL_READ_H

#include <libxml/tree.h>
#include <stdbool.h>

#include "jobs/job.h"

/* A RangeValue_Type: its least and largest value; < 0: open. */
struct jsdl_range {
    double low, high;
};

/* What one DataStaging says. */
struct jsdl_staging {
    char *file, *fs, *source, *target;
    bool upload;     /* jobs:Upload */
    long long bytes; /* its */
    enum job_creation creation;
    bool delete_after;
};

struct jsdl_rule;

/* One reading of one document. */
struct jsdl_read {
    struct job *job;
    /* Whether NODE is the element of RULE; NULL: by namespace and name. */
    bool (*is)(const xmlNode *node, const struct jsdl_rule *rule);
    struct job_env *variable; /* GT4: the one being read */
    char **factory;           /* OUT, as gt4job_parse() */
    const xmlNode *resources; /* jsdl:Resources, where file systems are named */
    bool application;         /* one application element was met */
    struct jsdl_range *range; /* the one being read */
    struct jsdl_staging *staging; /* the one being read */
    struct jsdl_sweep *sweep;     /* the one being read */
    char **feature;               /* OUT, as jsdl_parse() */
    struct err *err;
};

/* Read the element NODE as RULE says; 0, or -1 with r->err. */
typedef int jsdl_rule_fn(struct jsdl_read *r, const xmlNode *node,
                         const struct jsdl_rule *rule);

/* What may stand in an element; a table ends with name == NULL. */
struct jsdl_rule {
    const char *ns, *name;
    bool many;          /* may be repeated */
    jsdl_rule_fn *read; /* NULL: known and without effect */
    size_t at;          /* offsetof() in struct job, for the plain readers */
    const char *attrs;  /* unqualified attributes allowed, blanks between */
};

/* Read every child element of NODE by RULES.  One without a rule, or whose
 * reader says so, is UNSUPPORTED and named in *feature; a second one of those
 * that stand once, text between elements, and unknown plain attributes are
 * SYNTAX. */
int jsdl_read_children(struct jsdl_read *r, const xmlNode *node,
                       const struct jsdl_rule *rules);
/* -1 when NODE has another attribute than the unqualified ones ALLOWED and
 * those that say nothing of a job (xsi:type, xml:lang). */
int jsdl_read_attrs(struct jsdl_read *r, const xmlNode *node,
                    const char *allowed);
/* As jsdl_read_bool() and jsdl_read_double(), of attribute NAME; it is left
 * alone when it is not there. */
int jsdl_read_bool_attr(struct jsdl_read *r, const xmlNode *node,
                        const char *name, bool *value);
int jsdl_read_double_attr(struct jsdl_read *r, const xmlNode *node,
                          const char *name, double *value);
/* -1, the element NODE noted as what cannot be honoured, for WHY (NULL). */
int jsdl_read_unsupported(struct jsdl_read *r, const xmlNode *node,
                          const char *why);
/* -1, NODE holds a value that is none: USAGE with line, name and text. */
int jsdl_read_bad(struct jsdl_read *r, const xmlNode *node, const char *why);
/* NODE's text in *text, the caller's; TRIM cuts white space off its ends.  -1
 * SYNTAX when it has child elements. */
int jsdl_read_text(struct jsdl_read *r, const xmlNode *node, bool trim,
                   char **text);
/* Which of the N WORDS is NODE's text; -1, bad for WHY, when none is. */
int jsdl_read_choice(struct jsdl_read *r, const xmlNode *node,
                     const char *const words[], size_t n, const char *why);
/* xsd:boolean. */
int jsdl_read_bool(struct jsdl_read *r, const xmlNode *node, bool *value);
/* "12", "1.5e9": a finite number that is not negative. */
int jsdl_read_double(struct jsdl_read *r, const xmlNode *node, double *value);

/* jsdl_rule_fn: trimmed text into the char * AT. */
jsdl_rule_fn jsdl_read_string;
/* jsdl_rule_fn: xsd:nonNegativeInteger into the long long AT. */
jsdl_rule_fn jsdl_read_amount;
/* jsdl_rule_fn: xsd:positiveInteger into the long AT. */
jsdl_rule_fn jsdl_read_count;
/* jsdl_rule_fn: jsdl:DataStaging (jsdl_staging.c). */
jsdl_rule_fn jsdl_staging_read;
/* A RangeValue_Type (jsdl_range.c). */
int jsdl_range_read(struct jsdl_read *r, const xmlNode *node,
                    struct jsdl_range *range);
/* jsdl_rule_fn: jsdl:Resources (jsdl_resource.c). */
jsdl_rule_fn jsdl_resource_read;
/* jsdl_rule_fn: jobs:Extension (jsdl_extension.c). */
jsdl_rule_fn jsdl_extension_read;
/* The sweeps of DEFINITION into the job, and in *MARKED, the caller's to
 * xmlFreeDoc(), the document with a mark of base/sweep.h in each place that
 * they lead to; NULL when it has no sweep. */
int jsdl_sweep_read(struct jsdl_read *r, const xmlNode *definition,
                    xmlDoc **marked);
/* The directory that the file system NAME stands for, as text to put before a
 * path, "" for the session; the caller's.  -1 with ERR: UNSUPPORTED. */
int jsdl_resource_mount(struct jsdl_read *r, const xmlNode *node,
                        const char *name, char **mount);

#endif
