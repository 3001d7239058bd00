/* gatekeeper/supervisor/runfile.h - the names of the files of one run in its
 * unit's directory: plain ones of the only run of a unit; those of attempt A of
 * task T of an array end in ".T.A", all in one directory. */
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

/* Those of attempt ATTEMPT (from 1 on) of task TASK; attempt 0: of the only
 * run.
 */
void runfile_names(struct runfiles *f, uint32_t task, uint32_t attempt);
/* Which run the file NAME of kind WHICH belongs to.  -1: it is none of an
 * array's. */
int runfile_parse(const char *name, enum runfile which, uint32_t *task,
                  uint32_t *attempt);

#endif
