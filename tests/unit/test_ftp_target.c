/* tests/unit/test_ftp_target.c - a name only ever holds what is complete. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/fs.h"
#include "gridftp/server/ftp_target.h"

/* How often a directory was synced, and what the next such call says. */
static int dir_syncs, dir_error;

int
fsync(int fd)
{
    struct stat st;

    if (fstat(fd, &st) < 0 || !S_ISDIR(st.st_mode))
        return (int)syscall(SYS_fsync, fd);
    dir_syncs++;
    errno = dir_error;
    return dir_error != 0 ? -1 : 0;
}

static char top[] = "/tmp/test_ftp_target.XXXXXX";
static struct ftp_rules rules;
static struct ftp_paths paths;
static struct conf *conf;

static int
setup(void **state)
{
    struct err err = ERR_INIT;
    char *root;

    (void)state;
    assert_non_null(mkdtemp(top));
    umask(022);
    conf = conf_create();
    root = xasprintf("gridftp.root=%s", top);
    assert_int_equal(conf_set(conf, root, &err), 0);
    free(root);
    assert_int_equal(ftp_rules_read(&rules, conf, &err), 0);
    return ftp_paths_init(&paths, conf, &rules, "/", false, &err);
}

static int
teardown(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    ftp_paths_fini(&paths);
    ftp_rules_fini(&rules);
    conf_destroy(conf);
    return fs_remove_tree(AT_FDCWD, top, &err);
}

static char *
at(const char *name)
{
    static char path[2][400];
    static int turn;

    turn = !turn;
    snprintf(path[turn], sizeof(path[turn]), "%s/%s", top, name);
    return path[turn];
}

static void
holds(const char *name, const char *text)
{
    struct buf b = BUF_INIT;
    struct err err = ERR_INIT;

    assert_int_equal(fs_read(AT_FDCWD, at(name), 1000, &b, &err), 0);
    assert_string_equal(buf_str(&b), text);
    buf_fini(&b);
}

static void
is_absent(const char *name)
{
    struct stat st;

    assert_int_equal(lstat(at(name), &st), -1);
}

static void
put(const char *name, const char *text, mode_t mode)
{
    int fd = open(at(name), O_WRONLY | O_CREAT | O_TRUNC, 0666);

    assert_true(fd >= 0);
    assert_int_equal(fs_write_all(fd, text, strlen(text)), 0);
    assert_int_equal(fchmod(fd, mode), 0);
    close(fd);
}

static void
begin(struct ftp_target *t, const char *name, enum ftp_target_how how,
      int64_t offset, const char *text)
{
    assert_int_equal(ftp_target_open(t, &paths, name, how, offset), 0);
    assert_int_equal(pwrite(t->fd, text, strlen(text), offset),
                     (ssize_t)strlen(text));
}

static void
the_name_is_on_disk_as_well(void **state)
{
    struct ftp_target t;

    (void)state;
    dir_syncs = 0;
    begin(&t, "/named", FTP_TARGET_WHOLE, 0, "abc");
    assert_int_equal(ftp_target_commit(&t, false), 0);
    assert_int_equal(dir_syncs, 0);
    begin(&t, "/named", FTP_TARGET_WHOLE, 0, "def");
    assert_int_equal(ftp_target_commit(&t, true), 0);
    assert_int_equal(dir_syncs, 1);
    begin(&t, "/named", FTP_TARGET_WHOLE, 0, "ghi");
    dir_error = EIO;
    assert_int_equal(ftp_target_commit(&t, true), -1);
    assert_int_equal(errno, EIO);
    dir_error = 0;
    holds("named", "ghi");
    /* What may be written and not read takes files all the same. */
    assert_int_equal(mkdir(at("drop"), 0300), 0);
    begin(&t, "/drop/f", FTP_TARGET_WHOLE, 0, "abc");
    assert_int_equal(ftp_target_commit(&t, true), 0);
    holds("drop/f", "abc");
}

static void
a_new_file_appears_when_it_is_complete(void **state)
{
    struct ftp_target t;

    (void)state;
    begin(&t, "/new", FTP_TARGET_WHOLE, 0, "abc");
    is_absent("new");
    holds(".new.part-gridftp", "abc");
    assert_int_equal(ftp_target_commit(&t, true), 0);
    holds("new", "abc");
    is_absent(".new.part-gridftp");
}

static void
an_overwritten_file_keeps_its_mode_and_stands_until_then(void **state)
{
    struct ftp_target t;
    struct stat st;

    (void)state;
    put("old", "before", 0640);
    begin(&t, "/old", FTP_TARGET_WHOLE, 0, "after!!");
    holds("old", "before");
    assert_int_equal(ftp_target_commit(&t, false), 0);
    holds("old", "after!!");
    assert_int_equal(stat(at("old"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0640);
}

static void
links_and_many_names_are_written_in_place(void **state)
{
    struct ftp_target t;
    struct stat a, b;

    (void)state;
    put("one", "before", 0644);
    assert_int_equal(link(at("one"), at("two")), 0);
    assert_int_equal(symlink("one", at("sym")), 0);
    begin(&t, "/two", FTP_TARGET_WHOLE, 0, "after");
    assert_int_equal(ftp_target_commit(&t, true), 0);
    holds("one", "after");
    begin(&t, "/sym", FTP_TARGET_WHOLE, 0, "through");
    assert_int_equal(ftp_target_commit(&t, true), 0);
    holds("one", "through");
    assert_int_equal(lstat(at("sym"), &a), 0);
    assert_true(S_ISLNK(a.st_mode));
    assert_int_equal(stat(at("one"), &a), 0);
    assert_int_equal(stat(at("two"), &b), 0);
    assert_true(a.st_ino == b.st_ino);
}

static void
a_cut_transfer_is_continued(void **state)
{
    struct ftp_target t;

    (void)state;
    begin(&t, "/cut", FTP_TARGET_WHOLE, 0, "abc");
    ftp_target_abandon(&t, true);
    is_absent("cut");
    /* Nothing was there to go on with at 10. */
    put("other", "x", 0644);
    begin(&t, "/cut", FTP_TARGET_CONTINUE, 3, "def");
    assert_int_equal(ftp_target_commit(&t, true), 0);
    holds("cut", "abcdef");
    begin(&t, "/cut", FTP_TARGET_CONTINUE, 5, "FG");
    holds("cut", "abcdeFG");
    assert_int_equal(ftp_target_commit(&t, true), 0);
}

static void
nothing_is_continued_behind_its_end(void **state)
{
    struct ftp_target t;

    (void)state;
    assert_int_equal(
        ftp_target_open(&t, &paths, "/gone", FTP_TARGET_CONTINUE, 1), -1);
    assert_int_equal(errno, ESPIPE);
    is_absent("gone");
    is_absent(".gone.part-gridftp");
    put("abc", "abc", 0644);
    assert_int_equal(
        ftp_target_open(&t, &paths, "/abc", FTP_TARGET_CONTINUE, 4), -1);
    assert_int_equal(errno, ESPIPE);
    holds("abc", "abc");
    assert_int_equal(symlink("nowhere", at("dangling")), 0);
    assert_int_equal(
        ftp_target_open(&t, &paths, "/dangling", FTP_TARGET_CONTINUE, 4), -1);
    is_absent("nowhere");
}

static void
what_the_part_held_beyond_the_file_goes(void **state)
{
    struct ftp_target t;

    (void)state;
    begin(&t, "/longer", FTP_TARGET_WHOLE, 0, "abcdefgh");
    ftp_target_abandon(&t, true);
    begin(&t, "/longer", FTP_TARGET_CONTINUE, 2, "XY");
    t.length = 4;
    assert_int_equal(ftp_target_commit(&t, false), 0);
    holds("longer", "abXY");
}

/* A client may rename another file to the part's name meanwhile. */
static void
another_file_does_not_get_the_name(void **state)
{
    struct ftp_target t;

    (void)state;
    begin(&t, "/mine", FTP_TARGET_WHOLE, 0, "mine");
    put("other", "other's", 0644);
    assert_int_equal(rename(at("other"), at(".mine.part-gridftp")), 0);
    assert_int_equal(ftp_target_commit(&t, false), -1);
    assert_int_equal(errno, ESTALE);
    is_absent("mine");
    holds(".mine.part-gridftp", "other's");
}

static void
nothing_received_leaves_nothing(void **state)
{
    struct ftp_target t;

    (void)state;
    assert_int_equal(ftp_target_open(&t, &paths, "/never", FTP_TARGET_WHOLE, 0),
                     0);
    ftp_target_abandon(&t, false);
    is_absent("never");
    is_absent(".never.part-gridftp");
}

static void
two_writers_do_not_share_a_part(void **state)
{
    struct ftp_target a, b;

    (void)state;
    begin(&a, "/both", FTP_TARGET_WHOLE, 0, "first");
    assert_int_equal(ftp_target_open(&b, &paths, "/both", FTP_TARGET_WHOLE, 0),
                     -1);
    assert_int_equal(errno, EBUSY);
    assert_int_equal(ftp_target_commit(&a, true), 0);
    begin(&b, "/both", FTP_TARGET_WHOLE, 0, "second");
    assert_int_equal(ftp_target_commit(&b, true), 0);
    holds("both", "second");
}

/* Permission bits of the file NAME. */
static unsigned
bits(const char *name)
{
    struct stat st;

    assert_int_equal(stat(at(name), &st), 0);
    return st.st_mode & 0777;
}

static void
what_replaces_a_private_file_is_private(void **state)
{
    char seen[8] = "";
    struct ftp_target t;
    int early;

    (void)state;
    put("diary", "old", 0600);
    put(".diary.part-gridftp", "cut", 0644);
    early = open(at(".diary.part-gridftp"), O_RDONLY);
    assert_true(early >= 0);
    begin(&t, "/diary", FTP_TARGET_WHOLE, 0, "new");
    assert_int_equal(bits(".diary.part-gridftp"), 0600);
    /* Who had the part open that stood there reads nothing of it either. */
    assert_int_equal(read(early, seen, sizeof(seen)), 3);
    assert_string_equal(seen, "cut");
    close(early);
    ftp_target_abandon(&t, true);
    begin(&t, "/diary", FTP_TARGET_CONTINUE, 3, "er");
    assert_int_equal(bits(".diary.part-gridftp"), 0600);
    assert_int_equal(ftp_target_commit(&t, true), 0);
    assert_int_equal(bits("diary"), 0600);
}

static void
a_part_that_goes_on_is_private_too(void **state)
{
    struct ftp_target t;

    (void)state;
    put("later", "old", 0640);
    put(".later.part-gridftp", "cut", 0644);
    begin(&t, "/later", FTP_TARGET_CONTINUE, 3, "ting");
    assert_int_equal(bits(".later.part-gridftp"), 0600);
    assert_int_equal(ftp_target_commit(&t, true), 0);
    assert_int_equal(bits("later"), 0640);
}

static void
a_new_file_has_the_usual_mode_after_a_private_part(void **state)
{
    struct ftp_target t;

    (void)state;
    put(".anew.part-gridftp", "cut", 0600);
    begin(&t, "/anew", FTP_TARGET_WHOLE, 0, "x");
    assert_int_equal(ftp_target_commit(&t, true), 0);
    assert_int_equal(bits("anew"), 0644);
}

/* One entry of an access list as the kernel stores it. */
struct entry {
    uint16_t tag, perm;
    uint32_t id;
};

static void
a_directory_s_access_list_gives_nobody_a_replaced_file(void **state)
{
    static const struct {
        uint32_t version;
        struct entry e[5];
    } list = { 2,
               { { 1, 7, UINT32_MAX },  /* owner */
                 { 2, 7, 65534 },       /* a user */
                 { 4, 0, UINT32_MAX },  /* group */
                 { 16, 7, UINT32_MAX }, /* mask */
                 { 32, 0, UINT32_MAX } } };
    struct ftp_target t;

    (void)state;
    assert_int_equal(mkdir(at("listed"), 0700), 0);
    put("listed/f", "old", 0640);
    if (setxattr(at("listed"), "system.posix_acl_default", &list, sizeof(list),
                 0) < 0)
        skip();
    begin(&t, "/listed/f", FTP_TARGET_WHOLE, 0, "new");
    assert_int_equal(ftp_target_commit(&t, true), 0);
    assert_int_equal(bits("listed/f"), 0640);
    assert_int_equal(
        getxattr(at("listed/f"), "system.posix_acl_access", NULL, 0), -1);
}

static void
a_part_that_is_a_trap_is_not_taken(void **state)
{
    struct ftp_target t;

    (void)state;
    put("victim", "precious", 0644);
    assert_int_equal(symlink("victim", at(".trap.part-gridftp")), 0);
    /* The link is not followed; the file is written in place instead. */
    begin(&t, "/trap", FTP_TARGET_WHOLE, 0, "x");
    assert_int_equal(ftp_target_commit(&t, true), 0);
    holds("victim", "precious");
    holds("trap", "x");
}

static void
long_names_have_parts_too(void **state)
{
    char name[257] = "/", other[256];
    struct ftp_target t;

    (void)state;
    memset(name + 1, 'n', 255);
    name[256] = '\0';
    begin(&t, name, FTP_TARGET_WHOLE, 0, "x");
    assert_true(strlen(t.part) <= 255);
    snprintf(other, sizeof(other), "%s", t.part);
    assert_int_equal(ftp_target_commit(&t, true), 0);
    holds(name + 1, "x");
    name[255] = 'm';
    begin(&t, name, FTP_TARGET_WHOLE, 0, "x");
    assert_string_not_equal(t.part, other);
    ftp_target_abandon(&t, false);
}

static void
a_directory_is_no_target(void **state)
{
    struct ftp_target t;

    (void)state;
    assert_int_equal(mkdir(at("dir"), 0777), 0);
    assert_int_equal(ftp_target_open(&t, &paths, "/dir", FTP_TARGET_WHOLE, 0),
                     -1);
    assert_int_equal(errno, EISDIR);
    assert_int_equal(
        ftp_target_open(&t, &paths, "/no/such/x", FTP_TARGET_WHOLE, 0), -1);
    assert_int_equal(errno, ENOENT);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_file_appears_when_it_is_complete),
        cmocka_unit_test(the_name_is_on_disk_as_well),
        cmocka_unit_test(
            an_overwritten_file_keeps_its_mode_and_stands_until_then),
        cmocka_unit_test(links_and_many_names_are_written_in_place),
        cmocka_unit_test(a_cut_transfer_is_continued),
        cmocka_unit_test(nothing_is_continued_behind_its_end),
        cmocka_unit_test(what_the_part_held_beyond_the_file_goes),
        cmocka_unit_test(another_file_does_not_get_the_name),
        cmocka_unit_test(nothing_received_leaves_nothing),
        cmocka_unit_test(two_writers_do_not_share_a_part),
        cmocka_unit_test(what_replaces_a_private_file_is_private),
        cmocka_unit_test(a_part_that_goes_on_is_private_too),
        cmocka_unit_test(a_new_file_has_the_usual_mode_after_a_private_part),
        cmocka_unit_test(
            a_directory_s_access_list_gives_nobody_a_replaced_file),
        cmocka_unit_test(a_part_that_is_a_trap_is_not_taken),
        cmocka_unit_test(long_names_have_parts_too),
        cmocka_unit_test(a_directory_is_no_target),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
