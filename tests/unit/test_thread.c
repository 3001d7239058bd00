/* tests/unit/test_thread.c - threads that leave signals to their starter. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/codec.h"
#include "base/thread.h"

struct seen {
    char name[16];
    sigset_t blocked;
    pthread_barrier_t named;
};

static void *
look(void *arg)
{
    struct seen *s = arg;

    pthread_barrier_wait(&s->named);
    pthread_getname_np(pthread_self(), s->name, sizeof(s->name));
    pthread_sigmask(SIG_SETMASK, NULL, &s->blocked);
    return s;
}

static void
a_thread_has_its_name_and_no_signals(void **state)
{
    struct err err = ERR_INIT;
    struct seen s = { .name = "" };
    sigset_t before, after;
    pthread_t t;
    void *back = NULL;
    int sig;

    (void)state;
    pthread_barrier_init(&s.named, NULL, 2);
    pthread_sigmask(SIG_SETMASK, NULL, &before);
    assert_int_equal(thread_start(&t, "test-looker", look, &s, &err), 0);
    pthread_sigmask(SIG_SETMASK, NULL, &after);
    pthread_barrier_wait(&s.named);
    pthread_join(t, &back);
    pthread_barrier_destroy(&s.named);
    assert_ptr_equal(back, &s);
    assert_string_equal(s.name, "test-looker");
    assert_true(sigismember(&s.blocked, SIGTERM));
    assert_true(sigismember(&s.blocked, SIGCHLD));
    for (sig = 1; sig < SIGRTMIN; sig++)
        assert_int_equal(sigismember(&before, sig), sigismember(&after, sig));
}

static void
a_wait_ends_by_the_monotonic_clock(void **state)
{
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
    long long until = time_mono_ms() + 20;
    struct timespec t = thread_deadline(1500);

    (void)state;
    pthread_mutex_lock(&lock);
    while (thread_wait(&cond, &lock, until))
        continue;
    pthread_mutex_unlock(&lock);
    assert_true(time_mono_ms() >= until);
    assert_true(t.tv_sec * 1000 + t.tv_nsec / 1000000 >= until - 20 + 1500);
    assert_true(t.tv_nsec < 1000000000);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thread_has_its_name_and_no_signals),
        cmocka_unit_test(a_wait_ends_by_the_monotonic_clock),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
