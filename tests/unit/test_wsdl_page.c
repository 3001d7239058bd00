/* tests/unit/test_wsdl_page.c - descriptions with the service's own address. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "soap/wsdl_page.h"

/* TEXT as it is served below https://h:1 at /wsrf/S must be WANT. */
static void
renders(const char *text, const char *want)
{
    struct buf out = BUF_INIT;

    wsdl_page_render(&out, text, "https://h:1", "/wsrf/S");
    assert_string_equal(buf_str(&out), want);
    buf_fini(&out);
}

static void
the_placeholder_becomes_our_address(void **state)
{
    (void)state;
    renders("<a location=\"https://localhost:8443/bes\"/>",
            "<a location=\"https://h:1/bes\"/>");
    renders("<a location='https://localhost:8443'/>",
            "<a location='https://h:1'/>");
    renders("https://localhost:8443/ in words",
            "https://localhost:8443/ in words");
}

static void
imports_stay_beside_the_description(void **state)
{
    (void)state;
    renders("<i schemaLocation=\"x.xsd\"/><i location='y.wsdl'/>",
            "<i schemaLocation=\"S?xsd=x.xsd\"/><i location='S?xsd=y.wsdl'/>");
    renders("<i schemaLocation=\"http://elsewhere/x.xsd\"/>",
            "<i schemaLocation=\"http://elsewhere/x.xsd\"/>");
    renders("<i schemaLocation=\"urn:n x.xsd\"/>",
            "<i schemaLocation=\"urn:n x.xsd\"/>");
}

static void
other_text_is_left_alone(void **state)
{
    (void)state;
    renders("location=", "location=");
    renders("location=x vocation=\"y\"", "location=x vocation=\"y\"");
    renders("a location=\"never closed", "a location=\"never closed");
    renders("", "");
}

static void
only_what_the_table_names_is_served(void **state)
{
    static const struct soap_wsdl table[] = { { "/bes", "bes.wsdl" },
                                              { NULL, NULL } };
    struct buf out = BUF_INIT;
    bool asked;

    (void)state;
    assert_true(wsdl_page(&out, table, "https://h:1", "/bes", "wsdl", &asked));
    assert_non_null(strstr(buf_str(&out), "https://h:1/bes"));
    assert_true(wsdl_page(&out, table, "https://h:1", "/bes", "WSDL", &asked));
    assert_true(
        wsdl_page(&out, table, "https://h:1", "/bes", "xsd=jsdl.xsd", &asked));
    assert_false(
        wsdl_page(&out, table, "https://h:1", "/bes", "xsd=no.xsd", &asked));
    assert_true(asked);
    assert_false(
        wsdl_page(&out, table, "https://h:1", "/bes", "other", &asked));
    assert_false(asked);
    assert_false(wsdl_page(&out, table, "https://h:1", "/bes", NULL, &asked));
    assert_false(
        wsdl_page(&out, table, "https://h:1", "/other", "wsdl", &asked));
    assert_false(wsdl_page(&out, NULL, "https://h:1", "/bes", "wsdl", &asked));
    buf_fini(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_placeholder_becomes_our_address),
        cmocka_unit_test(imports_stay_beside_the_description),
        cmocka_unit_test(other_text_is_left_alone),
        cmocka_unit_test(only_what_the_table_names_is_served),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
