/* tests/unit/test_url.c - URLs as people and job descriptions write them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/url.h"

static const struct {
    const char *text, *scheme, *host;
    unsigned port;
    const char *path, *query, *user, *password;
} good[] = {
    { "-", "-", "", 0, "-", NULL, NULL, NULL },
    { "/a b%20", "file", "", 0, "/a b%20", NULL, NULL, NULL },
    { "rel/x", "file", "", 0, "rel/x", NULL, NULL, NULL },
    { "host:port", "file", "", 0, "host:port", NULL, NULL, NULL },
    { "file:/a%20b", "file", "", 0, "/a b", NULL, NULL, NULL },
    { "file:///a?b#c", "file", "", 0, "/a?b#c", NULL, NULL, NULL },
    { "FILE://LocalHost/x", "file", "", 0, "/x", NULL, NULL, NULL },
    { "gsiftp://h", "gsiftp", "h", 2811, "/", NULL, NULL, NULL },
    { "gsiftp://h.x/~/a", "gsiftp", "h.x", 2811, "/~/a", NULL, NULL, NULL },
    { "gsiftp://h:22//a/../b", "gsiftp", "h", 22, "//a/../b", NULL, NULL,
      NULL },
    { "gsiftp://h/%0d%0aDELE", "gsiftp", "h", 2811, "/\r\nDELE", NULL, NULL,
      NULL },
    { "gsiftp://h/a?b#c%25", "gsiftp", "h", 2811, "/a?b#c%", NULL, NULL, NULL },
    { "ftp://u:p%40ss@h/x", "ftp", "h", 21, "/x", NULL, "u", "p@ss" },
    { "http://h?q", "http", "h", 80, "/", "q", NULL, NULL },
    { "HTTPS://H/x%2fy?a=b&c#f", "https", "H", 443, "/x/y", "a=b&c", NULL,
      NULL },
    { "https://[2001:db8::1]:8443/", "https", "2001:db8::1", 8443, "/", NULL,
      NULL, NULL },
    { "https://10.0.0.1/", "https", "10.0.0.1", 443, "/", NULL, NULL, NULL },
};

static void
assert_same(const char *got, const char *want)
{
    if (want == NULL)
        assert_null(got);
    else
        assert_string_equal(got, want);
}

static void
parts_are_taken_apart_and_decoded(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        struct err err = ERR_INIT;
        struct url u;

        assert_int_equal(url_parse(good[i].text, &u, &err), 0);
        assert_string_equal(u.text, good[i].text);
        assert_string_equal(u.scheme, good[i].scheme);
        assert_string_equal(u.host, good[i].host);
        assert_int_equal(u.port, good[i].port);
        assert_string_equal(u.path, good[i].path);
        assert_same(u.query, good[i].query);
        assert_same(u.user, good[i].user);
        assert_same(u.password, good[i].password);
        url_fini(&u);
    }
}

static const char *const bad[] = {
    "",
    "file://other.host/x",
    "file://",
    "gsiftp://",
    "gsiftp:///x",
    "gsiftp://h:0/",
    "gsiftp://h:65536/",
    "gsiftp://h:x/",
    "gsiftp://h x/",
    "gsiftp://-oProxyCommand=x/",
    "gsiftp://h/%",
    "gsiftp://h/%2",
    "gsiftp://h/%zz",
    "gsiftp://h/a%00b",
    "gsiftp://a@b@h/",
    "gsiftp://h;rm/",
    "http://%2e/",
    "gsiftp://h`id`/",
    "http://[::1/",
    "http://[xyz]/",
    "http://u%zz@h/",
    "http://h\r\nX: y/",
};

static void
what_is_no_url_leaves_nothing(void **state)
{
    static const struct url empty;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct err err = ERR_INIT;
        struct url u;

        if (url_parse(bad[i], &u, &err) == 0)
            assert_string_equal(bad[i], "refused");
        assert_int_equal(err.code, ERR_SYNTAX);
        assert_true(err.text[0] != '\0');
        assert_memory_equal(&u, &empty, sizeof(u));
        url_fini(&u);
    }
}

static void
other_schemes_are_unsupported(void **state)
{
    struct err err = ERR_INIT;
    struct url u;

    (void)state;
    assert_int_equal(url_parse("gopher://h/", &u, &err), -1);
    assert_int_equal(err.code, ERR_UNSUPPORTED);
    assert_non_null(strstr(err.text, "gopher"));
    assert_int_equal(url_default_port("gsiftp"), 2811);
    assert_int_equal(url_default_port("gopher"), 0);
}

static void
a_huge_url_is_refused(void **state)
{
    char *text = malloc(2 * URL_MAX);
    struct err err = ERR_INIT;
    struct url u;

    (void)state;
    memset(text, '/', 2 * URL_MAX - 1);
    text[2 * URL_MAX - 1] = '\0';
    assert_int_equal(url_parse(text, &u, &err), -1);
    assert_int_equal(err.code, ERR_SYNTAX);
    free(text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_are_taken_apart_and_decoded),
        cmocka_unit_test(what_is_no_url_leaves_nothing),
        cmocka_unit_test(other_schemes_are_unsupported),
        cmocka_unit_test(a_huge_url_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
