/* tests/fuzz/fuzz_namespaces.c - .namespaces files of any bytes. */
#include <stdint.h>

#include "base/buf.h"
#include "gsi/chain/namespaces.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf text = BUF_INIT;
    struct namespaces *ns;
    struct dn ca = { NULL, 0 }, subject = { NULL, 0 };

    buf_add(&text, data, size);
    dn_parse("/O=Grid/CN=CA", &ca, NULL);
    dn_parse("/O=Grid/OU=a\\/OU=b/CN=Alice Smith", &subject, NULL);
    if (namespaces_parse(buf_str(&text), &ns, NULL) == 0) {
        (void)namespaces_allow(ns, &ca, &subject);
        namespaces_destroy(ns);
    }
    dn_fini(&ca);
    dn_fini(&subject);
    buf_fini(&text);
    return 0;
}
