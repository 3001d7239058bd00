/* tests/unit/test_ftp_path.c - nothing leads above the root, and rules hold for
 * what is reached. */
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/fs.h"
#include "gridftp/server/ftp_path.h"

static char top[] = "/tmp/test_ftp_path.XXXXXX";
static struct ftp_rules rules; /* of the paths under test */

static void
touch(const char *name)
{
    char *path = xasprintf("%s/%s", top, name);
    int fd = open(path, O_WRONLY | O_CREAT, 0666);

    assert_true(fd >= 0);
    close(fd);
    free(path);
}

static void
make(const char *name)
{
    char *path = xasprintf("%s/%s", top, name);

    assert_int_equal(mkdir(path, 0777), 0);
    free(path);
}

static void
link_to(const char *target, const char *name)
{
    char *path = xasprintf("%s/%s", top, name);

    assert_int_equal(symlink(target, path), 0);
    free(path);
}

static int
setup(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(top));
    make("root");
    make("root/home");
    make("root/open");
    make("root/closed");
    make("root/fixed");
    touch("root/open/f");
    touch("root/closed/f");
    touch("root/fixed/f");
    touch("outside");
    link_to("../../outside", "root/open/up");
    link_to("/outside", "root/open/abs");
    link_to("/open/f", "root/open/inside");
    link_to("../closed", "root/open/door");
    return 0;
}

static int
teardown(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    return fs_remove_tree(AT_FDCWD, top, &err);
}

/* Paths below TOP/root by the words of ALLOW and DENY. */
static struct conf *
begin(struct ftp_paths *p, const char *allow, const char *deny, bool read_only)
{
    struct conf *conf = conf_create();
    struct err err = ERR_INIT;
    char *root = xasprintf("gridftp.root=%s/root", top),
         *home = xasprintf("%s/root/home", top);

    assert_int_equal(conf_set(conf, root, &err), 0);
    free(root);
    if (allow != NULL) {
        char *word = xasprintf("gridftp.allow=%s", allow);

        assert_int_equal(conf_set(conf, word, &err), 0);
        free(word);
    }
    if (deny != NULL) {
        char *word = xasprintf("gridftp.deny=%s", deny);

        assert_int_equal(conf_set(conf, word, &err), 0);
        free(word);
    }
    assert_int_equal(ftp_rules_read(&rules, conf, &err), 0);
    assert_int_equal(ftp_paths_init(p, conf, &rules, home, read_only, &err), 0);
    free(home);
    return conf;
}

/* errno of opening PATH with FLAGS, 0 when it opens. */
static int
try(const struct ftp_paths *p, const char *path, int flags)
{
    int fd = ftp_path_open(p, path, flags, 0666,
                           (flags & O_ACCMODE) == O_RDONLY ? FTP_RIGHT_READ
                                                           : FTP_RIGHT_WRITE);

    if (fd < 0)
        return errno;
    close(fd);
    return 0;
}

static void
names_are_joined_and_cleaned(void **state)
{
    static const char *const pairs[][2] = {
        { "a", "/home/a" },       { "./a//b/.", "/home/a/b" },
        { "../x", "/x" },         { "/", "/" },
        { "", "/home" },          { "/../../..", "/" },
        { "~", "/home" },         { "/~/x", "/home/x" },
        { "~/../y", "/y" },       { "~bob", "/home/~bob" },
        { "a/../../b/", "/b" },   { "...", "/home/..." },
        { "/a b/ c", "/a b/ c" },
    };
    struct ftp_paths p;
    struct conf *conf = begin(&p, NULL, NULL, false);
    size_t i;

    (void)state;
    assert_string_equal(p.cwd, "/home");
    for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        char *got = ftp_path_join(&p, pairs[i][0]);

        assert_string_equal(got, pairs[i][1]);
        free(got);
    }
    ftp_paths_fini(&p);
    ftp_rules_fini(&rules);
    conf_destroy(conf);
}

static void
no_link_leaves_the_root(void **state)
{
    struct ftp_paths p;
    struct conf *conf = begin(&p, NULL, NULL, false);
    struct stat st;
    const char *name;
    int dir;

    (void)state;
    assert_int_equal(try(&p, "/open/f", O_RDONLY), 0);
    assert_int_equal(try(&p, "/open/inside", O_RDONLY), 0);
    assert_int_equal(try(&p, "/open/up", O_RDONLY), ENOENT);
    assert_int_equal(try(&p, "/open/abs", O_RDONLY), ENOENT);
    assert_int_equal(try(&p, "/open/../../outside", O_RDONLY), ENOENT);
    assert_int_equal(ftp_path_stat(&p, "/open/abs", true, &st), -1);
    assert_int_equal(ftp_path_stat(&p, "/open/abs", false, &st), 0);
    dir = ftp_path_parent(&p, "/open/new", FTP_RIGHT_WRITE, &name);
    assert_true(dir >= 0);
    assert_string_equal(name, "new");
    close(dir);
    assert_int_equal(ftp_path_parent(&p, "/", FTP_RIGHT_WRITE, &name), -1);
    assert_int_equal(errno, EEXIST);
    ftp_paths_fini(&p);
    ftp_rules_fini(&rules);
    conf_destroy(conf);
}

static void
rules_hold_for_what_is_reached(void **state)
{
    struct ftp_paths p;
    struct conf *conf =
        begin(&p, "rw:/open ro:/fixed rw:/home", "/closed", false);
    const char *name;

    (void)state;
    assert_int_equal(try(&p, "/open/f", O_RDWR), 0);
    assert_int_equal(try(&p, "/open/new2", O_RDWR | O_CREAT), 0);
    assert_int_equal(try(&p, "/open/door/f", O_RDONLY), EACCES);
    assert_int_equal(try(&p, "/open/../closed/f", O_RDONLY), EACCES);
    assert_int_equal(try(&p, "/closed/f", O_RDONLY), EACCES);
    assert_int_equal(try(&p, "/fixed/f", O_RDONLY), 0);
    assert_int_equal(try(&p, "/fixed/f", O_WRONLY), EACCES);
    assert_int_equal(try(&p, "/fixed/new", O_WRONLY | O_CREAT), EACCES);
    assert_int_equal(try(&p, "/new", O_WRONLY | O_CREAT), EACCES);
    assert_int_equal(
        ftp_path_parent(&p, "/open/door/x", FTP_RIGHT_WRITE, &name), -1);
    assert_int_equal(errno, EACCES);
    ftp_paths_fini(&p);
    ftp_rules_fini(&rules);
    conf_destroy(conf);
}

static void
a_prefix_is_a_directory_not_a_spelling(void **state)
{
    struct ftp_paths p;
    struct conf *conf = begin(&p, "rw:/op", NULL, false);

    (void)state;
    assert_int_equal(try(&p, "/open/f", O_RDONLY), EACCES);
    ftp_paths_fini(&p);
    ftp_rules_fini(&rules);
    conf_destroy(conf);
}

static void
the_longest_prefix_decides(void **state)
{
    struct ftp_paths p;
    struct conf *conf = begin(&p, "rw:/ ro:/fixed rw:/closed", NULL, false);

    (void)state;
    assert_int_equal(try(&p, "/open/f", O_WRONLY), 0);
    assert_int_equal(try(&p, "/closed/f", O_WRONLY), 0);
    assert_int_equal(try(&p, "/fixed/f", O_RDONLY), 0);
    assert_int_equal(try(&p, "/fixed/f", O_WRONLY), EACCES);
    ftp_paths_fini(&p);
    ftp_rules_fini(&rules);
    conf_destroy(conf);
}

/* Moved away with its parent, it would be reached by another name. */
static void
a_tree_with_something_protected_stays(void **state)
{
    struct ftp_paths p;
    struct conf *conf = begin(&p, "rw:/ ro:/fixed/f", "/open/f", false);
    const char *name;
    int dir = ftp_path_parent(&p, "/open", FTP_RIGHT_WRITE, &name);

    (void)state;
    assert_true(dir >= 0);
    assert_int_equal(ftp_path_check_tree(&p, dir, "open"), -1);
    assert_int_equal(errno, EACCES);
    assert_int_equal(ftp_path_check_tree(&p, dir, "fixed"), -1);
    assert_int_equal(ftp_path_check_tree(&p, dir, "closed"), 0);
    assert_int_equal(ftp_path_check_tree(&p, dir, "ope"), 0);
    close(dir);
    ftp_paths_fini(&p);
    ftp_rules_fini(&rules);
    conf_destroy(conf);
}

static void
a_session_that_only_reads_changes_nothing(void **state)
{
    struct ftp_paths p;
    struct conf *conf = begin(&p, NULL, NULL, true);
    const char *name;

    (void)state;
    assert_int_equal(try(&p, "/open/f", O_RDONLY), 0);
    assert_int_equal(try(&p, "/open/f", O_WRONLY), EROFS);
    assert_int_equal(ftp_path_parent(&p, "/open/x", FTP_RIGHT_WRITE, &name),
                     -1);
    assert_int_equal(errno, EROFS);
    ftp_paths_fini(&p);
    ftp_rules_fini(&rules);
    conf_destroy(conf);
}

/* The kernel calls it "/fixed/rule (deleted)" then, which no rule knows. */
static void
what_was_removed_has_no_name(void **state)
{
    struct ftp_paths p;
    struct conf *conf = begin(&p, NULL, "/fixed/rule", false);
    static const char *const names[] = { "root/fixed/rule",
                                         "root/fixed/f (deleted)" };
    char text[PATH_MAX], *path;
    int fd[2], i;

    (void)state;
    for (i = 0; i < 2; i++) {
        touch(names[i]);
        path = xasprintf("%s/%s", top, names[i]);
        fd[i] = open(path, O_RDONLY);
        assert_true(fd[i] >= 0);
        free(path);
    }
    assert_int_equal(ftp_path_check(&p, fd[0]), -1);
    assert_int_equal(errno, EACCES);
    path = xasprintf("%s/%s", top, names[0]);
    assert_int_equal(unlink(path), 0);
    free(path);
    assert_int_equal(ftp_path_check(&p, fd[0]), -1);
    assert_int_equal(errno, ENOENT);
    /* A file may be called so. */
    assert_int_equal(ftp_path_name(&p, fd[1], text), 0);
    assert_string_equal(text, "/fixed/f (deleted)");
    close(fd[0]);
    close(fd[1]);
    ftp_paths_fini(&p);
    ftp_rules_fini(&rules);
    conf_destroy(conf);
}

/* JOINED by P. */
static void
assert_joins(const struct ftp_paths *p, const char *arg, const char *joined)
{
    char *got = ftp_path_join(p, arg);

    assert_string_equal(got, joined);
    free(got);
}

static void
an_account_names_its_home(void **state)
{
    static char all[] = "", home[] = "/h", cwd[] = "/c", elsewhere[] = "/srv";
    struct ftp_paths p = {
        .root = -1, .root_text = all, .home = home, .cwd = cwd
    };
    const struct passwd *root = getpwnam("root");
    char *below = xasprintf("%s/x", root->pw_dir);

    (void)state;
    assert_joins(&p, "~root/x", below);
    assert_joins(&p, "/~root", root->pw_dir);
    assert_joins(&p, "/~root/x/../x", below);
    assert_joins(&p, "~nosuchaccount/x", "/c/~nosuchaccount/x");
    assert_joins(&p, "/~nosuchaccount", "/~nosuchaccount");
    p.read_only = true;
    assert_joins(&p, "~root/x", "/c/~root/x");
    p.read_only = false;
    p.root_text = elsewhere;
    assert_joins(&p, "/~root", "/~root");
    free(below);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_joined_and_cleaned),
        cmocka_unit_test(an_account_names_its_home),
        cmocka_unit_test(no_link_leaves_the_root),
        cmocka_unit_test(rules_hold_for_what_is_reached),
        cmocka_unit_test(a_prefix_is_a_directory_not_a_spelling),
        cmocka_unit_test(the_longest_prefix_decides),
        cmocka_unit_test(a_tree_with_something_protected_stays),
        cmocka_unit_test(what_was_removed_has_no_name),
        cmocka_unit_test(a_session_that_only_reads_changes_nothing),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
