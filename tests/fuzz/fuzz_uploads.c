/* tests/fuzz/fuzz_uploads.c - a site's list of uploads: what is taken of it
 * keeps its bounds, and what is refused leaves nothing. */
#include <assert.h>
#include <string.h>

#include "base/buf.h"
#include "clients/gridrun/upload_list.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n);

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t n)
{
    struct upload_list l;
    struct buf text = BUF_INIT;
    struct err err = ERR_INIT;

    buf_add(&text, data, n);
    if (upload_list_parse(buf_str(&text), &l, &err) < 0)
        assert(err.code == ERR_PROTOCOL && l.n == 0 && l.of == NULL);
    for (size_t i = 0; i < l.n; i++) {
        assert(l.of[i].name != NULL);
        assert(l.of[i].received >= 0 && l.of[i].received <= l.of[i].size);
    }
    upload_list_fini(&l);
    buf_fini(&text);
    return 0;
}
