/* tests/fuzz/fuzz_modee.c - MODE E headers: what is taken is in bounds and
 * comes out as it went in. */
#include <assert.h>
#include <string.h>

#include "gridftp/proto/modee.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n);

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t n)
{
    unsigned char again[MODEE_HEADER];
    struct modee_block b;

    for (; n >= MODEE_HEADER; data += MODEE_HEADER, n -= MODEE_HEADER) {
        struct err err = ERR_INIT;

        if (modee_decode(data, &b, &err) < 0) {
            assert(err.code == ERR_PROTOCOL);
            continue;
        }
        assert(b.count <= MODEE_COUNT_MAX);
        if (b.count > 0)
            assert((int64_t)(b.offset + b.count) >= 0);
        modee_encode(&b, again);
        assert(memcmp(data, again, sizeof(again)) == 0);
    }
    return 0;
}
