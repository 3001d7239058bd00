/* jobs/gt4job_read.h - readers for GT4 descriptions, in addition to those of
 * jsdl_read.h. Only for jobs/gt4job*.c. */
#ifndef JOBS_GT4JOB_READ_H
#define JOBS_GT4JOB_READ_H

#include "jobs/jsdl_read.h"

/* jsdl_rule.ns for elements of an endpoint reference; all others are GT4's. */
#define GT4_WSA "addressing"

/* A jsdl_read.is: whether NODE is the element of RULE.  Releases and schemas of
 * GT4 put the description's elements into different namespaces; any of them, or
 * none, is accepted. */
bool gt4job_read_is(const xmlNode *node, const struct jsdl_rule *rule);
/* Read NODE's text into *text as jsdl_read_text(); each ${NAME} in it must be
 * one that sites replace.  -1 with ERR: SYNTAX, USAGE. */
int gt4job_read_value(struct jsdl_read *r, const xmlNode *node, bool trim,
                      char **text);
/* jsdl_rule_fn: the same, trimmed, into the char * AT of the job. */
jsdl_rule_fn gt4job_read_string;

/* jsdl_rule_fn: fileStageIn and fileStageOut; fileCleanUp
 * (gt4job_transfer.c). */
jsdl_rule_fn gt4job_transfer_read, gt4job_transfer_read_deletions;

#endif
