/* tests/unit/test_gridmap.c - grid-mapfile and ban list. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "gsi/names/gridmap.h"

static char path[] = "/tmp/test_gridmap.XXXXXX";

static void
put(const char *text)
{
    int fd = open(path, O_WRONLY | O_TRUNC);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
}

static struct gridmap *
load(const char *text)
{
    struct gridmap *map;
    struct err err = ERR_INIT;
    put(text);
    if (gridmap_load(path, &map, &err))
        fail_msg("%s", err.text);
    return map;
}

static const char *
maps_to(const struct gridmap *map, const char *dn, const char *want)
{
    const char *account;
    struct err err = ERR_INIT;
    if (gridmap_lookup(map, dn, want, &account, &err)) {
        assert_int_equal(err.code, ERR_AUTHZ);
        assert_null(account);
        return "-";
    }
    return account;
}

static void
names_map_to_accounts(void **state)
{
    struct gridmap *m = load("# comment\n\n"
                             "\"/O=Grid/CN=Alice Smith\" alice\n"
                             "/O=Grid/CN=Bob\\ Jones bob,shared\r\n"
                             "  \"/O=Grid/CN=host/gk.example.org\" host # x\n"
                             "\"CN=Carol,O=Grid\" carol , shared\n"
                             "\"/O=Grid/CN=Q \\\"q\\\"\" quoted");
    (void)state;
    assert_string_equal(maps_to(m, "/O=Grid/CN=Alice Smith", NULL), "alice");
    assert_string_equal(maps_to(m, "/o=grid/cn=alice  smith", NULL), "alice");
    assert_string_equal(maps_to(m, "/O=Grid/CN=Bob Jones", NULL), "bob");
    assert_string_equal(maps_to(m, "/O=Grid/CN=Bob Jones", "shared"), "shared");
    assert_string_equal(maps_to(m, "/O=Grid/CN=Bob Jones", "alice"), "-");
    assert_string_equal(maps_to(m, "/O=Grid/CN=host\\/gk.example.org", NULL),
                        "host");
    assert_string_equal(maps_to(m, "/O=Grid/CN=Carol", "shared"), "shared");
    assert_string_equal(maps_to(m, "/O=Grid/CN=Q \"q\"", NULL), "quoted");
    assert_string_equal(maps_to(m, "/O=Grid/CN=Dave", NULL), "-");
    assert_string_equal(maps_to(m, "", NULL), "-");
    gridmap_destroy(m);
}

static void
bad_lines_map_nobody(void **state)
{
    struct gridmap *m = load("\"/O=Grid/CN=a a1\n"
                             "\"/O=Grid/CN=b\"\n"
                             "\"/O=Grid/CN=c\" -rf\n"
                             "\"/O=Grid/CN=d\" ../etc\n"
                             "\"/O=Grid/CN=e\" one two\n"
                             "\"/O=Grid/CN=f\" f,,g\n"
                             "nonsense g\n"
                             "\"/O=Grid/CN=h\\x00\" h\n"
                             "\"/O=Grid/CN=z\" z\n");
    (void)state;
    for (char c = 'a'; c <= 'h'; c++) {
        char dn[] = "/O=Grid/CN=?";
        dn[sizeof dn - 2] = c;
        assert_string_equal(maps_to(m, dn, NULL), "-");
    }
    assert_string_equal(maps_to(m, "/O=Grid/CN=z", NULL), "z");
    gridmap_destroy(m);
}

static void
lines_of_one_name_add_up(void **state)
{
    struct gridmap *m = load("\"/O=Grid/CN=x\" first\n"
                             "\"/O=Grid/CN=y\" other\n"
                             "\"/O=GRID/CN=x\" second,third\n");
    (void)state;
    assert_string_equal(maps_to(m, "/O=Grid/CN=x", NULL), "first");
    assert_string_equal(maps_to(m, "/O=Grid/CN=x", "third"), "third");
    assert_string_equal(maps_to(m, "/O=Grid/CN=x", "other"), "-");
    gridmap_destroy(m);
}

static void
files_that_others_write_are_refused(void **state)
{
    struct gridmap *m;
    struct err err = ERR_INIT;
    (void)state;
    chmod(path, 0666);
    assert_int_equal(gridmap_load(path, &m, &err), -1);
    assert_int_equal(err.code, ERR_CONFIG);
    assert_null(m);
    chmod(path, 0600);
    err = (struct err)ERR_INIT;
    assert_int_equal(gridmap_load("/tmp", &m, &err), -1);
    assert_int_equal(err.code, ERR_CONFIG);
    err = (struct err)ERR_INIT;
    assert_int_equal(gridmap_load("/nonexistent/map", &m, &err), -1);
    assert_int_equal(err.code, ERR_NOT_FOUND);
}

static void
another_file_is_noticed(void **state)
{
    struct gridmap *m = load("\"/O=Grid/CN=x\" x\n");
    (void)state;
    assert_false(gridmap_stale(m));
    put("\"/O=Grid/CN=x\" longer\n");
    assert_true(gridmap_stale(m));
    gridmap_destroy(m);
}

static void
ban_list_takes_names_with_blanks_and_loses_none(void **state)
{
    struct dnlist *l;
    struct err err = ERR_INIT;
    (void)state;
    put("# banned\n/O=Grid/CN=Mad Hatter  \n\"/O=Grid/CN=March Hare\"\n");
    assert_int_equal(dnlist_load(path, DNLIST_BAN, &l, &err), 0);
    assert_true(dnlist_has(l, "/O=Grid/CN=mad hatter"));
    assert_true(dnlist_has(l, "/O=Grid/CN=March Hare"));
    assert_false(dnlist_has(l, "/O=Grid/CN=Alice"));
    assert_false(dnlist_has(l, "nonsense"));
    dnlist_destroy(l);
    put("/O=Grid/CN=x\nnonsense\n");
    assert_int_equal(dnlist_load(path, DNLIST_BAN, &l, &err), -1);
    assert_int_equal(err.code, ERR_SYNTAX);
    assert_non_null(strstr(err.text, "line 2"));
}

static struct dnlist *
list(enum dnlist_kind kind, const char *text)
{
    struct dnlist *l;
    struct err err = ERR_INIT;
    put(text);
    if (dnlist_load(path, kind, &l, &err))
        fail_msg("%s", err.text);
    return l;
}

static void
a_ban_list_honours_patterns_and_comments(void **state)
{
    struct dnlist *l = list(DNLIST_BAN, "/O=Evil/*\t# all of them\n"
                                        "/O=Grid/CN=Bob Dobbs   # left us\n"
                                        "  \"/O=Grid/CN=Room #5\" # too\n"
                                        "*/CN=robot-??\n");
    (void)state;
    assert_true(dnlist_has(l, "/O=evil/CN=x"));
    assert_true(dnlist_has(l, "/O=Evil/OU=y/CN=x"));
    assert_false(dnlist_has(l, "/O=Evil\\/CN=x"));
    assert_false(dnlist_has(l, "/O=Evil2/CN=x"));
    assert_true(dnlist_has(l, "/O=Grid/CN=Bob Dobbs"));
    assert_false(dnlist_has(l, "/O=Grid/CN=Bob"));
    assert_true(dnlist_has(l, "/O=Grid/CN=Room #5"));
    assert_true(dnlist_has(l, "/O=Any/OU=z/CN=Robot-17"));
    assert_false(dnlist_has(l, "/O=Any/OU=z/CN=Robot-1"));
    assert_false(dnlist_names(l, "/O=Evil/CN=x"));
    assert_true(dnlist_names(l, "/O=Grid/CN=bob dobbs"));
    dnlist_destroy(l);
}

static void
what_a_list_of_names_cannot_honour_it_refuses(void **state)
{
    static const struct {
        enum dnlist_kind kind;
        const char *text, *words;
    } bad[] = {
        { DNLIST_BAN, "'/O=Grid/CN=x'\n", "is not a certificate name" },
        { DNLIST_BAN, "/O=Grid/CN=x\"\n", "a quote inside the name" },
        { DNLIST_BAN, "/O=Grid/CN=\"x\"\n", "a quote inside the name" },
        { DNLIST_BAN, "\"/O=Grid/CN=x\n", "closing quote" },
        { DNLIST_BAN, "\"/O=Grid/CN=x\" alice\n", "after the name" },
        { DNLIST_BAN, "CN=*,O=Grid\n", "is not a pattern" },
        { DNLIST_ALLOW, "/O=Grid/*\n", "is a pattern" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct dnlist *l;
        struct err err = ERR_INIT;
        put(bad[i].text);
        if (!dnlist_load(path, bad[i].kind, &l, &err))
            fail_msg("taken: %s", bad[i].text);
        if (!strstr(err.text, bad[i].words) || !strstr(err.text, "line 1"))
            fail_msg("'%s' does not say '%s'", err.text, bad[i].words);
        assert_null(l);
    }
    dnlist_destroy(list(DNLIST_ALLOW, "/O=Grid/CN=\\*.example.org # host\n"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_map_to_accounts),
        cmocka_unit_test(bad_lines_map_nobody),
        cmocka_unit_test(lines_of_one_name_add_up),
        cmocka_unit_test(files_that_others_write_are_refused),
        cmocka_unit_test(another_file_is_noticed),
        cmocka_unit_test(a_ban_list_honours_patterns_and_comments),
        cmocka_unit_test(what_a_list_of_names_cannot_honour_it_refuses),
        cmocka_unit_test(ban_list_takes_names_with_blanks_and_loses_none),
    };
    int fd = mkstemp(path);
    close(fd);
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(path);
    return rc;
}
