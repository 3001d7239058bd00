/* tests/unit/test_route.c - paths held against the patterns of routes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "http/route.h"

static void
a_path_without_names_matches_itself_alone(void **state)
{
    struct route_params p;

    (void)state;
    assert_true(route_match("/health", "/health", &p));
    assert_int_equal(p.count, 0);
    assert_false(route_match("/health", "/healthy", &p));
    assert_false(route_match("/health", "/health/", &p));
    assert_false(route_match("/health", "/heal", &p));
    assert_false(route_match("/health", "", &p));
    assert_false(route_match("/health", "/{x}", &p));
}

static void
a_name_stands_for_one_segment(void **state)
{
    struct route_params p;

    (void)state;
    assert_true(route_match("/a/{id}/b/{n}", "/a/17/b/x y", &p));
    assert_int_equal(p.count, 2);
    assert_string_equal(route_param(&p, "id"), "17");
    assert_string_equal(route_param(&p, "n"), "x y");
    assert_string_equal(route_param(&p, "i"), "");
    route_params_fini(&p);
    assert_true(route_match("/a/{id}", "/a/", &p));
    assert_string_equal(route_param(&p, "id"), "");
    route_params_fini(&p);
    assert_false(route_match("/a/{id}", "/a/1/2", &p));
    assert_false(route_match("/a/{id}/b", "/a/1/c", &p));
    assert_false(route_match("/a/{id}/b", "/a/1", &p));
    assert_int_equal(p.count, 0);
}

static void
a_starred_name_stands_for_the_rest(void **state)
{
    struct route_params p;

    (void)state;
    assert_true(route_match("/jobs/{id}{rest*}", "/jobs/7/files/a/b", &p));
    assert_string_equal(route_param(&p, "id"), "7");
    assert_string_equal(route_param(&p, "rest"), "/files/a/b");
    route_params_fini(&p);
    assert_true(route_match("/jobs/{id}{rest*}", "/jobs/7", &p));
    assert_string_equal(route_param(&p, "rest"), "");
    route_params_fini(&p);
    assert_false(route_match("/jobs/{id}{rest*}", "/jobs", &p));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_path_without_names_matches_itself_alone),
        cmocka_unit_test(a_name_stands_for_one_segment),
        cmocka_unit_test(a_starred_name_stands_for_the_rest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
