/* gatekeeper/supervisor/batchname.c - see batchname.h. */
#include "gatekeeper/supervisor/batchname.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "gatekeeper/supervisor/launch.h"

/* Variables by which a batch system tells a job its name and, in an array, the
 * number of its element, of which there is none below FIRST. */
static const struct batchname_variables {
    const char *name, *index;
    uint32_t first;
} variables[] = {
    { "SLURM_JOB_NAME", "SLURM_ARRAY_TASK_ID", 0 },
    { "JOB_NAME", "SGE_TASK_ID", 1 }, /* Grid Engine */
    { "PBS_JOBNAME", NULL, 0 },
};

void
batchname_array(const char *submit, unsigned attempt, uint32_t base,
                char name[BATCHNAME_MAX])
{
    snprintf(name, BATCHNAME_MAX, "%.*s-a%u-%u", (int)strcspn(submit, "-"),
             submit, attempt, base);
}

/* Parse TEXT as "A-B", two numbers and nothing else. */
static bool
read_pair(const char *text, long long *a, long long *b)
{
    const char *dash = strchr(text, '-');
    char first[16];

    if (dash == NULL || (size_t)(dash - text) >= sizeof(first))
        return false;
    memcpy(first, text, (size_t)(dash - text));
    first[dash - text] = '\0';
    return number_parse(first, 0, LAUNCH_TASKS_MAX, a) == 0 &&
           number_parse(dash + 1, 0, LAUNCH_TASKS_MAX, b) == 0;
}

bool
batchname_element(const char *name, uint32_t index, char submit[BATCHNAME_MAX])
{
    size_t n = strcspn(name, "-");
    long long attempt, base;

    if (strncmp(name + n, "-a", 2) != 0 ||
        !read_pair(name + n + 2, &attempt, &base) || attempt == 0)
        return false;
    snprintf(submit, BATCHNAME_MAX, "%.*s-%lld-%lld", (int)n, name,
             base + (long long)index, attempt);
    return true;
}

bool
batchname_task(const char *submit, uint32_t *task, uint32_t *attempt)
{
    size_t n = strcspn(submit, "-");
    long long t, a;

    if (submit[n] != '-' || !read_pair(submit + n + 1, &t, &a) || a == 0 ||
        a > UINT16_MAX)
        return false;
    *task = (uint32_t)t;
    *attempt = (uint32_t)a;
    return true;
}

/* Which task and attempt the variables V name.  false: none. */
static bool
read_variables(const struct batchname_variables *v, uint32_t *task,
               uint32_t *attempt)
{
    const char *name = getenv(v->name);
    const char *index = v->index == NULL ? NULL : getenv(v->index);
    char submit[BATCHNAME_MAX];
    long long n;

    if (name == NULL)
        return false;
    if (index != NULL &&
        number_parse(index, v->first, (long long)LAUNCH_TASKS_MAX + v->first,
                     &n) == 0 &&
        batchname_element(name, (uint32_t)n - v->first, submit))
        name = submit;
    return batchname_task(name, task, attempt);
}

void
batchname_environment(uint32_t *task, uint32_t *attempt)
{
    *task = *attempt = 0;
    for (size_t i = 0; i < sizeof(variables) / sizeof(*variables); i++)
        if (read_variables(&variables[i], task, attempt))
            return;
}
