/* tests/fuzz/fuzz_sweep.c - the text of a sweep, as a launch file may bring it.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/sweep.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* First, last and some other tasks of S have values. */
static void
look(const struct sweep *s)
{
    struct buf out = BUF_INIT;
    uint32_t n = sweep_tasks(s), step = n / 16 + 1;

    assert(n >= 1 && n <= SWEEP_TASKS_MAX);
    assert(sweep_places(s) <= SWEEP_PLACES_MAX);
    for (uint32_t i = 0; i < n; i += step)
        sweep_expand(s, n - 1 - i, "${GATEHOUSE_SWEEP_0} ${GATEHOUSE_TASK}",
                     &out);
    assert(out.len > 0);
    buf_fini(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = calloc(1, size + 1);
    struct sweep *s;

    memcpy(text, data, size);
    if (sweep_parse(text, &s, NULL) == 0)
        look(s);
    sweep_destroy(s);
    free(text);
    return 0;
}
