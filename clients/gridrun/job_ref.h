/* clients/gridrun/job_ref.h - the ways to name a job: an EPR file, its handle
 * (https://host:port/jobs/ID), or the id alone. */
#ifndef CLIENTS_JOB_REF_H
#define CLIENTS_JOB_REF_H

#include <stdio.h>

#include "base/err.h"

/* The struct owns its strings. */
struct job_ref {
    char *url;    /* of the site's BES service */
    char *id;     /* uuid */
    char *handle; /* https://host:port/jobs/ID, the address of its endpoint */
    char *tasks;  /* the selected tasks, "1,5-9"; NULL: the whole job */
};

/* Parse the address of an endpoint reference returned by a site.  -1 with ERR:
 * SYNTAX. */
int job_ref_from_address(const char *address, struct job_ref *ref,
                         struct err *err);
/* Parse a user's argument: the name of an EPR file, a handle, or an id at the
 * site URL, followed by "[TASKS]" to select tasks.  -1 with ERR: NOT_FOUND,
 * SYNTAX. */
int job_ref_load(const char *text, const char *url, struct job_ref *ref,
                 struct err *err);
/* Write the EPR document as one line. */
int job_ref_write(const struct job_ref *ref, FILE *out);
/* Free the strings. */
void job_ref_fini(struct job_ref *ref);

#endif
