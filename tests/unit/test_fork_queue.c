/* tests/unit/test_fork_queue.c - the fork scheduler's queue keeps order and
 * count. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "gatekeeper/schedulers/fork_queue.h"

#define SOON (time_mono_ms() + 100000)

/* The next task that gets a slot, of as many as there may be; NULL. */
static struct fork_entry *
next(struct fork_queue *q, long long now)
{
    struct fork_batch b;

    return fork_queue_take(q, 1000000, now, &b) ? b.entry[0] : NULL;
}

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
        struct fork_entry *e = next(&q, SOON);

        name(id, i);
        assert_string_equal(e->group->id, id);
        fork_queue_move(&q, e, FORK_STARTING);
        fork_queue_move(&q, e, FORK_RUNNING);
    }
    assert_null(next(&q, SOON));
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
    e = next(&q, SOON);
    fork_queue_move(&q, e, FORK_RUNNING);
    e = next(&q, SOON);
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
    e = next(&q, SOON);
    fork_queue_move(&q, e, FORK_STARTING);
    fork_queue_again(&q, e, "a full disk");
    assert_int_equal(q.running, 0);
    assert_int_equal(q.waiting, 2);
    assert_ptr_equal(next(&q, SOON), e);
    assert_ptr_not_equal(next(&q, time_mono_ms()), e);
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
    assert_null(next(&q, SOON));
    fork_queue_remove(&q, e);
    assert_int_equal(q.running, 0);
    assert_int_equal(q.waiting, 0);
    fork_queue_fini(&q);
}

/* Add COUNT tasks of the array ID that wait, of which LIMIT run at once. */
static void
add_array(struct fork_queue *q, const char *id, uint32_t count, uint32_t limit)
{
    for (uint32_t i = 0; i < count; i++)
        fork_queue_add(q,
                       &(struct fork_key){
                           .id = id, .task = i, .attempt = 1, .limit = limit },
                       FORK_WAITING);
}

static void
an_array_gets_as_many_slots_as_it_asks_for(void **state)
{
    struct fork_queue q;
    struct fork_batch b;
    struct fork_entry *e;
    char id[UUID_TEXT], other[UUID_TEXT];

    (void)state;
    fork_queue_init(&q);
    name(id, 1);
    name(other, 2);
    add_array(&q, id, 200, 2);
    fork_queue_add(&q, &(struct fork_key){ .id = other }, FORK_WAITING);
    /* More of its tasks than have slots, in their order. */
    assert_true(fork_queue_take(&q, 100, SOON, &b));
    assert_string_equal(b.group->id, id);
    assert_int_equal(b.width, 2);
    assert_true(b.n > 2 && b.n < 200);
    for (uint32_t i = 0; i < b.n; i++)
        assert_int_equal(b.entry[i]->task, i);
    assert_int_equal(q.running, 2);
    /* The next slot is somebody else's. */
    e = next(&q, SOON);
    assert_string_equal(e->group->id, other);
    assert_int_equal(q.running, 3);
    assert_null(next(&q, SOON));
    /* Another attempt of a task is another thing. */
    assert_null(fork_queue_find(
        &q, &(struct fork_key){ .id = id, .task = 2, .attempt = 2 }));
    fork_queue_fini(&q);
}

static void
an_array_is_given_more_before_it_has_nothing(void **state)
{
    struct fork_queue q;
    struct fork_batch b;
    char id[UUID_TEXT];
    size_t given = 0, calls = 0;

    (void)state;
    fork_queue_init(&q);
    name(id, 1);
    add_array(&q, id, 1000, 0);
    while (q.n > 0) {
        if (fork_queue_take(&q, 4, SOON, &b)) {
            assert_int_equal(b.width, b.group->n < 4 ? b.group->n : 4);
            given += b.n;
            calls++;
            fork_queue_told(&q, id);
        }
        assert_true(q.running <= 4);
        for (uint32_t i = 0; i < 1000; i++) {
            struct fork_entry *e = fork_queue_find(
                &q, &(struct fork_key){ .id = id, .task = i, .attempt = 1 });

            if (e == NULL)
                continue;
            assert_int_not_equal(e->state, FORK_WAITING);
            fork_queue_remove(&q, e); /* the oldest ends */
            break;
        }
    }
    assert_int_equal(given, 1000);
    assert_true(calls < 100);
    assert_int_equal(q.running, 0);
    assert_int_equal(q.waiting, 0);
    fork_queue_fini(&q);
}

static void
an_array_that_waits_for_slots_gets_those_that_become_free(void **state)
{
    struct fork_queue q;
    struct fork_batch b;
    char id[UUID_TEXT], other[UUID_TEXT];
    struct fork_key single = { .id = other };

    (void)state;
    fork_queue_init(&q);
    name(id, 1);
    name(other, 2);
    fork_queue_move(&q, fork_queue_add(&q, &single, FORK_WAITING),
                    FORK_RUNNING);
    add_array(&q, id, 3, 0);
    assert_true(fork_queue_take(&q, 3, SOON, &b));
    assert_int_equal(b.width, 2);
    assert_int_equal(q.running, 3);
    /* One that is told something is told nothing else meanwhile. */
    fork_queue_remove(&q, fork_queue_find(&q, &single));
    assert_false(fork_queue_take(&q, 3, SOON, &b));
    fork_queue_told(&q, id);
    assert_true(fork_queue_take(&q, 3, SOON, &b));
    assert_int_equal(b.width, 3);
    assert_int_equal(q.running, 3);
    assert_int_equal(q.waiting, 0);
    fork_queue_fini(&q);
}

static void
what_may_run_from_before_has_slots_until_it_is_known(void **state)
{
    struct fork_queue q;
    struct fork_batch b;
    char id[UUID_TEXT];

    (void)state;
    fork_queue_init(&q);
    name(id, 1);
    for (uint32_t i = 0; i < 5; i++)
        fork_queue_add(&q,
                       &(struct fork_key){ .id = id, .task = i, .attempt = 1 },
                       FORK_UNSEEN);
    assert_int_equal(q.running, 5);
    for (uint32_t i = 0; i < 5; i++)
        fork_queue_move(
            &q,
            fork_queue_find(
                &q, &(struct fork_key){ .id = id, .task = i, .attempt = 1 }),
            i < 2 ? FORK_RUNNING : FORK_WAITING);
    assert_int_equal(q.running, 2);
    assert_true(fork_queue_take(&q, 3, SOON, &b));
    assert_int_equal(b.width, 3);
    assert_int_equal(q.running, 3);
    fork_queue_fini(&q);
}

/* Add COUNT jobs of one task, of ACCOUNT, numbered from FIRST on. */
static void
add_jobs(struct fork_queue *q, const char *account, int first, int count)
{
    char id[UUID_TEXT];

    for (int i = first; i < first + count; i++) {
        name(id, i);
        fork_queue_add(q, &(struct fork_key){ .id = id, .account = account },
                       FORK_WAITING);
    }
}

static void
accounts_take_turns(void **state)
{
    struct fork_queue q;
    struct fork_batch b;
    int bobs = 0, taken = 0;

    (void)state;
    fork_queue_init(&q);
    add_jobs(&q, "alice", 0, 10000);
    assert_true(fork_queue_take(&q, 2, SOON, &b));
    assert_true(fork_queue_take(&q, 2, SOON, &b));
    add_jobs(&q, "bob", 20000, 10);
    /* Whoever ends, of the next twenty that begin ten are bob's. */
    for (; bobs < 10; taken++) {
        assert_false(fork_queue_take(&q, 2, SOON, &b));
        fork_queue_remove(&q, b.entry[0]);
        assert_true(fork_queue_take(&q, 2, SOON, &b));
        bobs += strcmp(b.group->account->name, "bob") == 0;
    }
    assert_in_range(taken, 10, 21);
    fork_queue_fini(&q);
}

static void
an_array_gives_slots_to_another_account(void **state)
{
    struct fork_queue q;
    struct fork_batch b;
    char id[UUID_TEXT];
    struct fork_key key = { .id = id, .account = "alice", .attempt = 1 };

    (void)state;
    fork_queue_init(&q);
    name(id, 1);
    for (key.task = 0; key.task < 1000; key.task++)
        fork_queue_add(&q, &key, FORK_WAITING);
    assert_true(fork_queue_take(&q, 4, SOON, &b));
    assert_int_equal(b.width, 4);
    fork_queue_told(&q, id);
    add_jobs(&q, "bob", 5, 10);
    /* It is told to be half as wide, once, and has its slots meanwhile. */
    assert_true(fork_queue_take(&q, 4, SOON, &b));
    assert_string_equal(b.group->id, id);
    assert_int_equal(b.width, 2);
    assert_int_equal(b.n, 0);
    fork_queue_told(&q, id);
    assert_int_equal(q.running, 4);
    assert_false(fork_queue_take(&q, 4, SOON, &b));
    for (key.task = 0; key.task < 2; key.task++) {
        fork_queue_remove(&q, fork_queue_find(&q, &key));
        assert_int_equal(q.running, 3);
        assert_true(fork_queue_take(&q, 4, SOON, &b));
        assert_string_equal(b.group->account->name, "bob");
        assert_int_equal(q.running, 4);
    }
    /* What ends from now on is followed by the next of the same account. */
    fork_queue_remove(&q, fork_queue_find(&q, &key));
    assert_int_equal(q.running, 4);
    fork_queue_remove(&q, b.entry[0]);
    assert_true(fork_queue_take(&q, 4, SOON, &b));
    assert_string_equal(b.group->account->name, "bob");
    fork_queue_fini(&q);
}

static void
an_array_takes_all_slots_again(void **state)
{
    struct fork_queue q;
    struct fork_batch b;
    char id[UUID_TEXT];
    struct fork_key key = { .id = id, .account = "alice", .attempt = 1 };

    (void)state;
    fork_queue_init(&q);
    add_jobs(&q, "bob", 5, 1);
    name(id, 1);
    for (; key.task < 100; key.task++)
        fork_queue_add(&q, &key, FORK_WAITING);
    assert_true(fork_queue_take(&q, 4, SOON, &b));
    assert_string_equal(b.group->account->name, "bob");
    assert_true(fork_queue_take(&q, 4, SOON, &b));
    assert_int_equal(b.width, 3);
    fork_queue_told(&q, id);
    name(id, 5);
    fork_queue_remove(&q, fork_queue_find(&q, &(struct fork_key){ .id = id }));
    assert_true(fork_queue_take(&q, 4, SOON, &b));
    assert_int_equal(b.width, 4);
    assert_int_equal(q.running, 4);
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
        cmocka_unit_test(an_array_is_given_more_before_it_has_nothing),
        cmocka_unit_test(
            an_array_that_waits_for_slots_gets_those_that_become_free),
        cmocka_unit_test(accounts_take_turns),
        cmocka_unit_test(an_array_gives_slots_to_another_account),
        cmocka_unit_test(an_array_takes_all_slots_again),
        cmocka_unit_test(what_may_run_from_before_has_slots_until_it_is_known),
    };

    return cmocka_run_group_tests_name("fork_queue", tests, NULL, NULL);
}
