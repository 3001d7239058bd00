/* clients/gridcp/gridcp_web.c - see gridcp_web.h. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "clients/gridcp/gridcp_web.h"
#include "gsi/tls/tls.h"

#define CONNECT_SECONDS 30L
#define REDIRECTS_MAX   10L
#define BUFFER          (256L * 1024)

/* One request. */
struct web {
    struct gridcp_task *t;
    CURL *curl;
    struct cred *cred;
    struct err *err, tls_err;
    gridcp_sink_fn *sink;
    gridcp_source_fn *source;
    int (*rewind)(void *arg, struct err *err);
    void *arg;
    int64_t from;
    bool begun; /* the answer's head was checked */
};

/* Set trust, the expected server and, if there is one, the user's
 * credential. */
static int
secure(struct web *w, bool source)
{
    struct gridcp *g = w->t->g;
    const char *subject = source ? g->o.src_subject : g->o.dst_subject;
    struct err why = ERR_INIT;

    if (subject == NULL)
        subject = g->o.subject;

    if (gridcp_session_env(g, &why) == 0)
        w->cred = gridcp_session_cred(g, source);
    else if (why.code != ERR_NOT_FOUND ||
             gridcp_session_anonymous(g, w->err) < 0)
        return err_set(w->err, why.code, "%s", why.text);
    if (tls_curl(w->curl, w->cred, g->env.trust, &w->tls_err) < 0)
        return -1;
    if (subject != NULL)
        tls_curl_subject(w->curl, subject);
    return 0;
}

static void
init_curl(void)
{
    curl_global_init(CURL_GLOBAL_ALL);
}

static int
begin(struct web *w, const struct gridcp_end *end, bool source)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    const struct gridcp_opt *o = &w->t->g->o;
    bool tls = strncasecmp(end->url, "https:", 6) == 0;
    char *url;

    pthread_once(&once, init_curl);
    w->curl = curl_easy_init();
    if (w->curl == NULL)
        return err_set(w->err, ERR_NOMEM, "libcurl cannot begin");
    url = gridcp_place_full(end);
    curl_easy_setopt(w->curl, CURLOPT_URL, url);
    free(url);
    curl_easy_setopt(w->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(w->curl, CURLOPT_VERBOSE, o->debug ? 1L : 0L);
    curl_easy_setopt(w->curl, CURLOPT_USERAGENT, "gridcp/" GATEHOUSE_VERSION);
    curl_easy_setopt(w->curl, CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(w->curl, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(w->curl, CURLOPT_MAXREDIRS, REDIRECTS_MAX);
    curl_easy_setopt(w->curl, CURLOPT_PROTOCOLS_STR, "http,https");
    /* An encrypted transfer must not be redirected to clear text. */
    curl_easy_setopt(w->curl, CURLOPT_REDIR_PROTOCOLS_STR,
                     tls ? "https" : "http,https");
    curl_easy_setopt(w->curl, CURLOPT_CONNECTTIMEOUT, CONNECT_SECONDS);
    curl_easy_setopt(w->curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(w->curl, CURLOPT_LOW_SPEED_TIME, (long)o->stall);
    curl_easy_setopt(w->curl, CURLOPT_BUFFERSIZE, BUFFER);
    curl_easy_setopt(w->curl, CURLOPT_FILETIME, 1L);
    return tls ? secure(w, source) : 0;
}

/* Turn CODE into an error. */
static int
explain(struct web *w, CURLcode code, bool *transient)
{
    long status = 0;
    enum err_code e = ERR_REMOTE;

    if (w->err->code != ERR_OK)
        return -1; /* our side has set the reason */
    if (w->tls_err.code != ERR_OK)
        return err_set(w->err, w->tls_err.code, "%s", w->tls_err.text);
    curl_easy_getinfo(w->curl, CURLINFO_RESPONSE_CODE, &status);
    *transient = status >= 500 || status == 429 || status == 408;
    if (code == CURLE_HTTP_RETURNED_ERROR) {
        if (status == 404 || status == 410)
            e = ERR_NOT_FOUND;
        else if (status == 401 || status == 403)
            e = ERR_AUTHZ;
        else if (status == 507)
            e = ERR_NOSPACE;
        return err_set(w->err, e, "the server answered %ld", status);
    }
    if (code == CURLE_OPERATION_TIMEDOUT)
        e = ERR_TIMEOUT;
    else if (code == CURLE_COULDNT_CONNECT ||
             code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_SEND_ERROR ||
             code == CURLE_RECV_ERROR || code == CURLE_GOT_NOTHING ||
             code == CURLE_PARTIAL_FILE)
        e = ERR_UNREACHABLE;
    return err_set(w->err, e, "%s", curl_easy_strerror(code));
}

/* The first byte of the request. */
static int64_t
wanted(const struct web *w)
{
    return w->t->whole ? w->from : w->t->offset;
}

/* Check that a 206 brings the requested range, if it names one (RFC 9110
 * s.14.4). */
static int
check_range(struct web *w)
{
    int64_t last = INT64_MAX;
    long long begin, end, total = 0;
    struct curl_header *h;
    int n;

    if (curl_easy_header(w->curl, "Content-Range", 0, CURLH_HEADER, -1, &h) !=
        CURLHE_OK)
        return 0;
    n = sscanf(h->value, "bytes %lld-%lld/%lld", &begin, &end, &total);
    if (!w->t->whole && w->t->length >= 0)
        last = w->t->offset + w->t->length - 1;
    if (n == 3 && last > total - 1)
        last = total - 1;
    if (n >= 2 && begin == wanted(w) && (n == 2 || end >= last))
        return 0;
    return err_set(w->err, ERR_REMOTE,
                   "the server sends another part than requested: '%.80s'",
                   h->value);
}

/* Reject an answer without content (an incomplete redirection) and one with
 * another part. */
static int
check_status(struct web *w, long *status)
{
    curl_easy_getinfo(w->curl, CURLINFO_RESPONSE_CODE, status);
    if (*status / 100 != 2)
        return err_set(w->err, ERR_REMOTE, "the server answered %ld", *status);
    return *status == 206 ? check_range(w) : 0;
}

/* Check the head of the answer: does it start where we want? */
static int
first_bytes(struct web *w)
{
    curl_off_t length = -1, time = -1;
    long status = 0;
    bool same;

    if (check_status(w, &status) < 0)
        return -1;
    curl_easy_getinfo(w->curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    curl_easy_getinfo(w->curl, CURLINFO_FILETIME_T, &time);
    w->begun = true;
    if (!w->t->whole && status != 206 &&
        (w->t->offset > 0 || w->t->length >= 0))
        return err_set(w->err, ERR_UNSUPPORTED,
                       "the server sends no parts of files: it answered %ld",
                       status);
    if (status == 206 && length >= 0)
        length += w->from;
    same = status == 206 && w->t->size == length && w->t->mtime == time &&
           time >= 0;
    if (w->from > 0 && !same) {
        if (status == 206)
            return err_set(
                w->err, ERR_UNREACHABLE,
                "the file changed at the server during the transfer");
        w->from = 0;
        if (w->rewind(w->arg, w->err) < 0)
            return -1;
    }
    w->t->size = length;
    w->t->mtime = (time_t)time;
    return 0;
}

static size_t
on_data(char *p, size_t size, size_t n, void *arg)
{
    struct web *w = arg;

    n *= size;
    if (!w->begun && first_bytes(w) < 0)
        return 0;
    return w->sink(w->arg, p, n, w->err) < 0 ? 0 : n;
}

int
gridcp_web_get(struct gridcp_task *t, int64_t from,
               int (*rewind)(void *arg, struct err *err), gridcp_sink_fn *sink,
               void *arg, bool *transient, struct err *err)
{
    struct web w = { .t = t,
                     .err = err,
                     .sink = sink,
                     .rewind = rewind,
                     .arg = arg,
                     .from = from };
    char range[64];
    CURLcode code;
    int rc = begin(&w, &t->src, true);

    if (rc == 0) {
        curl_easy_setopt(w.curl, CURLOPT_WRITEFUNCTION, on_data);
        curl_easy_setopt(w.curl, CURLOPT_WRITEDATA, &w);
        snprintf(range, sizeof(range), "%lld-", (long long)wanted(&w));
        if (!t->whole && t->length >= 0)
            snprintf(range, sizeof(range), "%lld-%lld", (long long)t->offset,
                     (long long)(t->offset + t->length - 1));
        if (from > 0 || !t->whole)
            curl_easy_setopt(w.curl, CURLOPT_RANGE, range);
        code =
            !t->whole && t->length == 0 ? CURLE_OK : curl_easy_perform(w.curl);
        if (code != CURLE_OK)
            rc = explain(&w, code, transient);
        else if (!w.begun && (t->whole || t->length != 0))
            rc = first_bytes(&w);
    }
    curl_easy_cleanup(w.curl);
    cred_unref(w.cred);
    return rc;
}

static size_t
on_read(char *p, size_t size, size_t n, void *arg)
{
    struct web *w = arg;
    ssize_t got = w->source(w->arg, p, size * n, w->err);

    return got < 0 ? CURL_READFUNC_ABORT : (size_t)got;
}

/* libcurl's seek callback: a redirection after some bytes were read. */
static int
on_seek(void *arg, curl_off_t offset, int origin)
{
    struct web *w = arg;

    if (offset != 0 || origin != SEEK_SET || w->rewind(w->arg, w->err) < 0)
        return CURL_SEEKFUNC_FAIL;
    return CURL_SEEKFUNC_OK;
}

int
gridcp_web_put(struct gridcp_task *t, int64_t size, gridcp_source_fn *source,
               int (*rewind)(void *arg, struct err *err), void *arg,
               bool *transient, struct err *err)
{
    struct web w = {
        .t = t, .err = err, .source = source, .rewind = rewind, .arg = arg
    };
    CURLcode code;
    long status;
    int rc = begin(&w, &t->dst, false);

    if (rc == 0) {
        curl_easy_setopt(w.curl, CURLOPT_UPLOAD, 1L);
        curl_easy_setopt(w.curl, CURLOPT_READFUNCTION, on_read);
        curl_easy_setopt(w.curl, CURLOPT_READDATA, &w);
        curl_easy_setopt(w.curl, CURLOPT_SEEKFUNCTION, on_seek);
        curl_easy_setopt(w.curl, CURLOPT_SEEKDATA, &w);
        curl_easy_setopt(w.curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)size);
        code = curl_easy_perform(w.curl);
        rc = code != CURLE_OK ? explain(&w, code, transient)
                              : check_status(&w, &status);
    }
    curl_easy_cleanup(w.curl);
    cred_unref(w.cred);
    return rc;
}
