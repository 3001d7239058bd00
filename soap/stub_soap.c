/* soap/stub_soap.c - see stub.h. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/xml.h"
#include "services.nsmap"
#include "soap/stub.h"
#include "soapH.h"

/* One thread's context. gSOAP's takes 160 KB, so each worker has one, not each
 * connection. */
struct stub {
    struct soap soap;
    struct buf *out; /* output; this element starts at byte MARK */
    size_t mark;
    struct buf in; /* input; AT is the next byte to read */
    size_t at;
};

static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static struct stub *
stub_of(struct soap *soap)
{
    return soap->user;
}

/* gSOAP's output callback. */
static int
stub_send(struct soap *soap, const char *p, size_t n)
{
    buf_add(stub_of(soap)->out, p, n);
    return SOAP_OK;
}

/* gSOAP's input callback: provide up to N bytes. */
static size_t
stub_recv(struct soap *soap, char *p, size_t n)
{
    struct stub *s = stub_of(soap);
    size_t left = s->in.len - s->at;

    if (n > left)
        n = left;
    memcpy(p, s->in.data + s->at, n);
    s->at += n;
    return n;
}

/* Called when a thread ends. */
static void
stub_free(void *arg)
{
    struct stub *s = arg;

    soap_destroy(&s->soap);
    soap_end(&s->soap);
    soap_done(&s->soap);
    buf_fini(&s->in);
    free(s);
}

static void
stub_key(void)
{
    if (pthread_key_create(&key, stub_free) != 0)
        abort();
}

struct soap *
stub_begin(void)
{
    struct stub *s;

    pthread_once(&once, stub_key);
    s = pthread_getspecific(key);
    if (s == NULL) {
        s = xcalloc(1, sizeof(*s));
        soap_init2(&s->soap, SOAP_XML_STRICT | SOAP_XML_TREE | SOAP_C_UTFSTRING,
                   SOAP_XML_TREE | SOAP_C_UTFSTRING);
        soap_set_namespaces(&s->soap, namespaces);
        s->soap.user = s;
        s->soap.fsend = stub_send;
        s->soap.frecv = stub_recv;
        s->soap.prolog = "";
        if (pthread_setspecific(key, s) != 0)
            abort();
    }
    return &s->soap;
}

void
stub_end(struct soap *soap)
{
    soap_destroy(soap);
    soap_end(soap);
    buf_fini(&stub_of(soap)->in);
}

void *
stub_alloc(struct soap *soap, size_t size)
{
    void *p = soap_malloc(soap, size);

    if (p == NULL)
        abort();
    return memset(p, 0, size);
}

char *
stub_text(struct soap *soap, const char *text)
{
    return text != NULL ? soap_strdup(soap, text) : NULL;
}

/* Whether TEXT uses the prefix P[0..N) other than in declarations. */
static bool
prefix_used(const char *text, size_t len, const char *p, size_t n)
{
    const char *end = text + len;

    while ((text = memmem(text, (size_t)(end - text), p, n)) != NULL) {
        if (text + n < end && text[n] == ':' &&
            strchr("</ \"'>(|", text[-1]) != NULL)
            return true;
        text += n;
    }
    return false;
}

/* Remove unused namespace declarations from the start tag at B->data[MARK]:
 * gSOAP writes all it knows. */
static void
drop_declarations(struct buf *b, size_t mark)
{
    static const char word[] = " xmlns:";
    char *p = b->data + mark, *tag_end = strchr(p, '>');

    while (tag_end != NULL && (p = strstr(p, word)) != NULL && p < tag_end) {
        char *name = p + sizeof(word) - 1, *end = strchr(name, '"');

        end = end != NULL ? strchr(end + 1, '"') : NULL;
        if (end == NULL)
            return;
        end++;
        if (prefix_used(b->data + mark, b->len - mark, name,
                        strcspn(name, "="))) {
            p = end;
            continue;
        }
        memmove(p, end, (size_t)(b->data + b->len + 1 - end));
        b->len -= (size_t)(end - p);
        tag_end -= end - p;
    }
}

void
stub_write_begin(struct soap *soap, struct buf *out)
{
    struct stub *s = stub_of(soap);

    s->out = out;
    s->mark = out->len;
    soap->error = SOAP_OK;
    soap_begin_send(soap);
}

/* Set ERR from gSOAP's error. */
static int
stub_fail(struct soap *soap, enum err_code code, const char *doing,
          struct err *err)
{
    char text[256] = "";

    soap_set_fault(soap);
    soap_sprint_fault(soap, text, sizeof(text));
    text[strcspn(text, "\n")] = '\0';
    return err_set(err, code, "%s: gSOAP error %d: %s", doing, soap->error,
                   text);
}

int
stub_write_end(struct soap *soap, struct err *err)
{
    struct stub *s = stub_of(soap);

    if (soap->error == SOAP_OK)
        soap_end_send(soap);
    if (soap->error != SOAP_OK) {
        s->out->len = s->mark;
        if (s->out->data != NULL)
            s->out->data[s->mark] = '\0';
        return stub_fail(soap, ERR_INTERNAL, "write a message", err);
    }
    drop_declarations(s->out, s->mark);
    return 0;
}

int
stub_read_begin(struct soap *soap, const xmlNode *node)
{
    struct stub *s = stub_of(soap);

    buf_clear(&s->in);
    xml_write(&s->in, node);
    s->at = 0;
    soap->error = SOAP_OK;
    return soap_begin_recv(soap) == SOAP_OK ? 0 : -1;
}

int
stub_read_end(struct soap *soap, struct err *err)
{
    if (soap->error == SOAP_OK)
        soap_end_recv(soap);
    if (soap->error != SOAP_OK)
        return stub_fail(soap, ERR_SYNTAX, "read the answer", err);
    return 0;
}

/* ---- jsdl:JobDefinition, of wsdl/typemap.dat: XML that stands alone and is
 * passed on as it is; read into a struct and out again it would lose what
 * others put into it.  gSOAP's names and shapes. ---- */

void
soap_default_jsdl__JobDefinition_USCOREType(struct soap *soap, char **xml)
{
    (void)soap;
    *xml = NULL;
}

void
soap_serialize_jsdl__JobDefinition_USCOREType(struct soap *soap,
                                              char *const *xml)
{
    (void)soap, (void)xml;
}

int
soap_out_jsdl__JobDefinition_USCOREType(struct soap *soap, const char *tag,
                                        int id, char *const *xml,
                                        const char *type)
{
    (void)tag, (void)id, (void)type;
    return *xml != NULL ? soap_send(soap, *xml) : SOAP_OK;
}

/* Never called: libxml2 parses these documents. */
char **
soap_in_jsdl__JobDefinition_USCOREType(struct soap *soap, const char *tag,
                                       char **xml, const char *type)
{
    (void)tag, (void)xml, (void)type;
    soap->error = SOAP_TAG_MISMATCH;
    return NULL;
}
