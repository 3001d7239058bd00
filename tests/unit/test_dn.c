/* tests/unit/test_dn.c - names: both text forms, equality, hostile values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "gsi/names/dn.h"

/* The RFC 2253 form of TEXT in /-form: shows where the attributes part. */
static const char *
flip(const char *text)
{
    static char out[512];
    struct dn dn;
    struct buf b = BUF_INIT;
    struct err err = ERR_INIT;
    if (dn_parse(text, &dn, &err)) {
        strncpy(out, err_public_text(err.code), sizeof out - 1);
        return out;
    }
    dn_text_rfc2253(&dn, &b);
    strncpy(out, buf_str(&b), sizeof out - 1);
    buf_fini(&b);
    dn_fini(&dn);
    return out;
}

static void
slash_form_parts_at_known_attributes(void **state)
{
    (void)state;
    assert_string_equal(flip("/C=DE/O=Grid/CN=alice"), "CN=alice,O=Grid,C=DE");
    assert_string_equal(flip("/O=Grid/CN=host/gk.example.org"),
                        "CN=host/gk.example.org,O=Grid");
    assert_string_equal(flip("/O=Grid/CN=host\\/gk.example.org"),
                        "CN=host/gk.example.org,O=Grid");
    assert_string_equal(flip("/O=a/nothing=b/CN=c"), "CN=c,O=a/nothing=b");
    assert_string_equal(flip("/CN=alice\\/CN=1234"), "CN=alice/CN=1234");
    assert_string_equal(flip("/CN=alice/CN=1234"), "CN=1234,CN=alice");
    assert_string_equal(flip("/1.2.3.4=x/CN=y"), "CN=y,1.2.3.4=x");
    assert_string_equal(flip("/CN=J\\xC3\\xBCrgen"), "CN=J\xC3\xBCrgen");
    assert_string_equal(flip("/O=Grid/CN=a+UID=b"), "CN=a+UID=b,O=Grid");
}

static void
aliases_become_one_type(void **state)
{
    (void)state;
    assert_string_equal(flip("/Email=a@b"), "emailAddress=a@b");
    assert_string_equal(flip("/E=a@b"), "emailAddress=a@b");
    assert_string_equal(flip("/USERID=u/S=x"), "ST=x,UID=u");
    assert_string_equal(flip("/2.5.4.3=x"), "CN=x");
}

static void
malformed_text_is_refused(void **state)
{
    static const char *const bad[] = {
        "",          "CN=x",         "/",           "/what=x",
        "/CN",       "/CN=a\\x00b",  "/CN=a\\x0Ab", "/CN=a\nb",
        "/CN=\\xFF", "/CN=back\\sl", "/CN=end\\",   "//CN=x",
        "/1.=x",     "/.1=x",        "/CN=\x7f",
    };
    struct dn dn;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct err err = ERR_INIT;
        if (!dn_parse(bad[i], &dn, &err))
            fail_msg("'%s' was taken", bad[i]);
        assert_int_equal(err.code, ERR_SYNTAX);
    }
}

static void
too_many_attributes_are_refused(void **state)
{
    struct buf b = BUF_INIT;
    struct dn dn;
    (void)state;
    for (int i = 0; i < DN_RDNS_MAX; i++)
        buf_adds(&b, "/CN=x");
    assert_int_equal(dn_parse(buf_str(&b), &dn, NULL), 0);
    dn_fini(&dn);
    buf_adds(&b, "/CN=x");
    assert_int_equal(dn_parse(buf_str(&b), &dn, NULL), -1);
    buf_fini(&b);
}

static bool
same(const char *a, const char *b)
{
    struct dn x, y;
    assert_int_equal(dn_parse(a, &x, NULL), 0);
    assert_int_equal(dn_parse(b, &y, NULL), 0);
    bool is = dn_equal(&x, &y);
    dn_fini(&x);
    dn_fini(&y);
    return is;
}

static void
equality_ignores_case_and_blanks_and_spelling(void **state)
{
    (void)state;
    assert_true(same("/O=Grid/CN=Alice  Smith ", "/o=grid/cn=alice smith"));
    assert_true(same("/Email=A@B", "/emailAddress=a@b"));
    assert_true(same("/CN=host/x", "/CN=host\\/x"));
    assert_true(same("/CN=a+UID=b", "/UID=b+CN=a"));
    assert_false(same("/CN=alice/CN=1234", "/CN=alice\\/CN=1234"));
    assert_false(same("/CN=a+UID=b", "/CN=a/UID=b"));
    assert_false(same("/O=Grid/CN=x", "/CN=x/O=Grid"));
    assert_false(same("/CN=x", "/OU=x"));
    assert_false(same("/CN=alice", "/CN=alic"));
    assert_false(same("/CN=a b", "/CN=ab"));
}

static void
text_reads_back_as_the_same_name(void **state)
{
    static const char *const value[] = {
        "host/x", "alice/CN=1234", "back\\slash", "\\x41", "a+UID=b",  "a+b",
        "/",      "/CN=",          "x/",          "\\",    " blanks ", "#hash",
        "a,b;c",  "\"q\"<>",       "=",
    };
    (void)state;
    for (size_t i = 0; i < sizeof value / sizeof *value; i++) {
        struct dn a = { NULL, 0 }, b, c;
        struct buf t = BUF_INIT, r = BUF_INIT;
        dn_add(&a, "O", "Grid", false);
        dn_add(&a, "CN", value[i], false);
        dn_add(&a, "UID", "z", true);
        dn_add(&a, "CN", "last", false);
        dn_text(&a, &t);
        assert_int_equal(dn_parse(buf_str(&t), &b, NULL), 0);
        assert_int_equal(b.n, 4);
        assert_string_equal(b.attr[1].value, value[i]);
        dn_text_rfc2253(&a, &r);
        assert_int_equal(dn_parse_rfc2253(buf_str(&r), &c, NULL), 0);
        assert_int_equal(c.n, 4);
        assert_string_equal(c.attr[1].value, value[i]);
        assert_true(c.attr[2].joined && !c.attr[1].joined);
        assert_true(dn_equal(&a, &b) && dn_equal(&a, &c));
        buf_fini(&t);
        buf_fini(&r);
        dn_fini(&a);
        dn_fini(&b);
        dn_fini(&c);
    }
}

static void
ldap_form_parses(void **state)
{
    static const char *const good[] = {
        "CN=alice,O=Grid",     " cn = alice , o = Grid", "CN=alice;O=Grid",
        "CN=\"alice\",O=Grid", "CN=al\\69ce,O=Grid",
    };
    static const char *const bad[] = { "",        "CN",      "CN=a,",  "=a",
                                       "XX=a",    "CN=\"a",  "CN=a\\", "CN=#04",
                                       "CN=\\zz", "CN=\\00", ",CN=a" };
    struct dn dn;
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_int_equal(dn_parse_rfc2253(good[i], &dn, NULL), 0);
        assert_true(dn_matches_text(&dn, "/O=Grid/CN=alice"));
        dn_fini(&dn);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (!dn_parse_rfc2253(bad[i], &dn, NULL))
            fail_msg("'%s' was taken", bad[i]);
}

static void
no_value_can_smuggle_an_attribute(void **state)
{
    struct dn dn = { NULL, 0 };
    (void)state;
    dn_add(&dn, "O", "Grid", false);
    dn_add(&dn, "CN", "alice/CN=1234", false);
    assert_false(dn_matches_text(&dn, "/O=Grid/CN=alice/CN=1234"));
    assert_true(dn_matches_text(&dn, "/O=Grid/CN=alice\\/CN=1234"));
    assert_false(dn_matches_text(&dn, "/O=Grid/CN=alice"));
    dn_fini(&dn);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slash_form_parts_at_known_attributes),
        cmocka_unit_test(aliases_become_one_type),
        cmocka_unit_test(malformed_text_is_refused),
        cmocka_unit_test(too_many_attributes_are_refused),
        cmocka_unit_test(equality_ignores_case_and_blanks_and_spelling),
        cmocka_unit_test(text_reads_back_as_the_same_name),
        cmocka_unit_test(ldap_form_parses),
        cmocka_unit_test(no_value_can_smuggle_an_attribute),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
