/* gatekeeper/doors/gsoap_soap.c - see gsoap.h. */
#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "services.nsmap"
#include "soapH.h"

#include "gatekeeper/doors/gsoap.h"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key;

static void
context_free(void *arg)
{
    struct soap *soap = arg;

    soap_destroy(soap);
    soap_end(soap);
    soap_free(soap);
}

static void
make_key(void)
{
    pthread_key_create(&key, context_free);
}

struct soap *
gsoap_begin(void)
{
    struct soap *soap;

    pthread_once(&once, make_key);
    soap = pthread_getspecific(key);
    if (soap == NULL) {
        /* Canonical: only the namespaces that are used are declared. */
        soap = soap_new1(SOAP_XML_CANONICAL | SOAP_XML_TREE | SOAP_C_UTFSTRING);
        if (soap == NULL)
            abort();
        soap_set_namespaces(soap, namespaces);
        pthread_setspecific(key, soap);
    }
    soap->c14ninclude = NULL;
    return soap;
}

void *
gsoap_alloc(struct soap *soap, size_t n, size_t size)
{
    void *p = soap_malloc(soap, n == 0 ? size : n * size);

    if (p == NULL)
        abort();
    memset(p, 0, n == 0 ? size : n * size);
    return p;
}

char *
gsoap_copy(struct soap *soap, const char *s)
{
    return s != NULL ? soap_strdup(soap, s) : NULL;
}

void
gsoap_write(struct soap *soap, struct buf *out, gsoap_put_fn *put,
            const void *value, const char *tag)
{
    const char *text = NULL;

    soap->os = &text;
    soap_begin(soap);
    if (soap_begin_send(soap) != SOAP_OK ||
        put(soap, value, tag, NULL) != SOAP_OK ||
        soap_end_send(soap) != SOAP_OK || text == NULL)
        abort(); /* memory alone can fail here */
    soap->os = NULL;
    buf_adds(out, text);
}

void
gsoap_end(struct soap *soap)
{
    soap_destroy(soap);
    soap_end(soap);
}
