/* gatekeeper/supervisor/runfile.h - the file names of one run in its unit's
 * directory.  The only run of a unit has plain names; attempt A of task T of an
 * array has names that end in ".T.A".  All lie in one directory. */
#ifndef GATEKEEPER_SUPERVISOR_RUNFILE_H
#define GATEKEEPER_SUPERVISOR_RUNFILE_H

#include <stdint.h>

enum runfile {
#define RUNFILE(name, file, each) RUNFILE_##name,
#include "gatekeeper/supervisor/runfile.def"
#undef RUNFILE
    RUNFILE_COUNT
};

#define RUNFILE_MAX 40

struct runfiles {
    char name[RUNFILE_COUNT][RUNFILE_MAX];
};

/* Make the names for attempt ATTEMPT (from 1 on) of task TASK; attempt 0: for
 * the only run of the unit. */
void runfile_names(struct runfiles *f, uint32_t task, uint32_t attempt);
/* Get task and attempt from the file name NAME of kind WHICH.  -1: it is not a
 * name of an array's run. */
int runfile_parse(const char *name, enum runfile which, uint32_t *task,
                  uint32_t *attempt);

#endif
