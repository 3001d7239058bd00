/* clients/gridrun/job_ref.h - how people name a job: an EPR file, its handle
 * (https://host:port/jobs/ID), or the id alone. */
#ifndef CLIENTS_JOB_REF_H
#define CLIENTS_JOB_REF_H

#include <stdio.h>

#include "base/err.h"

/* Strings are the struct's own. */
struct job_ref {
    char *url;    /* of the site's door */
    char *id;     /* uuid */
    char *handle; /* https://host:port/jobs/ID, its endpoint's address */
    char *tasks; /* those of its tasks that are meant, "1,5-9"; NULL: the job */
};

/* From the address of the endpoint reference that a site returned.  -1 with
 * ERR: SYNTAX. */
int job_ref_from_address(const char *address, struct job_ref *ref,
                         struct err *err);
/* From what the user typed: the name of an EPR file, a handle, or an id at the
 * site URL, with "[TASKS]" behind it when some of its tasks are meant.  -1 with
 * ERR: NOT_FOUND, SYNTAX. */
int job_ref_load(const char *text, const char *url, struct job_ref *ref,
                 struct err *err);
/* Write the EPR document, one line. */
int job_ref_write(const struct job_ref *ref, FILE *out);
/* Free the strings. */
void job_ref_fini(struct job_ref *ref);

#endif
