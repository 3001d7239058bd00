/* gridftp/proto/modee.h - the block header of MODE E (GFD.20 section 3.3):
 * descriptor (1 byte), count (8, big endian), offset (8, big endian). */
#ifndef GRIDFTP_PROTO_MODEE_H
#define GRIDFTP_PROTO_MODEE_H

#include <stdint.h>

#include "base/err.h"

#define MODEE_HEADER    17
/* Largest count accepted; larger ones are an error. */
#define MODEE_COUNT_MAX (1ull << 40)
/* Most data connections that an end of file may announce. */
#define MODEE_EODS_MAX  65536

enum modee_flags {
    MODEE_SENDER_CLOSES = 0x04,
    MODEE_EOD = 0x08,
    MODEE_RESTART = 0x10,
    MODEE_ERROR = 0x20,
    MODEE_EOF = 0x40, /* offset is the number of EODs to expect */
    MODEE_EOR = 0x80
};

struct modee_block {
    unsigned flags;
    uint64_t count, offset;
};

/* Decode a header. -1 with ERR PROTOCOL: count too large, offset + count beyond
 * 2^63, EOF with a count, too many EODs. */
int modee_decode(const unsigned char header[MODEE_HEADER],
                 struct modee_block *block, struct err *err);
/* Encode a header. */
void modee_encode(const struct modee_block *block,
                  unsigned char header[MODEE_HEADER]);

#endif
