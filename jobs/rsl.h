/* jobs/rsl.h - job descriptions in RSL 1.0 (Globus Toolkit 2 to 5, GRAM). */
#ifndef JOBS_RSL_H
#define JOBS_RSL_H

#include <stddef.h>

#include "jobs/job.h"

/* Whether TEXT begins like RSL: '&', '+', '|' or '('. */
int rsl_is(const char *text);
/* Read TEXT of N bytes into JOB; minutes become seconds, MB bytes, and $(HOME)
 * and the like become the variables that sites replace (${GLOBUS_USER_HOME}).
 * -1 with ERR: UNSUPPORTED, an attribute that this site does not implement,
 * with its name and place; SYNTAX, USAGE, LIMIT. */
int rsl_parse(const char *text, size_t n, struct job *job, struct err *err);

#endif
