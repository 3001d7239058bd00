/* tests/fuzz/fuzz_runner.c - requests as a captured gatekeeper may send them,
 * and replies as a captured helper may. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "gatekeeper/runner/runner_wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What passed the check is safe to use as it is meant. */
static void
try_request(const uint8_t *data, size_t size)
{
    struct runner_request r;

    memset(&r, 0, sizeof(r));
    memcpy(&r, data, size < sizeof(r) ? size : sizeof(r));
    r.magic = RUNNER_MAGIC;
    for (size_t nfds = 0; nfds <= RUNNER_FDS_MAX; nfds++) {
        if (runner_wire_check(&r, sizeof(r), nfds, NULL) < 0)
            continue;
        assert(r.op < RUNNER_OP_COUNT && r.unit < RUNNER_UNIT_COUNT);
        assert(memchr(r.text, '\0', sizeof(r.text)) != NULL);
        assert(memchr(r.word, '\0', sizeof(r.word)) != NULL);
        assert(memchr(r.job, '\0', sizeof(r.job)) != NULL);
        assert(r.job[0] == '\0' || uuid_ok(r.job));
        assert(strchr(r.word, '/') == NULL && r.word[0] != '-');
        if (r.op == RUNNER_OP_OPEN)
            assert(strncmp(r.text, "../", 3) != 0 &&
                   strstr(r.text, "/../") == NULL && r.text[0] != '/');
    }
}

static void
try_reply(const uint8_t *data, size_t size)
{
    struct runner_reply r;

    memset(&r, 0, sizeof(r));
    memcpy(&r, data, size < sizeof(r) ? size : sizeof(r));
    r.magic = RUNNER_MAGIC;
    if (runner_wire_check_reply(&r, sizeof(r), NULL) == 0)
        assert(strlen(r.text) < sizeof(r.text) &&
               strlen(r.status.exit.text) < EXITREC_TEXT);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    try_request(data, size);
    try_reply(data, size);
    return 0;
}
