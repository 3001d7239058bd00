/* gatekeeper/doors/input_door.c - a job's inputs over HTTPS, from its owner.
 *
 * PUT /jobs/ID/files/PATH: the body is the input PATH, or with Content-Range
 * (RFC 9110, section 14.4) the next piece of it.
 * GET /jobs/ID/uploads: which inputs are uploaded, and what is there of each
 * (stage_upload_text()). */
#include <string.h>

#include "gatekeeper/doors/door.h"

/* What the request brings; a body without Content-Range is the whole input. */
static int
read_piece(const struct http_call *call, struct stage_piece *piece,
           struct err *err)
{
    const char *range = http_header(call->http, "Content-Range");
    struct http_span span;
    long long total;

    *piece = (struct stage_piece){ .total = (long long)call->body->len,
                                   .data = call->body->data,
                                   .len = call->body->len };
    if (range == NULL)
        return 0;
    if (http_content_range(range, &span, &total) < 0)
        return err_set(err, ERR_USAGE,
                       "Content-Range '%.100s' is none of the form 'bytes "
                       "FIRST-LAST/SIZE'",
                       range);
    if (span.last - span.first + 1 != (long long)call->body->len)
        return err_set(err, ERR_USAGE,
                       "Content-Range '%.100s' does not fit a body of %zu "
                       "bytes",
                       range, call->body->len);
    piece->first = span.first;
    piece->total = total;
    return 0;
}

/* The first piece is the decision, and every refusal. */
static bool
is_decision(const struct http_call *call, int rc)
{
    const char *range = http_header(call->http, "Content-Range");

    return rc < 0 || range == NULL || strncmp(range, "bytes 0-", 8) == 0;
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
    if (rc == 0)
        buf_addf(&call->reply, "%lld of %lld bytes are here\n",
                 piece.first + (long long)piece.len, piece.total);
    if (is_decision(call, rc))
        audit_decision(call->peer->identity, "upload", uuid_ok(id) ? id : "-",
                       call->from, rc < 0 ? err : NULL);
    return rc;
}

static int
list(struct http_call *call, struct err *err)
{
    struct service *s = call->service;

    return life_uploads(s->life, call->peer->identity,
                        route_param(&call->params, "id"), &call->reply, err);
}

static const struct http_route routes[] = {
    { "PUT", JOBS_PATH "{id}/files{path*}", 0, put, "PUT " JOBS_PATH, NULL },
    { "GET", JOBS_PATH "{id}/uploads", HTTP_LIMITED, list,
      "GET " JOBS_PATH "uploads", NULL },
    { .path = NULL },
};

const struct door input_door = { .name = "input", .routes = routes };
