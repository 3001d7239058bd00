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
        if (i == FTP_CMD_SITE) /* HELP SITE is the list of them */
            continue;
        buf_clear(&out);
        ftp_cmd_help(ftp_cmds[i].verb, false, &out);
        assert_memory_equal(buf_str(&out), "214-Help for ", 13);
        assert_non_null(strstr(buf_str(&out), ftp_cmds[i].help));
    }
    assert_int_equal(ftp_cmd_find("retr"), -1);
    assert_int_equal(ftp_cmd_find(""), -1);
    buf_fini(&out);
}

/* The code that refuses VERB ARG in PHASE, 0 when it may run. */
static int
answer(const char *verb, const char *arg, enum ftp_phase phase)
{
    char *text = xasprintf("%s%s%s", verb, *arg != '\0' ? " " : "", arg);
    struct ftp_refusal no;
    struct ftp_line line;
    int id = ftp_cmd_judge(text, strlen(text), phase, &line, &no);

    free(text);
    return id < 0 ? no.code : 0;
}

static void
arguments_are_checked(void **state)
{
    char path[5000];

    (void)state;
    memset(path, 'x', sizeof(path));
    path[sizeof(path) - 1] = '\0';
    assert_int_equal(answer("RETR", "", FTP_PHASE_SESSION), 501);
    assert_int_equal(answer("RETR", "x", FTP_PHASE_SESSION), 0);
    assert_int_equal(answer("RETR", path, FTP_PHASE_SESSION), 501);
    assert_int_equal(answer("DCSC", path, FTP_PHASE_SESSION), 0);
    assert_int_equal(answer("NOOP", "", FTP_PHASE_SESSION), 0);
    assert_int_equal(answer("TYPE", "", FTP_PHASE_SESSION), 501);
}

static void
each_phase_has_its_commands(void **state)
{
    static const struct {
        const char *verb;
        int code[4]; /* security, login, session, reader */
    } rows[] = {
        { "AUTH", { 0, 0, 0, 0 } },       { "ADAT", { 0, 0, 0, 0 } },
        { "USER", { 0, 0, 0, 0 } },       { "RETR", { 530, 530, 0, 0 } },
        { "STOR", { 530, 530, 0, 550 } }, { "SITE RDEL", { 530, 530, 0, 550 } },
        { "ENC", { 0, 0, 500, 500 } },    { "XYZZY", { 500, 500, 500, 500 } },
    };
    size_t i;
    int phase;

    (void)state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        for (phase = 0; phase < 4; phase++)
            assert_int_equal(answer(rows[i].verb, "x", (enum ftp_phase)phase),
                             rows[i].code[phase]);
}

static void
lines_are_taken_whole(void **state)
{
    static const char bytes[] = "NOOP\r\nSYST\n\r\nA\0B\r\nPAR";
    static const size_t lengths[] = { 4, 4, 0, 3 };
    struct buf in = BUF_INIT;
    size_t n, used, i;
    char *text;

    (void)state;
    buf_add(&in, bytes, sizeof(bytes) - 1);
    for (i = 0; i < 4; i++) {
        assert_int_equal(ftp_line_next(&in, &text, &n, &used), 1);
        assert_int_equal(n, lengths[i]);
        buf_drop(&in, used);
    }
    assert_int_equal(ftp_line_next(&in, &text, &n, &used), 0);
    while (in.len < FTP_RAW_MAX)
        buf_addc(&in, 'x');
    assert_int_equal(ftp_line_next(&in, &text, &n, &used), -1);
    buf_fini(&in);
    assert_string_equal(ftp_line_protected("enc AAAA"), "AAAA");
    assert_null(ftp_line_protected("ENCODE AAAA"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_split),
        cmocka_unit_test(what_is_no_command_is_refused),
        cmocka_unit_test(every_row_is_found_and_helped),
        cmocka_unit_test(arguments_are_checked),
        cmocka_unit_test(each_phase_has_its_commands),
        cmocka_unit_test(lines_are_taken_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
