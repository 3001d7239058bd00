/* tests/unit/test_table.c - the hash table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/table.h"

#define THINGS 5000

struct thing {
    char name[16];
    struct table_link link;
};

static struct thing things[THINGS];

static struct thing *
find(const struct table *t, const char *name)
{
    struct table_link *l = table_first(t, table_hash(TABLE_HASH, name));

    for (; l != NULL; l = table_next(l))
        if (strcmp(TABLE_OF(l, struct thing, link)->name, name) == 0)
            return TABLE_OF(l, struct thing, link);
    return NULL;
}

static void
count(struct table_link *link, void *arg)
{
    (void)link;
    ++*(int *)arg;
}

static void
all_that_is_put_in_is_found_and_what_is_taken_is_not(void **state)
{
    struct table t = { .count = 0 };
    int n = 0;

    (void)state;
    assert_null(find(&t, "0"));
    for (int i = 0; i < THINGS; i++) {
        snprintf(things[i].name, sizeof(things[i].name), "%d", i);
        table_put(&t, &things[i].link, table_hash(TABLE_HASH, things[i].name));
    }
    for (int i = 0; i < THINGS; i += 2)
        table_take(&t, &things[i].link);
    for (int i = 0; i < THINGS; i++)
        assert_ptr_equal(find(&t, things[i].name),
                         i % 2 == 0 ? NULL : &things[i]);
    table_each(&t, count, &n);
    assert_int_equal(n, THINGS / 2);
    assert_int_equal(t.count, THINGS / 2);
    table_fini(&t);
    assert_null(find(&t, "1"));
}

static void
those_of_one_hash_come_newest_first_whatever_the_table_grew(void **state)
{
    struct table t = { .count = 0 };
    struct table_link *l;

    (void)state;
    for (int i = 0; i < 300; i++)
        table_put(&t, &things[i].link, i % 3 == 0 ? 7 : (unsigned)i + 1000);
    l = table_first(&t, 7);
    for (int i = 297; i >= 0; i -= 3, l = table_next(l))
        assert_ptr_equal(l, &things[i].link);
    assert_null(l);
    table_fini(&t);
}

static void
take_out(struct table_link *link, void *arg)
{
    table_take(arg, link);
}

static void
each_may_be_taken_out_in_passing(void **state)
{
    struct table t = { .count = 0 };

    (void)state;
    for (int i = 0; i < 200; i++)
        table_put(&t, &things[i].link, (unsigned)i * 7919u);
    table_each(&t, take_out, &t);
    assert_int_equal(t.count, 0);
    table_fini(&t);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_that_is_put_in_is_found_and_what_is_taken_is_not),
        cmocka_unit_test(
            those_of_one_hash_come_newest_first_whatever_the_table_grew),
        cmocka_unit_test(each_may_be_taken_out_in_passing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
