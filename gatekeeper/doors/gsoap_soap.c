/* gatekeeper/doors/gsoap_soap.c - see gsoap.h. */
#include <assert.h>

#include "soapH.h"

#include "gatekeeper/doors/gsoap.h"
#include "soap/stub.h"

struct soap *
gsoap_begin(void)
{
    return stub_begin();
}

void *
gsoap_alloc(struct soap *soap, size_t n, size_t size)
{
    return stub_alloc(soap, n == 0 ? size : n * size);
}

char *
gsoap_copy(struct soap *soap, const char *s)
{
    return stub_text(soap, s);
}

void
gsoap_write(struct soap *soap, struct buf *out, gsoap_put_fn *put,
            const void *value, const char *tag)
{
    struct err err = ERR_INIT;
    int rc;

    stub_write_begin(soap, out);
    (void)put(soap, value, tag, "");
    rc = stub_write_end(soap, &err);
    assert(rc == 0); /* values are ours: only a mistake of ours can fail */
    (void)rc;
}

void
gsoap_end(struct soap *soap)
{
    stub_end(soap);
}
