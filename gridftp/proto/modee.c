/* gridftp/proto/modee.c - see modee.h. */
#include "gridftp/proto/modee.h"

static uint64_t
get64(const unsigned char *p)
{
    uint64_t v = 0;
    int i;

    for (i = 0; i < 8; i++)
        v = v << 8 | p[i];
    return v;
}

static void
put64(unsigned char *p, uint64_t v)
{
    int i;

    for (i = 7; i >= 0; i--, v >>= 8)
        p[i] = (unsigned char)v;
}

int
modee_decode(const unsigned char header[MODEE_HEADER],
             struct modee_block *block, struct err *err)
{
    struct modee_block b = { header[0], get64(header + 1), get64(header + 9) };

    if (b.count > MODEE_COUNT_MAX)
        return err_set(err, ERR_PROTOCOL,
                       "MODE E block of %llu bytes: more than any sender means",
                       (unsigned long long)b.count);
    if (b.flags & MODEE_EOF) {
        if (b.count != 0)
            return err_set(err, ERR_PROTOCOL,
                           "MODE E block with both end of file and data");
        if (b.offset > MODEE_EODS_MAX)
            return err_set(err, ERR_PROTOCOL,
                           "MODE E end of file announces %llu connections",
                           (unsigned long long)b.offset);
    } else if (b.count > 0 && b.offset > (uint64_t)INT64_MAX - b.count) {
        return err_set(err, ERR_PROTOCOL, "MODE E block ends beyond 2^63");
    }
    *block = b;
    return 0;
}

void
modee_encode(const struct modee_block *block,
             unsigned char header[MODEE_HEADER])
{
    header[0] = (unsigned char)block->flags;
    put64(header + 1, block->count);
    put64(header + 9, block->offset);
}
