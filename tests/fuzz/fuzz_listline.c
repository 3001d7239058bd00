/* tests/fuzz/fuzz_listline.c - lines of a list of pairs: what was taken is
 * written so that it is read again as the same. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "clients/gridcp/gridcp_pairs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whether writing changes TEXT: it encodes these. */
static int
plain(const char *text)
{
    return strpbrk(text, "\"\n\r") == NULL;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *line = calloc(1, size + 1);
    struct gridcp_pair a, b;
    struct buf out = BUF_INIT;
    struct err err = ERR_INIT;
    int rc;

    memcpy(line, data, size);
    rc = gridcp_pairs_parse(line, &a, &err);
    assert(rc >= 0 || err.code == ERR_SYNTAX);
    if (rc == 1) {
        assert(a.offset >= -1 && a.length >= -1);
        gridcp_pairs_write(a.src, a.dst, a.offset, a.length, &out);
        assert(out.data[out.len - 1] == '\n');
        out.data[out.len - 1] = '\0';
        assert(gridcp_pairs_parse(out.data, &b, NULL) == 1);
        if (plain(a.src) && plain(a.dst))
            assert(strcmp(a.src, b.src) == 0 && strcmp(a.dst, b.dst) == 0);
        assert(a.offset == b.offset && a.length == b.length);
        gridcp_pairs_pair_fini(&a);
        gridcp_pairs_pair_fini(&b);
    }
    buf_fini(&out);
    free(line);
    return 0;
}
