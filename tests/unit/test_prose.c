/* tests/unit/test_prose.c - what comes from others cannot move a terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/prose.h"

static void
becomes(const char *text, bool lines, const char *want)
{
    char copy[64];

    snprintf(copy, sizeof(copy), "%s", text);
    prose_plain(copy, lines);
    assert_string_equal(copy, want);
}

static void
controls_and_marks_of_direction_are_replaced(void **state)
{
    (void)state;
    becomes("plain text", false, "plain text");
    becomes("caf\xc3\xa9 \xe4\xb8\xad\xd7\x90", false,
            "caf\xc3\xa9 \xe4\xb8\xad\xd7\x90");
    becomes("a\x1b[31mb\x07\x7f", false, "a?[31mb??");
    becomes("a\nb\tc\r", true, "a\nb\tc?");
    becomes("a\nb\tc", false, "a?b?c");
    becomes("\x9b"
            "1m",
            false, "?1m"); /* CSI as one byte */
    becomes("\xc2\x9b"
            "1m",
            false, "??1m");                    /* and as a character */
    becomes("x\xe2\x80\xaey", true, "x???y");  /* right-to-left override */
    becomes("x\xe2\x81\xa6y", true, "x???y");  /* isolate */
    becomes("x\xe2\x80\x8fy", false, "x???y"); /* right-to-left mark */
    becomes("x\xd8\x9cy", false, "x??y");      /* Arabic letter mark */
    becomes("x\xe2\x80\xa8y", true, "x???y");  /* line separator */
}

static void
a_file_gets_every_byte_and_a_terminal_does_not(void **state)
{
    static const char text[] = "x\xe2\x80\xaey\x1b[2J\nz\n";
    char got[64] = "";
    FILE *f = tmpfile(), *terminal;
    int pty = posix_openpt(O_RDWR | O_NOCTTY), fd;
    size_t n = 0;
    ssize_t m;

    (void)state;
    prose_show(f, text);
    rewind(f);
    assert_int_equal(fread(got, 1, sizeof(got) - 1, f), strlen(text));
    assert_string_equal(got, text);
    fclose(f);
    assert_true(pty >= 0 && grantpt(pty) == 0 && unlockpt(pty) == 0);
    fd = open(ptsname(pty), O_RDWR | O_NOCTTY);
    terminal = fdopen(fd, "w");
    assert_non_null(terminal);
    prose_show(terminal, text);
    fflush(terminal);
    memset(got, 0, sizeof(got));
    while (strchr(got, 'z') == NULL &&
           (m = read(pty, got + n, sizeof(got) - 1 - n)) > 0)
        n += (size_t)m;
    assert_non_null(strstr(got, "x???y?[2J\r\nz"));
    fclose(terminal);
    close(pty);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(controls_and_marks_of_direction_are_replaced),
        cmocka_unit_test(a_file_gets_every_byte_and_a_terminal_does_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
