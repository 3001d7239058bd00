/* tests/unit/test_fork_queue.c - the fork scheduler's queue keeps order and
 * count. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "gatekeeper/schedulers/fork_queue.h"

#define SOON (time_mono_ms() + 100000)

static void
name(char id[UUID_TEXT], int i)
{
    snprintf(id, UUID_TEXT, "%08d-0000-4000-8000-000000000000", i);
}

static void
first_come_first_served(void **state)
{
    struct fork_queue q;
    char id[UUID_TEXT];

    (void)state;
    fork_queue_init(&q);
    for (int i = 0; i < 1000; i++) {
        name(id, i);
        fork_queue_add(&q, &(struct fork_key){ .id = id }, FORK_WAITING);
    }
    assert_int_equal(q.waiting, 1000);
    for (int i = 0; i < 1000; i++) {
        struct fork_entry *e = fork_queue_next(&q, SOON);

        name(id, i);
        assert_string_equal(e->group->id, id);
        fork_queue_move(&q, e, FORK_STARTING);
        fork_queue_move(&q, e, FORK_RUNNING);
    }
    assert_null(fork_queue_next(&q, SOON));
    assert_int_equal(q.waiting, 0);
    assert_int_equal(q.running, 1000);
    for (int i = 999; i >= 0; i--) {
        name(id, i);
        fork_queue_remove(&q,
                          fork_queue_find(&q, &(struct fork_key){ .id = id }));
        assert_null(fork_queue_find(&q, &(struct fork_key){ .id = id }));
    }
    assert_int_equal(q.running, 0);
    fork_queue_fini(&q);
}

static void
a_cancelled_one_waits_no_more(void **state)
{
    struct fork_queue q;
    char id[UUID_TEXT];
    struct fork_entry *e;

    (void)state;
    fork_queue_init(&q);
    for (int i = 0; i < 3; i++) {
        name(id, i);
        fork_queue_add(&q, &(struct fork_key){ .id = id }, FORK_WAITING);
    }
    name(id, 1);
    fork_queue_move(&q, fork_queue_find(&q, &(struct fork_key){ .id = id }),
                    FORK_CANCELLED);
    assert_int_equal(q.waiting, 2);
    e = fork_queue_next(&q, SOON);
    fork_queue_move(&q, e, FORK_RUNNING);
    e = fork_queue_next(&q, SOON);
    name(id, 2);
    assert_string_equal(e->group->id, id);
    fork_queue_fini(&q);
}

static void
one_that_is_tried_again_waits_a_while_but_keeps_its_place(void **state)
{
    struct fork_queue q;
    char id[UUID_TEXT];
    struct fork_entry *e;

    (void)state;
    fork_queue_init(&q);
    for (int i = 0; i < 2; i++) {
        name(id, i);
        fork_queue_add(&q, &(struct fork_key){ .id = id }, FORK_WAITING);
    }
    e = fork_queue_next(&q, SOON);
    fork_queue_move(&q, e, FORK_STARTING);
    fork_queue_again(&q, e, "a full disk");
    assert_int_equal(q.running, 0);
    assert_int_equal(q.waiting, 2);
    assert_ptr_equal(fork_queue_next(&q, SOON), e);
    assert_ptr_not_equal(fork_queue_next(&q, time_mono_ms()), e);
    fork_queue_fini(&q);
}

static void
one_that_cannot_start_has_no_slot(void **state)
{
    struct fork_queue q;
    struct fork_entry *e;
    char id[UUID_TEXT];

    (void)state;
    fork_queue_init(&q);
    name(id, 1);
    e = fork_queue_add(&q, &(struct fork_key){ .id = id }, FORK_STARTING);
    fork_queue_fail(&q, e, "no");
    assert_int_equal(q.running, 0);
    assert_null(fork_queue_next(&q, SOON));
    fork_queue_remove(&q, e);
    assert_int_equal(q.running, 0);
    assert_int_equal(q.waiting, 0);
    fork_queue_fini(&q);
}

static void
an_array_gets_as_many_slots_as_it_asks_for(void **state)
{
    struct fork_queue q;
    struct fork_entry *e, *first = NULL;
    char id[UUID_TEXT], other[UUID_TEXT];

    (void)state;
    fork_queue_init(&q);
    name(id, 1);
    name(other, 2);
    for (uint32_t i = 0; i < 200; i++)
        fork_queue_add(
            &q,
            &(struct fork_key){ .id = id, .task = i, .attempt = 1, .limit = 2 },
            FORK_WAITING);
    fork_queue_add(&q, &(struct fork_key){ .id = other }, FORK_WAITING);
    for (uint32_t i = 0; i < 2; i++) {
        e = fork_queue_next(&q, SOON);
        assert_string_equal(e->group->id, id);
        assert_int_equal(e->task, i);
        fork_queue_move(&q, e, FORK_RUNNING);
        first = first == NULL ? e : first;
    }
    /* The next slot is somebody else's. */
    e = fork_queue_next(&q, SOON);
    assert_string_equal(e->group->id, other);
    fork_queue_move(&q, e, FORK_RUNNING);
    assert_null(fork_queue_next(&q, SOON));
    fork_queue_remove(&q, first);
    e = fork_queue_next(&q, SOON);
    assert_int_equal(e->task, 2);
    /* Another attempt of a task is another thing. */
    assert_null(fork_queue_find(
        &q, &(struct fork_key){ .id = id, .task = 2, .attempt = 2 }));
    fork_queue_fini(&q);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_come_first_served),
        cmocka_unit_test(a_cancelled_one_waits_no_more),
        cmocka_unit_test(
            one_that_is_tried_again_waits_a_while_but_keeps_its_place),
        cmocka_unit_test(one_that_cannot_start_has_no_slot),
        cmocka_unit_test(an_array_gets_as_many_slots_as_it_asks_for),
    };

    return cmocka_run_group_tests_name("fork_queue", tests, NULL, NULL);
}
