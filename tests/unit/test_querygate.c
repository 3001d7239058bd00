/* tests/unit/test_querygate.c - places of queries: who waits, who gives way. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"
#include "mds/querygate.h"

#define FAIR_MS 100

static int
setup(void **state)
{
    (void)state;
    log_open("test", "/dev/null", LOG_ERR);
    return 0;
}

/* Somebody who waits for a place, and gets it. */
static void *
come(void *arg)
{
    struct query_place *p = querygate_enter(arg, NULL);

    if (p != NULL)
        querygate_leave(arg, p);
    return p;
}

static void
whoever_used_most_gives_his_place_to_those_who_wait(void **state)
{
    struct querygate *g = querygate_create(2, 1, FAIR_MS);
    struct query_place *little = querygate_enter(g, NULL),
                       *much = querygate_enter(g, NULL);
    struct err err = ERR_INIT;
    pthread_t other;
    void *got;

    (void)state;
    assert_int_equal(querygate_stay(g, little, FAIR_MS, &err), 0);
    assert_int_equal(querygate_stay(g, much, FAIR_MS + 1, &err), 0);
    assert_int_equal(pthread_create(&other, NULL, come, g), 0);
    while (querygate_stay(g, much, FAIR_MS + 1, &err) == 0)
        usleep(1000);
    assert_int_equal(err.code, ERR_LIMIT);
    assert_non_null(strstr(err.text, "mds.query_fair"));
    assert_int_equal(querygate_stay(g, little, FAIR_MS, NULL), 0);
    querygate_leave(g, much);
    pthread_join(other, &got);
    assert_non_null(got);
    querygate_leave(g, little);
    querygate_destroy(g);
}

static void
who_has_used_little_stays_whoever_waits(void **state)
{
    struct querygate *g = querygate_create(1, 1, FAIR_MS);
    struct query_place *one = querygate_enter(g, NULL);
    pthread_t other;
    void *got;

    (void)state;
    assert_int_equal(pthread_create(&other, NULL, come, g), 0);
    for (int i = 0; i < 300; i++) { /* the other looks many times */
        assert_int_equal(querygate_stay(g, one, FAIR_MS - 1, NULL), 0);
        usleep(1000);
    }
    querygate_leave(g, one);
    pthread_join(other, &got);
    assert_non_null(got);
    querygate_destroy(g);
}

static void
the_end_ends_all(void **state)
{
    struct querygate *g = querygate_create(1, 1, FAIR_MS);
    struct query_place *one = querygate_enter(g, NULL);
    struct err err = ERR_INIT;
    pthread_t other;
    void *got;

    (void)state;
    assert_int_equal(pthread_create(&other, NULL, come, g), 0);
    querygate_end(g);
    pthread_join(other, &got);
    assert_null(got);
    assert_int_equal(querygate_stay(g, one, 0, &err), -1);
    assert_int_equal(err.code, ERR_CANCELLED);
    querygate_leave(g, one);
    querygate_destroy(g);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whoever_used_most_gives_his_place_to_those_who_wait),
        cmocka_unit_test(who_has_used_little_stays_whoever_waits),
        cmocka_unit_test(the_end_ends_all),
    };

    return cmocka_run_group_tests_name("querygate", tests, setup, NULL);
}
