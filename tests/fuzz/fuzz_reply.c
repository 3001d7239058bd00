/* tests/fuzz/fuzz_reply.c - what an FTP server may answer: replies cut
 * anywhere, and what is read out of them. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gridftp/client/ftpc_marker.h"
#include "gridftp/client/ftpc_session.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Everything that looks into a reply. */
static void
use(const struct ftpc_reply *r)
{
    struct ranges have = { 0 };
    struct net_addr control, a, stripe[4];
    struct err err = ERR_INIT;
    int64_t bytes = 0;

    assert(r->code >= 100 && r->code < 700);
    assert(memchr(buf_str(&r->text), '\r', r->text.len) == NULL ||
           r->text.len > 0);
    ftpc_reply_error(r, &err, "what");
    assert(err.code != ERR_OK && strchr(err.text, '\n') == NULL);
    ftpc_marker_use(r, &have, &bytes);
    assert(bytes >= 0 && ranges_total(&have) >= 0);
    ftpc_features_parse(buf_str(&r->text));
    net_parse("192.0.2.1:1", &control, NULL);
    if (ftpc_passive_parse(r->code, buf_str(&r->text), &control, &a, NULL) == 0)
        assert(a.len > 0);
    assert(ftpc_passive_stripes(buf_str(&r->text), stripe, 4, NULL) <= 4);
    ranges_fini(&have);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ftpc_reply r = { 0 };
    struct buf in = BUF_INIT;
    struct err err = ERR_INIT;
    size_t step = size > 0 ? data[0] % 7u + 1 : 1, at = 1, n;
    int rc = 0;

    while (rc >= 0 && at < size) {
        n = size - at < step ? size - at : step;
        buf_add(&in, data + at, n);
        at += n;
        while ((rc = ftpc_reply_take(&in, &r, &err)) > 0)
            use(&r);
    }
    assert(rc >= 0 || err.code != ERR_OK);
    buf_fini(&in);
    ftpc_reply_fini(&r);
    return 0;
}
