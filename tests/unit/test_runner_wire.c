/* tests/unit/test_runner_wire.c - requests of the runner: the table decides,
 * and what a request does not use is zero. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "gatekeeper/runner/runner_wire.h"

#define JOB_ID "01234567-89ab-4cde-8f01-23456789abcd"

static struct runner_request
request(enum runner_op op, const char *job, const char *word, const char *text)
{
    struct runner_request r = { .magic = RUNNER_MAGIC, .op = (uint32_t)op };

    memcpy(r.job, job, strlen(job));
    memcpy(r.word, word, strlen(word));
    memcpy(r.text, text, strlen(text));
    return r;
}

static int
check(const struct runner_request *r, size_t nfds)
{
    struct err err = ERR_INIT;
    int rc = runner_wire_check(r, sizeof(*r), nfds, &err);

    assert_int_equal(err.code, rc == 0 ? ERR_OK : ERR_PROTOCOL);
    return rc;
}

static void
good_requests_pass(void **state)
{
    struct runner_request r;

    (void)state;
    r = request(RUNNER_OP_HOST_CREDENTIAL, "", "", "");
    assert_int_equal(check(&r, 0), 0);
    r = request(RUNNER_OP_MAP, "", "", "/O=Grid/CN=Alice");
    assert_int_equal(check(&r, 0), 0);
    r = request(RUNNER_OP_REGISTER, JOB_ID, "alice", "/O=Grid/CN=Alice");
    assert_int_equal(check(&r, 0), 0);
    r = request(RUNNER_OP_OPEN, JOB_ID, "", "a/b.txt");
    assert_int_equal(check(&r, 0), 0);
    r = request(RUNNER_OP_SIGNAL, JOB_ID, "", "");
    r.arg = RUNNER_CONT;
    r.unit = RUNNER_STAGE_OUT;
    assert_int_equal(check(&r, 0), 0);
    r = request(RUNNER_OP_INSTALL, JOB_ID, "", "");
    assert_int_equal(check(&r, 1), 0);
}

static void
sizes_and_numbers_are_exact(void **state)
{
    struct runner_request r = request(RUNNER_OP_SIGNAL, JOB_ID, "", "");

    (void)state;
    assert_int_equal(runner_wire_check(&r, sizeof(r) - 1, 0, NULL), -1);
    assert_int_equal(check(&r, 1), -1);
    r.arg = RUNNER_SIGNAL_COUNT;
    assert_int_equal(check(&r, 0), -1);
    r.arg = 0;
    r.unit = RUNNER_UNIT_COUNT;
    assert_int_equal(check(&r, 0), -1);
    r.unit = 0;
    r.op = RUNNER_OP_COUNT;
    assert_int_equal(check(&r, 0), -1);
    r.op = RUNNER_OP_SIGNAL;
    r.magic ^= 1;
    assert_int_equal(check(&r, 0), -1);
}

static void
unused_fields_must_be_zero(void **state)
{
    struct runner_request r;

    (void)state;
    r = request(RUNNER_OP_STATUS, JOB_ID, "", "x");
    assert_int_equal(check(&r, 0), -1);
    r = request(RUNNER_OP_STATUS, JOB_ID, "x", "");
    assert_int_equal(check(&r, 0), -1);
    r = request(RUNNER_OP_MAP, JOB_ID, "", "/CN=x");
    assert_int_equal(check(&r, 0), -1);
    r = request(RUNNER_OP_OPEN, JOB_ID, "", "x");
    r.text[5] = 'y';
    assert_int_equal(check(&r, 0), -1);
    r = request(RUNNER_OP_INSTALL, JOB_ID, "", "");
    r.unit = 1;
    assert_int_equal(check(&r, 1), -1);
}

static void
tasks_are_of_the_jobs_own_unit(void **state)
{
    struct runner_request r = request(RUNNER_OP_STATUS, JOB_ID, "", "");

    (void)state;
    r.task = 17;
    r.attempt = 1;
    assert_int_equal(check(&r, 0), 0);
    r.unit = RUNNER_STAGE_IN;
    assert_int_equal(check(&r, 0), -1);
    r.unit = RUNNER_JOB;
    r.attempt = 0;
    assert_int_equal(check(&r, 0), -1);
    r.attempt = 1;
    r.task = 100000;
    assert_int_equal(check(&r, 0), -1);
    r = request(RUNNER_OP_WIPE, JOB_ID, "", "");
    r.attempt = 1;
    assert_int_equal(check(&r, 0), -1);
}

static void
jobs_are_uuids(void **state)
{
    static const char *const bad[] = { "", "x",
                                       "01234567-89ab-4cde-8f01-23456789abc/",
                                       "01234567-89AB-4CDE-8F01-23456789ABCD" };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        struct runner_request r = request(RUNNER_OP_STATUS, bad[i], "", "");

        assert_int_equal(check(&r, 0), -1);
    }
}

static void
accounts_are_no_options_or_paths(void **state)
{
    static const char *const bad[] = { "-x", ".", "..", "a/b", "a b", "a\nb" };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        struct runner_request r =
            request(RUNNER_OP_MAP, "", bad[i], "/CN=alice");

        assert_int_equal(check(&r, 0), -1);
    }
}

static void
paths_stay_beneath(void **state)
{
    static const char *const bad[] = { "",     "/",    "/a",    "..",  "../a",
                                       "a/..", "a//b", "a/",    "./a", ".",
                                       "a/./", "a\nb", "a/../b" };
    static const char *const good[] = {
        "a", "...", "a/b/c", ".gatehouse/job", "a b", "..a", "\xC3\xA4"
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        assert_false(runner_wire_path_ok(bad[i]));
    for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
        assert_true(runner_wire_path_ok(good[i]));
}

static void
slashes_and_dots_that_mean_nothing_go(void **state)
{
    static const char *const texts[][2] = {
        { "dir/", "dir" },      { "./dir//", "dir" }, { "a//b/./c/", "a/b/c" },
        { "/a//b/", "/a/b" },   { "//", "/" },        { ".", "" },
        { "a/../b", "a/../b" }, { "", "" },           { "...", "..." }
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        char *plain = runner_wire_path_plain(texts[i][0]);

        assert_string_equal(plain, texts[i][1]);
        free(plain);
    }
}

static void
replies_are_terminated(void **state)
{
    struct runner_reply r = { .magic = RUNNER_MAGIC };

    (void)state;
    assert_int_equal(runner_wire_check_reply(&r, sizeof(r), NULL), 0);
    r.code = ERR_COUNT;
    assert_int_equal(runner_wire_check_reply(&r, sizeof(r), NULL), -1);
    r.code = -1;
    assert_int_equal(runner_wire_check_reply(&r, sizeof(r), NULL), -1);
    r.code = 0;
    memset(r.text, 'x', sizeof(r.text));
    assert_int_equal(runner_wire_check_reply(&r, sizeof(r), NULL), -1);
}

static void
descriptors_travel(void **state)
{
    int pair[2], p[2], fds[RUNNER_FDS_MAX];
    char byte = 'x', got[8];
    size_t nfds;

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
    assert_int_equal(pipe(p), 0);
    assert_int_equal(runner_wire_send(pair[0], "hello", 5, p, 2, 0), 0);
    assert_int_equal(runner_wire_recv(pair[1], got, sizeof(got), fds, &nfds, 0),
                     5);
    assert_int_equal(nfds, 2);
    assert_int_equal(write(fds[1], &byte, 1), 1);
    assert_int_equal(read(p[0], got, 1), 1);
    close(fds[0]);
    close(fds[1]);
    /* What does not fit is refused, and its descriptors closed. */
    assert_int_equal(runner_wire_send(pair[0], "too long a one", 14, p, 1, 0),
                     0);
    assert_int_equal(runner_wire_recv(pair[1], got, sizeof(got), fds, &nfds, 0),
                     -1);
    assert_int_equal(nfds, 0);
    close(pair[0]);
    assert_int_equal(runner_wire_recv(pair[1], got, sizeof(got), fds, &nfds, 0),
                     0);
    close(pair[1]);
    close(p[0]);
    close(p[1]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_requests_pass),
        cmocka_unit_test(sizes_and_numbers_are_exact),
        cmocka_unit_test(unused_fields_must_be_zero),
        cmocka_unit_test(tasks_are_of_the_jobs_own_unit),
        cmocka_unit_test(jobs_are_uuids),
        cmocka_unit_test(accounts_are_no_options_or_paths),
        cmocka_unit_test(paths_stay_beneath),
        cmocka_unit_test(slashes_and_dots_that_mean_nothing_go),
        cmocka_unit_test(replies_are_terminated),
        cmocka_unit_test(descriptors_travel),
    };

    return cmocka_run_group_tests_name("runner_wire", tests, NULL, NULL);
}
