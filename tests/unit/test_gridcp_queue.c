/* tests/unit/test_gridcp_queue.c - the queue of gridcp holds no more than it is
 * told, waiting for another try included. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/codec.h"
#include "clients/gridcp/gridcp.h"
#include "clients/gridcp/gridcp_queue.h"

#define MAX 4

static struct gridcp_task *
task(void)
{
    return xcalloc(1, sizeof(struct gridcp_task));
}

static void *
put_one(void *q)
{
    struct gridcp_task *t = task();

    t->retry.tries = 99;
    assert_true(gridcp_queue_put(q, t));
    return NULL;
}

/* Those that wait count: a list whose server is away would all be read, else.
 */
static void
no_room_while_many_wait(void **state)
{
    struct gridcp_queue *q = gridcp_queue_create(MAX);
    struct gridcp_task *t, *taken[MAX];
    pthread_t thread;
    int i;

    (void)state;
    for (i = 0; i < MAX; i++)
        assert_true(gridcp_queue_put(q, task()));
    for (i = 0; i < MAX; i++)
        assert_non_null(taken[i] = gridcp_queue_take(q));
    for (i = 0; i < MAX; i++) {
        taken[i]->due_ms = time_mono_ms() + 200;
        gridcp_queue_again(q, taken[i]);
    }
    assert_int_equal(pthread_create(&thread, NULL, put_one, q), 0);
    t = gridcp_queue_take(q);
    assert_int_equal(t->retry.tries, 0);
    free(t);
    assert_int_equal(pthread_join(thread, NULL), 0); /* it has room now */
    for (i = 0; i < MAX; i++)
        free(gridcp_queue_take(q));
    assert_int_equal(gridcp_queue_length(q), 0);
    gridcp_queue_destroy(q);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_room_while_many_wait),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
