/* tests/unit/test_xml.c - documents from outside: what is refused and where,
 * and what a reader of the tree gets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/xml.h"

/* The complaint about N bytes at TEXT, "" for none; static. */
static const char *
complaint(const char *text, size_t n, enum err_code *code)
{
    static struct err err;
    xmlDoc *doc;

    err = (struct err)ERR_INIT;
    if (xml_parse(text, n, &doc, &err) == 0) {
        xmlFreeDoc(doc);
        return "";
    }
    assert_null(doc);
    *code = err.code;
    return err.text;
}

static void
refused(const char *text, enum err_code code, const char *words)
{
    enum err_code got = ERR_OK;
    const char *why = complaint(text, strlen(text), &got);

    if (strstr(why, words) == NULL)
        fail_msg("'%.60s': '%s' lacks '%s'", text, why, words);
    assert_int_equal(got, code);
}

static void
taken(const char *text)
{
    enum err_code code;

    assert_string_equal(complaint(text, strlen(text), &code), "");
}

/* N times TIMES between BEFORE and AFTER, the caller's to free(). */
static char *
many(const char *before, const char *times, int n, const char *after)
{
    struct buf b = BUF_INIT;

    buf_adds(&b, before);
    for (int i = 0; i < n; i++)
        buf_adds(&b, times);
    buf_adds(&b, after);
    return buf_detach(&b);
}

static void
a_doctype_is_refused(void **state)
{
    (void)state;
    refused("<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", ERR_SYNTAX,
            "line 1, column 1: a document type");
    refused("<?xml version='1.0'?>\n\n <!DOCTYPE a><a/>", ERR_SYNTAX,
            "line 3, column 2");
    taken("<a><!-- <!DOCTYPE a> --><![CDATA[<!DOCTYPE a>]]></a>");
    taken("<a b='&lt;!DOCTYPE c>'/>");
}

static void
attributes_have_a_limit(void **state)
{
    char *many_attrs = many("<a", " b='1'", 20000, "/>"),
         *fat = many("<a b='", "x", XML_SCAN_TAG_MAX, "'/>");
    struct buf some = BUF_INIT;

    (void)state;
    refused(many_attrs, ERR_LIMIT, "too many attributes");
    refused(fat, ERR_LIMIT, "too long");
    buf_adds(&some, "<a");
    for (int i = 0; i < XML_SCAN_ATTRS_MAX; i++)
        buf_addf(&some, " b%d='='", i);
    buf_adds(&some, "/>");
    taken(buf_str(&some));
    buf_clear(&some);
    buf_adds(&some, "<a");
    for (int i = 0; i <= XML_SCAN_ATTRS_MAX; i++)
        buf_addf(&some, " b%d='1'", i);
    buf_adds(&some, "/>");
    refused(buf_str(&some), ERR_LIMIT, "too many");
    buf_fini(&some);
    free(many_attrs);
    free(fat);
}

static void
an_equals_sign_in_a_value_is_no_attribute(void **state)
{
    char *equals = many("<a b='", "=", 1000, "'/>");

    (void)state;
    taken(equals);
    free(equals);
}

static void
depth_has_a_limit(void **state)
{
    char *deep = many("", "<a>", 100000, ""),
         *flat = many("<r>", "<a/>", 1000, "</r>"),
         *wide = many("<r>", "<a></a>", 1000, "</r>");

    (void)state;
    refused(deep, ERR_LIMIT, "nested too deep");
    taken(flat);
    taken(wide);
    free(deep);
    free(flat);
    free(wide);
}

static void
only_utf8_is_taken(void **state)
{
    enum err_code code;

    (void)state;
    taken("<?xml version='1.0' encoding='utf-8'?><a/>");
    taken("<?xml version=\"1.0\" encoding = \"US-ASCII\" ?><a/>");
    taken("\xEF\xBB\xBF<a/>");
    refused("<?xml version='1.0' encoding='ISO-8859-1'?><a/>", ERR_SYNTAX,
            "UTF-8");
    refused("<?xml version='1.0' encoding='UTF-7'?><a/>", ERR_SYNTAX, "UTF-8");
    refused("<?xml version='1.0' encoding='UTF-8", ERR_SYNTAX, "not end");
    assert_non_null(strstr(complaint("<a\0/>", 5, &code), "NUL"));
    assert_non_null(
        strstr(complaint("\xFE\xFF\0<\0a\0/\0>", 10, &code), "NUL"));
    /* EBCDIC, which libxml2 would recognise by itself. */
    refused("\x4C\x6F\xA7\x94\x93\x40", ERR_SYNTAX, "not an XML");
    refused("<a>\xC3\x28</a>", ERR_SYNTAX, "line 1");
}

static void
bad_markup_names_its_line_and_column(void **state)
{
    (void)state;
    refused("<a>\n  <b>\n </a>", ERR_SYNTAX, "line 3, column");
    refused("", ERR_SYNTAX, "no document");
    refused("  \n ", ERR_SYNTAX, "no document");
    refused("<a", ERR_SYNTAX, "does not end");
    refused("<a><!-- ", ERR_SYNTAX, "comment");
    refused("<a>&nbsp;</a>", ERR_SYNTAX, "line 1, column");
    refused("<p:a/>", ERR_SYNTAX, "Namespace prefix p");
}

/* Parse a good TEXT. */
static xmlDoc *
parse(const char *text)
{
    struct err err = ERR_INIT;
    xmlDoc *doc;

    if (xml_parse(text, strlen(text), &doc, &err) < 0)
        fail_msg("%s", err.text);
    return doc;
}

static void
children_text_and_attributes_are_found(void **state)
{
    xmlDoc *doc = parse("<r xmlns='u:1' xmlns:p='u:2'> t <!-- c --><p:a x='1' "
                        "p:x='2'>  one <b/> two\n</p:a><a/></r>");
    xmlNode *r = xmlDocGetRootElement(doc), *a;
    char *s;

    (void)state;
    assert_true(xml_is(r, "u:1", "r"));
    assert_true(xml_is(r, "*", "r"));
    assert_false(xml_is(r, NULL, "r"));
    assert_false(xml_is(r, "u:2", "r"));
    assert_false(xml_is(NULL, "u:2", "r"));
    a = xml_child(r, "u:2", "a");
    assert_ptr_equal(a, xml_first(r));
    assert_ptr_equal(xml_next(a), xml_child(r, "u:1", "a"));
    assert_null(xml_next(xml_next(a)));
    assert_null(xml_child_text(r, "u:3", "a"));
    s = xml_child_text(r, "u:2", "a");
    assert_string_equal(s, "one  two");
    free(s);
    s = xml_attr(a, "x");
    assert_string_equal(s, "1");
    free(s);
    assert_null(xml_attr(a, "y"));
    xmlFreeDoc(doc);
}

static void
a_qname_in_text_resolves_where_it_stands(void **state)
{
    xmlDoc *doc = parse("<e xmlns:p='u:1'><a xmlns='u:d'>p:x</a><a "
                        "xmlns='u:d'> y </a><a>z</a><a>q:x</a><a>p:</a></e>");
    xmlNode *n = xml_first(xmlDocGetRootElement(doc));
    const char *want[][2] = { { "u:1", "x" },
                              { "u:d", "y" },
                              { NULL, "z" },
                              { NULL, NULL },
                              { NULL, NULL } };

    (void)state;
    for (int i = 0; n != NULL; n = xml_next(n), i++) {
        struct err err = ERR_INIT;
        char *ns, *name;

        assert_int_equal(xml_qname_text(n, &ns, &name, &err),
                         want[i][1] != NULL ? 0 : -1);
        if (want[i][0] == NULL)
            assert_null(ns);
        else
            assert_string_equal(ns, want[i][0]);
        if (want[i][1] != NULL)
            assert_string_equal(name, want[i][1]);
        free(ns);
        free(name);
    }
    xmlFreeDoc(doc);
}

static void
what_is_written_stands_alone(void **state)
{
    xmlDoc *doc = parse("<e:E xmlns:e='u:e' xmlns='u:d' xmlns:q='u:q'><B "
                        "xmlns:e='u:other'><e:c t='q:x'>q:y &lt;&amp;</e:c>"
                        "<d xmlns=''/></B></e:E>"),
           *again;
    xmlNode *b = xml_first(xmlDocGetRootElement(doc)), *c;
    struct buf out = BUF_INIT;
    char *ns, *name;

    (void)state;
    xml_write(&out, xml_first(b));
    again = parse(buf_str(&out));
    c = xmlDocGetRootElement(again);
    assert_true(xml_is(c, "u:other", "c"));
    xmlNodeSetContent(c, (const xmlChar *)"q:y");
    assert_int_equal(xml_qname_text(c, &ns, &name, NULL), 0);
    assert_string_equal(ns, "u:q");
    free(ns);
    free(name);
    xmlFreeDoc(again);
    buf_clear(&out);
    xml_write(&out, xml_next(xml_first(b)));
    again = parse(buf_str(&out));
    assert_true(xml_is(xmlDocGetRootElement(again), NULL, "d"));
    xmlFreeDoc(again);
    xmlFreeDoc(doc);
    buf_fini(&out);
}

static void
declarations_are_written_nearest_first_whatever_uses_them(void **state)
{
    xmlDoc *doc = parse("<a xmlns:x='u:x' xmlns:y='u:y'><b xmlns:z='u:z' "
                        "xmlns:x='u:other'><c xmlns:k='u:k'><y:d x:n='1'/></c>"
                        "</b></a>");
    struct buf out = BUF_INIT;

    (void)state;
    xml_write(&out, xml_first(xml_first(xmlDocGetRootElement(doc))));
    assert_string_equal(buf_str(&out), "<c xmlns:k=\"u:k\" xmlns:z=\"u:z\" "
                                       "xmlns:x=\"u:other\" xmlns:y=\"u:y\">"
                                       "<y:d x:n=\"1\"/></c>");
    xmlFreeDoc(doc);
    buf_fini(&out);
}

static void
elements_attributes_and_comments_have_a_limit(void **state)
{
    static const char text[] = "<a b='1'><c/><!-- x --><?p?><![CDATA[y]]></a>";
    struct err err = ERR_INIT;
    xmlDoc *doc;

    (void)state;
    assert_int_equal(xml_parse_max(text, strlen(text), 6, &doc, &err), 0);
    xmlFreeDoc(doc);
    assert_int_equal(xml_parse_max(text, strlen(text), 5, &doc, &err), -1);
    assert_int_equal(err.code, ERR_LIMIT);
    assert_null(doc);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_doctype_is_refused),
        cmocka_unit_test(attributes_have_a_limit),
        cmocka_unit_test(an_equals_sign_in_a_value_is_no_attribute),
        cmocka_unit_test(depth_has_a_limit),
        cmocka_unit_test(only_utf8_is_taken),
        cmocka_unit_test(bad_markup_names_its_line_and_column),
        cmocka_unit_test(children_text_and_attributes_are_found),
        cmocka_unit_test(a_qname_in_text_resolves_where_it_stands),
        cmocka_unit_test(what_is_written_stands_alone),
        cmocka_unit_test(
            declarations_are_written_nearest_first_whatever_uses_them),
        cmocka_unit_test(elements_attributes_and_comments_have_a_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
