/* jobs/gt4job.h - the Globus Toolkit 4 job description, <job>: 4.0 (2004/10)
 * and 4.2 (2008/03) namespaces or none. */
#ifndef JOBS_GT4JOB_H
#define JOBS_GT4JOB_H

#include <libxml/tree.h>

#include "jobs/job.h"

#define GT40_JOB_NS "http://www.globus.org/namespaces/2004/10/gram/job"
#define GT40_DESC_NS \
    "http://www.globus.org/namespaces/2004/10/gram/job/description"
#define GT42_DESC_NS \
    "http://www.globus.org/namespaces/2008/03/gram/job/description"

/* Read the element job (any of the namespaces) into JOB: minutes become
 * seconds, MB bytes.  ${GLOBUS_USER_HOME}, ${GLOBUS_USER_NAME},
 * ${GLOBUS_SCRATCH_DIR} stay in the strings; the site replaces them, others are
 * USAGE.  *factory, the caller's, is the address of factoryEndpoint, NULL
 * without one; its ResourceID is the scheduler.  FACTORY NULL: the element is
 * UNSUPPORTED.  What the schema has and nobody does is UNSUPPORTED, an element
 * of another namespace too.  Errors as jsdl_parse(). */
int gt4job_parse(const xmlNode *root, struct job *job, char **factory,
                 char **feature, struct err *err);

#endif
