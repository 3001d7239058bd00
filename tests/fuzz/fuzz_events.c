/* tests/fuzz/fuzz_events.c - a site's answer about the events of a job:
 * whatever comes, what is read is whole. */
#include <assert.h>

#include "clients/gridrun/job_events.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n);

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t n)
{
    struct job_events events;
    struct err err = ERR_INIT;

    if (job_events_parse((const char *)data, n, &events, &err) < 0) {
        assert(err.code == ERR_PROTOCOL);
        return 0;
    }
    for (size_t i = 0; i < events.n; i++)
        assert(events.of[i].time != NULL && events.of[i].to != NULL &&
               events.of[i].reason != NULL);
    job_events_fini(&events);
    return 0;
}
