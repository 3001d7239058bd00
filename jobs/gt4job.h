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

/* Read the element job (any of the namespaces) into JOB; minutes become
 * seconds, MB bytes. ${GLOBUS_USER_HOME}, ${GLOBUS_USER_NAME} and
 * ${GLOBUS_SCRATCH_DIR} stay in the strings for the site to replace; other
 * variables are USAGE.  *factory is the address of factoryEndpoint, NULL
 * without one; the caller frees it.  Its ResourceID is the scheduler.  With
 * FACTORY NULL the element is UNSUPPORTED.  Elements of the schema that this
 * site does not implement, and those of other namespaces, are UNSUPPORTED.
 * Errors as jsdl_parse(). */
int gt4job_parse(const xmlNode *root, struct job *job, char **factory,
                 char **feature, struct err *err);

#endif
