/* tests/fuzz/fuzz_launch.c - launch files, exit records and identities as a
 * job's owner may leave them in the session. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gatekeeper/supervisor/exitrec.h"
#include "gatekeeper/supervisor/launch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
try_launch(const char *text, size_t size)
{
    struct launch l;

    if (launch_parse(text, size, &l, NULL) < 0)
        return;
    assert(l.program != NULL && l.argv[0] == l.program);
    assert(l.argv[l.argc] == NULL && l.envp[l.nenv] == NULL);
    assert(l.count >= 1 && l.count <= LAUNCH_COUNT_MAX);
    for (size_t i = 0; i < l.nenv; i++)
        assert(strchr(l.envp[i], '=') > l.envp[i]);
    if (l.tasks > 0 && launch_task(&l, 0, 1, NULL) == 0)
        assert(launch_env(&l, LAUNCH_TASK) != NULL);
    launch_fini(&l);
}

static void
try_record(const char *text)
{
    struct exitrec rec, again;
    struct buf b = BUF_INIT;

    if (exitrec_parse(text, &rec, NULL) < 0)
        return;
    assert(rec.exit_code >= 0 && rec.exit_code <= 255);
    exitrec_write(&rec, &b);
    assert(exitrec_parse(buf_str(&b), &again, NULL) == 0);
    assert(again.exit_code == rec.exit_code && again.why == rec.why);
    buf_fini(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = calloc(1, size + 1);

    memcpy(text, data, size);
    try_launch(text, size);
    try_record(text);
    free(text);
    return 0;
}
