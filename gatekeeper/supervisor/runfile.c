/* gatekeeper/supervisor/runfile.c - see runfile.h. */
#include "gatekeeper/supervisor/runfile.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *file;
    bool each;
} rows[] = {
#define RUNFILE(name, file, each) { file, each },
#include "gatekeeper/supervisor/runfile.def"
#undef RUNFILE
};

void
runfile_names(struct runfiles *f, uint32_t task, uint32_t attempt)
{
    for (int i = 0; i < RUNFILE_COUNT; i++)
        if (attempt > 0 && rows[i].each)
            snprintf(f->name[i], RUNFILE_MAX, "%s.%u.%u", rows[i].file, task,
                     attempt);
        else
            snprintf(f->name[i], RUNFILE_MAX, "%s", rows[i].file);
}

int
runfile_parse(const char *name, enum runfile which, uint32_t *task,
              uint32_t *attempt)
{
    size_t n = strlen(rows[which].file);
    struct runfiles f;

    if (strncmp(name, rows[which].file, n) != 0 ||
        sscanf(name + n, ".%u.%u", task, attempt) != 2 || *attempt == 0)
        return -1;
    runfile_names(&f, *task, *attempt);
    return strcmp(f.name[which], name) == 0 ? 0 : -1;
}
