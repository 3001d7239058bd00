/* http/engine_call.c - handle one request: find its route, authorise, answer;
 * health and metrics. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "gsi/expiry.h"
#include "http/engine.h"
#include "http/health.h"

#define CALL_TEXT "text/plain; charset=utf-8"

/* State of the search for a route. */
struct search {
    struct http_server *s;
    struct conn *c;
    struct http_call call;
    bool other; /* a route has the path, but another method */
    bool later; /* the handler has no answer yet */
    bool more;  /* it needs the next part of the body first */
};

/* The peer of C, NULL without a certificate. */
static const struct peer *
call_peer(const struct conn *c)
{
    return c->tls != NULL ? tls_peer(c->tls) : NULL;
}

/* Whether a route for method HAVE serves method ASKED: GET serves HEAD. */
static bool
method_serves(const char *have, const char *asked)
{
    return have == NULL || strcmp(have, asked) == 0 ||
           (strcmp(have, "GET") == 0 && strcmp(asked, "HEAD") == 0);
}

void
http_say(struct http_call *call, int status, const char *text)
{
    call->status = status;
    call->reply_type = CALL_TEXT;
    buf_clear(&call->reply);
    buf_addf(&call->reply, "%s\n", text);
}

void
http_deny(struct http_call *call, const char *what, const struct err *err)
{
    const struct http_server_spec *spec = &call->server->spec;
    char *words = NULL;

    if (call->denied || spec->denied == NULL)
        return;
    if (what == NULL)
        what = words = xasprintf("%s %s", call->method, call->path);
    spec->denied(call, what, err);
    free(words);
    call->denied = true;
}

int
http_judge(struct http_call *call, struct err *err)
{
    const struct http_server_spec *spec = &call->server->spec;
    struct err why = ERR_INIT;
    int rc = 0;

    if (call->peer == NULL)
        return 0;
    if ((rc = tls_recheck(call->conn->tls, &why)) < 0)
        call->close = true;
    else if (spec->admit != NULL)
        rc = spec->admit(call->peer, spec->service, &why);
    if (rc == 0)
        return 0;
    http_deny(call, NULL, &why);
    return err_set(err, why.code, "%s", why.text);
}

int
http_may(const struct peer *peer, unsigned flags, struct err *err)
{
    if (peer == NULL && (flags & HTTP_ANONYMOUS) == 0)
        return err_set(err, ERR_AUTHN,
                       "this needs a certificate, but the client sent none");
    if (peer != NULL && peer->limited && (flags & HTTP_LIMITED) == 0)
        return err_set(err, ERR_AUTHZ,
                       "a limited proxy is not allowed here: use a full one");
    return 0;
}

int
http_answer_fits(const struct http_call *call, size_t size, struct err *err)
{
    const struct http_server_spec *spec = &call->server->spec;

    if (spec->answer_max == 0 || size <= spec->answer_max)
        return 0;
    return err_set(err, ERR_LIMIT,
                   "the answer would have more than %zu bytes "
                   "(%s.answer_max): ask for less at once",
                   spec->answer_max, spec->program);
}

int
http_answer_room(struct http_call *call, size_t size, struct err *err)
{
    if (http_answer_fits(call, size, err) < 0)
        return -1;
    if (!conn_hold_answer(call->server, call->conn, size))
        return err_set(err, ERR_LIMIT,
                       "too many answers are in progress: try again later");
    return http_caller_gone(call)
               ? err_set(err, ERR_CANCELLED, "the caller has gone")
               : 0;
}

bool
http_caller_gone(struct http_call *call)
{
    return conn_gone(call->conn);
}

/* Fill CALL from C's request. */
static void
call_init(struct http_call *call, struct http_server *s, struct conn *c,
          const char *log_id)
{
    struct http_msg *msg = c->msg;
    const char *type = http_header(msg, "Content-Type");

    *call = (struct http_call){
        .peer = call_peer(c),
        .from = &c->from,
        .local = c->listener->local,
        .uid = c->uid,
        .method = msg->method,
        .path = msg->path,
        .query = msg->query,
        .body = &msg->body,
        .body_at = msg->body_at,
        .body_last = msg->state == HTTP_DONE,
        .content_type = type != NULL ? type : "",
        .range = http_header(msg, "Range"),
        .http = msg,
        .service = s->spec.service,
        .status = 200,
        .reply_type = CALL_TEXT,
        .reply_fd = -1,
        .may_wait =
            msg->part == 0 && !c->wait_over && !atomic_load(&s->stopping),
        .begun_ms = c->begun_ms,
        .server = s,
        .conn = c,
    };
    snprintf(call->log_id, sizeof(call->log_id), "%s", log_id);
}

/* Discard what a handler put into CALL. */
static void
call_drop(struct http_call *call)
{
    buf_fini(&call->headers);
    buf_fini(&call->reply);
    if (call->reply_fd >= 0)
        close(call->reply_fd);
    call->reply_fd = -1;
    route_params_fini(&call->params);
}

/* Turn ERR into CALL's answer; an unauthenticated peer gets the public text. */
static void
call_fail(struct http_call *call, const struct err *err)
{
    bool stranger = call->peer == NULL && !call->local;
    struct buf text = BUF_INIT;
    char from[NET_TEXT];

    log_event(LOG_NOTICE, "http.web.fail",
              "method=%s path=%s from=%s dn=%s reason=%s", call->method,
              call->path, net_text(call->from, from), conn_identity(call->conn),
              err->text);
    buf_adds(&text, stranger ? err_public_text(err->code) : err->text);
    if (stranger)
        buf_addf(&text, " (%s)", call->log_id);
    call_drop(call);
    http_say(call, err_http_status(err->code), buf_str(&text));
    buf_fini(&text);
}

/* Limit the file of CALL to the range in the Range field. */
static void
call_range(struct http_call *call, struct answer *a)
{
    long long length = a->file_left;
    struct http_span span;
    int rc;

    if (a->file < 0 || a->status != 200 || a->body.len > 0)
        return;
    a->ranges = true;
    rc = http_range(call->range, length, &span);
    if (rc == 0)
        return;
    if (rc < 0) {
        close(a->file);
        a->file = -1;
        a->status = 416;
        a->type = CALL_TEXT;
        buf_adds(&a->body, "the range is outside the file\n");
        buf_addf(&a->headers, "Content-Range: bytes */%lld\r\n", length);
        return;
    }
    a->status = 206;
    a->file_at += span.first;
    a->file_left = span.last - span.first + 1;
    buf_addf(&a->headers, "Content-Range: bytes %lld-%lld/%lld\r\n", span.first,
             span.last, length);
}

/* Move CALL's OUT fields into A. */
static void
call_take(struct http_call *call, struct answer *a)
{
    *a = (struct answer){ .status = call->status,
                          .type = call->reply_type,
                          .headers = call->headers,
                          .body = call->reply,
                          .file = call->reply_fd,
                          .file_at = call->reply_offset,
                          .file_left = call->reply_len,
                          .close = call->close };
    route_params_fini(&call->params);
    call_range(call, a);
}

/* Run V's handler.  True unless it passes the request on. */
static bool
call_run(struct search *q, const struct served *v)
{
    struct err err = ERR_INIT;
    int rc;

    q->call.arg = v->route.arg;
    rc = (v->route.flags & HTTP_OPEN) != 0
             ? 0
             : http_may(q->call.peer, v->route.flags, &err);
    if (rc < 0)
        http_deny(&q->call, NULL, &err);
    else
        rc = v->route.run(&q->call, &err);
    q->later = rc == HTTP_LATER;
    q->more = rc == HTTP_MORE;
    assert(!q->later || q->call.may_wait);
    assert(!q->more || !q->call.body_last);
    if (rc == HTTP_PASS || q->later || q->more)
        call_drop(&q->call);
    else if (rc < 0)
        call_fail(&q->call, &err);
    return rc != HTTP_PASS;
}

/* Run the first row that serves the request, among the OPEN rows or among the
 * others; NULL: none does. */
static const struct served *
call_find(struct search *q, bool open)
{
    const struct listener *l = q->c->listener;

    for (const struct served *v = l->served; v < l->served + l->count; v++) {
        if (((v->route.flags & HTTP_OPEN) != 0) != open ||
            !route_match(v->route.path, q->call.path, &q->call.params))
            continue;
        if (!method_serves(v->route.method, q->call.method)) {
            q->other = true;
            route_params_fini(&q->call.params);
        } else if (call_run(q, v)) {
            return v;
        }
    }
    return NULL;
}

/* Answer the request by its route; NULL: no route matches, and the answer says
 * so. */
static const struct served *
call_route(struct search *q)
{
    const struct served *v = call_find(q, true);
    struct err err = ERR_INIT;

    if (v != NULL)
        return v;
    q->other = false;
    if (http_judge(&q->call, &err) < 0) {
        call_fail(&q->call, &err);
        return NULL;
    }
    v = call_find(q, false);
    if (v == NULL && q->other)
        http_say(&q->call, 405, "this method is not served here");
    else if (v == NULL)
        http_say(&q->call, 404, "nothing is served here");
    return v;
}

/* Answer a malformed request. */
static void
call_bad(const struct conn *c, struct answer *a)
{
    char from[NET_TEXT];

    log_event(LOG_NOTICE, "http.request.bad",
              "from=%s dn=%s status=%d reason=%s", net_text(&c->from, from),
              conn_identity(c), c->msg->status, c->msg->reason);
    a->status = c->msg->status;
    a->type = CALL_TEXT;
    buf_addf(&a->body, "%s\n", c->msg->reason);
    a->close = true;
}

void
call_limit(struct http_msg *m, void *arg)
{
    const struct listener *l = ((const struct conn *)arg)->listener;
    struct route_params params;

    for (const struct served *v = l->served; v < l->served + l->count; v++) {
        if (!method_serves(v->route.method, m->method) ||
            !route_match(v->route.path, m->path, &params))
            continue;
        route_params_fini(&params);
        if (v->route.body_max > 0)
            m->body_max = v->route.body_max;
        if ((v->route.flags & HTTP_STREAMED) != 0)
            m->part = HTTP_PART;
        return;
    }
}

/* Let C wait for what the handler named. */
static void
call_wait(struct conn *c, const struct http_call *call)
{
    memcpy(c->wait_for, call->wait_for, sizeof(c->wait_for));
    c->deadline = call->wait_until_ms;
}

size_t
call_answer(struct http_server *s, struct conn *c, const char *log_id,
            struct answer *a, bool *failed)
{
    struct search q = { .s = s, .c = c };
    const struct served *v;
    size_t row = s->row_other;

    *failed = true;
    if (c->msg->state == HTTP_BAD) {
        call_bad(c, a);
        return row;
    }
    client_note(s, c);
    call_init(&q.call, s, c, log_id);
    v = call_route(&q);
    a->later = q.later;
    a->more = q.more;
    if (q.later)
        call_wait(c, &q.call);
    if (q.later || q.more)
        return row;
    *failed = q.call.status >= 400;
    if (q.call.label != NULL)
        row = metrics_find(&s->metrics, q.call.label);
    else if (v != NULL)
        row = v->row;
    call_take(&q.call, a);
    if (c->msg->state != HTTP_DONE) /* the rest of its body will not be read */
        a->close = true;
    return row;
}

static int
health_get(struct http_call *call, struct err *err)
{
    const struct http_server_spec *spec = &call->server->spec;
    struct cred *cred = http_server_cred(call->server);
    struct health h = { .worst = HEALTH_OK };

    (void)err;
    health_certificate(&h, cred);
    cred_unref(cred);
    if (spec->health != NULL)
        spec->health(spec->service, &h);
    call->reply_type = "application/json";
    call->status = health_write(&h, &call->reply);
    health_fini(&h);
    return HTTP_ANSWERED;
}

static int
metrics_get(struct http_call *call, struct err *err)
{
    struct http_server *s = call->server;
    struct cred *cred;

    (void)err;
    call->reply_type = "text/plain; version=0.0.4; charset=utf-8";
    metrics_write(&s->metrics, s->spec.program, &call->reply);
    cred = http_server_cred(s);
    expiry_metrics(cred, s->spec.trust, s->spec.program, &call->reply);
    cred_unref(cred);
    metrics_process(s->spec.program, &call->reply);
    if (s->spec.metrics != NULL)
        s->spec.metrics(s->spec.service, &call->reply);
    return HTTP_ANSWERED;
}

const struct http_route http_health_routes[] = {
    { "GET", "/health", HTTP_OPEN, health_get, "health", NULL,
      HTTP_BODY_SMALL },
    { .path = NULL },
};
const struct http_route http_metrics_routes[] = {
    { "GET", "/metrics", HTTP_OPEN, metrics_get, "metrics", NULL,
      HTTP_BODY_SMALL },
    { .path = NULL },
};
