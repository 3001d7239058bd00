/* tests/unit/test_runner_registry.c - the runner's registry: on disk when
 * synced, for one runner, with or without a last line. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/codec.h"
#include "base/fs.h"
#include "gatekeeper/runner/runner_registry.h"

static char dir[64];

static int
setup(void **state)
{
    (void)state;
    snprintf(dir, sizeof(dir), "/tmp/registry.XXXXXX");
    return mkdtemp(dir) == NULL;
}

static int
teardown(void **state)
{
    (void)state;
    return fs_remove_tree(AT_FDCWD, dir, NULL);
}

static struct runner_registry *
open_it(void)
{
    struct runner_registry *r = NULL;
    struct err err = ERR_INIT;

    if (runner_registry_open(&r, dir, &err) < 0)
        fail_msg("%s", err.text);
    return r;
}

/* The account's name; NULL when JOB is not registered. */
static const char *
account_of(const struct runner_registry *r, const char *job)
{
    const struct runner_owner *o = runner_registry_owner(r, job);

    return o != NULL ? o->account : NULL;
}

static long
file_size(void)
{
    char path[96];
    struct stat st;

    snprintf(path, sizeof(path), "%s/registry", dir);
    return stat(path, &st) < 0 ? -1 : (long)st.st_size;
}

static void
what_is_synced_comes_back(void **state)
{
    struct runner_registry *r = open_it();
    char id[5000][UUID_TEXT];

    (void)state;
    for (int i = 0; i < 5000; i++)
        runner_registry_add(r, uuid_make(id[i]), i % 2 == 0 ? "alice" : "bob",
                            1000, "/CN=x");
    for (int i = 0; i < 5000; i += 5)
        runner_registry_remove(r, id[i]);
    assert_int_equal(runner_registry_sync(r, NULL), 0);
    runner_registry_close(r);
    r = open_it();
    assert_int_equal(runner_registry_count(r), 4000);
    for (int i = 0; i < 5000; i++) {
        const char *account = account_of(r, id[i]);

        if (i % 5 == 0)
            assert_null(account);
        else
            assert_string_equal(account, i % 2 == 0 ? "alice" : "bob");
    }
    runner_registry_close(r);
}

static void
a_line_that_was_cut_off_is_dropped(void **state)
{
    struct runner_registry *r = open_it();
    char id[UUID_TEXT], path[96];
    int fd;

    (void)state;
    runner_registry_add(r, uuid_make(id), "alice", 1000, "/CN=Alice");
    assert_int_equal(runner_registry_sync(r, NULL), 0);
    runner_registry_close(r);
    snprintf(path, sizeof(path), "%s/registry", dir);
    fd = open(path, O_WRONLY | O_APPEND);
    assert_int_equal(write(fd, "garbage\n- 0123\n+ 01234567-89ab-4cde", 35),
                     35);
    close(fd);
    r = open_it();
    assert_int_equal(runner_registry_count(r), 1);
    assert_string_equal(account_of(r, id), "alice");
    runner_registry_close(r);
}

static bool
was_kept_aside(void)
{
    char path[96];
    struct stat st;

    snprintf(path, sizeof(path), "%s/registry.damaged", dir);
    return stat(path, &st) == 0 && unlink(path) == 0;
}

/* Put the N bytes TEXT in the place of the registry, or behind it. */
static void
damage(const char *text, size_t n, int flags)
{
    char path[96];
    int fd;

    snprintf(path, sizeof(path), "%s/registry", dir);
    fd = open(path, O_WRONLY | flags);
    assert_int_equal(write(fd, text, n), (ssize_t)n);
    close(fd);
}

static void
a_damaged_one_is_kept_aside_and_what_is_good_counts(void **state)
{
    static const char *const bad[] = { "garbage\n", "+ x y\n", "\n",
                                       "+ 01234567-89ab-4cde-8000-000000000000 "
                                       "\x01\n" };
    struct runner_registry *r = open_it();
    char id[UUID_TEXT];

    (void)state;
    runner_registry_add(r, uuid_make(id), "alice", 1000, "/CN=Alice");
    assert_int_equal(runner_registry_sync(r, NULL), 0);
    runner_registry_close(r);
    runner_registry_close(open_it());
    assert_false(was_kept_aside());
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        damage(bad[i], strlen(bad[i]), O_APPEND);
        r = open_it();
        assert_true(was_kept_aside());
        assert_string_equal(account_of(r, id), "alice");
        assert_int_equal(runner_registry_count(r), 1);
        runner_registry_close(r);
    }
    damage("", 0, O_TRUNC);
    r = open_it();
    assert_true(was_kept_aside());
    assert_int_equal(runner_registry_count(r), 0);
    runner_registry_close(r);
}

static void
a_uid_belongs_to_the_owner(void **state)
{
    struct runner_registry *r = open_it();
    char first[UUID_TEXT], second[UUID_TEXT], old[UUID_TEXT], path[96];
    FILE *f;

    (void)state;
    runner_registry_add(r, uuid_make(first), "alice", 1001, NULL);
    runner_registry_add(r, uuid_make(second), "alice", 4000000000u, NULL);
    assert_int_equal(runner_registry_sync(r, NULL), 0);
    runner_registry_close(r);
    snprintf(path, sizeof(path), "%s/registry", dir);
    f = fopen(path, "a");
    assert_non_null(f);
    fprintf(f, "+ %s bob\n", uuid_make(old)); /* as older versions wrote it */
    fclose(f);
    for (int i = 0; i < 2; i++) {
        r = open_it();
        assert_int_equal(runner_registry_owner(r, first)->uid, 1001);
        assert_int_equal(runner_registry_owner(r, second)->uid, 4000000000u);
        assert_string_equal(account_of(r, second), "alice");
        assert_int_equal(runner_registry_owner(r, old)->uid,
                         RUNNER_UID_UNKNOWN);
        assert_string_equal(account_of(r, old), "bob");
        runner_registry_close(r); /* and once more from the shortened log */
    }
}

static void
a_certificate_name_belongs_to_the_owner(void **state)
{
    static const char bad[] =
        "+ 01234567-89ab-4cde-8000-000000000000 bob 7 Bob\n";
    static const char *const names[] = { "/O=Grid/CN=Alice B. C",
                                         "/CN=M\xc3\xbcller 7", NULL };
    struct runner_registry *r = open_it();
    char id[3][UUID_TEXT];

    (void)state;
    for (int i = 0; i < 3; i++)
        runner_registry_add(r, uuid_make(id[i]), "alice", 1001, names[i]);
    assert_int_equal(runner_registry_sync(r, NULL), 0);
    for (int k = 0; k < 3; k++) {
        for (int i = 0; i < 3; i++) {
            const struct runner_owner *o = runner_registry_owner(r, id[i]);

            assert_int_equal(o->uid, 1001);
            assert_string_equal(o->account, "alice");
            if (names[i] == NULL)
                assert_null(o->dn);
            else
                assert_string_equal(o->dn, names[i]);
        }
        runner_registry_close(r); /* and once more from the shortened log */
        r = open_it();
    }
    runner_registry_close(r);
    assert_false(was_kept_aside());
    damage(bad, sizeof(bad) - 1, O_APPEND);
    r = open_it();
    assert_true(was_kept_aside());
    runner_registry_close(r);
}

static void
two_cannot_have_it(void **state)
{
    struct runner_registry *r = open_it(), *second = NULL;
    struct err err = ERR_INIT;

    (void)state;
    assert_int_equal(runner_registry_open(&second, dir, &err), -1);
    assert_int_equal(err.code, ERR_STATE);
    runner_registry_close(r);
    r = open_it();
    runner_registry_close(r);
}

static void
others_must_not_write_to_it(void **state)
{
    struct runner_registry *r = NULL;
    struct err err = ERR_INIT;

    (void)state;
    assert_int_equal(chmod(dir, 0777), 0);
    assert_int_equal(runner_registry_open(&r, dir, &err), -1);
    assert_int_equal(err.code, ERR_CONFIG);
}

static void
history_does_not_grow_for_ever(void **state)
{
    struct runner_registry *r = open_it();
    char keep[UUID_TEXT], id[UUID_TEXT];

    (void)state;
    runner_registry_add(r, uuid_make(keep), "alice", 1000, "/CN=Alice");
    for (int i = 0; i < 40000; i++) {
        runner_registry_add(r, uuid_make(id), "bob", 1000, NULL);
        runner_registry_remove(r, id);
        if (i % 1000 == 0)
            assert_int_equal(runner_registry_sync(r, NULL), 0);
    }
    assert_int_equal(runner_registry_sync(r, NULL), 0);
    assert_true(file_size() < 2000000);
    assert_int_equal(runner_registry_count(r), 1);
    runner_registry_close(r);
    r = open_it();
    assert_string_equal(account_of(r, keep), "alice");
    runner_registry_close(r);
}

static void
an_id_may_be_used_again(void **state)
{
    struct runner_registry *r = open_it();
    char id[UUID_TEXT];

    (void)state;
    uuid_make(id);
    for (int i = 0; i < 3; i++) {
        runner_registry_add(r, id, i % 2 == 0 ? "alice" : "bob", 1000, NULL);
        assert_string_equal(account_of(r, id), i % 2 == 0 ? "alice" : "bob");
        runner_registry_remove(r, id);
        assert_null(account_of(r, id));
    }
    assert_int_equal(runner_registry_count(r), 0);
    runner_registry_close(r);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(what_is_synced_comes_back),
        TEST(a_line_that_was_cut_off_is_dropped),
        TEST(a_damaged_one_is_kept_aside_and_what_is_good_counts),
        TEST(a_uid_belongs_to_the_owner),
        TEST(a_certificate_name_belongs_to_the_owner),
        TEST(two_cannot_have_it),
        TEST(others_must_not_write_to_it),
        TEST(history_does_not_grow_for_ever),
        TEST(an_id_may_be_used_again),
#undef TEST
    };

    return cmocka_run_group_tests_name("runner_registry", tests, NULL, NULL);
}
