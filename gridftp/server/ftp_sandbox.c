/* gridftp/server/ftp_sandbox.c - see ftp_sandbox.h. */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/buf.h"
#include "gridftp/server/ftp_sandbox.h"

static struct sock_fprog program;

static const int allowed[] = {
    SCMP_SYS(read),
    SCMP_SYS(readv),
    SCMP_SYS(write),
    SCMP_SYS(writev),
    SCMP_SYS(recvfrom),
    SCMP_SYS(recvmsg),
    SCMP_SYS(sendto),
    SCMP_SYS(sendmsg),
    SCMP_SYS(shutdown),
    SCMP_SYS(close),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(lseek),
    SCMP_SYS(fstat),
    SCMP_SYS(newfstatat),
    SCMP_SYS(statx),
    SCMP_SYS(getdents64),
    SCMP_SYS(readlink),
    SCMP_SYS(fcntl),
    SCMP_SYS(brk),
    SCMP_SYS(mmap),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(mprotect),
    SCMP_SYS(madvise),
    SCMP_SYS(futex),
    SCMP_SYS(set_robust_list),
    SCMP_SYS(rseq),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(nanosleep),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(time),
    SCMP_SYS(getrandom),
    SCMP_SYS(getpid),
    SCMP_SYS(gettid),
    SCMP_SYS(getuid),
    SCMP_SYS(geteuid),
    SCMP_SYS(getgid),
    SCMP_SYS(getegid),
    SCMP_SYS(uname),
    SCMP_SYS(sysinfo),
    SCMP_SYS(sched_yield),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(tgkill),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
};

/* Add every rule of the filter; 0 or a negative errno. */
static int
add_rules(scmp_filter_ctx f)
{
    size_t i;
    int rc = 0;

    for (i = 0; rc == 0 && i < sizeof(allowed) / sizeof(allowed[0]); i++)
        rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, allowed[i], 0);
    /* Trust anchors and CRLs may change, so opening files for reading is
     * allowed. */
    if (rc == 0)
        rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(openat), 1,
                              SCMP_A2(SCMP_CMP_MASKED_EQ,
                                      O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND,
                                      O_RDONLY));
    if (rc == 0)
        rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(open), 1,
                              SCMP_A1(SCMP_CMP_MASKED_EQ,
                                      O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND,
                                      O_RDONLY));
    /* This process never executes a program; an attempt means an attack. */
    if (rc == 0)
        rc = seccomp_rule_add(f, SCMP_ACT_KILL_PROCESS, SCMP_SYS(execve), 0);
    if (rc == 0)
        rc = seccomp_rule_add(f, SCMP_ACT_KILL_PROCESS, SCMP_SYS(ptrace), 0);
    return rc;
}

/* Read the compiled filter from FD. */
static int
read_program(int fd, struct err *err)
{
    struct buf code = BUF_INIT;
    struct sock_filter *filter;

    if (lseek(fd, 0, SEEK_SET) < 0 ||
        buf_read_fd(&code, fd, BPF_MAXINSNS * sizeof(*filter)) < 0 ||
        code.len == 0 || code.len % sizeof(*filter) != 0) {
        buf_fini(&code);
        return err_set(err, ERR_UNSUPPORTED, "cannot read the seccomp filter");
    }
    program.len = (unsigned short)(code.len / sizeof(*filter));
    filter = xcalloc(program.len, sizeof(*filter));
    memcpy(filter, code.data, code.len);
    program.filter = filter;
    buf_fini(&code);
    return 0;
}

int
ftp_sandbox_prepare(struct err *err)
{
    scmp_filter_ctx f = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    int fd = memfd_create("seccomp", MFD_CLOEXEC), rc;

    if (f == NULL || fd < 0) {
        rc = err_set(err, ERR_UNSUPPORTED, "cannot build a seccomp filter");
    } else {
        /* Binary search: six comparisons per call instead of fifty. */
        (void)seccomp_attr_set(f, SCMP_FLTATR_CTL_OPTIMIZE, 2);
        rc = add_rules(f);
        if (rc == 0)
            rc = seccomp_export_bpf(f, fd);
        rc = rc < 0
                 ? err_set(err, ERR_UNSUPPORTED,
                           "cannot build a seccomp filter: %s", strerror(-rc))
                 : read_program(fd, err);
    }
    if (f != NULL)
        seccomp_release(f);
    if (fd >= 0)
        close(fd);
    return rc;
}

int
ftp_sandbox_enter(struct err *err)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
        return err_set(err, ERR_UNSUPPORTED, "cannot enter the sandbox: %s",
                       strerror(errno));
    return 0;
}
