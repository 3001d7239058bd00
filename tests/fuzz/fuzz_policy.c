/* tests/fuzz/fuzz_policy.c - signing policies of any bytes. */
#include <stdint.h>

#include "gsi/chain/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf text = BUF_INIT;
    struct policy *policy;
    struct dn ca = { NULL, 0 }, subject = { NULL, 0 };
    buf_add(&text, data, size);
    dn_parse("/O=Grid/CN=CA", &ca, NULL);
    dn_parse("/O=Grid/OU=a\\/OU=b/CN=Alice Smith", &subject, NULL);
    if (!policy_parse(buf_str(&text), &policy, NULL)) {
        policy_allows(policy, &ca, &subject);
        policy_destroy(policy);
    }
    dn_fini(&ca);
    dn_fini(&subject);
    buf_fini(&text);
    return 0;
}
