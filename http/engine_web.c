/* http/engine_web.c - plain HTTP beside SOAP: routes, descriptions, health,
 * metrics, ranges. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/log.h"
#include "http/engine.h"
#include "soap/wsdl_page.h"

#define WEB_TEXT "text/plain; charset=utf-8"

/* Whether REQUESTED serves what METHOD asks: GET serves HEAD. */
static bool
method_serves(const char *have, const char *asked)
{
    return strcmp(have, asked) == 0 ||
           (strcmp(have, "GET") == 0 && strcmp(asked, "HEAD") == 0);
}

/* The route for MSG; NULL.  *other: some route has the path. */
static const struct http_route *
find_route(const struct soap_server *s, const struct http_msg *msg, bool *other)
{
    const struct http_route *r = s->spec.routes;

    for (; r != NULL && r->prefix != NULL; r++) {
        if (strncmp(r->prefix, msg->path, strlen(r->prefix)) != 0)
            continue;
        if (method_serves(r->method, msg->method))
            return r;
        *other = true;
    }
    return NULL;
}

/* Put a sentence with STATUS into A. */
static void
web_say(struct answer *a, int status, const char *text)
{
    a->status = status;
    a->type = WEB_TEXT;
    buf_clear(&a->body);
    buf_addf(&a->body, "%s\n", text);
}

/* Turn ERR into A; a stranger gets the public text. */
static void
web_fail(const struct conn *c, const char *log_id, const struct err *err,
         struct answer *a)
{
    bool stranger = c->tls == NULL || tls_peer(c->tls) == NULL;
    struct buf text = BUF_INIT;
    char from[NET_TEXT];

    log_event(LOG_NOTICE, "soap.web.fail",
              "method=%s path=%s from=%s dn=%s reason=%s", c->msg->method,
              c->msg->path, net_text(&c->from, from), conn_identity(c),
              err->text);
    buf_adds(&text, stranger ? err_public_text(err->code) : err->text);
    if (stranger)
        buf_addf(&text, " (%s)", log_id);
    web_say(a, http_status(err->code), buf_str(&text));
    buf_fini(&text);
}

/* Narrow the file of A to what the Range field asks. */
static void
web_range(const struct http_msg *msg, struct answer *a)
{
    long long length = a->file_left;
    struct http_span span;
    int rc;

    if (a->file < 0 || a->status != 200 || a->body.len > 0)
        return;
    a->ranges = true;
    rc = http_range(http_header(msg, "Range"), length, &span);
    if (rc == 0)
        return;
    if (rc < 0) {
        close(a->file);
        a->file = -1;
        web_say(a, 416, "the range lies outside");
        buf_addf(&a->headers, "Content-Range: bytes */%lld\r\n", length);
        return;
    }
    a->status = 206;
    a->file_at += span.first;
    a->file_left = span.last - span.first + 1;
    buf_addf(&a->headers, "Content-Range: bytes %lld-%lld/%lld\r\n", span.first,
             span.last, length);
}

/* The OUT fields of CALL become A. */
static void
web_take(const struct http_call *call, struct answer *a)
{
    *a = (struct answer){ .status = call->status,
                          .type = call->reply_type,
                          .headers = call->headers,
                          .body = call->reply,
                          .file = call->reply_fd,
                          .file_at = call->reply_offset,
                          .file_left = call->reply_len };
}

/* Let route R answer. */
static int
web_route(struct soap_server *s, struct conn *c, const char *log_id,
          const struct http_route *r, struct answer *a, struct err *err)
{
    struct http_msg *msg = c->msg;
    const char *type = http_header(msg, "Content-Type");
    struct http_call call = {
        .peer = c->tls != NULL ? tls_peer(c->tls) : NULL,
        .from = &c->from,
        .method = msg->method,
        .path = msg->path,
        .query = msg->query,
        .body = &msg->body,
        .content_type = type != NULL ? type : "",
        .range = http_header(msg, "Range"),
        .http = msg,
        .service = s->spec.service,
        .status = 200,
        .reply_type = WEB_TEXT,
        .reply_fd = -1,
    };
    int rc;

    snprintf(call.log_id, sizeof(call.log_id), "%s", log_id);
    rc = engine_may(c, r->flags, err);
    if (rc == 0)
        rc = r->run(&call, err);
    if (rc == 0) {
        web_take(&call, a);
        web_range(msg, a);
        return 0;
    }
    buf_fini(&call.headers);
    buf_fini(&call.reply);
    if (call.reply_fd >= 0)
        close(call.reply_fd);
    return -1;
}

/* /metrics */
static void
web_metrics(struct soap_server *s, struct answer *a)
{
    a->type = "text/plain; version=0.0.4; charset=utf-8";
    metrics_write(&s->metrics, s->spec.program, &a->body);
    if (s->spec.metrics != NULL)
        s->spec.metrics(s->spec.service, &a->body);
}

/* What every server serves; -1: not that.  *row is its metric. */
static int
web_own(struct soap_server *s, struct conn *c, struct answer *a, size_t *row)
{
    const struct http_msg *msg = c->msg;
    bool described;

    if (!method_serves("GET", msg->method))
        return -1;
    if (strcmp(msg->path, "/health") == 0) {
        *row = s->row_own + ROW_HEALTH;
        web_say(a, 200, "ok");
        return 0;
    }
    if (strcmp(msg->path, "/metrics") == 0 &&
        c->clear == (s->metrics_fd >= 0)) {
        *row = s->row_own + ROW_METRICS;
        web_metrics(s, a);
        return 0;
    }
    if (c->clear)
        return -1;
    a->type = "text/xml; charset=utf-8";
    if (!wsdl_page(&a->body, s->spec.wsdls, s->url, msg->path, msg->query,
                   &described)) {
        if (!described)
            return -1;
        web_say(a, 404,
                "there is no such description here: GET the service's address "
                "with ?wsdl, which names its schemas");
    }
    *row = s->row_own + ROW_WSDL;
    return 0;
}

/* Nothing serves this: say what there is. */
static void
web_nothing(const struct soap_server *s, const struct conn *c, bool other,
            struct answer *a)
{
    if (!c->clear && engine_soap_path(s, c->msg->path)) {
        buf_adds(&a->headers, "Allow: POST\r\n");
        web_say(a, 405,
                "this is a SOAP service: POST to it, or GET its description "
                "with ?wsdl");
    } else if (other) {
        web_say(a, 405, "this method is not served here");
    } else {
        web_say(a, 404, "nothing is served here");
    }
}

size_t
engine_web(struct soap_server *s, struct conn *c, const char *log_id,
           struct answer *a, bool *failed)
{
    size_t row = s->row_own + ROW_OTHER;
    const struct http_route *r = NULL;
    struct err err = ERR_INIT;
    bool other = false;

    if (web_own(s, c, a, &row) == 0)
        return row;
    *failed = true;
    if (engine_judge(s, c, &a->close, &err) < 0) {
        web_fail(c, log_id, &err, a);
        return row;
    }
    if (!c->clear)
        r = find_route(s, c->msg, &other);
    if (r == NULL) {
        web_nothing(s, c, other, a);
        return row;
    }
    *failed = web_route(s, c, log_id, r, a, &err) < 0;
    if (*failed)
        web_fail(c, log_id, &err, a);
    return s->row_routes + (size_t)(r - s->spec.routes);
}
