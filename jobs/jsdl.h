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
/* Our only extension element of JobDescription, jobs:Extension, for what JSDL
 * cannot express (queue, hold, clean-up list, delegation, shared
 * executables). */
#define JOBS_EXT_NS "urn:gatehouse:jobs:1"

/* Read the element jsdl:JobDefinition into JOB, which this call initialises.
 * An element that this site cannot honour is never ignored: -1 with ERR
 * UNSUPPORTED and its name ("{ns}name", the caller frees it) in *feature.
 * SYNTAX: not a JSDL document, with line and element.  USAGE: an invalid value;
 * *feature then names the element if there is one. */
int jsdl_parse(const xmlNode *definition, struct job *job, char **feature,
               struct err *err);
/* Append JOB as a JobDefinition document (no XML declaration). */
void jsdl_write(const struct job *job, struct buf *out);

#endif
