/* tests/unit/test_fs.c - files that are whole or absent, trees that go. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fs.h"

static char dir[64];
static int dirfd_;

static int
setup(void **state)
{
    (void)state;
    snprintf(dir, sizeof(dir), "/tmp/test_fs.XXXXXX");
    if (mkdtemp(dir) == NULL)
        return -1;
    dirfd_ = open(dir, O_RDONLY | O_DIRECTORY);
    return dirfd_ < 0 ? -1 : 0;
}

static int
teardown(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    close(dirfd_);
    return fs_remove_tree(AT_FDCWD, dir, &err);
}

static bool
exists(const char *name)
{
    return faccessat(dirfd_, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* NAME with TEXT in it. */
static void
put(const char *name, const char *text)
{
    struct err err = ERR_INIT;

    assert_int_equal(
        fs_write_atomic(dirfd_, name, text, strlen(text), 0600, &err), 0);
}

static void
parents_are_made(void **state)
{
    struct err err = ERR_INIT;
    char path[128];

    (void)state;
    snprintf(path, sizeof(path), "%s/a//b/c/", dir);
    assert_int_equal(fs_mkdirs(path, 0750, &err), 0);
    assert_int_equal(fs_mkdirs(path, 0750, &err), 0);
    assert_true(exists("a/b/c"));
    assert_int_equal(fs_mkdirs("/", 0750, &err), 0);
    put("file", "x");
    snprintf(path, sizeof(path), "%s/file/x", dir);
    assert_int_equal(fs_mkdirs(path, 0750, &err), -1);
    assert_non_null(strstr(err.text, "/file"));
}

static void
a_write_replaces_whole_files(void **state)
{
    struct err err = ERR_INIT;
    struct buf b = BUF_INIT;
    struct stat st;
    mode_t mask = umask(077);
    int old;

    (void)state;
    put("f", "old");
    old = openat(dirfd_, "f", O_RDONLY);
    assert_int_equal(fs_write_atomic(dirfd_, "f", "n\0w", 3, 0644, &err), 0);
    umask(mask);
    assert_int_equal(fs_read(dirfd_, "f", 3, &b, &err), 0);
    assert_int_equal(b.len, 3);
    assert_memory_equal(b.data, "n\0w", 3);
    assert_int_equal(fstatat(dirfd_, "f", &st, 0), 0);
    assert_int_equal(st.st_mode & 07777, 0644);
    /* Who had the old one open still has all of it. */
    buf_clear(&b);
    assert_int_equal(buf_read_fd(&b, old, 10), 0);
    assert_string_equal(buf_str(&b), "old");
    close(old);
    buf_fini(&b);
}

static void
what_is_not_synced_is_whole_too(void **state)
{
    struct err err = ERR_INIT;
    struct buf b = BUF_INIT, text = BUF_INIT;
    struct stat st;

    (void)state;
    buf_adds(&text, "new");
    put("f", "longer");
    assert_int_equal(fs_write_whole(dirfd_, "f", &text, &err), 0);
    assert_int_equal(fs_read(dirfd_, "f", 10, &b, &err), 0);
    assert_string_equal(buf_str(&b), "new");
    assert_int_equal(fstatat(dirfd_, "f", &st, 0), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(mkdirat(dirfd_, "d", 0700), 0);
    assert_int_equal(fs_write_whole(dirfd_, "d", &text, &err), -1);
    assert_int_equal(err.code, ERR_IO);
    assert_int_equal(unlinkat(dirfd_, "d", AT_REMOVEDIR), 0);
    assert_int_equal(unlinkat(dirfd_, "f", 0), 0);
    /* Nothing else stayed: the directory can go. */
    assert_int_equal(rmdir(dir), 0);
    buf_fini(&b);
    buf_fini(&text);
}

static void
a_failed_write_leaves_nothing(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    assert_int_equal(mkdirat(dirfd_, "d", 0700), 0);
    assert_int_equal(mkdirat(dirfd_, "d/full", 0700), 0);
    put("d/full/x", "x");
    assert_int_equal(fs_write_atomic(dirfd_, "d/full", "x", 1, 0600, &err), -1);
    assert_int_equal(err.code, ERR_IO);
    assert_int_equal(unlinkat(dirfd_, "d/full/x", 0), 0);
    assert_int_equal(unlinkat(dirfd_, "d/full", AT_REMOVEDIR), 0);
    /* Empty: no temporary file stayed. */
    assert_int_equal(unlinkat(dirfd_, "d", AT_REMOVEDIR), 0);
    err = (struct err)ERR_INIT;
    assert_int_equal(fs_write_atomic(dirfd_, "no/f", "x", 1, 0600, &err), -1);
}

static void
a_full_disk_is_no_space(void **state)
{
    struct rlimit before, small = { 4096, 4096 };
    struct err err = ERR_INIT;
    char *big = calloc(1, 65536);

    (void)state;
    /* EFBIG stands for any failure in the midst of the bytes. */
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    small.rlim_max = before.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    put("f", "old");
    assert_int_equal(fs_write_atomic(dirfd_, "f", big, 65536, 0600, &err), -1);
    setrlimit(RLIMIT_FSIZE, &before);
    assert_non_null(strstr(err.text, "File too large"));
    free(big);
    assert_int_equal(unlinkat(dirfd_, "f", 0), 0);
    assert_int_equal(rmdir(dir), 0); /* no temporary file stayed */
    assert_int_equal(mkdir(dir, 0700), 0);
    if (access("/dev/full", W_OK) == 0) {
        int fd = open("/dev/full", O_WRONLY);

        assert_int_equal(fs_write_all(fd, "x", 1), -1);
        assert_int_equal(errno, ENOSPC);
        close(fd);
    }
}

static void
reads_say_why_not(void **state)
{
    struct err err = ERR_INIT;
    struct buf b = BUF_INIT;

    (void)state;
    buf_adds(&b, "kept");
    assert_int_equal(fs_read(dirfd_, "none", 10, &b, &err), -1);
    assert_int_equal(err.code, ERR_NOT_FOUND);
    put("f", "12345");
    err = (struct err)ERR_INIT;
    assert_int_equal(fs_read(dirfd_, "f", 4, &b, &err), -1);
    assert_int_equal(err.code, ERR_LIMIT);
    assert_string_equal(buf_str(&b), "kept");
    assert_int_equal(symlinkat("f", dirfd_, "l"), 0);
    err = (struct err)ERR_INIT;
    assert_int_equal(fs_read(dirfd_, "l", 10, &b, &err), -1);
    assert_int_equal(err.code, ERR_IO);
    assert_non_null(strstr(err.text, "symbolic link"));
    /* A FIFO must not hang its reader. */
    assert_int_equal(mkfifoat(dirfd_, "p", 0600), 0);
    err = (struct err)ERR_INIT;
    assert_int_equal(fs_read(dirfd_, "p", 10, &b, &err), -1);
    assert_non_null(strstr(err.text, "not a regular file"));
    buf_fini(&b);
}

static void
what_a_user_names_may_be_a_link_or_a_pipe(void **state)
{
    struct err err = ERR_INIT;
    struct buf b = BUF_INIT;
    char name[64];
    int fds[2];

    (void)state;
    put("f", "12345");
    assert_int_equal(symlinkat("f", dirfd_, "link"), 0);
    snprintf(name, sizeof(name), "/proc/self/fd/%d/link", dirfd_);
    assert_int_equal(fs_read_input(name, 5, &b, &err), 0);
    assert_int_equal(pipe(fds), 0);
    assert_int_equal(write(fds[1], "piped", 5), 5);
    close(fds[1]);
    snprintf(name, sizeof(name), "/dev/fd/%d", fds[0]);
    assert_int_equal(fs_read_input(name, 10, &b, &err), 0);
    assert_string_equal(buf_str(&b), "12345piped");
    close(fds[0]);
    snprintf(name, sizeof(name), "/proc/self/fd/%d/f", dirfd_);
    assert_int_equal(fs_read_input(name, 4, &b, &err), -1);
    assert_int_equal(err.code, ERR_LIMIT);
    assert_string_equal(buf_str(&b), "12345piped");
    buf_fini(&b);
}

static void
nothing_opens_outside(void **state)
{
    int below = 0, fd;

    (void)state;
    assert_int_equal(mkdirat(dirfd_, "in", 0700), 0);
    put("secret", "s");
    put("in/f", "x");
    below = openat(dirfd_, "in", O_RDONLY | O_DIRECTORY);
    assert_int_equal(symlinkat("../secret", below, "up"), 0);
    assert_int_equal(symlinkat("/etc/passwd", below, "abs"), 0);
    assert_int_equal(symlinkat("f", below, "side"), 0);

    fd = fs_open_beneath(below, "f", O_RDONLY, 0, false);
    assert_true(fd >= 0);
    assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    close(fd);
    assert_int_equal(fs_open_beneath(below, "../secret", O_RDONLY, 0, true),
                     -1);
    assert_int_equal(errno, EXDEV);
    assert_int_equal(fs_open_beneath(below, "/etc/passwd", O_RDONLY, 0, true),
                     -1);
    assert_int_equal(fs_open_beneath(below, "up", O_RDONLY, 0, true), -1);
    assert_int_equal(fs_open_beneath(below, "abs", O_RDONLY, 0, true), -1);
    assert_int_equal(fs_open_beneath(below, "", O_RDONLY, 0, true), -1);
    assert_int_equal(fs_open_beneath(below, "side", O_RDONLY, 0, false), -1);
    assert_int_equal(errno, ELOOP);
    fd = fs_open_beneath(below, "side", O_RDONLY, 0, true);
    assert_true(fd >= 0);
    close(fd);
    fd =
        fs_open_beneath(below, "new", O_WRONLY | O_CREAT | O_EXCL, 0640, false);
    assert_true(fd >= 0);
    close(fd);
    close(below);
}

static void
trees_go_and_links_stay_harmless(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    put("outside", "x");
    assert_int_equal(mkdirat(dirfd_, "keep", 0700), 0);
    put("keep/me", "x");
    assert_int_equal(mkdirat(dirfd_, "t", 0700), 0);
    assert_int_equal(mkdirat(dirfd_, "t/shut", 0700), 0);
    put("t/shut/f", "x");
    put("t/\n odd", "x");
    assert_int_equal(symlinkat("../outside", dirfd_, "t/l"), 0);
    assert_int_equal(symlinkat("../keep", dirfd_, "t/shut/d"), 0);
    assert_int_equal(mkfifoat(dirfd_, "t/p", 0600), 0);
    assert_int_equal(fchmodat(dirfd_, "t/shut", 0, 0), 0);
    assert_int_equal(fs_remove_tree(dirfd_, "t", &err), 0);
    assert_false(exists("t"));
    assert_true(exists("outside") && exists("keep/me"));

    assert_int_equal(symlinkat("keep", dirfd_, "l"), 0);
    assert_int_equal(fs_remove_tree(dirfd_, "l", &err), 0);
    assert_false(exists("l"));
    assert_true(exists("keep/me"));
    assert_int_equal(fs_remove_tree(dirfd_, "outside", &err), 0);
    assert_false(exists("outside"));
    assert_int_equal(fs_remove_tree(dirfd_, "never", &err), 0);
    assert_int_equal(err.code, ERR_OK);
}

/* As many times as *ARG says. */
static bool
count_down(void *arg)
{
    return (*(int *)arg)-- > 0;
}

static void
a_removal_stops_between_entries(void **state)
{
    struct err err = ERR_INIT, none = ERR_INIT;
    int n = 3, left = 0, i;
    char name[24];

    (void)state;
    assert_int_equal(mkdirat(dirfd_, "many", 0700), 0);
    assert_int_equal(mkdirat(dirfd_, "many/sub", 0700), 0);
    for (i = 0; i < 10; i++) {
        snprintf(name, sizeof(name), "many/sub/%d", i);
        put(name, "x");
    }
    /* The directory is one, two files are the others. */
    assert_int_equal(fs_remove_tree_while(dirfd_, "many", count_down, &n, &err),
                     -1);
    assert_int_equal(err.code, ERR_CANCELLED);
    for (i = 0; i < 10; i++) {
        snprintf(name, sizeof(name), "many/sub/%d", i);
        left += exists(name);
    }
    assert_int_equal(left, 8);
    assert_int_equal(fs_remove_tree(dirfd_, "many", &none), 0);
    assert_false(exists("many"));
}

static void
no_depth_is_too_deep(void **state)
{
    struct rlimit before, few;
    struct err err = ERR_INIT;
    int at = openat(dirfd_, ".", O_RDONLY | O_DIRECTORY), next, i;

    (void)state;
    for (i = 0; i < 3000; i++) {
        assert_int_equal(mkdirat(at, "deep", 0700), 0);
        next = openat(at, "deep", O_RDONLY | O_DIRECTORY);
        assert_true(next >= 0);
        if (i % 5 == 4)
            assert_int_equal(symlinkat("/", at, "root"), 0);
        if (i % 5 == 2)
            fchmod(at, 0500); /* root does not mind, its owner would */
        close(at);
        at = next;
    }
    close(at);
    getrlimit(RLIMIT_NOFILE, &before);
    few = (struct rlimit){ 64, before.rlim_max };
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    assert_int_equal(fs_remove_tree(dirfd_, "deep", &err), 0);
    setrlimit(RLIMIT_NOFILE, &before);
    assert_false(exists("deep"));
}

static void
what_stays_is_named(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    if (geteuid() == 0) {
        print_message("# skipped: nothing keeps root from removing it\n");
        skip();
    }
    assert_int_equal(mkdirat(dirfd_, "shut", 0700), 0);
    put("shut/f", "x");
    assert_int_equal(fchmodat(dirfd_, "shut", 0500, 0), 0);
    assert_int_equal(fs_remove_tree(dirfd_, "shut/f", &err), -1);
    assert_int_equal(err.code, ERR_IO);
    assert_non_null(strstr(err.text, "cannot remove 'shut/f'"));
}

#define FS(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

static void
a_name_stands_for_one_file(void **state)
{
    struct stat st = { 0 };
    int fd;

    (void)state;
    put("a", "text");
    put("b", "other");
    fd = openat(dirfd_, "a", O_RDONLY);
    assert_true(fs_is_named(fd, dirfd_, "a", &st));
    assert_int_equal(st.st_size, 4);
    assert_true(fs_is_named(fd, dirfd_, "a", NULL));
    assert_false(fs_is_named(fd, dirfd_, "b", NULL));
    assert_false(fs_is_named(fd, dirfd_, "nothing", NULL));
    assert_int_equal(symlinkat("a", dirfd_, "link"), 0);
    assert_false(fs_is_named(fd, dirfd_, "link", NULL));
    assert_int_equal(renameat(dirfd_, "b", dirfd_, "a"), 0);
    assert_false(fs_is_named(fd, dirfd_, "a", NULL));
    close(fd);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        FS(parents_are_made),
        FS(a_write_replaces_whole_files),
        FS(what_is_not_synced_is_whole_too),
        FS(a_failed_write_leaves_nothing),
        FS(a_full_disk_is_no_space),
        FS(reads_say_why_not),
        FS(what_a_user_names_may_be_a_link_or_a_pipe),
        FS(nothing_opens_outside),
        FS(trees_go_and_links_stay_harmless),
        FS(a_removal_stops_between_entries),
        FS(no_depth_is_too_deep),
        FS(what_stays_is_named),
        FS(a_name_stands_for_one_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
