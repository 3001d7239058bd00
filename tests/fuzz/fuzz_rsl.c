/* tests/fuzz/fuzz_rsl.c - any text through the RSL parser; what it takes must
 * survive being written as JSON. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/rsl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct job job, back;
    char *text = xcalloc(n + 1, 1), *json;

    if (n > 0)
        memcpy(text, data, n);
    if (rsl_parse(text, n, &job, NULL) == 0) {
        json = job_to_json(&job);
        if (job_from_json(json, &back, NULL) < 0 || !job_same(&job, &back))
            abort();
        job_fini(&back);
        free(json);
    }
    job_fini(&job);
    free(text);
    return 0;
}
