/* jobs/jsdl.h - JSDL 1.0 (GFD.136) with the POSIX (GFD.56), HPC Profile
 * (GFD.111) and SPMD (GFD.115) applications and the Parameter Sweep (GFD.149):
 * document to record, record to document. */
#ifndef JOBS_JSDL_H
#define JOBS_JSDL_H

#include <libxml/tree.h>

#include "jobs/job.h"

#define JSDL_NS       "http://schemas.ggf.org/jsdl/2005/11/jsdl"
#define JSDL_POSIX_NS "http://schemas.ggf.org/jsdl/2005/11/jsdl-posix"
#define JSDL_HPCPA_NS "http://schemas.ggf.org/jsdl/2006/07/jsdl-hpcpa"
#define JSDL_SPMD_NS  "http://schemas.ogf.org/jsdl/2007/02/jsdl-spmd"
#define JSDL_SWEEP_NS "http://schemas.ogf.org/jsdl/2009/03/sweep"
#define JSDL_SWEEP_FUNCTIONS_NS \
    "http://schemas.ogf.org/jsdl/2009/03/sweep/functions"
/* Our one extension element of JobDescription, jobs:Extension: what JSDL cannot
 * say (queue, hold, clean-up list, delegation, shared executables). */
#define JOBS_EXT_NS "urn:gatehouse:jobs:1"

/* Read the element jsdl:JobDefinition into JOB (initialised by this).  An
 * element that this site cannot honour is never dropped: -1 with ERR
 * UNSUPPORTED and in *feature its name ("{ns}name", the caller's to free());
 * SYNTAX for a document that is none, with line and element; USAGE for a bad
 * value; *feature then names the element to blame where there is one. */
int jsdl_parse(const xmlNode *definition, struct job *job, char **feature,
               struct err *err);
/* Append JOB as a JobDefinition document (no XML declaration). */
void jsdl_write(const struct job *job, struct buf *out);

#endif
