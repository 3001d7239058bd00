/* gsi/tls/tls_curl.c - our certificates and chain verification for libcurl's
 * transfers (OpenSSL builds of libcurl). */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "base/lock.h"
#include "gsi/tls/tls_conn.h"

#define BUCKETS 64

/* The arguments of tls_curl() for one handle. libcurl does not report the end
 * of a handle, so an entry stays until the next handle at the same address
 * reuses it: there are never more entries than simultaneous handles. */
struct entry {
    struct entry *next;
    const void *handle;
    struct cred *cred; /* these three belong to the caller */
    struct trust *trust;
    struct err *why;
    char *subject; /* required instead of the host's name; NULL */
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

/* The host that HANDLE is connecting to, redirects included; the caller must
 * free() it. */
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

/* libcurl made CTX for one connection: apply our settings. */
static CURLcode
apply_settings(CURL *handle, void *ssl_ctx, void *arg)
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

/* Whether the loaded libcurl uses OpenSSL: others ignore our callback. */
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
    /* Our chain verification checks the host, VERIFYHOST would check it by
     * other rules; without CAINFO libcurl loads no bundle. */
    if (curl_easy_setopt(handle, CURLOPT_SSL_CTX_FUNCTION, apply_settings) !=
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
