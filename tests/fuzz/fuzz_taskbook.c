/* tests/fuzz/fuzz_taskbook.c - books of tasks as a job's owner may leave them
 * in the session. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gatekeeper/supervisor/taskbook.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A taskbook_fn: what a book says stays within its tables. */
static void
note(void *arg, const struct taskbook *b, const struct taskbook_entry *e)
{
    const struct taskbook_task *t = taskbook_find(b, e->task, e->attempt);

    assert(e->kind < TASKBOOK_KINDS);
    assert(strlen(e->text) < TASKBOOK_CELLS * TASKBOOK_CELL);
    if (t != NULL)
        (void)taskbook_started(b, t, "none");
    ++*(size_t *)arg;
}

/* What an entry says goes into a whole one: a fuzzer finds no checksum. */
static void
try_entry(const uint8_t *data, size_t size)
{
    char text[TASKBOOK_CELLS * TASKBOOK_CELL + 1] = "";
    struct taskbook_entry e = { .text = text };
    struct taskbook b = { .ntasks = 0 };
    struct buf out = BUF_INIT;
    size_t n = 0;

    for (; size >= 8; data += 8, size -= 8) {
        e.kind = data[0] % TASKBOOK_KINDS;
        e.attempt = data[1];
        e.task = (uint32_t)(data[2] | data[3] << 8 | data[4] << 16);
        e.number = (int8_t)data[5];
        memset(text, data[6], data[7]);
        taskbook_add(&out, &e);
        n++;
    }
    if (n > 0) {
        size_t seen = 0;

        assert(taskbook_take(&b, out.data, out.len, note, &seen) == out.len);
        assert(seen == n);
    }
    taskbook_fini(&b);
    buf_fini(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct taskbook b = { .ntasks = 0 };
    char *p = malloc(size + 1);
    size_t seen = 0;

    memcpy(p, data, size);
    assert(taskbook_take(&b, p, size, note, &seen) <= size);
    taskbook_fini(&b);
    free(p);
    try_entry(data, size);
    return 0;
}
