/* tests/fuzz/fuzz_facts.c - MLSx lines: what is read is written and read again
 * as the same. */
#include <assert.h>
#include <string.h>

#include "gridftp/proto/facts.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n);

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t n)
{
    struct buf line = BUF_INIT, again = BUF_INIT;
    struct err err = ERR_INIT;
    struct facts f, g;

    buf_add(&line, data, n);
    if (facts_parse(buf_str(&line), &f, &err) == 0) {
        buf_clear(&line);
        facts_write(&f, FACT_ALL, &line);
        assert(facts_parse(buf_str(&line), &g, &err) == 0);
        facts_write(&g, FACT_ALL, &again);
        assert(strcmp(buf_str(&line), buf_str(&again)) == 0);
        facts_fini(&f);
        facts_fini(&g);
    }
    buf_fini(&line);
    buf_fini(&again);
    return 0;
}
