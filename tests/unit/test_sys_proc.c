/* tests/unit/test_sys_proc.c - children, and whom they may be. */
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/codec.h"
#include "base/sys_proc.h"

/* Run SCRIPT as S says, with *STATUS; what it wrote, the caller's. */
static char *
run(struct sys_spawn s, char *script, int *status)
{
    char sh[] = "sh", c[] = "-c";
    char *argv[] = { sh, c, script, NULL };
    struct err err = ERR_INIT;
    struct buf out = BUF_INIT;
    int fd[2];
    pid_t pid;

    assert_int_equal(pipe2(fd, O_CLOEXEC), 0);
    s.path = "/bin/sh";
    s.argv = argv;
    s.fd[1] = fd[1];
    pid = sys_spawn(&s, &err);
    close(fd[1]);
    if (pid < 0)
        assert_string_equal(err.text, "");
    assert_int_equal(buf_read_fd(&out, fd[0], 1 << 20), 0);
    close(fd[0]);
    assert_int_equal(waitpid(pid, status, 0), pid);
    return buf_detach(&out);
}

static const struct sys_spawn plain = { .fd = { -1, -1, -1 } };

static void
a_child_begins_clean(void **state)
{
    char script[] = "umask; tr '\\0' '\\n' </proc/self/environ; "
                    "grep -E 'Sig(Blk|Ign)' /proc/self/status; "
                    "ls -1 /proc/$$/fd";
    struct sigaction ignore = { .sa_handler = SIG_IGN }, before;
    int status, loose = open("/dev/null", O_RDONLY);
    sigset_t set, mask;
    char *out;

    (void)state;
    sigfillset(&set);
    sigaction(SIGPIPE, &ignore, &before);
    sigprocmask(SIG_BLOCK, &set, &mask);
    out = run(plain, script, &status);
    sigprocmask(SIG_SETMASK, &mask, NULL);
    sigaction(SIGPIPE, &before, NULL);
    close(loose);
    assert_int_equal(status, 0);
    assert_non_null(strstr(out, "0077\n"));
    assert_non_null(strstr(out, "SigBlk:\t0000000000000000\n"));
    /* glibc keeps 32 and 33 to itself; make leaves them ignored. */
    assert_non_null(strstr(out, "SigIgn:\t"));
    assert_int_equal(
        strtoull(strstr(out, "SigIgn:\t") + 8, NULL, 16) & ~(3ull << 31), 0);
    assert_non_null(strstr(out, "\n0\n1\n2\n"));
    assert_null(strstr(out, "\n3\n"));
    assert_null(strstr(out, "HOME="));
    free(out);
}

static void
descriptors_land_in_their_places(void **state)
{
    char script[] = "read a; read b <&3; read c <&4; echo $a $b $c; "
                    "echo err >&2";
    struct sys_spawn s = plain;
    int in[3][2], err[2], status, keep[2], i;
    char *out, text[8] = "";

    (void)state;
    for (i = 0; i < 3; i++) {
        assert_int_equal(pipe2(in[i], O_CLOEXEC), 0);
        assert_int_equal(write(in[i][1], &"0\n1\n2\n"[2 * i], 2), 2);
    }
    assert_int_equal(pipe2(err, O_CLOEXEC), 0);
    /* Crossed on purpose: sources are others' targets. */
    assert_int_equal(dup3(in[1][0], 60, O_CLOEXEC), 60);
    s.fd[0] = in[0][0];
    s.fd[2] = err[1];
    keep[0] = 60;
    keep[1] = in[2][0];
    s.keep = keep;
    s.nkeep = 2;
    out = run(s, script, &status);
    assert_string_equal(out, "0 1 2\n");
    free(out);
    assert_int_equal(read(err[0], text, 4), 4);
    assert_string_equal(text, "err\n");
    for (i = 0; i < 3; i++) {
        close(in[i][0]);
        close(in[i][1]);
    }
    close(err[0]);
    close(err[1]);
    close(60);
}

static void
low_descriptors_may_be_swapped(void **state)
{
    char script[] = "echo one; echo two >&2; echo three >&3";
    struct sys_spawn s = plain;
    char *out, text[32] = "";
    int fd[2], status, keep[1];

    (void)state;
    /* 2 becomes 3, the pipe becomes 2. */
    assert_int_equal(pipe2(fd, O_CLOEXEC), 0);
    s.fd[2] = fd[1];
    keep[0] = fd[1];
    s.keep = keep;
    s.nkeep = 1;
    out = run(s, script, &status);
    assert_string_equal(out, "one\n");
    free(out);
    assert_int_equal(read(fd[0], text, 31), 10);
    assert_string_equal(text, "two\nthree\n");
    close(fd[0]);
    close(fd[1]);
}

static void
environment_directory_and_session_are_set(void **state)
{
    char script[] = "echo $A; pwd; ps -o sid= -p $$ | tr -d ' '; echo $$";
    char a[] = "A=b c", path[] = "PATH=/usr/bin:/bin";
    char *envp[] = { a, path, NULL };
    struct sys_spawn s = plain;
    int status, sid, pid;
    char *out;

    (void)state;
    s.envp = envp;
    s.cwd = "/usr";
    s.new_session = true;
    out = run(s, script, &status);
    assert_int_equal(sscanf(out, "b c\n/usr\n%d\n%d\n", &sid, &pid), 2);
    assert_int_equal(sid, pid);
    free(out);
}

static void
a_failed_step_is_reported(void **state)
{
    char x[] = "x";
    char *argv[] = { x, NULL };
    struct sys_spawn s = plain;
    struct err err = ERR_INIT;

    (void)state;
    s.path = "/nonexistent/x";
    s.argv = argv;
    assert_int_equal(sys_spawn(&s, &err), -1);
    assert_int_equal(err.code, ERR_NOT_FOUND);
    assert_non_null(strstr(err.text, "cannot execute it: No such file"));
    err = (struct err)ERR_INIT;
    s.path = "/bin/true";
    s.cwd = "/nonexistent";
    assert_int_equal(sys_spawn(&s, &err), -1);
    assert_non_null(strstr(err.text, "cannot enter its directory"));
    err = (struct err)ERR_INIT;
    s.path = "/etc/passwd";
    s.cwd = NULL;
    assert_int_equal(sys_spawn(&s, &err), -1);
    assert_int_equal(err.code, ERR_AUTHZ);
    err = (struct err)ERR_INIT;
    s.nkeep = SYS_KEEP_MAX + 1;
    assert_int_equal(sys_spawn(&s, &err), -1);
    assert_int_equal(err.code, ERR_INTERNAL);
    /* None of them left a zombie. */
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

/* Start sleep(1), tied to this process; its pid into the pipe ARG. */
static int
tied_parent(void *arg)
{
    char name[] = "sleep", time[] = "1000";
    char *argv[] = { name, time, NULL };
    struct sys_spawn s = plain;
    pid_t pid;

    s.path = "/bin/sleep";
    s.argv = argv;
    s.die_with_parent = true;
    pid = sys_spawn(&s, NULL);
    return write(*(int *)arg, &pid, sizeof(pid)) == sizeof(pid) ? 7 : 1;
}

static void
a_tied_child_dies_with_its_parent(void **state)
{
    struct err err = ERR_INIT;
    int fd[2], status;
    pid_t parent, child;

    (void)state;
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    assert_int_equal(pipe(fd), 0);
    parent = sys_fork(tied_parent, &fd[1], &err);
    assert_int_equal(waitpid(parent, &status, 0), parent);
    assert_int_equal(WEXITSTATUS(status), 7);
    assert_int_equal(read(fd[0], &child, sizeof(child)), sizeof(child));
    /* We are its reaper now, and it ends though nobody asks it to. */
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    prctl(PR_SET_CHILD_SUBREAPER, 0);
    close(fd[0]);
    close(fd[1]);
}

static int
end_daemon(void *arg)
{
    int mode = *(int *)arg, fd = sys_background(NULL);

    if (fd < 0)
        return 99;
    if (mode == 0 && write(fd, "R", 1) != 1)
        return 98;
    if (mode == 2)
        raise(SIGKILL);
    return mode == 0 ? 0 : 78;
}

static void
a_daemons_parent_tells_how_it_began(void **state)
{
    static const int want[] = { 0, 78, 70 };
    struct err err = ERR_INIT;
    int mode, status;
    pid_t pid;

    (void)state;
    for (mode = 0; mode < 3; mode++) {
        pid = sys_fork(end_daemon, &mode, &err);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), want[mode]);
    }
}

static void
root_maps_neither_to_itself_nor_below_the_floor(void **state)
{
    static const char *const never[] = { "root", "daemon", "bin" };
    struct sys_user user;
    size_t i;

    (void)state;
    if (geteuid() != 0) {
        print_message("# skipped: only root maps to others\n");
        skip();
    }
    for (i = 0; i < 3; i++) {
        struct err err = ERR_INIT;

        assert_int_equal(
            sys_user_lookup(never[i], i == 0 ? 0 : 1000, &user, &err), -1);
        assert_int_equal(err.code, ERR_AUTHZ);
        assert_int_equal(user.uid, (uid_t)-1);
        assert_int_equal(sys_user_become(&user, NULL), -1);
    }
}

static void
unknown_names_are_refused(void **state)
{
    static const char *const names[] = {
        "", "no-such-account", "0", "root ", "../root", "nobody\n"
    };
    struct sys_user user;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct err err = ERR_INIT;

        assert_int_equal(sys_user_lookup(names[i], 1, &user, &err), -1);
        assert_int_equal(err.code, ERR_AUTHZ);
        assert_int_equal(user.uid, (uid_t)-1);
    }
}

static void
a_person_maps_only_to_herself(void **state)
{
    struct sys_user self, found;
    struct err err = ERR_INIT;

    (void)state;
    if (geteuid() == 0 || getpwuid(geteuid()) == NULL) {
        print_message("# skipped: root maps to all others, not to itself\n");
        skip();
    }
    assert_int_equal(sys_user_self(&self, &err), 0);
    assert_int_equal(self.uid, geteuid());
    assert_int_equal(sys_user_lookup(self.name, 4000000000u, &found, &err), 0);
    assert_int_equal(sys_user_become(&found, &err), 0);
    assert_int_equal(sys_user_lookup("root", 1, &found, &err), -1);
    assert_int_equal(sys_user_lookup("daemon", 1, &found, &err), -1);
}

/* In a child: become nobody, and try to come back. */
static int
become_nobody(void *arg)
{
    struct sys_user *user = arg;
    gid_t groups[8];

    if (sys_user_become(user, NULL) < 0)
        return 1;
    if (getuid() != user->uid || getegid() != user->gid ||
        getgroups(8, groups) != user->ngroups)
        return 2;
    if (setuid(0) == 0 || seteuid(0) == 0 || setgid(0) == 0)
        return 3;
    return sys_user_become(user, NULL) < 0 ? 4 : 0;
}

static void
becoming_is_for_good(void **state)
{
    char script[] = "id -u; id -g; id -G";
    struct err err = ERR_INIT;
    struct sys_spawn s = plain;
    struct sys_user user;
    int status;
    pid_t pid;
    char *out, *want;

    (void)state;
    if (geteuid() != 0 || getpwnam("nobody") == NULL) {
        print_message("# skipped: only root becomes another\n");
        skip();
    }
    assert_int_equal(sys_user_lookup("nobody", 1000, &user, &err), 0);
    pid = sys_fork(become_nobody, &user, &err);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);

    s.user = &user;
    out = run(s, script, &status);
    want = xasprintf("%u\n%u\n%u\n", user.uid, user.gid, user.gid);
    assert_string_equal(out, want);
    free(want);
    free(out);

    user.uid = 0;
    assert_int_equal(sys_user_become(&user, &err), -1);
    assert_int_equal(err.code, ERR_AUTHZ);
}

static void
processes_have_a_birth(void **state)
{
    char boot[SYS_BOOT_ID], again[SYS_BOOT_ID];
    struct err err = ERR_INIT;
    int mode = 1, status;
    pid_t pid;

    (void)state;
    assert_true(sys_start_time(getpid()) > 0);
    assert_true(sys_start_time(getpid()) == sys_start_time(getpid()));
    assert_true(sys_start_time(0) == 0);
    assert_true(sys_start_time(-1) == 0);
    /* A name that looks like the fields behind it. */
    prctl(PR_SET_NAME, "x) R 1 2 3 (");
    assert_true(sys_start_time(getpid()) > 0);
    prctl(PR_SET_NAME, "test_sys_proc");
    pid = sys_fork(end_daemon, &mode, &err);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(sys_start_time(pid) == 0);
    assert_int_equal(sys_boot_id(boot), 0);
    assert_true(uuid_ok(boot));
    assert_int_equal(sys_boot_id(again), 0);
    assert_string_equal(boot, again);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_child_begins_clean),
        cmocka_unit_test(descriptors_land_in_their_places),
        cmocka_unit_test(low_descriptors_may_be_swapped),
        cmocka_unit_test(environment_directory_and_session_are_set),
        cmocka_unit_test(a_failed_step_is_reported),
        cmocka_unit_test(a_tied_child_dies_with_its_parent),
        cmocka_unit_test(a_daemons_parent_tells_how_it_began),
        cmocka_unit_test(root_maps_neither_to_itself_nor_below_the_floor),
        cmocka_unit_test(unknown_names_are_refused),
        cmocka_unit_test(a_person_maps_only_to_herself),
        cmocka_unit_test(becoming_is_for_good),
        cmocka_unit_test(processes_have_a_birth),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
