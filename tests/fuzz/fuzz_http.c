/* tests/fuzz/fuzz_http.c - a request comes out the same whether its bytes come
 * at once or one by one, and keeps the limits. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "http/http.h"
#include "http/route.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n);

#define BODY_MAX 4096
#define PART     7 /* of a streamed body */

/* Feed N bytes in pieces of STEP; how many were taken. */
static size_t
feed(struct http_msg *m, const char *p, size_t n, size_t step)
{
    size_t at = 0;

    http_init(m, BODY_MAX);
    while (at < n && m->state != HTTP_DONE && m->state != HTTP_BAD) {
        size_t used, some = n - at < step ? n - at : step;

        http_feed(m, p + at, some, &used);
        assert(used <= some);
        assert(used == some || m->state == HTTP_DONE || m->state == HTTP_BAD);
        http_wants_continue(m);
        at += used;
    }
    return at;
}

static void
stream(struct http_msg *m, void *arg)
{
    (void)arg;
    m->part = PART;
}

/* The same request in parts says the same as A, and their bytes are A's body.
 */
static void
check_parts(const struct http_msg *a, const char *p, size_t n, size_t step)
{
    struct http_msg *m = xcalloc(1, sizeof(*m));
    struct buf all = BUF_INIT;
    size_t at = 0;

    http_init(m, BODY_MAX);
    m->limit = stream;
    while (at < n && m->state != HTTP_DONE && m->state != HTTP_BAD) {
        size_t used, some = n - at < step ? n - at : step;

        http_feed(m, p + at, some, &used);
        at += used;
        assert(m->body.len <= PART);
        if (http_part_due(m)) {
            assert(m->body_at == (long long)all.len);
            buf_add(&all, m->body.data, m->body.len);
            http_part_taken(m);
        } else {
            assert(used == some || m->state != HTTP_BODY);
        }
        http_wants_continue(m);
    }
    buf_add(&all, m->body.data, m->body.len);
    assert(m->state == a->state);
    assert(all.len == a->body.len);
    assert(all.len == 0 || memcmp(all.data, a->body.data, all.len) == 0);
    buf_fini(&all);
    http_fini(m);
    free(m);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t n)
{
    struct http_msg *a = xcalloc(2, sizeof(*a)), *b = a + 1;
    size_t at = feed(a, (const char *)data, n, n),
           bt = feed(b, (const char *)data, n, 1);
    struct route_params params;
    struct http_span span;
    long long total;
    const char *text;
    char *param;

    check_parts(a, (const char *)data, n, n);
    check_parts(a, (const char *)data, n, 1);
    assert(a->state == b->state);
    assert(a->body.len <= BODY_MAX && b->body.len <= BODY_MAX);
    if (a->state == HTTP_BAD)
        assert(a->status >= 400 && a->reason != NULL && !http_keeps(a));
    if (a->state == HTTP_DONE) {
        assert(at == bt && a->fields == b->fields);
        assert(strcmp(a->path, b->path) == 0);
        assert(a->body.len == b->body.len);
        assert(a->body.len == 0 ||
               memcmp(a->body.data, b->body.data, a->body.len) == 0);
        if (http_range(http_header(a, "Range"), 100, &span) == 1)
            assert(span.first <= span.last && span.last < 100);
        if (route_match("/jobs/{id}{rest*}", a->path, &params))
            assert(strchr(route_param(&params, "id"), '/') == NULL);
        route_params_fini(&params);
        text = http_header(a, "Content-Range");
        if (text != NULL && http_content_range(text, &span, &total) == 0)
            assert(span.first >= 0 && span.first <= span.last &&
                   span.last < total);
        param = http_param(a->query, "xsd");
        free(param);
    }
    http_fini(a);
    http_fini(b);
    free(a);
    return 0;
}
