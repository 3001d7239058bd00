/* tests/unit/test_soap_client.c - calls against a server in this process: what
 * comes back, and each way to fail, in a sentence. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/lib/lib_testca.h"

#include <cmocka.h>

#include "base/codec.h"
#include "base/xml.h"
#include "soap/client.h"
#include "soap/soap_service.h"

#define NS "urn:test"

/* What all tests share. */
static struct {
    char dir[32];
    struct testca *ca, *other;
    struct trust *trust;
    struct cred *host, *alice, *stranger;
    struct soap_service *service;
    struct http_server *server;
    char *url;
} site;

static int
echo_run(struct soap_call *call, struct err *err)
{
    char *text = xml_text(call->payload);

    (void)err;
    buf_addf(&call->reply, "<t:Answer xmlns:t=\"" NS "\">%s of %s</t:Answer>",
             text, call->peer != NULL ? call->peer->identity : "nobody");
    free(text);
    return 0;
}

static int
header_run(struct soap_call *call, struct err *err)
{
    char *key = xml_child_text(call->header, "urn:k", "Key");

    (void)err;
    buf_addf(&call->reply, "<Answer>%s %s %s</Answer>",
             key != NULL ? key : "none", call->wsa.action,
             call->wsa.message_id);
    free(key);
    return 0;
}

static int
fault_run(struct soap_call *call, struct err *err)
{
    (void)err;
    return soap_fault(call, "Client", "not <today>", "<d xmlns=\"urn:d\"/>");
}

static int
error_run(struct soap_call *call, struct err *err)
{
    (void)call;
    return err_set(err, ERR_STATE, "not now");
}

static int
empty_run(struct soap_call *call, struct err *err)
{
    (void)call, (void)err;
    return 0;
}

static atomic_int sleepers; /* that have begun */

static int
slow_run(struct soap_call *call, struct err *err)
{
    atomic_fetch_add(&sleepers, 1);
    usleep(300000);
    return empty_run(call, err);
}

static int
big_run(struct soap_call *call, struct err *err)
{
    (void)err;
    buf_adds(&call->reply, "<Answer>");
    for (int i = 0; i < 20000; i++)
        buf_adds(&call->reply, "0123456789");
    buf_adds(&call->reply, "</Answer>");
    return 0;
}

static int
page_get(struct http_call *call, struct err *err)
{
    (void)err;
    buf_adds(&call->reply, "a page");
    return 0;
}

static const struct soap_op ops[] = {
#define OP(name, run)                                                \
    {                                                                \
        "/t", NS, name, NS "/" name, HTTP_ANONYMOUS, run, NULL, NULL \
    }
    OP("Echo", echo_run),   OP("Header", header_run),
    OP("Fault", fault_run), OP("Error", error_run),
    OP("Empty", empty_run), OP("Slow", slow_run),
    OP("Big", big_run),     { NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL },
};
static const struct soap_op *const tables[] = { ops, NULL };
static const struct http_route routes[] = {
    { "GET", "/page", HTTP_ANONYMOUS, page_get, NULL, NULL, HTTP_BODY_SMALL },
    { .path = NULL },
};

/* Start one more server. */
static struct http_server *
serve(void)
{
    const struct http_route *const served[] = {
        soap_service_routes(site.service), routes, NULL
    };
    struct http_listener at = { .tables = served };
    const struct http_server_spec spec = { .program = "test",
                                           .listeners = &at,
                                           .listener_count = 1,
                                           .cred = site.host,
                                           .trust = site.trust,
                                           .tls_min = "1.2",
                                           .workers = 2,
                                           .connections_max = 100,
                                           .idle_timeout_s = 60,
                                           .request_timeout_s = 60,
                                           .body_max = 100000 };
    struct http_server *server;
    struct err err = ERR_INIT;

    assert_int_equal(net_parse("127.0.0.1:0", &at.at, &err), 0);
    if (http_server_start(&spec, &server, &err) < 0)
        fail_msg("%s", err.text);
    return server;
}

static int
set_up(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    snprintf(site.dir, sizeof(site.dir), "/tmp/test_client.XXXXXX");
    assert_non_null(mkdtemp(site.dir));
    site.ca = testca_create("/O=Grid/CN=CA");
    site.other = testca_create("/O=Other/CN=CA");
    testca_trust(site.ca, site.dir, NULL);
    site.host =
        testca_issue(site.ca, &(struct testcert){ .name = "/O=Grid/CN=gate",
                                                  .san = "DNS:localhost" });
    site.alice =
        testca_issue(site.ca, &(struct testcert){ .name = "/O=Grid/CN=Alice" });
    site.stranger = testca_issue(
        site.other, &(struct testcert){ .name = "/O=Other/CN=Eve" });
    assert_int_equal(
        trust_open(site.dir, TRUST_CRL_IF_PRESENT, &site.trust, &err), 0);
    site.service = soap_service_create(
        &(struct soap_service_spec){ .program = "test", .ops = tables });
    site.server = serve();
    site.url = xasprintf("%s/t", http_server_url(site.server));
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    http_server_stop(site.server);
    soap_service_destroy(site.service);
    free(site.url);
    cred_unref(site.host);
    cred_unref(site.alice);
    cred_unref(site.stranger);
    trust_close(site.trust);
    testca_destroy(site.ca);
    testca_destroy(site.other);
    testca_remove_dir(site.dir);
    return 0;
}

/* A client by SPEC, trust filled in. */
static struct soap_client *
client(struct soap_client_spec spec)
{
    struct soap_client *c;
    struct err err = ERR_INIT;

    spec.trust = site.trust;
    if (soap_client_create(&spec, &c, &err) < 0)
        fail_msg("%s", err.text);
    return c;
}

/* Call operation OP; the text of the answer (the caller's), NULL when it failed
 * with ERR. */
static char *
call(struct soap_client *c, const char *url, const char *op,
     const char *headers, struct soap_fault_info *fault, struct err *err)
{
    char *body = xasprintf("<o:%s xmlns:o=\"" NS "\">hello</o:%s>", op, op),
         *text = NULL;
    const struct soap_question q = { .url = url,
                                     .action = "urn:action",
                                     .message_id = "urn:id:1",
                                     .headers = headers,
                                     .body = body,
                                     .fault = fault };
    xmlDoc *doc;
    xmlNode *answer;

    *err = (struct err)ERR_INIT;
    if (soap_client_call(c, &q, &doc, &answer, err) == 0)
        text = answer != NULL ? xml_text(answer) : xstrdup("");
    else
        assert_null(doc);
    xmlFreeDoc(doc);
    free(body);
    return text;
}

/* The call must answer WANT. */
static void
answers(struct soap_client *c, const char *op, const char *headers,
        const char *want)
{
    struct err err;
    char *text = call(c, site.url, op, headers, NULL, &err);

    if (text == NULL || strcmp(text, want) != 0)
        fail_msg("'%s' (%s)", text != NULL ? text : "", err.text);
    free(text);
}

/* The call must fail with CODE and WORDS. */
static void
fails(struct soap_client *c, const char *url, const char *op,
      enum err_code code, const char *words)
{
    struct err err;
    char *text = call(c, url, op, NULL, NULL, &err);

    assert_null(text);
    if (err.code != code || strstr(err.text, words) == NULL)
        fail_msg("%d '%s'", (int)err.code, err.text);
}

static void
a_call_is_answered_as_whom_it_came_from(void **state)
{
    struct soap_client *a = client(
                           (struct soap_client_spec){ .cred = site.alice }),
                       *n = client((struct soap_client_spec){ .cred = NULL });

    (void)state;
    for (int i = 0; i < 3; i++)
        answers(a, "Echo", NULL, "hello of /O=Grid/CN=Alice");
    answers(n, "Echo", NULL, "hello of nobody");
    answers(a, "Empty", NULL, "");
    answers(a, "Header", "<Key xmlns=\"urn:k\">7</Key>",
            "7 urn:action urn:id:1");
    soap_client_destroy(a);
    soap_client_destroy(n);
}

static void
a_fault_comes_with_its_parts(void **state)
{
    struct soap_client *c =
        client((struct soap_client_spec){ .cred = site.alice });
    struct soap_fault_info fault;
    struct err err;

    (void)state;
    assert_null(call(c, site.url, "Fault", NULL, &fault, &err));
    assert_int_equal(err.code, ERR_REMOTE);
    assert_string_equal(err.text, "not <today>");
    assert_true(fault.set);
    assert_string_equal(fault.code, "Client");
    assert_non_null(strstr(fault.detail, "urn:d"));
    soap_fault_info_fini(&fault);
    assert_null(call(c, site.url, "Error", NULL, &fault, &err));
    assert_string_equal(err.text, "not now");
    assert_non_null(strstr(fault.detail, "WrongState"));
    soap_fault_info_fini(&fault);
    fails(c, site.url, "Nothing", ERR_REMOTE, "{" NS "}Nothing");
    /* The next call is none the worse. */
    answers(c, "Echo", NULL, "hello of /O=Grid/CN=Alice");
    soap_client_destroy(c);
}

static void
the_server_must_be_whom_we_expect(void **state)
{
    char *by_address = xasprintf("https://127.0.0.1:%u/t",
                                 net_port(http_server_addr(site.server)));
    struct soap_client *host = client(
                           (struct soap_client_spec){ .cred = site.alice }),
                       *name = client((struct soap_client_spec){
                           .cred = site.alice, .subject = "/O=Grid/CN=gate" }),
                       *wrong = client((struct soap_client_spec){
                           .cred = site.alice, .subject = "/O=Grid/CN=door" }),
                       *own = client((struct soap_client_spec){
                           .cred = site.host, .self = true }),
                       *other = client((struct soap_client_spec){
                           .cred = site.alice, .self = true });
    struct err err;
    char *text;

    (void)state;
    fails(host, by_address, "Echo", ERR_AUTHN, "127.0.0.1");
    text = call(name, by_address, "Echo", NULL, NULL, &err);
    assert_string_equal(text, "hello of /O=Grid/CN=Alice");
    free(text);
    fails(wrong, site.url, "Echo", ERR_AUTHN,
          "the server is '/O=Grid/CN=gate'");
    answers(own, "Echo", NULL, "hello of /O=Grid/CN=gate");
    fails(other, site.url, "Echo", ERR_AUTHN,
          "not the expected '/O=Grid/CN=Alice'");
    soap_client_destroy(host);
    soap_client_destroy(name);
    soap_client_destroy(wrong);
    soap_client_destroy(own);
    soap_client_destroy(other);
    free(by_address);
}

static void
a_refused_certificate_is_a_sentence(void **state)
{
    struct soap_client *c =
        client((struct soap_client_spec){ .cred = site.stranger });

    (void)state;
    fails(c, site.url, "Echo", ERR_AUTHN,
          "the server refused our certificate: unknown certificate authority");
    soap_client_destroy(c);
}

static void
limits_hold(void **state)
{
    struct soap_client *small = client((struct soap_client_spec){
                           .cred = site.alice, .reply_max = 1000 }),
                       *quick = client((struct soap_client_spec){
                           .cred = site.alice, .timeout_ms = 100 });

    (void)state;
    fails(small, site.url, "Big", ERR_LIMIT, "longer than 1000");
    fails(quick, site.url, "Slow", ERR_TIMEOUT, "imeout");
    fails(quick, "https://localhost:1/t", "Echo", ERR_UNREACHABLE, "connect");
    fails(quick, "http://localhost:1/t", "Echo", ERR_USAGE, "rotocol");
    soap_client_destroy(small);
    soap_client_destroy(quick);
}

static void
a_call_can_be_cancelled(void **state)
{
    atomic_bool cancel = true;
    struct soap_client *c = client(
        (struct soap_client_spec){ .cred = site.alice, .cancel = &cancel });

    (void)state;
    fails(c, site.url, "Slow", ERR_CANCELLED, "");
    atomic_store(&cancel, false);
    answers(c, "Echo", NULL, "hello of /O=Grid/CN=Alice");
    soap_client_destroy(c);
}

/* GET URL into OUT, MAX bytes at most: the status, or -1 with ERR. */
static int
get(struct soap_client *c, const char *url, size_t max, struct buf *out,
    struct err *err)
{
    int status = 0;

    return soap_client_page(c, &(struct soap_page){ .url = url, .max = max },
                            out, &status, err) < 0
               ? -1
               : status;
}

static void
what_is_no_soap_is_said_so(void **state)
{
    char *page = xasprintf("%s/page", http_server_url(site.server)),
         *none = xasprintf("%s/none", http_server_url(site.server));
    struct soap_client *c =
        client((struct soap_client_spec){ .cred = site.alice });
    struct buf out = BUF_INIT;
    struct err err = ERR_INIT;

    (void)state;
    fails(c, none, "Echo", ERR_PROTOCOL, "HTTP 404: nothing is served here");
    fails(c, page, "Echo", ERR_PROTOCOL, "HTTP 405");
    assert_int_equal(get(c, page, 100, &out, &err), 200);
    assert_string_equal(buf_str(&out), "a page");
    assert_int_equal(get(c, page, 3, &out, &err), -1);
    assert_int_equal(err.code, ERR_LIMIT);
    err = (struct err)ERR_INIT;
    assert_int_equal(get(c, none, 100, &out, &err), 404);
    answers(c, "Echo", NULL, "hello of /O=Grid/CN=Alice");
    buf_fini(&out);
    soap_client_destroy(c);
    free(page);
    free(none);
}

/* A thread that calls Slow at the URL ARG; returns the answer. */
static void *
call_slow(void *arg)
{
    struct soap_client *c =
        client((struct soap_client_spec){ .cred = site.alice });
    struct err err;
    char *text = call(c, arg, "Slow", NULL, NULL, &err);

    soap_client_destroy(c);
    return text;
}

static void
a_server_that_ends_answers_what_it_has(void **state)
{
    struct http_server *server = serve();
    char *url = xasprintf("%s/t", http_server_url(server));
    int before = atomic_load(&sleepers);
    pthread_t thread;
    void *text;

    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, call_slow, url), 0);
    while (atomic_load(&sleepers) == before)
        usleep(1000);
    http_server_stop(server);
    pthread_join(thread, &text);
    assert_non_null(text);
    free(text);
    free(url);
}

static void
a_new_credential_serves_new_connections(void **state)
{
    struct http_server *server = serve();
    char *url = xasprintf("%s/t", http_server_url(server));
    struct soap_client *old = client(
                           (struct soap_client_spec){ .cred = site.alice }),
                       *new = client((struct soap_client_spec){
                           .cred = site.alice,
                           .subject = "/O=Grid/CN=renewed" });
    struct cred *renewed =
        testca_issue(site.ca, &(struct testcert){ .name = "/O=Grid/CN=renewed",
                                                  .san = "DNS:localhost" });
    struct err err;
    char *text;

    (void)state;
    free(call(old, url, "Echo", NULL, NULL, &err));
    fails(new, url, "Echo", ERR_AUTHN, "gate");
    assert_int_equal(http_server_set_cred(server, renewed, &err), 0);
    text = call(new, url, "Echo", NULL, NULL, &err);
    assert_string_equal(text, "hello of /O=Grid/CN=Alice");
    free(text);
    text = call(old, url, "Echo", NULL, NULL, &err); /* still connected */
    assert_string_equal(text, "hello of /O=Grid/CN=Alice");
    free(text);
    soap_client_destroy(old);
    soap_client_destroy(new);
    http_server_stop(server);
    cred_unref(renewed);
    free(url);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_is_answered_as_whom_it_came_from),
        cmocka_unit_test(a_fault_comes_with_its_parts),
        cmocka_unit_test(the_server_must_be_whom_we_expect),
        cmocka_unit_test(a_refused_certificate_is_a_sentence),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(a_call_can_be_cancelled),
        cmocka_unit_test(what_is_no_soap_is_said_so),
        cmocka_unit_test(a_server_that_ends_answers_what_it_has),
        cmocka_unit_test(a_new_credential_serves_new_connections),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
