/* gatekeeper/doors/input_door.c - uploads of a job's inputs over HTTPS by its
 * owner.
 *
 * PUT /jobs/ID/files/PATH: the body is the input PATH, or with Content-Range
 * (RFC 9110, section 14.4) its next piece.  The body may have any length: it is
 * written as it arrives, and received bytes count even if the rest is lost.
 * GET /jobs/ID/uploads: which inputs are uploaded, and how many bytes of each
 * have arrived (stage_upload_text()). */
#include <limits.h>
#include <string.h>

#include "base/codec.h"
#include "gatekeeper/doors/door.h"

/* The length of the whole body; -1 for a chunked body that is not complete. */
static long long
body_length(const struct http_call *call)
{
    const char *text = http_header(call->http, "Content-Length");
    long long length;

    if (call->body_last)
        return call->body_at + (long long)call->body->len;
    return text != NULL && number_parse(text, 0, LLONG_MAX, &length) == 0
               ? length
               : -1;
}

/* Get the piece in this part of the request; a body without Content-Range is
 * the whole input. */
static int
read_piece(const struct http_call *call, struct stage_piece *piece,
           struct err *err)
{
    const char *range = http_header(call->http, "Content-Range");
    long long length = body_length(call), total;
    struct http_span span;
    bool known;

    *piece = (struct stage_piece){ .first = call->body_at,
                                   .total = length,
                                   .data = call->body->data,
                                   .len = call->body->len };
    if (range == NULL)
        return 0;
    if (http_content_range(range, &span, &total) < 0)
        return err_set(err, ERR_USAGE,
                       "Content-Range '%.100s' is none of the form 'bytes "
                       "FIRST-LAST/SIZE'",
                       range);
    known = length >= 0;
    if (!known)
        length = call->body_at + (long long)call->body->len;
    if (known ? span.last - span.first + 1 != length
              : span.last - span.first + 1 < length)
        return err_set(err, ERR_USAGE,
                       "Content-Range '%.100s' does not fit a body of %lld "
                       "bytes",
                       range, length);
    piece->first += span.first;
    piece->total = total;
    return 0;
}

/* Audit the first bytes of an input, and every refusal. */
static bool
is_decision(const struct http_call *call, int rc)
{
    const char *range = http_header(call->http, "Content-Range");

    return rc < 0 || (!call->http->begun &&
                      (range == NULL || strncmp(range, "bytes 0-", 8) == 0));
}

static int
put(struct http_call *call, struct err *err)
{
    struct service *s = call->service;
    const char *id = route_param(&call->params, "id");
    const char *path = route_param(&call->params, "path");
    struct stage_piece piece;
    int rc = read_piece(call, &piece, err);

    path += *path == '/';
    if (rc == 0)
        rc = life_upload(s->life, call->peer->identity, id, path, &piece, err);
    if (rc == 0 && call->body_last)
        buf_addf(&call->reply, "%lld of %lld bytes are here\n",
                 piece.first + (long long)piece.len, piece.total);
    if (is_decision(call, rc))
        audit_decision(call->peer->identity, "upload", uuid_ok(id) ? id : "-",
                       call->from, rc < 0 ? err : NULL);
    return rc == 0 && !call->body_last ? HTTP_MORE : rc;
}

static int
list(struct http_call *call, struct err *err)
{
    struct service *s = call->service;

    return life_uploads(s->life, call->peer->identity,
                        route_param(&call->params, "id"), &call->reply, err);
}

static const struct http_route routes[] = {
    { "PUT", JOBS_PATH "{id}/files{path*}", HTTP_STREAMED, put,
      "PUT " JOBS_PATH, NULL, HTTP_BODY_ANY },
    { "GET", JOBS_PATH "{id}/uploads", HTTP_LIMITED, list,
      "GET " JOBS_PATH "uploads", NULL, HTTP_BODY_SMALL },
    { .path = NULL },
};

const struct door input_door = { .name = "input", .routes = routes };
