/* jobs/rsl.h - job descriptions in RSL 1.0 (Globus Toolkit 2 to 5, GRAM). */
#ifndef JOBS_RSL_H
#define JOBS_RSL_H

#include <stddef.h>

#include "jobs/job.h"

/* Whether the description TEXT is RSL, by how it begins: '&', '+', '|', '('. */
int rsl_is(const char *text);
/* Read TEXT of N bytes into JOB: minutes become seconds, MB bytes; $(HOME) and
 * the like become what sites replace (${GLOBUS_USER_HOME}).  What it says and
 * nobody does is UNSUPPORTED, with the name and its place; -1 with ERR: SYNTAX,
 * USAGE, LIMIT as well. */
int rsl_parse(const char *text, size_t n, struct job *job, struct err *err);

#endif
