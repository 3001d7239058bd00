/* jobs/jsdl_read.h - readers for JSDL and GT4 documents: tables of element
 * rules, and readers for values.  Only for jobs/jsdl*.c and gt4job*.c. */
#ifndef JOBS_JSDL_READ_H
#define JOBS_JSDL_READ_H

#include <libxml/tree.h>
#include <stdbool.h>

#include "jobs/job.h"

/* A RangeValue_Type: its smallest and largest value; < 0: no bound. */
struct jsdl_range {
    double low, high;
};

/* The contents of one DataStaging. */
struct jsdl_staging {
    char *file, *fs, *source, *target;
    bool upload;     /* jobs:Upload */
    long long bytes; /* of the upload */
    enum job_creation creation;
    bool delete_after;
};

struct jsdl_rule;

/* The state while one document is read. */
struct jsdl_read {
    struct job *job;
    /* Whether NODE is the element of RULE; NULL: compare namespace and name. */
    bool (*is)(const xmlNode *node, const struct jsdl_rule *rule);
    struct job_env *variable; /* GT4: the current variable */
    char **factory;           /* OUT, as gt4job_parse() */
    const xmlNode *resources; /* jsdl:Resources, which declares file systems */
    bool application;         /* an application element was found */
    struct jsdl_range *range; /* the current range */
    struct jsdl_staging *staging; /* the current DataStaging */
    struct jsdl_sweep *sweep;     /* the one being read */
    char **feature;               /* OUT, as jsdl_parse() */
    struct err *err;
};

/* Read the element NODE as RULE says; 0, or -1 with r->err. */
typedef int jsdl_rule_fn(struct jsdl_read *r, const xmlNode *node,
                         const struct jsdl_rule *rule);

/* An element that another may contain; a table ends with name == NULL. */
struct jsdl_rule {
    const char *ns, *name;
    bool many;          /* may be repeated */
    jsdl_rule_fn *read; /* NULL: accepted and ignored */
    size_t at;          /* offsetof() in struct job, for the simple readers */
    const char *attrs; /* allowed unqualified attributes, separated by blanks */
};

/* Read every child element of NODE by RULES.  A child without a rule, or
 * refused by its reader, is UNSUPPORTED and named in *feature.  SYNTAX: a
 * second child that may occur once, text between elements, an unknown plain
 * attribute. */
int jsdl_read_children(struct jsdl_read *r, const xmlNode *node,
                       const struct jsdl_rule *rules);
/* -1 if NODE has an attribute other than the unqualified ones ALLOWED and those
 * without meaning for a job (xsi:type, xml:lang). */
int jsdl_read_attrs(struct jsdl_read *r, const xmlNode *node,
                    const char *allowed);
/* As jsdl_read_bool() and jsdl_read_double(), for attribute NAME; no change if
 * it is absent. */
int jsdl_read_bool_attr(struct jsdl_read *r, const xmlNode *node,
                        const char *name, bool *value);
int jsdl_read_double_attr(struct jsdl_read *r, const xmlNode *node,
                          const char *name, double *value);
/* Set UNSUPPORTED for the element NODE because of WHY (NULL: none); returns
 * -1. */
int jsdl_read_unsupported(struct jsdl_read *r, const xmlNode *node,
                          const char *why);
/* Set USAGE with line, name and text for the invalid value of NODE; returns
 * -1. */
int jsdl_read_bad(struct jsdl_read *r, const xmlNode *node, const char *why);
/* Read NODE's text into *text, which the caller frees; TRIM removes white space
 * at its ends.  -1 SYNTAX if NODE has child elements. */
int jsdl_read_text(struct jsdl_read *r, const xmlNode *node, bool trim,
                   char **text);
/* Find NODE's text in the N WORDS; -1 USAGE with WHY if it is not one of
 * them. */
int jsdl_read_choice(struct jsdl_read *r, const xmlNode *node,
                     const char *const words[], size_t n, const char *why);
/* Read an xsd:boolean. */
int jsdl_read_bool(struct jsdl_read *r, const xmlNode *node, bool *value);
/* Read a finite, non-negative number such as "12" or "1.5e9". */
int jsdl_read_double(struct jsdl_read *r, const xmlNode *node, double *value);

/* jsdl_rule_fn: trimmed text into the char * AT. */
jsdl_rule_fn jsdl_read_string;
/* jsdl_rule_fn: xsd:nonNegativeInteger into the long long AT. */
jsdl_rule_fn jsdl_read_amount;
/* jsdl_rule_fn: xsd:positiveInteger into the long AT. */
jsdl_rule_fn jsdl_read_count;
/* jsdl_rule_fn: jsdl:DataStaging (jsdl_staging.c). */
jsdl_rule_fn jsdl_staging_read;
/* Read a RangeValue_Type (jsdl_range.c). */
int jsdl_range_read(struct jsdl_read *r, const xmlNode *node,
                    struct jsdl_range *range);
/* jsdl_rule_fn: jsdl:Resources (jsdl_resource.c). */
jsdl_rule_fn jsdl_resource_read;
/* jsdl_rule_fn: jobs:Extension (jsdl_extension.c). */
jsdl_rule_fn jsdl_extension_read;
/* Read the sweeps of DEFINITION into the job.  *MARKED, which the caller frees
 * with xmlFreeDoc(), is the document with a mark of base/sweep.h in each place
 * that they select; NULL if it has no sweep. */
int jsdl_sweep_read(struct jsdl_read *r, const xmlNode *definition,
                    xmlDoc **marked);
/* Get the directory of the file system NAME as a prefix for paths, "" for the
 * session; the caller frees it.  -1 with ERR: UNSUPPORTED. */
int jsdl_resource_mount(struct jsdl_read *r, const xmlNode *node,
                        const char *name, char **mount);

#endif
