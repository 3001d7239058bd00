/* tests/unit/test_envelope.c - envelopes and faults of SOAP 1.1 and 1.2. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/xml.h"
#include "soap/client.h"
#include "soap/envelope.h"
#include "soap/fault.h"

#define E11 "<e:Envelope xmlns:e='" SOAP_NS_11 "'>"
#define E12 "<e:Envelope xmlns:e='" SOAP_NS_12 "'>"
#define END "</e:Envelope>"

static xmlDoc *
parse(const char *text)
{
    struct err err = ERR_INIT;
    xmlDoc *doc;

    if (xml_parse(text, strlen(text), &doc, &err) < 0)
        fail_msg("%s in %s", err.text, text);
    return doc;
}

static void
both_versions_are_taken_apart(void **state)
{
    xmlDoc *one = parse(E11 "<e:Header/><e:Body> <a/> </e:Body>" END),
           *two = parse(E12 "<e:Body><a xmlns='u:a'/></e:Body>" END);
    struct err err = ERR_INIT;
    struct envelope e;

    (void)state;
    assert_int_equal(envelope_read(one, &e, &err), 0);
    assert_int_equal(e.version, SOAP_V11);
    assert_non_null(e.header);
    assert_true(xml_is(e.payload, NULL, "a"));
    assert_int_equal(envelope_read(two, &e, &err), 0);
    assert_int_equal(e.version, SOAP_V12);
    assert_null(e.header);
    assert_true(xml_is(e.payload, "u:a", "a"));
    xmlFreeDoc(one);
    xmlFreeDoc(two);
}

static void
what_is_no_message_is_refused(void **state)
{
    static const struct {
        const char *text;
        enum err_code code;
    } bad[] = {
        { "<Envelope xmlns='urn:soap-3'><Body><a/></Body></Envelope>",
          ERR_PROTOCOL },
        { "<Envelope><Body><a/></Body></Envelope>", ERR_PROTOCOL },
        { "<html/>", ERR_SYNTAX },
        { E11 "<Body><a/></Body>" END, ERR_SYNTAX },
        { E11 "<e:Body/>" END, ERR_SYNTAX },
        { E11 "<e:Body><a/><b/></e:Body>" END, ERR_SYNTAX },
        { E11 "<e:Body><a/></e:Body><e:Body><b/></e:Body>" END, ERR_SYNTAX },
        { E11 "<e:Body><a/></e:Body><e:Header/>" END, ERR_SYNTAX },
        { E12 "<e:Body><a/></e:Body><x/>" END, ERR_SYNTAX },
        { E12 "<e:Header/><e:Header/><e:Body><a/></e:Body>" END, ERR_SYNTAX },
        { E11 "<x/><e:Body><a/></e:Body>" END, ERR_SYNTAX },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        xmlDoc *doc = parse(bad[i].text);
        struct err err = ERR_INIT;
        struct envelope e;

        assert_int_equal(envelope_read(doc, &e, &err), -1);
        assert_int_equal(err.code, bad[i].code);
        xmlFreeDoc(doc);
    }
}

/* The name of the header block in HEADERS that stops us, "" for none. */
static const char *
stranger(const char *begin, const char *headers)
{
    static const char *const known[] = { "u:k Known", NULL };
    static char name[64];
    struct buf text = BUF_INIT;
    struct envelope e;
    const xmlNode *n;
    xmlDoc *doc;

    buf_addf(&text, "%s<e:Header>%s</e:Header><e:Body><a/></e:Body>" END, begin,
             headers);
    doc = parse(buf_str(&text));
    assert_int_equal(envelope_read(doc, &e, NULL), 0);
    n = envelope_stranger(&e, known);
    snprintf(name, sizeof(name), "%s", n != NULL ? (const char *)n->name : "");
    xmlFreeDoc(doc);
    buf_fini(&text);
    return name;
}

static void
headers_that_must_be_understood_are(void **state)
{
    (void)state;
    assert_string_equal(stranger(E11, "<S e:mustUnderstand='0'/>"), "");
    assert_string_equal(stranger(E11, "<S/><T e:mustUnderstand='1'/>"), "T");
    assert_string_equal(stranger(E12, "<T e:mustUnderstand='true'/>"), "T");
    assert_string_equal(
        stranger(E11, "<Known xmlns='u:k' e:mustUnderstand='1'/>"), "");
    assert_string_equal(
        stranger(E11, "<Known xmlns='u:k2' e:mustUnderstand='1'/>"), "Known");
    assert_string_equal(
        stranger(E11, "<To xmlns='" WSA_2005_08 "' e:mustUnderstand='1'/>"),
        "");
    assert_string_equal(
        stranger(E11, "<To2 xmlns='" WSA_2005_08 "' e:mustUnderstand='1'/>"),
        "To2");
    assert_string_equal(
        stranger(E11, "<From xmlns='" WSA_2004_03 "' e:mustUnderstand='1'/>"),
        "");
    /* Meant for another node on the way. */
    assert_string_equal(
        stranger(E11, "<T e:mustUnderstand='1' e:actor='urn:other'/>"), "");
    assert_string_equal(stranger(E12,
                                 "<T e:mustUnderstand='1' e:role='" SOAP_NS_12
                                 "/role/next'/>"),
                        "T");
}

/* Write F in V, read it again. */
static struct soap_fault_info
around(enum soap_version v, const struct soap_fault *f)
{
    struct soap_fault_info info = { .set = false };
    struct buf out = BUF_INIT;
    struct envelope e;
    xmlDoc *doc;

    envelope_begin(&out, v, "<h/>");
    fault_write(&out, v, f);
    envelope_end(&out);
    doc = parse(buf_str(&out));
    assert_int_equal(envelope_read(doc, &e, NULL), 0);
    assert_int_equal(e.version, v);
    assert_true(fault_read(e.payload, &info));
    xmlFreeDoc(doc);
    buf_fini(&out);
    return info;
}

static void
faults_are_read_as_written(void **state)
{
    struct soap_fault *f = fault_create("Client", "a < b", "<d xmlns='u:d'/>");
    struct soap_fault_info info = around(SOAP_V11, f);

    (void)state;
    assert_string_equal(info.code, "Client");
    assert_string_equal(info.reason, "a < b");
    assert_non_null(strstr(info.detail, "u:d"));
    soap_fault_info_fini(&info);
    info = around(SOAP_V12, f);
    assert_string_equal(info.code, "Sender");
    assert_string_equal(info.reason, "a < b");
    soap_fault_info_fini(&info);
    assert_int_equal(fault_status(SOAP_V11, f), 500);
    assert_int_equal(fault_status(SOAP_V12, f), 400);
    fault_destroy(f);
}

static void
a_stranger_learns_no_reason(void **state)
{
    struct err err = ERR_INIT;
    struct soap_fault *f;

    (void)state;
    err_set(&err, ERR_IO, "cannot open '/secret'");
    f = fault_from_err(&err, true, "id7", "<d>secret</d>");
    assert_string_equal(f->code, "Server");
    assert_string_equal(f->reason, "input/output error (id7)");
    assert_null(strstr(f->detail, "secret"));
    assert_non_null(strstr(f->detail, "<f:Id>id7</f:Id>"));
    fault_destroy(f);
    f = fault_from_err(&err, false, "id7", NULL);
    assert_string_equal(f->reason, "cannot open '/secret'");
    fault_destroy(f);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_versions_are_taken_apart),
        cmocka_unit_test(what_is_no_message_is_refused),
        cmocka_unit_test(headers_that_must_be_understood_are),
        cmocka_unit_test(faults_are_read_as_written),
        cmocka_unit_test(a_stranger_learns_no_reason),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
