/* tests/unit/test_log.c - one line per event that nobody can forge. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/log.h"

static char file[64];
static struct buf text;

static int
setup(void **state)
{
    int fd;

    (void)state;
    snprintf(file, sizeof(file), "/tmp/test_log.XXXXXX");
    fd = mkstemp(file);
    close(fd);
    return fd < 0 ? -1 : log_open("prog", file, LOG_INFO);
}

static int
teardown(void **state)
{
    (void)state;
    buf_fini(&text);
    log_open("prog", "stderr", LOG_NOTICE);
    return unlink(file);
}

/* What the log holds. */
static const char *
log_text(void)
{
    struct err err = ERR_INIT;

    buf_clear(&text);
    assert_int_equal(fs_read(AT_FDCWD, file, 1 << 22, &text, &err), 0);
    return buf_str(&text);
}

/* The last line's part behind the program's name and pid. */
static const char *
last_event(void)
{
    char *at, *line;

    log_text();
    assert_true(text.len > 1 && text.data[text.len - 1] == '\n');
    text.data[text.len - 1] = '\0';
    line = strrchr(text.data, '\n');
    at = strstr(line != NULL ? line : text.data, "] ");
    assert_non_null(at);
    return at + 2;
}

static void
a_line_has_time_level_program_pid(void **state)
{
    char level[16], program[16], event[16], rest[64];
    int year, ms, pid;

    (void)state;
    log_event(LOG_WARNING, "a.b.c", "key=%d", 5);
    assert_int_equal(
        sscanf(log_text(),
               "%4d-%*2d-%*2dT%*2d:%*2d:%*2d.%3dZ %15s %15[a-z][%d] %15s %63s",
               &year, &ms, level, program, &pid, event, rest),
        7);
    assert_string_equal(level, "warning");
    assert_string_equal(program, "prog");
    assert_int_equal(pid, getpid());
    assert_string_equal(event, "a.b.c");
    assert_string_equal(rest, "key=5");
}

static void
levels_below_are_left_out(void **state)
{
    (void)state;
    log_event(LOG_DEBUG, "no", "k=%d", 1);
    assert_string_equal(log_text(), "");
    log_event(LOG_INFO, "yes", "k=%d", 1);
    assert_string_equal(last_event(), "yes k=1");
    assert_int_equal(log_level_parse("debug"), LOG_DEBUG);
    assert_int_equal(log_level_parse("error"), LOG_ERR);
    assert_int_equal(log_level_parse("Error"), -1);
}

static void
values_cannot_leave_their_quotes(void **state)
{
    static const struct {
        const char *value, *shown;
    } rows[] = {
        { "plain/word:1", "plain/word:1" },
        { "", "\"\"" },
        { "a b", "\"a b\"" },
        { "k=v", "\"k=v\"" },
        { "say \"hi\"", "\"say \\\"hi\\\"\"" },
        { "back\\slash", "\"back\\\\slash\"" },
        { "x\n2026 notice gk[1] job.accepted dn=root",
          "\"x\\x0a2026 notice gk[1] job.accepted dn=root\"" },
        { "\x1b[2J", "\"\\x1b[2J\"" },
        { "\xc3\xa4", "\xc3\xa4" },
        { "\xff\x80", "\"\\xff\\x80\"" },
        { "\xc2\x85", "\"\\xc2\\x85\"" },          /* C1 next line */
        { "\xe2\x80\xae", "\"\\xe2\\x80\\xae\"" }, /* right to left */
        { "\xe2\x80\xa8", "\"\\xe2\\x80\\xa8\"" }, /* line separator */
        { NULL, "(null)" },
    };
    struct buf want = BUF_INIT;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        log_event(LOG_NOTICE, "e", "v=%s end=%d", rows[i].value, 1);
        buf_clear(&want);
        buf_addf(&want, "e v=%s end=1", rows[i].shown);
        assert_string_equal(last_event(), buf_str(&want));
    }
    buf_fini(&want);
}

static void
a_huge_value_is_cut(void **state)
{
    char *huge = malloc(1 << 20);

    (void)state;
    memset(huge, 'h', (1 << 20) - 1);
    huge[(1 << 20) - 1] = '\0';
    log_event(LOG_NOTICE, "e", "v=%s end=%d", huge, 1);
    assert_true(strlen(log_text()) < 3000);
    assert_non_null(strstr(buf_str(&text), "h+ end=1\n"));
    free(huge);
}

static void
conversions_are_those_of_printf(void **state)
{
    char open[4] = { 'o', 'p', 'e', 'n' }; /* no NUL at its end */

    (void)state;
    log_event(LOG_NOTICE, "e",
              "%d %i %u %ld %lu %lld %llu %zu %zd %jd %x %lx %o %04o %5d %c "
              "%.2f %% %.*s %.2s %hu",
              -1, 2, 3u, -4L, 5UL, -6LL, 18446744073709551615ULL, (size_t)7,
              (ssize_t)-8, (intmax_t)-9, 255u, 255UL, 8u, 0644u, 42, 'c', 1.005,
              4, open, "abc", (unsigned short)9);
    assert_string_equal(last_event(),
                        "e -1 2 3 -4 5 -6 18446744073709551615 7 -8 -9 ff ff "
                        "10 0644    42 c 1.00 % open ab 9");
}

static void
context_is_on_every_later_event(void **state)
{
    (void)state;
    log_context("session", "s 1");
    log_context("job", "j");
    log_event(LOG_NOTICE, "e", "k=%d", 1);
    assert_string_equal(last_event(), "e k=1 session=\"s 1\" job=j");
    log_context("session", "s2");
    log_event_pairs(LOG_NOTICE, "e", "");
    assert_string_equal(last_event(), "e session=s2 job=j");
    log_context("session", NULL);
    log_context("job", NULL);
    log_context("never", NULL);
    log_event_pairs(LOG_NOTICE, "e", "a=1 b=\"2 3\"");
    assert_string_equal(last_event(), "e a=1 b=\"2 3\"");
}

static void
reopening_follows_a_rotation(void **state)
{
    char old[80];

    (void)state;
    snprintf(old, sizeof(old), "%s.1", file);
    log_event(LOG_NOTICE, "before", "k=%d", 1);
    assert_int_equal(rename(file, old), 0);
    log_event(LOG_NOTICE, "between", "k=%d", 1);
    assert_int_equal(log_reopen(), 0);
    log_event(LOG_NOTICE, "after", "k=%d", 1);
    assert_null(strstr(log_text(), "between"));
    assert_string_equal(last_event(), "after k=1");
    assert_int_equal(unlink(old), 0);
}

static void
what_cannot_be_opened_falls_back(void **state)
{
    (void)state;
    assert_int_equal(log_open("prog", "/nonexistent/x.log", LOG_NOTICE), -1);
    assert_int_equal(errno, ENOENT);
    assert_int_equal(log_descriptor(), STDERR_FILENO);
    assert_int_equal(log_open("prog", file, LOG_NOTICE), 0);
    assert_true(log_descriptor() > STDERR_FILENO);
}

static void
errno_survives(void **state)
{
    (void)state;
    errno = EXDEV;
    log_event(LOG_NOTICE, "e", "k=%s", "v");
    assert_int_equal(errno, EXDEV);
}

/* No byte more than N goes into a file of this process. */
static void
limit_files(rlim_t n)
{
    struct rlimit r;

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &r), 0);
    r.rlim_cur = n;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &r), 0);
}

/* How often WORD is in what was said on stderr while LOG_SOME logged. */
static int
said_on_stderr(void (*log_some)(void), const char *word)
{
    char said[80], *at;
    struct buf out = BUF_INIT;
    int fd, count = 0, saved = dup(STDERR_FILENO);

    snprintf(said, sizeof(said), "%s.stderr", file);
    fd = open(said, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0 && saved >= 0);
    fflush(stderr);
    dup2(fd, STDERR_FILENO);
    log_some();
    dup2(saved, STDERR_FILENO);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    assert_int_equal(buf_read_fd(&out, fd, 1 << 16), 0);
    for (at = strstr(buf_str(&out), word); at != NULL;
         at = strstr(at + 1, word))
        count++;
    close(fd);
    close(saved);
    unlink(said);
    buf_fini(&out);
    return count;
}

static void
log_three(void)
{
    for (int i = 0; i < 3; i++)
        log_event(LOG_NOTICE, "gone", "k=%d", i);
}

static void
what_cannot_be_written_is_counted(void **state)
{
    (void)state;
    signal(SIGXFSZ, SIG_IGN);
    log_event(LOG_NOTICE, "before", "k=%d", 1);
    log_text();
    limit_files(text.len + 5); /* the next line comes in part */
    assert_int_equal(said_on_stderr(log_three, file), 1);
    limit_files(RLIM_INFINITY);
    log_event(LOG_NOTICE, "after", "k=%d", 1);
    assert_string_equal(last_event(), "after k=1");
    log_text();
    assert_null(strstr(text.data, "gone"));
    assert_non_null(strstr(text.data, "] log.lost count=3 errno=27 reason="));
    assert_int_equal(said_on_stderr(log_three, file), 0);
    assert_string_equal(last_event(), "gone k=2");
    assert_null(strstr(strstr(log_text(), "log.lost") + 1, "log.lost"));
}

static void *
chatter(void *arg)
{
    char word[201];
    int i;

    memset(word, *(char *)arg, 200);
    word[200] = '\0';
    for (i = 0; i < 500; i++)
        log_event(LOG_NOTICE, "t", "w=%s", word);
    return NULL;
}

static void
threads_do_not_mix_lines(void **state)
{
    char names[] = "abcd";
    pthread_t thread[4];
    char *line, *rest = NULL, *word;
    int i, lines = 0;

    (void)state;
    for (i = 0; i < 4; i++)
        pthread_create(&thread[i], NULL, chatter, &names[i]);
    for (i = 0; i < 50; i++)
        log_reopen();
    for (i = 0; i < 4; i++)
        pthread_join(thread[i], NULL);
    log_text();
    for (line = strtok_r(text.data, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest)) {
        word = strstr(line, " t w=");
        assert_non_null(word);
        word += 5;
        assert_int_equal(strlen(word), 200);
        assert_int_equal(strspn(word, (char[]){ *word, '\0' }), 200);
        lines++;
    }
    assert_int_equal(lines, 2000);
}

#define LOG(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        LOG(a_line_has_time_level_program_pid),
        LOG(levels_below_are_left_out),
        LOG(values_cannot_leave_their_quotes),
        LOG(a_huge_value_is_cut),
        LOG(conversions_are_those_of_printf),
        LOG(context_is_on_every_later_event),
        LOG(reopening_follows_a_rotation),
        LOG(what_cannot_be_opened_falls_back),
        LOG(errno_survives),
        LOG(what_cannot_be_written_is_counted),
        LOG(threads_do_not_mix_lines),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
