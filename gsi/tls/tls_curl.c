/* gsi/tls/tls_curl.c - our certificates and our judgement for libcurl's
 * transfers (OpenSSL flavour). */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "base/lock.h"
#include "gsi/tls/tls_conn.h"

#define BUCKETS 64

/* What tls_curl() was told about a handle.  libcurl tells nobody when a handle
 * ends, so entries stay and are taken over by the next handle at the address:
 * there are never more than handles at one time. */
struct entry {
    struct entry *next;
    const void *handle;
    struct cred *cred; /* the three: the caller's */
    struct trust *trust;
    struct err *why;
    char *subject; /* instead of the host's name; NULL */
};

static struct {
    struct lock lock;
    struct entry *bucket[BUCKETS];
} handles = { .lock = LOCK_INIT(LOCK_tls_curl) };

static struct entry *
entry_of(const void *handle)
{
    struct entry **b = &handles.bucket[((size_t)handle >> 6) % BUCKETS], *e;

    lock_take(&handles.lock);
    for (e = *b; e != NULL && e->handle != handle; e = e->next)
        ;
    if (e == NULL) {
        e = xcalloc(1, sizeof(*e));
        e->handle = handle;
        e->next = *b;
        *b = e;
    }
    lock_release(&handles.lock);
    return e;
}

/* The host that HANDLE is about to reach, redirects included; the caller's. */
static char *
host_of(CURL *handle)
{
    char *url = NULL, *part = NULL, *host = NULL, *end;
    CURLU *u = curl_url();

    if (u != NULL &&
        curl_easy_getinfo(handle, CURLINFO_EFFECTIVE_URL, &url) == CURLE_OK &&
        url != NULL &&
        curl_url_set(u, CURLUPART_URL, url, CURLU_DEFAULT_SCHEME) ==
            CURLUE_OK &&
        curl_url_get(u, CURLUPART_HOST, &part, 0) == CURLUE_OK) {
        host = xstrdup(*part == '[' ? part + 1 : part);
        if (*part == '[' && (end = strchr(host, ']')) != NULL)
            *end = '\0';
    }
    curl_free(part);
    curl_url_cleanup(u);
    return host;
}

/* libcurl made CTX for one connection: it becomes ours. */
static CURLcode
take_over(CURL *handle, void *ssl_ctx, void *arg)
{
    const struct entry *e = arg;
    SSL_CTX *ctx = ssl_ctx;
    struct tls_judge *j = xcalloc(1, sizeof(*j));

    j->trust = e->trust;
    j->purpose = CHAIN_SERVER;
    j->err = e->why;
    j->err_borrowed = true;
    j->subject = e->subject != NULL ? xstrdup(e->subject) : NULL;
    j->host = j->subject == NULL ? host_of(handle) : NULL;
    tls_judge_install(ctx);
    if (tls_judge_attach_ctx(ctx, j) < 0) {
        tls_judge_fini(j);
        free(j);
        return CURLE_OUT_OF_MEMORY;
    }
    if ((j->host == NULL && j->subject == NULL) ||
        tls_settings(ctx, NULL, e->why) < 0 ||
        (e->cred != NULL && tls_use_cred(ctx, e->cred, e->why) < 0))
        return CURLE_SSL_CERTPROBLEM;
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
    return CURLE_OK;
}

/* Whether the libcurl that runs is OpenSSL's: others ignore what we set. */
static bool
has_openssl(void)
{
    const curl_version_info_data *v = curl_version_info(CURLVERSION_NOW);

    return v->ssl_version != NULL && strstr(v->ssl_version, "OpenSSL/") != NULL;
}

int
tls_curl(void *handle, struct cred *cred, struct trust *trust, struct err *why)
{
    struct entry *e = entry_of(handle);

    e->cred = cred;
    e->trust = trust;
    e->why = why;
    free(e->subject);
    e->subject = NULL;
    if (!has_openssl())
        return err_set(why, ERR_UNSUPPORTED,
                       "libcurl is built without OpenSSL");
    /* The host is checked with the chain, VERIFYHOST would insist on its own
     * reading; without CAINFO libcurl loads no bundle. */
    if (curl_easy_setopt(handle, CURLOPT_SSL_CTX_FUNCTION, take_over) !=
            CURLE_OK ||
        curl_easy_setopt(handle, CURLOPT_SSL_CTX_DATA, e) != CURLE_OK ||
        curl_easy_setopt(handle, CURLOPT_SSL_VERIFYPEER, 1L) != CURLE_OK ||
        curl_easy_setopt(handle, CURLOPT_SSL_VERIFYHOST, 0L) != CURLE_OK ||
        curl_easy_setopt(handle, CURLOPT_CAINFO, NULL) != CURLE_OK ||
        curl_easy_setopt(handle, CURLOPT_CAPATH, NULL) != CURLE_OK ||
        curl_easy_setopt(handle, CURLOPT_SSL_SESSIONID_CACHE, 0L) != CURLE_OK ||
        curl_easy_setopt(handle, CURLOPT_SSLVERSION,
                         (long)CURL_SSLVERSION_TLSv1_2) != CURLE_OK)
        return err_set(why, ERR_UNSUPPORTED, "libcurl cannot use our TLS");
    return 0;
}

void
tls_curl_subject(void *handle, const char *subject)
{
    struct entry *e = entry_of(handle);

    free(e->subject);
    e->subject = xstrdup(subject);
}
