/* tests/unit/test_wsa.c - WS-Addressing headers and references, as toolkits
 * write them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/xml.h"
#include "soap/wsa.h"

static xmlDoc *
parse(const char *text)
{
    struct err err = ERR_INIT;
    xmlDoc *doc;

    if (xml_parse(text, strlen(text), &doc, &err) < 0)
        fail_msg("%s in %s", err.text, text);
    return doc;
}

/* Read the headers in TEXT; the version that was read, and rc in *RC. */
static struct wsa
headers(const char *text, int *rc, struct err *err)
{
    xmlDoc *doc = parse(text);
    struct wsa w;

    *err = (struct err)ERR_INIT;
    *rc = wsa_read(&w, xmlDocGetRootElement(doc), err);
    xmlFreeDoc(doc);
    return w;
}

/* What the original Globus client sends. */
static const char globus[] =
    "<Header xmlns:wsa='" WSA_2004_03 "'>"
    "<wsa:MessageID>uuid:3c1e</wsa:MessageID>"
    "<wsa:To>https://localhost:18443/wsrf/services/X</wsa:To>"
    "<wsa:Action> http://x/createManagedJobRequest\n</wsa:Action>"
    "<wsa:From><wsa:Address>" WSA_2004_03 "/role/anonymous</wsa:Address>"
    "</wsa:From><n:ResourceID xmlns:n='u:n'>Fork</n:ResourceID></Header>";

static void
globus_headers_are_read(void **state)
{
    struct err err;
    int rc;
    struct wsa w = headers(globus, &rc, &err);

    (void)state;
    assert_int_equal(rc, 0);
    assert_int_equal(w.version, WSA_V200403);
    assert_string_equal(w.message_id, "uuid:3c1e");
    assert_string_equal(w.action, "http://x/createManagedJobRequest");
    assert_string_equal(w.to, "https://localhost:18443/wsrf/services/X");
    assert_null(w.relates_to);
    wsa_fini(&w);
}

static void
no_headers_are_no_addressing(void **state)
{
    struct err err;
    struct wsa w;
    int rc;

    (void)state;
    assert_int_equal(wsa_read(&w, NULL, &err), 0);
    assert_int_equal(w.version, WSA_NONE);
    w = headers("<H><To>x</To></H>", &rc, &err);
    assert_int_equal(rc, 0);
    assert_int_equal(w.version, WSA_NONE);
    assert_null(w.to);
}

static void
an_answer_goes_nowhere_else(void **state)
{
    struct err err;
    struct wsa w;
    int rc;

    (void)state;
    w = headers("<H xmlns='" WSA_2005_08 "'><ReplyTo><Address>" WSA_2005_08
                "/anonymous</Address></ReplyTo></H>",
                &rc, &err);
    assert_int_equal(rc, 0);
    w = headers("<H xmlns='" WSA_2005_08 "'><To>x</To><ReplyTo><Address>"
                "https://victim/</Address></ReplyTo></H>",
                &rc, &err);
    assert_int_equal(rc, -1);
    assert_int_equal(err.code, ERR_UNSUPPORTED);
    assert_int_equal(w.version, WSA_V200508);
    assert_null(w.to);
    /* The anonymous address of another version is an address like others. */
    headers("<H xmlns='" WSA_2005_08 "'><FaultTo><Address>" WSA_2004_08
            "/role/anonymous</Address></FaultTo></H>",
            &rc, &err);
    assert_int_equal(rc, -1);
    headers("<H xmlns='" WSA_2005_08 "'><FaultTo/></H>", &rc, &err);
    assert_int_equal(rc, -1);
    assert_int_equal(err.code, ERR_SYNTAX);
}

static void
empty_text_is_no_value(void **state)
{
    struct err err;
    struct wsa w;
    int rc;

    (void)state;
    w = headers("<H xmlns='" WSA_2005_08 "'><MessageID/><To> </To>"
                "<RelatesTo/><Action>a</Action></H>",
                &rc, &err);
    assert_int_equal(rc, 0);
    assert_null(w.message_id);
    assert_null(w.to);
    assert_null(w.relates_to);
    assert_string_equal(w.action, "a");
    wsa_fini(&w);
    headers("<H xmlns='" WSA_2005_08 "'><MessageID/><MessageID>2</MessageID>"
            "</H>",
            &rc, &err);
    assert_int_equal(rc, -1);
}

static void
doubled_and_mixed_headers_are_refused(void **state)
{
    struct err err;
    int rc;

    (void)state;
    headers("<H xmlns='" WSA_2005_08 "'><MessageID>1</MessageID>"
            "<MessageID>2</MessageID></H>",
            &rc, &err);
    assert_int_equal(rc, -1);
    assert_non_null(strstr(err.text, "'MessageID' occurs twice"));
    headers("<H xmlns='" WSA_2005_08 "'><To>1</To><Action xmlns='" WSA_2004_08
            "'>2</Action></H>",
            &rc, &err);
    assert_int_equal(rc, -1);
    assert_non_null(strstr(err.text, "mix"));
}

/* Write the answer to W with ACTION and read its headers again. */
static struct wsa
answer(const struct wsa *w, const char *action)
{
    struct buf out = BUF_INIT;
    struct err err;
    struct wsa again;
    int rc;

    buf_adds(&out, "<H>");
    wsa_write_reply(&out, w, action);
    buf_adds(&out, "</H>");
    again = headers(buf_str(&out), &rc, &err);
    assert_int_equal(rc, 0);
    buf_fini(&out);
    return again;
}

static void
answers_speak_the_version_of_the_question(void **state)
{
    static const char *const anonymous[] = {
        [WSA_V200403] = "http://schemas.xmlsoap.org/ws/2004/03/addressing/role/"
                        "anonymous",
        [WSA_V200408] = "http://schemas.xmlsoap.org/ws/2004/08/addressing/role/"
                        "anonymous",
        [WSA_V200508] = "http://www.w3.org/2005/08/addressing/anonymous",
    };

    (void)state;
    for (int v = WSA_NONE; v <= WSA_V200508; v++) {
        char id[] = "uuid:<1>";
        struct wsa w = { .version = (enum wsa_version)v, .message_id = id },
                   again = answer(&w, "http://a/R&S");

        assert_int_equal(again.version, v);
        if (v != WSA_NONE) {
            assert_string_equal(again.relates_to, id);
            assert_string_equal(again.action, "http://a/R&S");
            assert_string_equal(again.to, anonymous[v]);
            assert_non_null(strstr(again.message_id, "uuid:"));
            assert_int_equal(wsa_version(wsa_ns(again.version)), v);
        }
        wsa_fini(&again);
    }
}

static void
requests_are_read_as_written(void **state)
{
    struct buf out = BUF_INIT;
    struct err err;
    struct wsa w;
    int rc;

    (void)state;
    buf_adds(&out, "<H>");
    wsa_write_request(&out, WSA_V200508, "https://h/x?a&b", "urn:a", "urn:1");
    buf_adds(&out, "</H>");
    w = headers(buf_str(&out), &rc, &err);
    assert_int_equal(rc, 0);
    assert_string_equal(w.to, "https://h/x?a&b");
    assert_string_equal(w.message_id, "urn:1");
    wsa_fini(&w);
    buf_fini(&out);
}

static void
references_are_read_in_each_version(void **state)
{
    xmlDoc *doc = parse("<E xmlns:w='" WSA_2004_03 "'><w:Address> https://h/s "
                        "</w:Address><w:ReferenceProperties><k xmlns='u:k'>7"
                        "</k></w:ReferenceProperties></E>"),
           *bad = parse("<E xmlns:w='" WSA_2005_08 "'><w:Address> "
                        "</w:Address></E>");
    struct err err = ERR_INIT;
    struct wsa_epr epr;

    (void)state;
    assert_int_equal(wsa_epr_read(&epr, xmlDocGetRootElement(doc), &err), 0);
    assert_string_equal(epr.address, "https://h/s");
    assert_int_equal(epr.version, WSA_V200403);
    assert_true(xml_is(xml_first(epr.properties), "u:k", "k"));
    assert_null(epr.parameters);
    wsa_epr_fini(&epr);
    assert_int_equal(wsa_epr_read(&epr, xmlDocGetRootElement(bad), &err), -1);
    assert_int_equal(err.code, ERR_SYNTAX);
    assert_null(epr.address);
    xmlFreeDoc(doc);
    xmlFreeDoc(bad);
}

static void
parameters_travel_as_headers(void **state)
{
    struct buf out = BUF_INIT, head = BUF_INIT;
    struct err err = ERR_INIT;
    struct wsa_epr epr;
    xmlDoc *doc;
    const xmlNode *k;
    char *mark, *ns, *name;

    (void)state;
    buf_adds(&out, "<E xmlns:q='u:q'>");
    wsa_epr_write(&out, WSA_V200508, "https://h/s",
                  "<q:k a='1'>q:x</q:k><k2/>");
    buf_adds(&out, "</E>");
    doc = parse(buf_str(&out));
    assert_int_equal(wsa_epr_read(&epr, xmlDocGetRootElement(doc), &err), 0);
    buf_adds(&head, "<H>");
    wsa_epr_headers(&head, &epr);
    buf_adds(&head, "</H>");
    wsa_epr_fini(&epr);
    xmlFreeDoc(doc);
    doc = parse(buf_str(&head));
    k = xml_first(xmlDocGetRootElement(doc));
    assert_true(xml_is(k, "u:q", "k"));
    mark = (char *)xmlGetNsProp((xmlNode *)(uintptr_t)k,
                                (const xmlChar *)"IsReferenceParameter",
                                (const xmlChar *)WSA_2005_08);
    assert_string_equal(mark, "true");
    xmlFree(mark);
    assert_int_equal(xml_qname_text(k, &ns, &name, &err), 0);
    assert_string_equal(ns, "u:q");
    free(ns);
    free(name);
    assert_true(xml_is(xml_next(k), NULL, "k2"));
    xmlFreeDoc(doc);
    buf_fini(&out);
    buf_fini(&head);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(globus_headers_are_read),
        cmocka_unit_test(no_headers_are_no_addressing),
        cmocka_unit_test(an_answer_goes_nowhere_else),
        cmocka_unit_test(empty_text_is_no_value),
        cmocka_unit_test(doubled_and_mixed_headers_are_refused),
        cmocka_unit_test(answers_speak_the_version_of_the_question),
        cmocka_unit_test(requests_are_read_as_written),
        cmocka_unit_test(references_are_read_in_each_version),
        cmocka_unit_test(parameters_travel_as_headers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
