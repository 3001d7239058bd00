/* tests/unit/test_ftp_line.c - command lines into verb and argument. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "gridftp/server/ftp_cmd.h"
#include "gridftp/server/ftp_line.h"

static void
lines_are_split(void **state)
{
    static const struct {
        const char *text, *verb, *arg;
    } good[] = {
        { "NOOP", "NOOP", "" },
        { "retr a b ", "RETR", "a b " },
        { "RETR  leading", "RETR", " leading" },
        { "site chmod 644 x", "SITE CHMOD", "644 x" },
        { "SITE   RDEL d", "SITE RDEL", "d" },
        { "SITE", "SITE", "" },
        { "\xff\xf4\xff\xf2"
          "ABOR",
          "ABOR", "" },
        { "\xff\xf4\xf2"
          "ABOR",
          "ABOR", "" },
        { "STOR \xff\xf4x", "STOR", "\xff\xf4x" },
        { "RETR a\nb", "RETR", "a\nb" },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        char *text = xstrdup(good[i].text);
        struct err err = ERR_INIT;
        struct ftp_line line;

        assert_int_equal(ftp_line_parse(text, strlen(text), &line, &err), 0);
        assert_string_equal(line.verb, good[i].verb);
        assert_string_equal(line.arg, good[i].arg);
        free(text);
    }
}

static void
what_is_no_command_is_refused(void **state)
{
    static const struct {
        const char *text;
        size_t n;
    } bad[] = {
        { "", 0 },         { " NOOP", 5 },
        { "NO\0OP", 5 },   { "GET/", 4 },
        { "\xff\xf4", 2 }, { "\xff", 1 },
        { "RETR\tx", 6 },  { "SITE /", 6 },
        { "{}", 2 },       { "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 36 },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct err err = ERR_INIT;
        struct ftp_line line;
        struct buf b = BUF_INIT;

        buf_add(&b, bad[i].text, bad[i].n);
        assert_int_equal(ftp_line_parse(b.data, b.len, &line, &err), -1);
        assert_int_equal(err.code, ERR_SYNTAX);
        buf_fini(&b);
    }
}

static void
every_row_is_found_and_helped(void **state)
{
    struct buf out = BUF_INIT;
    int i;

    (void)state;
    for (i = 0; i < FTP_CMD_COUNT; i++) {
        assert_int_equal(ftp_cmd_find(ftp_cmds[i].verb), i);
        buf_clear(&out);
        ftp_cmd_help(ftp_cmds[i].verb, false, &out);
        assert_memory_equal(buf_str(&out), "214-Help for ", 13);
        assert_non_null(strstr(buf_str(&out), ftp_cmds[i].help));
    }
    assert_int_equal(ftp_cmd_find("retr"), -1);
    assert_int_equal(ftp_cmd_find(""), -1);
    buf_fini(&out);
}

static void
arguments_are_checked(void **state)
{
    char path[5000];

    (void)state;
    memset(path, 'x', sizeof(path));
    path[sizeof(path) - 1] = '\0';
    assert_false(ftp_cmd_arg_ok(FTP_CMD_RETR, ""));
    assert_true(ftp_cmd_arg_ok(FTP_CMD_RETR, "x"));
    assert_false(ftp_cmd_arg_ok(FTP_CMD_RETR, path));
    assert_true(ftp_cmd_arg_ok(FTP_CMD_DCSC, path));
    assert_true(ftp_cmd_arg_ok(FTP_CMD_NOOP, ""));
    assert_false(ftp_cmd_arg_ok(FTP_CMD_TYPE, ""));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_split),
        cmocka_unit_test(what_is_no_command_is_refused),
        cmocka_unit_test(every_row_is_found_and_helped),
        cmocka_unit_test(arguments_are_checked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
