/* tests/fuzz/fuzz_limits.c - the limits of a job as requests name them. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gatekeeper/doors/limits_request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = calloc(1, size + 1);
    long long seconds = 0;

    memcpy(text, data, size);
    if (limits_request_parse(text, size, &seconds, NULL) == 0)
        assert(seconds >= 1 && seconds <= LIMITS_SECONDS_MAX);
    free(text);
    return 0;
}
