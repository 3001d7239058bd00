/* tests/unit/test_taskbook.c - the book of an array's tasks: what is written
 * comes back, what is torn was not written, and nothing is started twice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <unistd.h>

#include "gatekeeper/supervisor/taskbook.h"

#define BOOT "0f0f0f0f-0000-4000-8000-000000000000"
#define NEXT "1f1f1f1f-0000-4000-8000-000000000000"

static void
add(struct buf *b, enum taskbook_kind kind, uint32_t task, int64_t number,
    const char *text)
{
    taskbook_add(b, &(struct taskbook_entry){ .kind = (uint8_t)kind,
                                              .attempt = 1,
                                              .task = task,
                                              .number = number,
                                              .text = text });
}

static void
supervisor(struct buf *b, int pid, const char *boot)
{
    char text[IDENTITY_TEXT];
    struct identity id = { .pid = pid, .start_time = 7, .host = "here" };

    memcpy(id.boot_id, boot, sizeof(id.boot_id));
    identity_text(&id, text);
    add(b, TASKBOOK_SUPERVISOR, 0, 0, text);
}

static void
all_of_a_task_comes_back(void **state)
{
    struct buf b = BUF_INIT;
    struct taskbook book = { .ntasks = 0 };
    const struct taskbook_task *t;

    (void)state;
    add(&b, TASKBOOK_GIVEN, 70, 0, NULL);
    supervisor(&b, 100, BOOT);
    add(&b, TASKBOOK_ARMED, 70, 0, NULL);
    add(&b, TASKBOOK_BEGUN, 70, 1234567890123, NULL);
    add(&b, TASKBOOK_STOPPED, 70, 1, NULL);
    assert_int_equal(taskbook_take(&book, b.data, b.len, NULL, NULL), b.len);
    t = taskbook_find(&book, 70, 1);
    assert_non_null(t);
    assert_int_equal(t->state, TASKBOOK_IS_BEGUN);
    assert_true(t->begun_ms == 1234567890123);
    assert_true(t->stopped);
    assert_int_equal(book.supervisor[t->supervisor].pid, 100);
    assert_null(taskbook_find(&book, 70, 2));
    assert_null(taskbook_find(&book, 69, 1));
    assert_null(taskbook_find(&book, 1u << 30, 1));
    taskbook_fini(&book);
    buf_fini(&b);
}

/* A book in a file of its own; its descriptor. */
static int
new_file(void)
{
    char name[] = "taskbook.XXXXXX";
    int fd = mkostemp(name, O_APPEND);

    assert_true(fd >= 0);
    unlink(name);
    return fd;
}

static void
an_exit_record_comes_back_with_its_longest_text(void **state)
{
    struct exitrec rec = { .why = EXITREC_NOT_STARTED,
                           .exit_code = 126,
                           .t_start_ms = 1700000000001,
                           .t_end_ms = 1700000060002 },
                   out;
    struct taskbook book = { .ntasks = 0 };
    struct buf text = BUF_INIT, b = BUF_INIT;
    int fd = new_file();

    (void)state;
    memset(rec.text, 'x', sizeof(rec.text) - 1);
    exitrec_write(&rec, &text);
    add(&b, TASKBOOK_GIVEN, 3, 0, NULL);
    add(&b, TASKBOOK_ENDED, 3, 0, buf_str(&text));
    add(&b, TASKBOOK_ENDED, 3, 0, "why=exited\nexit=0\n"); /* too late */
    assert_int_equal(taskbook_append(fd, &b, NULL), 0);
    assert_int_equal(taskbook_read(&book, fd, NULL, NULL, NULL), 0);
    assert_int_equal(
        taskbook_record(taskbook_find(&book, 3, 1), fd, &out, NULL), 0);
    assert_memory_equal(&rec, &out, sizeof(rec));
    taskbook_fini(&book);
    buf_fini(&text);
    buf_fini(&b);
    close(fd);
}

static void
what_is_torn_was_not_written(void **state)
{
    struct buf b = BUF_INIT;
    const char *text = "why=exited\nexit=0\nsignal=0\nstart_ms=1\nend_ms=2\n"
                       "user_ms=0\nsystem_ms=0\nmax_rss=0\ntext=\n";

    (void)state;
    add(&b, TASKBOOK_GIVEN, 1, 0, NULL);
    add(&b, TASKBOOK_ENDED, 1, 0, text);
    for (size_t n = 0; n < b.len; n++) {
        struct taskbook book = { .ntasks = 0 };
        const struct taskbook_task *t;
        struct buf more = BUF_INIT;
        int fd = new_file();

        assert_int_equal(write(fd, b.data, n), n);
        assert_int_equal(taskbook_read(&book, fd, NULL, NULL, NULL), 0);
        t = taskbook_find(&book, 1, 1);
        assert_true(n < TASKBOOK_CELL ? t == NULL
                                      : t->state == TASKBOOK_IS_GIVEN);
        /* Who writes next is read, whatever lies before. */
        add(&more, TASKBOOK_GIVEN, 2, 0, NULL);
        assert_int_equal(taskbook_append(fd, &more, NULL), 0);
        for (size_t pad = 0; pad < TASKBOOK_CELLS; pad++)
            add(&more, TASKBOOK_GIVEN, 2, 0, NULL);
        assert_int_equal(taskbook_append(fd, &more, NULL), 0);
        assert_int_equal(taskbook_read(&book, fd, NULL, NULL, NULL), 0);
        assert_non_null(taskbook_find(&book, 2, 1));
        taskbook_fini(&book);
        buf_fini(&more);
        close(fd);
    }
    buf_fini(&b);
}

static void
a_changed_byte_is_no_entry(void **state)
{
    struct buf b = BUF_INIT;

    (void)state;
    add(&b, TASKBOOK_GIVEN, 1, 0, NULL);
    for (size_t i = 0; i < b.len; i++) {
        struct taskbook book = { .ntasks = 0 };

        b.data[i] ^= 4;
        (void)taskbook_take(&book, b.data, b.len, NULL, NULL);
        assert_null(taskbook_find(&book, 1, 1));
        assert_null(taskbook_find(&book, 5, 1));
        taskbook_fini(&book);
        b.data[i] ^= 4;
    }
    buf_fini(&b);
}

/* Whether a task of which the book says KINDS may have been started, when the
 * host runs under boot NOW. */
static bool
started(const enum taskbook_kind *kinds, size_t n, const char *now)
{
    struct taskbook book = { .ntasks = 0 };
    struct buf b = BUF_INIT;
    bool rc;

    supervisor(&b, 100, BOOT);
    for (size_t i = 0; i < n; i++)
        add(&b, kinds[i], 0, 1, NULL);
    (void)taskbook_take(&book, b.data, b.len, NULL, NULL);
    rc = taskbook_started(&book, taskbook_find(&book, 0, 1), now);
    taskbook_fini(&book);
    buf_fini(&b);
    return rc;
}

static void
after_a_power_failure_what_was_armed_counts_as_started(void **state)
{
    const enum taskbook_kind k[] = { TASKBOOK_GIVEN, TASKBOOK_ARMED,
                                     TASKBOOK_BEGUN };

    (void)state;
    assert_false(started(k, 1, BOOT));
    assert_false(started(k, 1, NEXT));
    assert_false(started(k, 2, BOOT)); /* killed before it began */
    assert_true(started(k, 2, NEXT));  /* BEGUN may be lost */
    assert_true(started(k, 3, BOOT));
    assert_true(started(k, 3, NEXT));
}

static void
a_later_attempt_replaces_an_earlier_one(void **state)
{
    struct taskbook book = { .ntasks = 0 };
    struct buf b = BUF_INIT;

    (void)state;
    add(&b, TASKBOOK_GIVEN, 0, 0, NULL);
    add(&b, TASKBOOK_ENDED, 0, 0, "");
    taskbook_add(
        &b, &(struct taskbook_entry){ .kind = TASKBOOK_GIVEN, .attempt = 2 });
    add(&b, TASKBOOK_ENDED, 0, 0, "");
    (void)taskbook_take(&book, b.data, b.len, NULL, NULL);
    assert_null(taskbook_find(&book, 0, 1));
    assert_int_equal(taskbook_find(&book, 0, 2)->state, TASKBOOK_IS_GIVEN);
    taskbook_fini(&book);
    buf_fini(&b);
}

static void
a_file_that_shrinks_or_changes_is_read_anew(void **state)
{
    struct taskbook book = { .ntasks = 0 };
    struct buf b = BUF_INIT;
    int fd = new_file();

    (void)state;
    add(&b, TASKBOOK_GIVEN, 4, 0, NULL);
    assert_int_equal(taskbook_append(fd, &b, NULL), 0);
    assert_int_equal(taskbook_read(&book, fd, NULL, NULL, NULL), 0);
    assert_non_null(taskbook_find(&book, 4, 1));
    assert_int_equal(ftruncate(fd, 0), 0);
    assert_int_equal(taskbook_read(&book, fd, NULL, NULL, NULL), 0);
    assert_null(taskbook_find(&book, 4, 1));
    taskbook_fini(&book);
    buf_fini(&b);
    close(fd);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_of_a_task_comes_back),
        cmocka_unit_test(an_exit_record_comes_back_with_its_longest_text),
        cmocka_unit_test(what_is_torn_was_not_written),
        cmocka_unit_test(a_changed_byte_is_no_entry),
        cmocka_unit_test(
            after_a_power_failure_what_was_armed_counts_as_started),
        cmocka_unit_test(a_later_attempt_replaces_an_earlier_one),
        cmocka_unit_test(a_file_that_shrinks_or_changes_is_read_anew),
    };

    return cmocka_run_group_tests_name("taskbook", tests, NULL, NULL);
}
