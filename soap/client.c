/* soap/client.c - see client.h. */
#include <curl/curl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/prose.h"
#include "base/xml.h"
#include "gsi/tls/tls.h"
#include "soap/client.h"
#include "soap/envelope.h"
#include "soap/fault.h"

#define CLIENT_TIMEOUT_MS 120000
#define CLIENT_CONNECT_MS 30000
#define CLIENT_REPLY_MAX  (64 * 1024 * 1024)

struct soap_client {
    CURL *curl;
    struct cred *cred;
    struct trust *trust;
    struct err why; /* reason when either side refused a chain */
    enum wsa_version wsa;
    FILE *debug;
    size_t reply_max;
    const atomic_bool *cancel;
    bool too_long;
    struct buf reply;
};

static void
client_global(void)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != 0)
        abort();
}

/* libcurl's callback: N bytes of the answer. */
static size_t
client_write(char *p, size_t size, size_t n, void *arg)
{
    struct soap_client *c = arg;

    n *= size;
    if (c->reply.len + n > c->reply_max) {
        c->too_long = true;
        return 0;
    }
    buf_add(&c->reply, p, n);
    return n;
}

/* libcurl's progress callback: non-zero aborts the transfer. */
static int
client_progress(void *arg, curl_off_t dltotal, curl_off_t dlnow,
                curl_off_t ultotal, curl_off_t ulnow)
{
    const struct soap_client *c = arg;

    (void)dltotal, (void)dlnow, (void)ultotal, (void)ulnow;
    return c->cancel != NULL && atomic_load(c->cancel);
}

/* Set the options that hold for every exchange. */
static int
client_settings(struct soap_client *c, const struct soap_client_spec *spec,
                struct err *err)
{
    long timeout = spec->timeout_ms > 0 ? spec->timeout_ms : CLIENT_TIMEOUT_MS;
    long connect = timeout < CLIENT_CONNECT_MS ? timeout : CLIENT_CONNECT_MS;

    if (spec->socket == NULL &&
        tls_curl(c->curl, c->cred, c->trust, &c->why) < 0)
        return err_set(err, c->why.code, "%s", c->why.text);
    if (spec->self && c->cred != NULL)
        tls_curl_subject(c->curl, cred_identity(c->cred));
    else if (spec->subject != NULL)
        tls_curl_subject(c->curl, spec->subject);
    if (curl_easy_setopt(c->curl, CURLOPT_NOSIGNAL, 1L) != CURLE_OK ||
        curl_easy_setopt(c->curl, CURLOPT_FOLLOWLOCATION, 0L) != CURLE_OK ||
        curl_easy_setopt(c->curl, CURLOPT_PROTOCOLS_STR,
                         spec->socket != NULL ? "http" : "https") != CURLE_OK ||
        curl_easy_setopt(c->curl, CURLOPT_UNIX_SOCKET_PATH, spec->socket) !=
            CURLE_OK ||
        curl_easy_setopt(c->curl, CURLOPT_TIMEOUT_MS, timeout) != CURLE_OK ||
        curl_easy_setopt(c->curl, CURLOPT_CONNECTTIMEOUT_MS, connect) !=
            CURLE_OK ||
        curl_easy_setopt(c->curl, CURLOPT_TCP_NODELAY, 1L) != CURLE_OK ||
        curl_easy_setopt(c->curl, CURLOPT_USERAGENT, "gatehouse") != CURLE_OK ||
        curl_easy_setopt(c->curl, CURLOPT_PROXY, "") != CURLE_OK ||
        curl_easy_setopt(c->curl, CURLOPT_NOPROGRESS, 0L) != CURLE_OK ||
        curl_easy_setopt(c->curl, CURLOPT_XFERINFODATA, c) != CURLE_OK ||
        curl_easy_setopt(c->curl, CURLOPT_XFERINFOFUNCTION, client_progress) !=
            CURLE_OK ||
        curl_easy_setopt(c->curl, CURLOPT_WRITEFUNCTION, client_write) !=
            CURLE_OK ||
        curl_easy_setopt(c->curl, CURLOPT_WRITEDATA, c) != CURLE_OK)
        return err_set(err, ERR_UNSUPPORTED, "libcurl lacks what we need");
    return 0;
}

int
soap_client_create(const struct soap_client_spec *spec,
                   struct soap_client **client, struct err *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct soap_client *c = xcalloc(1, sizeof(*c));

    *client = NULL;
    pthread_once(&once, client_global);
    c->wsa = WSA_V200508;
    c->debug = spec->debug;
    c->cancel = spec->cancel;
    c->reply_max = spec->reply_max > 0 ? spec->reply_max : CLIENT_REPLY_MAX;
    c->cred = spec->cred != NULL ? cred_ref(spec->cred) : NULL;
    c->trust = spec->trust != NULL ? trust_ref(spec->trust) : NULL;
    c->curl = curl_easy_init();
    if (c->curl == NULL)
        err_set(err, ERR_NOMEM, "make a libcurl handle: out of memory");
    else if (client_settings(c, spec, err) == 0)
        *client = c;
    if (*client == NULL)
        soap_client_destroy(c);
    return *client != NULL ? 0 : -1;
}

void
soap_client_destroy(struct soap_client *c)
{
    if (c == NULL)
        return;
    curl_easy_cleanup(c->curl);
    cred_unref(c->cred);
    trust_close(c->trust);
    buf_fini(&c->reply);
    free(c);
}

/* Turn libcurl's failure RC into ERR. */
static int
client_failed(struct soap_client *c, CURLcode rc, const char *url,
              struct err *err)
{
    enum err_code code = ERR_PROTOCOL;

    if (c->why.code != ERR_OK)
        return err_set(err, c->why.code, "%s: %s", url, c->why.text);
    if (c->too_long)
        return err_set(err, ERR_LIMIT,
                       "%s: the answer is longer than %zu "
                       "bytes",
                       url, c->reply_max);
    if (rc == CURLE_COULDNT_CONNECT || rc == CURLE_COULDNT_RESOLVE_HOST)
        code = ERR_UNREACHABLE;
    else if (rc == CURLE_OPERATION_TIMEDOUT)
        code = ERR_TIMEOUT;
    else if (rc == CURLE_SSL_CONNECT_ERROR || rc == CURLE_SEND_ERROR ||
             rc == CURLE_RECV_ERROR || rc == CURLE_GOT_NOTHING ||
             rc == CURLE_PARTIAL_FILE)
        code = ERR_IO;
    else if (rc == CURLE_ABORTED_BY_CALLBACK)
        code = ERR_CANCELLED;
    else if (rc == CURLE_URL_MALFORMAT || rc == CURLE_UNSUPPORTED_PROTOCOL)
        code = ERR_USAGE;
    return err_set(err, code, "%s: %s", url, curl_easy_strerror(rc));
}

/* Print a message if C prints messages. */
static void __attribute__((format(printf, 2, 3)))
debug(const struct soap_client *c, const char *fmt, ...)
{
    struct buf text = BUF_INIT;
    va_list ap;

    if (c->debug == NULL)
        return;
    va_start(ap, fmt);
    buf_vaddf(&text, fmt, ap);
    va_end(ap);
    prose_show(c->debug, buf_str(&text));
    buf_fini(&text);
}

/* Do one exchange; the answer is then in c->reply, its status in *status. */
static int
client_perform(struct soap_client *c, const char *url, long *status,
               struct err *err)
{
    CURLcode rc;

    buf_clear(&c->reply);
    c->why = (struct err)ERR_INIT;
    c->too_long = false;
    rc = curl_easy_setopt(c->curl, CURLOPT_URL, url);
    if (rc == CURLE_OK)
        rc = curl_easy_perform(c->curl);
    if (rc != CURLE_OK)
        return client_failed(c, rc, url, err);
    curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, status);
    debug(c, "<<< %s %ld\n%s\n", url, *status, buf_str(&c->reply));
    return 0;
}

/* POST TEXT, the envelope of Q. */
static int
client_post(struct soap_client *c, const struct soap_question *q,
            const struct buf *text, long *status, struct err *err)
{
    char *soapaction = xasprintf("SOAPAction: \"%s\"", q->action);
    struct curl_slist *fields = NULL, *more = NULL;
    int rc = -1;

    debug(c, ">>> %s\n%s\n", q->url, buf_str(text));
    fields = curl_slist_append(NULL, "Content-Type: text/xml; charset=utf-8");
    if (fields != NULL)
        more = curl_slist_append(fields, soapaction);
    if (more != NULL)
        more = curl_slist_append(fields, "Expect:");
    if (more == NULL ||
        curl_easy_setopt(c->curl, CURLOPT_POST, 1L) != CURLE_OK ||
        curl_easy_setopt(c->curl, CURLOPT_HTTPHEADER, fields) != CURLE_OK ||
        curl_easy_setopt(c->curl, CURLOPT_POSTFIELDSIZE_LARGE,
                         (curl_off_t)text->len) != CURLE_OK ||
        curl_easy_setopt(c->curl, CURLOPT_POSTFIELDS, buf_str(text)) !=
            CURLE_OK)
        err_set(err, ERR_NOMEM, "prepare a request: out of memory");
    else
        rc = client_perform(c, q->url, status, err);
    curl_easy_setopt(c->curl, CURLOPT_HTTPHEADER, NULL);
    curl_easy_setopt(c->curl, CURLOPT_POSTFIELDS, NULL);
    curl_slist_free_all(fields);
    free(soapaction);
    return rc;
}

/* Report an answer that is not a SOAP message by its status and first line. */
static int
client_no_soap(const struct soap_client *c, const char *url, long status,
               const struct err *why, struct err *err)
{
    const char *text = buf_str(&c->reply);

    if (status == 200)
        return err_set(err, ERR_PROTOCOL, "%s: the answer is not SOAP: %s", url,
                       why->text);
    return err_set(err, ERR_PROTOCOL, "%s: HTTP %ld: %.*s", url, status,
                   (int)strcspn(text, "\r\n"), text);
}

/* Parse the answer to Q into *doc and its payload; a fault becomes ERR. */
static int
client_answer(struct soap_client *c, const struct soap_question *q, long status,
              xmlDoc **doc, xmlNode **payload, struct err *err)
{
    struct soap_fault_info own = { .set = false };
    struct err why = ERR_INIT;
    struct envelope e;
    int rc;

    if (xml_parse(buf_str(&c->reply), c->reply.len, doc, &why) < 0)
        return client_no_soap(c, q->url, status, &why, err);
    rc = envelope_read(*doc, &e, &why);
    /* An empty Body is a valid answer. */
    if (rc < 0 && (e.body == NULL || e.payload != NULL)) {
        client_no_soap(c, q->url, status, &why, err);
    } else if (e.payload != NULL && fault_read(e.payload, &own)) {
        rc = err_set(err, ERR_REMOTE, "%s", own.reason);
        if (q->fault != NULL)
            *q->fault = own;
        else
            soap_fault_info_fini(&own);
    } else {
        *payload = e.payload;
        return 0;
    }
    xmlFreeDoc(*doc);
    *doc = NULL;
    return rc;
}

int
soap_client_call(struct soap_client *c, const struct soap_question *q,
                 xmlDoc **doc, xmlNode **payload, struct err *err)
{
    struct buf headers = BUF_INIT, text = BUF_INIT;
    long status = 0;
    int rc;

    *doc = NULL;
    *payload = NULL;
    if (q->fault != NULL)
        *q->fault = (struct soap_fault_info){ .set = false };
    wsa_write_request(&headers, c->wsa, q->url, q->action, q->message_id);
    if (q->headers != NULL)
        buf_adds(&headers, q->headers);
    envelope_begin(&text, SOAP_V11, buf_str(&headers));
    buf_adds(&text, q->body);
    envelope_end(&text);
    rc = client_post(c, q, &text, &status, err);
    if (rc == 0)
        rc = client_answer(c, q, status, doc, payload, err);
    buf_fini(&headers);
    buf_fini(&text);
    return rc;
}

/* Set the body of P, sent without waiting for "100 Continue".  The caller must
 * free *fields. */
static CURLcode
client_body(struct soap_client *c, const struct soap_page *p,
            struct curl_slist **fields)
{
    char *range = xasprintf("Content-Range: %s",
                            p->content_range != NULL ? p->content_range : "");
    struct curl_slist *more;
    CURLcode rc;

    *fields = curl_slist_append(NULL, "Content-Type: application/octet-stream");
    more = curl_slist_append(*fields, "Expect:");
    if (more != NULL && p->content_range != NULL)
        more = curl_slist_append(*fields, range);
    free(range);
    if (*fields == NULL || more == NULL)
        return CURLE_OUT_OF_MEMORY;
    rc = curl_easy_setopt(c->curl, CURLOPT_POST, 1L);
    if (rc == CURLE_OK)
        rc = curl_easy_setopt(c->curl, CURLOPT_POSTFIELDSIZE_LARGE,
                              (curl_off_t)p->body->len);
    if (rc == CURLE_OK)
        rc = curl_easy_setopt(c->curl, CURLOPT_POSTFIELDS, buf_str(p->body));
    if (rc == CURLE_OK)
        rc = curl_easy_setopt(c->curl, CURLOPT_HTTPHEADER, *fields);
    return rc;
}

/* Set everything of P but its URL. */
static CURLcode
client_prepare(struct soap_client *c, const struct soap_page *p,
               struct curl_slist **fields)
{
    CURLcode rc = p->body != NULL
                      ? client_body(c, p, fields)
                      : curl_easy_setopt(c->curl, CURLOPT_HTTPGET, 1L);

    if (rc == CURLE_OK)
        rc = curl_easy_setopt(c->curl, CURLOPT_CUSTOMREQUEST, p->method);
    if (rc == CURLE_OK)
        rc = curl_easy_setopt(c->curl, CURLOPT_RANGE, p->range);
    return rc;
}

int
soap_client_page(struct soap_client *c, const struct soap_page *p,
                 struct buf *out, int *status, struct err *err)
{
    struct curl_slist *fields = NULL;
    size_t usual = c->reply_max;
    long code = 0;
    int rc;

    c->reply_max = p->max;
    if (client_prepare(c, p, &fields) != CURLE_OK)
        rc = err_set(err, ERR_NOMEM, "prepare a request: out of memory");
    else
        rc = client_perform(c, p->url, &code, err);
    c->reply_max = usual;
    curl_easy_setopt(c->curl, CURLOPT_RANGE, NULL);
    curl_easy_setopt(c->curl, CURLOPT_CUSTOMREQUEST, NULL);
    curl_easy_setopt(c->curl, CURLOPT_HTTPHEADER, NULL);
    curl_easy_setopt(c->curl, CURLOPT_POSTFIELDS, NULL);
    curl_slist_free_all(fields);
    if (rc == 0) {
        *status = (int)code;
        buf_add(out, c->reply.data, c->reply.len);
    }
    return rc;
}
