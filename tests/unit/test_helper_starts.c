/* tests/unit/test_helper_starts.c - books of starts: what is entered comes
 * back, and after a power failure the runs' own files are made from it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "gatekeeper/runner/helper_starts.h"
#include "gatekeeper/runner/helper_units.h"
#include "gatekeeper/supervisor/startbook.h"

#define EARLIER "0f0f0f0f-0000-4000-8000-000000000000"

static const char *const jobs[] = { "11111111-1111-4111-8111-111111111111",
                                    "22222222-2222-4222-8222-222222222222",
                                    "33333333-3333-4333-8333-333333333333",
                                    "44444444-4444-4444-8444-444444444444" };

struct place {
    char dir[64];
    struct helper h;
};

static int
open_unit(const struct place *p, const char *job)
{
    char path[80];

    snprintf(path, sizeof(path), "%s/.gatehouse/job", job);
    return openat(p->h.basefd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Sessions of all jobs but the last, with their launch files. */
static void
make_place(struct place *p)
{
    *p = (struct place){ .dir = "/tmp/starts.XXXXXX" };
    assert_non_null(mkdtemp(p->dir));
    p->h.basefd = open(p->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    p->h.sessions = p->dir;
    for (size_t i = 0; i + 1 < sizeof(jobs) / sizeof(*jobs); i++) {
        char path[160];
        int fd;

        snprintf(path, sizeof(path), "%s/%s/.gatehouse/job", p->dir, jobs[i]);
        assert_int_equal(fs_mkdirs(path, 0700, NULL), 0);
        fd = open_unit(p, jobs[i]);
        assert_int_equal(
            fs_write_atomic(fd, "launch", "program=x", 10, 0600, NULL), 0);
        close(fd);
    }
}

static void
remove_place(struct place *p)
{
    close(p->h.basefd);
    assert_int_equal(fs_remove_tree(AT_FDCWD, p->dir, NULL), 0);
}

/* A supervisor of boot BOOT (NULL: this one) that is gone has started all jobs
 * but the third, and seen the first end. */
static void
write_book(const struct place *p, const char *boot)
{
    struct exitrec rec = { .exit_code = 7, .t_start_ms = 5, .t_end_ms = 6 };
    struct startbook b;
    struct identity id;

    assert_int_equal(identity_self(&id, NULL), 0);
    id.start_time--;
    if (boot != NULL)
        memcpy(id.boot_id, boot, sizeof(id.boot_id));
    assert_int_equal(startbook_create(&b, p->h.basefd, &id, NULL), 0);
    for (uint32_t i = 0; i < 4; i++) {
        struct startbook_run run = { .task = 0 };

        memcpy(run.job, jobs[i], UUID_TEXT);
        if (i != 2)
            startbook_arm(&b, i + 1, &run);
    }
    assert_int_equal(startbook_sync(&b, NULL), 0);
    assert_int_equal(startbook_end(&b, 1, &rec, NULL), 0);
    startbook_fini(&b);
}

static struct runner_status
judge(const struct place *p, const char *job)
{
    int fd = open_unit(p, job);
    struct runner_status st;
    struct runfiles f;

    runfile_names(&f, 0, 0);
    assert_int_equal(helper_unit_judge(fd, &f, &st, NULL), 0);
    close(fd);
    return st;
}

static size_t
count_books(const struct place *p)
{
    char command[128];
    struct stat st;

    snprintf(command, sizeof(command), "%s/%s", p->dir, STARTBOOK_DIR);
    assert_int_equal(stat(command, &st), 0);
    return rmdir(command) == 0 ? 0 : 1;
}

static void
after_a_power_failure_what_was_started_is_not_started_again(void **state)
{
    struct runner_status st;
    struct place p;

    (void)state;
    make_place(&p);
    write_book(&p, EARLIER);
    assert_int_equal(helper_starts_restore(&p.h, NULL), 0);
    st = judge(&p, jobs[0]);
    assert_int_equal(st.state, RUNNER_ENDED);
    assert_int_equal(st.exit.exit_code, 7);
    st = judge(&p, jobs[1]);
    assert_int_equal(st.state, RUNNER_LOST);
    assert_string_equal(st.exit.text,
                        "the host was restarted while the job ran");
    assert_int_equal(judge(&p, jobs[2]).state, RUNNER_NONE);
    assert_int_equal(count_books(&p), 0);
    remove_place(&p);
}

static void
a_record_that_is_there_is_left_as_it_is(void **state)
{
    struct exitrec rec = { .exit_code = 3, .t_start_ms = 5, .t_end_ms = 6 };
    struct buf text = BUF_INIT;
    struct place p;
    int fd;

    (void)state;
    make_place(&p);
    write_book(&p, EARLIER);
    fd = open_unit(&p, jobs[1]);
    exitrec_write(&rec, &text);
    assert_int_equal(
        fs_write_atomic(fd, "exit", text.data, text.len, 0600, NULL), 0);
    close(fd);
    buf_fini(&text);
    assert_int_equal(helper_starts_restore(&p.h, NULL), 0);
    assert_int_equal(judge(&p, jobs[1]).exit.exit_code, 3);
    remove_place(&p);
}

static void
in_the_same_boot_the_files_of_a_run_are_the_truth(void **state)
{
    struct place p;

    (void)state;
    make_place(&p);
    write_book(&p, NULL);
    assert_int_equal(helper_starts_restore(&p.h, NULL), 0);
    assert_int_equal(judge(&p, jobs[0]).state, RUNNER_NONE);
    assert_int_equal(judge(&p, jobs[1]).state, RUNNER_NONE);
    assert_int_equal(count_books(&p), 1);
    remove_place(&p);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            after_a_power_failure_what_was_started_is_not_started_again),
        cmocka_unit_test(a_record_that_is_there_is_left_as_it_is),
        cmocka_unit_test(in_the_same_boot_the_files_of_a_run_are_the_truth),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
