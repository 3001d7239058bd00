/* tests/fuzz/fuzz_p256.c - a key that p256_read() takes is written as the same
 * bytes. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gsi/p256.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    EVP_PKEY *key = p256_read(data, size);
    struct buf der = BUF_INIT;

    if (key != NULL && (p256_write(key, &der) < 0 || der.len != size ||
                        memcmp(der.data, data, size) != 0))
        abort();
    EVP_PKEY_free(key);
    buf_wipe(&der);
    return 0;
}
