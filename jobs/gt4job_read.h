/* jobs/gt4job_read.h - how the elements of a GT4 description are read, beyond
 * jsdl_read.h.  For jobs/gt4job*.c alone. */
#ifndef JOBS_GT4JOB_READ_H
#define JOBS_GT4JOB_READ_H

#include "jobs/jsdl_read.h"

/* jsdl_rule.ns of the elements of an endpoint reference; all others are GT4's.
 */
#define GT4_WSA "addressing"

/* For jsdl_read.is: whether NODE is the element of RULE.  GT4 reads the
 * description's elements, which each release and each schema put into another
 * namespace, in any of these or none. */
bool gt4job_read_is(const xmlNode *node, const struct jsdl_rule *rule);
/* NODE's text in *text, as jsdl_read_text(), in which each ${NAME} is one that
 * sites replace.  -1 with ERR: SYNTAX, USAGE. */
int gt4job_read_value(struct jsdl_read *r, const xmlNode *node, bool trim,
                      char **text);
/* jsdl_rule_fn: the same, trimmed, into the char * AT of the job. */
jsdl_rule_fn gt4job_read_string;

/* jsdl_rule_fn: fileStageIn and fileStageOut; fileCleanUp
 * (gt4job_transfer.c). */
jsdl_rule_fn gt4job_transfer_read, gt4job_transfer_read_deletions;

#endif
