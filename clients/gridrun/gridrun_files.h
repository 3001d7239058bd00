/* clients/gridrun/gridrun_files.h - an option that moves files of this machine
 * to or from a job, by the description with which the job was submitted. */
#ifndef GRIDRUN_FILES_H
#define GRIDRUN_FILES_H

#include "clients/gridrun/gridrun.h"

struct gridrun_files_way {
    const char *option;  /* "-upload" */
    const char *nothing; /* what a description does that names no such file:
                            "names no input of this machine" */
    /* How many such files the description of G names. */
    size_t (*count)(const struct gridrun *g);
    /* Move them for the job REF.  0; -1, with ERR unless all was told. */
    int (*move)(struct gridrun *g, const struct job_ref *ref, struct err *err);
};

/* Read description and job of G, open the site and go WAY; failures are told.
 * The exit status. */
int gridrun_files(struct gridrun *g, const struct gridrun_files_way *way);

#endif
