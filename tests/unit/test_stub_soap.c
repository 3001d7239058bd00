/* tests/unit/test_stub_soap.c - generated types as XML and back, on memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/xml.h"
#include "soap/stub.h"
#include "soapH.h"

#define BES  "http://schemas.ggf.org/bes/2006/08/bes-factory"
#define WSA5 "http://www.w3.org/2005/08/addressing"

/* Append a CreateActivityResponse for URL to OUT. */
static void
write_response(struct buf *out, const char *url)
{
    struct soap *soap = stub_begin();
    struct bes__CreateActivityResponseType r;
    struct err err = ERR_INIT;

    soap_default_bes__CreateActivityResponseType(soap, &r);
    r.ActivityIdentifier.Address = stub_text(soap, url);
    if (stub_write(soap, bes__CreateActivityResponseType, &r,
                   "bes:CreateActivityResponse", out, &err) < 0)
        fail_msg("%s", err.text);
    stub_end(soap);
}

static void
an_element_is_written_to_stand_alone(void **state)
{
    struct buf out = BUF_INIT;
    struct err err = ERR_INIT;
    xmlDoc *doc;
    const xmlNode *root, *id;
    char *text;

    (void)state;
    buf_adds(&out, "before");
    write_response(&out, "https://h/bes?a=1&b=<2>");
    buf_drop(&out, strlen("before"));
    assert_memory_equal(buf_str(&out), "<bes:Create", 11);
    if (xml_parse(out.data, out.len, &doc, &err) < 0)
        fail_msg("%s in %s", err.text, buf_str(&out));
    root = xmlDocGetRootElement(doc);
    assert_true(xml_is(root, BES, "CreateActivityResponse"));
    id = xml_child(root, BES, "ActivityIdentifier");
    text = xml_child_text(id, WSA5, "Address");
    assert_string_equal(text, "https://h/bes?a=1&b=<2>");
    free(text);
    xmlFreeDoc(doc);
    buf_fini(&out);
}

static void
only_used_prefixes_are_declared(void **state)
{
    struct buf out = BUF_INIT;

    (void)state;
    write_response(&out, "https://h/bes");
    assert_non_null(strstr(buf_str(&out), "xmlns:bes="));
    assert_non_null(strstr(buf_str(&out), "xmlns:wsa5="));
    assert_null(strstr(buf_str(&out), "xmlns:jsdl="));
    assert_null(strstr(buf_str(&out), "SOAP-ENC"));
    buf_fini(&out);
}

static void
what_was_written_is_read(void **state)
{
    struct buf out = BUF_INIT;
    struct soap *soap;
    struct bes__CreateActivityResponseType r;
    struct err err = ERR_INIT;
    xmlDoc *doc;

    (void)state;
    for (int i = 0; i < 3; i++) { /* the context serves again and again */
        buf_clear(&out);
        write_response(&out, "https://h/bes?\xC3\xA4");
        assert_int_equal(xml_parse(out.data, out.len, &doc, &err), 0);
        soap = stub_begin();
        if (stub_read(soap, bes__CreateActivityResponseType, &r,
                      xmlDocGetRootElement(doc), &err) < 0)
            fail_msg("%s", err.text);
        assert_string_equal(r.ActivityIdentifier.Address,
                            "https://h/bes?\xC3\xA4");
        stub_end(soap);
        xmlFreeDoc(doc);
    }
    buf_fini(&out);
}

static void
an_element_of_another_type_is_an_error(void **state)
{
    struct soap *soap = stub_begin();
    struct bes__CreateActivityResponseType r;
    struct err err = ERR_INIT;
    xmlDoc *doc;

    (void)state;
    assert_int_equal(xml_parse("<a/>", 4, &doc, &err), 0);
    assert_int_equal(stub_read(soap, bes__CreateActivityResponseType, &r,
                               xmlDocGetRootElement(doc), &err),
                     -1);
    assert_int_equal(err.code, ERR_SYNTAX);
    stub_end(soap);
    xmlFreeDoc(doc);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_element_is_written_to_stand_alone),
        cmocka_unit_test(only_used_prefixes_are_declared),
        cmocka_unit_test(what_was_written_is_read),
        cmocka_unit_test(an_element_of_another_type_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
