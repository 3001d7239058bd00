/* tests/unit/test_http.c - requests taken in byte by byte, and those that are
 * refused (RFC 9112). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "http/http.h"

#define BODY_MAX 1000

/* Feed TEXT in pieces of STEP bytes; *left gets what was not taken. */
static struct http_msg *
feed(const char *text, size_t n, size_t step, size_t *left)
{
    struct http_msg *m = xcalloc(1, sizeof(*m));

    http_init(m, BODY_MAX);
    for (size_t at = 0; at < n;) {
        size_t used, some = n - at < step ? n - at : step;
        enum http_state s = http_feed(m, text + at, some, &used);

        at += used;
        *left = n - at;
        if (s == HTTP_DONE || s == HTTP_BAD)
            break;
        assert_int_equal(used, some);
    }
    return m;
}

static void
discard(struct http_msg *m)
{
    http_fini(m);
    free(m);
}

/* TEXT must be refused with STATUS, whole and byte by byte. */
static void
refused(const char *text, int status)
{
    for (size_t step = 1; step <= strlen(text); step += strlen(text) - 1) {
        size_t left;
        struct http_msg *m = feed(text, strlen(text), step, &left);

        if (m->state != HTTP_BAD || m->status != status)
            fail_msg("state %d status %d (%s) for '%.60s'", (int)m->state,
                     m->status, m->reason != NULL ? m->reason : "", text);
        assert_false(http_keeps(m));
        discard(m);
    }
}

/* TEXT must be complete with PATH and BODY; the caller discards. */
static struct http_msg *
taken(const char *text, const char *path, const char *body)
{
    struct http_msg *m = NULL;

    for (size_t step = 1; step <= strlen(text); step += strlen(text) - 1) {
        size_t left = 0;

        if (m != NULL)
            discard(m);
        m = feed(text, strlen(text), step, &left);
        if (m->state != HTTP_DONE)
            fail_msg("state %d status %d (%s)", (int)m->state, m->status,
                     m->reason != NULL ? m->reason : "");
        assert_string_equal(m->path, path);
        assert_string_equal(buf_str(&m->body), body);
        assert_int_equal(left, 0);
    }
    return m;
}

static void
a_plain_post_is_taken(void **state)
{
    struct http_msg *m = taken("POST /bes?x=1 HTTP/1.1\r\nHost: h\r\n"
                               "content-length: 5\r\nX-A:  b c \t\r\n\r\nhello",
                               "/bes", "hello");

    (void)state;
    assert_string_equal(m->method, "POST");
    assert_string_equal(m->query, "x=1");
    assert_string_equal(http_header(m, "x-a"), "b c");
    assert_null(http_header(m, "x-b"));
    assert_true(http_keeps(m));
    discard(m);
}

static void
an_absolute_target_is_reduced(void **state)
{
    (void)state;
    discard(taken("GET https://h:1/a%20b?q HTTP/1.1\r\nhost: h:1\r\n\r\n",
                  "/a b", ""));
    discard(taken("GET HTTP://h HTTP/1.1\r\nhost: h\r\n\r\n", "/", ""));
    discard(taken("GET http://h?q HTTP/1.1\r\nhost: h\r\n\r\n", "/", ""));
    refused("GET h:443 HTTP/1.1\r\nHost: h\r\n\r\n", 400);
    refused("GET ftp://h/ HTTP/1.1\r\nHost: h\r\n\r\n", 400);
    refused("GET /%00 HTTP/1.1\r\nHost: h\r\n\r\n", 400);
    refused("GET /%zz HTTP/1.1\r\nHost: h\r\n\r\n", 400);
}

static void
chunks_are_joined(void **state)
{
    struct http_msg *m =
        taken("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\n"
              "\r\n5;a=\"b\"\r\nhello\r\n00A \r\n 123456789\r\n0\r\nX: y\r\n"
              "\r\n",
              "/", "hello 123456789");

    (void)state;
    discard(m);
    discard(taken("POST / HTTP/1.1\nHost: h\nTransfer-Encoding: chunked\n\n"
                  "1\nx\n0\n\n",
                  "/", "x"));
}

#define CHUNKED \
    "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"

static void
bad_chunks_are_refused(void **state)
{
    struct buf b = BUF_INIT;

    (void)state;
    refused(CHUNKED "x\r\n", 400);
    refused(CHUNKED "\r\n", 400);
    refused(CHUNKED "-5\r\n", 400);
    refused(CHUNKED "5\r\nhelloX\r\n", 400);
    refused(CHUNKED "fffffffffffffffffff\r\n", 400);
    refused(CHUNKED "7fffffffffffffff\r\n", 400);
    refused(CHUNKED "3e9\r\n", 413);
    /* what others between here and there might read as another line's end */
    refused(CHUNKED "5;a\nhello\r\n0\r\n\r\n", 400);
    refused(CHUNKED "5;a\rb\r\nhello\r\n0\r\n\r\n", 400);
    refused(CHUNKED "5\rb\r\nhello\r\n0\r\n\r\n", 400);
    refused(CHUNKED "5;a\x01\r\nhello\r\n0\r\n\r\n", 400);
    refused(CHUNKED "0\r\nX: a\rb\r\n\r\n", 400);
    buf_adds(&b, CHUNKED "1;");
    for (int i = 0; i < HTTP_CHUNK_MAX; i++)
        buf_addc(&b, 'x');
    refused(buf_str(&b), 400);
    buf_clear(&b);
    buf_adds(&b, CHUNKED "0\r\n");
    for (int i = 0; i < HTTP_TRAILER_MAX; i++)
        buf_adds(&b, "X: y\r\n");
    refused(buf_str(&b), 431);
    buf_fini(&b);
}

static void
bodies_have_a_limit(void **state)
{
    (void)state;
    refused("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3221225472\r\n\r\n",
            413);
    refused("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: "
            "99999999999999999999999999\r\n\r\n",
            413);
    refused("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1001\r\n\r\n", 413);
}

static void
doubtful_lengths_are_refused(void **state)
{
    (void)state;
    refused("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n"
            "Content-Length: 2\r\n\r\n",
            400);
    refused("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: +1\r\n\r\n", 400);
    refused("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1, 1\r\n\r\n", 400);
    refused("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n"
            "Transfer-Encoding: chunked\r\n\r\n",
            400);
    refused("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n"
            "\r\n",
            501);
    refused("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n"
            "Transfer-Encoding: chunked\r\n\r\n",
            400);
    refused("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400);
    discard(taken("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n"
                  "Content-Length: 1\r\n\r\nx",
                  "/", "x"));
}

static void
malformed_heads_are_refused(void **state)
{
    (void)state;
    refused("GET / HTTP/1.1\r\n\r\n", 400);
    refused("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400);
    refused("GET /\r\n\r\n", 400);
    refused("GET / HTTP/2.0\r\n\r\n", 505);
    refused("PRI * HTTP/2.0\r\n\r\n", 505);
    refused("GET / HTTQ/1.1\r\n\r\n", 400);
    refused("GE(T / HTTP/1.1\r\nHost: h\r\n\r\n", 400);
    refused("GET / HTTP/1.1\r\nHost : h\r\n\r\n", 400);
    refused("GET / HTTP/1.1\r\nHost: h\r\nno colon\r\n\r\n", 400);
    refused("GET / HTTP/1.1\r\nHost: h\r\nX: a\r\n b\r\n\r\n", 400);
    refused("GET / HTTP/1.1\r\nHost: h\r\nX: a\rb\r\n\r\n", 400);
    refused("GET / HTTP/1.1\r\nHost: h\r\nX: a\x01\r\n\r\n", 400);
    refused("POST / HTTP/1.1\r\nHost: h\r\nExpect: more\r\n\r\n", 417);
    refused("\r\n \r\n\r\n", 400);
}

static void
heads_have_a_limit(void **state)
{
    struct buf b = BUF_INIT;

    (void)state;
    buf_adds(&b, "GET /");
    for (int i = 0; i < HTTP_LINE_MAX; i++)
        buf_addc(&b, 'x');
    refused(buf_str(&b), 414);
    buf_clear(&b);
    buf_adds(&b, "GET / HTTP/1.1\r\nHost: h\r\n");
    for (int i = 0; i < HTTP_HEAD_MAX / 100; i++)
        buf_addf(&b, "X: %0100d\r\n", i);
    refused(buf_str(&b), 431);
    buf_clear(&b);
    buf_adds(&b, "GET / HTTP/1.1\r\nHost: h\r\n");
    for (int i = 0; i < HTTP_FIELDS_MAX; i++)
        buf_adds(&b, "X: y\r\n");
    buf_adds(&b, "\r\n");
    refused(buf_str(&b), 431);
    buf_fini(&b);
}

static void
what_follows_is_left_for_the_next(void **state)
{
    static const char two[] = "\r\nGET /1 HTTP/1.1\r\nHost: h\r\n\r\n"
                              "GET /2 HTTP/1.1\r\nHost: h\r\n\r\n";
    size_t left;
    struct http_msg *m = feed(two, sizeof(two) - 1, 1000, &left);

    (void)state;
    assert_int_equal(m->state, HTTP_DONE);
    assert_string_equal(m->path, "/1");
    assert_int_equal(left, strlen("GET /2 HTTP/1.1\r\nHost: h\r\n\r\n"));
    discard(m);
}

static void
keeping_the_connection_follows_version_and_field(void **state)
{
    static const struct {
        const char *text;
        bool keeps;
    } rows[] = {
        { "GET / HTTP/1.1\r\nHost: h\r\n\r\n", true },
        { "GET / HTTP/1.1\r\nHost: h\r\nConnection: x , Close\r\n\r\n", false },
        { "GET / HTTP/1.0\r\n\r\n", false },
        { "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", true },
        { "GET / HTTP/1.1\r\nHost: h\r\nConnection: closed\r\n\r\n", true },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct http_msg *m = taken(rows[i].text, "/", "");

        assert_int_equal(http_keeps(m), rows[i].keeps);
        discard(m);
    }
}

static void
continue_is_wanted_once(void **state)
{
    static const char text[] = "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 2"
                               "\r\nExpect: 100-Continue\r\n\r\n";
    size_t left;
    struct http_msg *m = feed(text, sizeof(text) - 1, 1000, &left);

    (void)state;
    assert_int_equal(m->state, HTTP_BODY);
    assert_true(http_wants_continue(m));
    assert_false(http_wants_continue(m));
    discard(m);
}

static void
parameters_are_found_and_decoded(void **state)
{
    char *s = http_param("a=1&xsd=b%2Fc&wsdl", "xsd");

    (void)state;
    assert_string_equal(s, "b/c");
    free(s);
    s = http_param("a=1&wsdl", "wsdl");
    assert_string_equal(s, "");
    free(s);
    assert_null(http_param("ab=1", "a"));
    assert_null(http_param("a=%0", "a"));
    assert_null(http_param(NULL, "a"));
}

static void
ranges_are_read(void **state)
{
    static const struct {
        const char *text;
        int rc;
        long long first, last;
    } rows[] = {
        { "bytes=0-3", 1, 0, 3 },     { "bytes=5-", 1, 5, 9 },
        { "bytes=-3", 1, 7, 9 },      { "bytes=-30", 1, 0, 9 },
        { "bytes=5-500", 1, 5, 9 },   { "bytes=10-", -1, 0, 0 },
        { "bytes=-0", -1, 0, 0 },     { "bytes=3-2", 0, 0, 0 },
        { "bytes=0-1,3-4", 0, 0, 0 }, { "lines=0-1", 0, 0, 0 },
        { "bytes=x-", 0, 0, 0 },      { "bytes=", 0, 0, 0 },
    };
    struct http_span span;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(http_range(rows[i].text, 10, &span), rows[i].rc);
        if (rows[i].rc == 1) {
            assert_int_equal(span.first, rows[i].first);
            assert_int_equal(span.last, rows[i].last);
        }
    }
    assert_int_equal(http_range("bytes=0-", 0, &span), -1);
    assert_int_equal(http_range(NULL, 10, &span), 0);
}

static void
a_content_range_is_whole_or_none(void **state)
{
    static const char *const bad[] = {
        "",
        "bytes",
        "bytes 0-1",
        "bytes=0-1/2",
        "bytes 1-0/2",
        "bytes 0-2/2",
        "bytes */2",
        "bytes 0-1/*",
        "bytes -1/2",
        "bytes 0-1/2 ",
        "bytes 0-1/2x",
        "bytes  0-1/2",
        "lines 0-1/2",
        "bytes 0-1,2/9",
        "bytes 0-",
        "bytes +0-1/2",
        "bytes 0-1/9999999999999999999",
    };
    struct http_span span;
    long long total;

    (void)state;
    assert_int_equal(http_content_range("Bytes 3-7/8", &span, &total), 0);
    assert_int_equal(span.first, 3);
    assert_int_equal(span.last, 7);
    assert_int_equal(total, 8);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(http_content_range(bad[i], &span, &total), -1);
}

/* The limits of the streamed bodies below. */
static void
in_parts_of_four(struct http_msg *m, void *arg)
{
    m->part = 4;
    m->body_max = *(const size_t *)arg;
}

/* Feed TEXT by STEP bytes, and write the parts to PARTS, a bar behind each that
 * is not the last. */
static struct http_msg *
streamed(const char *text, size_t step, size_t most, struct buf *parts)
{
    struct http_msg *m = xcalloc(1, sizeof(*m));
    size_t at = 0, n = strlen(text), used;

    http_init(m, 1);
    m->limit = in_parts_of_four;
    m->limit_arg = &most;
    while (at < n && m->state != HTTP_DONE && m->state != HTTP_BAD) {
        http_feed(m, text + at, n - at < step ? n - at : step, &used);
        at += used;
        if (!http_part_due(m))
            continue;
        buf_addf(parts, "%lld:%s|", m->body_at, buf_str(&m->body));
        http_part_taken(m);
    }
    buf_addf(parts, "%lld:%s", m->body_at, buf_str(&m->body));
    return m;
}

static void
a_streamed_body_is_taken_in_parts(void **state)
{
    static const char *const texts[] = {
        "PUT /x HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n0123456789",
        "PUT /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
        "3\r\n012\r\n6\r\n345678\r\n1\r\n9\r\n0\r\n\r\n",
    };

    (void)state;
    for (size_t i = 0; i < 2; i++)
        for (size_t step = 1; step < 200; step += 66) {
            struct buf parts = BUF_INIT;
            struct http_msg *m = streamed(texts[i], step, 10, &parts);

            assert_int_equal(m->state, HTTP_DONE);
            assert_string_equal(buf_str(&parts), "0:0123|4:4567|8:89");
            buf_fini(&parts);
            discard(m);
        }
}

static void
a_streamed_body_has_a_limit_too(void **state)
{
    struct buf parts = BUF_INIT;
    struct http_msg *m =
        streamed("PUT /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n"
                 "\r\n5\r\n01234\r\n5\r\n56789\r\n0\r\n\r\n",
                 1000, 9, &parts);

    (void)state;
    assert_int_equal(m->state, HTTP_BAD);
    assert_int_equal(m->status, 413);
    buf_fini(&parts);
    discard(m);
}

static void
who_waits_to_continue_is_heard_first(void **state)
{
    struct buf parts = BUF_INIT;
    struct http_msg *m =
        streamed("PUT /x HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n"
                 "Content-Length: 3\r\n\r\nabc",
                 67, 10, &parts);

    (void)state;
    assert_int_equal(m->state, HTTP_DONE);
    assert_string_equal(buf_str(&parts), "0:|0:abc");
    buf_fini(&parts);
    discard(m);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plain_post_is_taken),
        cmocka_unit_test(an_absolute_target_is_reduced),
        cmocka_unit_test(chunks_are_joined),
        cmocka_unit_test(bad_chunks_are_refused),
        cmocka_unit_test(bodies_have_a_limit),
        cmocka_unit_test(doubtful_lengths_are_refused),
        cmocka_unit_test(malformed_heads_are_refused),
        cmocka_unit_test(heads_have_a_limit),
        cmocka_unit_test(what_follows_is_left_for_the_next),
        cmocka_unit_test(keeping_the_connection_follows_version_and_field),
        cmocka_unit_test(continue_is_wanted_once),
        cmocka_unit_test(parameters_are_found_and_decoded),
        cmocka_unit_test(ranges_are_read),
        cmocka_unit_test(a_content_range_is_whole_or_none),
        cmocka_unit_test(a_streamed_body_is_taken_in_parts),
        cmocka_unit_test(a_streamed_body_has_a_limit_too),
        cmocka_unit_test(who_waits_to_continue_is_heard_first),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
