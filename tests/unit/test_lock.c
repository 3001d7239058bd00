/* tests/unit/test_lock.c - locks keep their order. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/codec.h"
#include "base/lock.h"

/* Run FN in a process of its own; what waitpid() says, and in TEXT what went to
 * stderr. */
static int
run(void (*fn)(void), char *text, size_t n)
{
    int fd[2], status;
    ssize_t got;
    pid_t pid;

    assert_int_equal(pipe(fd), 0);
    pid = fork();
    if (pid == 0) {
        dup2(fd[1], STDERR_FILENO);
        signal(SIGABRT, SIG_DFL);
        fn();
        _exit(0);
    }
    close(fd[1]);
    got = read(fd[0], text, n - 1);
    text[got > 0 ? got : 0] = '\0';
    close(fd[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void
take_in_order(void)
{
    struct lock outer, inner;

    lock_init(&outer, LOCK_gatekeeper_starting);
    lock_init(&inner, LOCK_http_server);
    for (int i = 0; i < 2; i++) {
        lock_take(&outer);
        lock_take(&inner);
        lock_release(&outer); /* in whatever order they go */
        lock_release(&inner);
    }
    lock_fini(&outer);
    lock_fini(&inner);
}

static void
take_against_order(void)
{
    struct lock outer, inner;

    lock_init(&outer, LOCK_gatekeeper_starting);
    lock_init(&inner, LOCK_http_server);
    lock_take(&inner);
    lock_take(&outer);
}

static void
take_twins(void)
{
    struct lock one, other;

    lock_init(&one, LOCK_registration);
    lock_init(&other, LOCK_registration);
    lock_take(&one);
    lock_take(&other);
}

static void
locks_are_taken_in_their_order(void **state)
{
    char text[512];

    (void)state;
    assert_int_equal(run(take_in_order, text, sizeof(text)), 0);
    assert_string_equal(text, "");
}

static void
a_wrong_order_ends_the_process_with_both_names(void **state)
{
    char text[512];
    int status;

    (void)state;
#ifndef LOCK_ORDER
    skip();
#endif
    status = run(take_against_order, text, sizeof(text));
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    assert_non_null(strstr(text, lock_name(LOCK_gatekeeper_starting)));
    assert_non_null(strstr(text, lock_name(LOCK_http_server)));
}

static void
two_of_one_rank_are_a_wrong_order(void **state)
{
    char text[512];
    int status;

    (void)state;
#ifndef LOCK_ORDER
    skip();
#endif
    status = run(take_twins, text, sizeof(text));
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

static void
a_wait_ends_with_the_lock_held(void **state)
{
    pthread_cond_t never = PTHREAD_COND_INITIALIZER;
    struct lock l;

    (void)state;
    lock_init(&l, LOCK_registration);
    lock_take(&l);
    assert_false(lock_wait_until(&l, &never, time_mono_ms() + 1));
    assert_int_not_equal(pthread_mutex_trylock(&l.mutex), 0);
    lock_release(&l);
    assert_int_equal(pthread_mutex_trylock(&l.mutex), 0);
    pthread_mutex_unlock(&l.mutex);
    lock_fini(&l);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(locks_are_taken_in_their_order),
        cmocka_unit_test(a_wrong_order_ends_the_process_with_both_names),
        cmocka_unit_test(two_of_one_rank_are_a_wrong_order),
        cmocka_unit_test(a_wait_ends_with_the_lock_held),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
