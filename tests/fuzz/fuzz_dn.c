/* tests/fuzz/fuzz_dn.c - what dn_parse() takes must read back as the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gsi/names/dn.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
round_trip(const struct dn *dn)
{
    struct buf t = BUF_INIT, r = BUF_INIT;
    struct dn b, c;
    dn_text(dn, &t);
    dn_text_rfc2253(dn, &r);
    if (dn_parse(buf_str(&t), &b, NULL) ||
        dn_parse_rfc2253(buf_str(&r), &c, NULL) || !dn_equal(dn, &b) ||
        !dn_equal(dn, &c))
        abort();
    dn_fini(&b);
    dn_fini(&c);
    buf_fini(&t);
    buf_fini(&r);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf text = BUF_INIT;
    struct err err = ERR_INIT;
    struct dn dn;
    buf_add(&text, data, size);
    if (!dn_parse(buf_str(&text), &dn, &err)) {
        round_trip(&dn);
        dn_fini(&dn);
    }
    if (!dn_parse_rfc2253(buf_str(&text), &dn, NULL)) {
        round_trip(&dn);
        dn_fini(&dn);
    }
    buf_fini(&text);
    return 0;
}
