/* mds/keeper.c - see keeper.h. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/sys_proc.h"
#include "mds/keeper.h"

#define FILES    2
#define FILE_MAX (1 << 20)

struct keeper {
    int fd, other; /* the daemon's end: closed in the child, or it would never
                      see it closed */
    const char *path[FILES]; /* certificate, key */
    bool quiet;
};

/* Send N descriptors (none: it could not be done) with one byte. */
static int
send_files(int sock, const int *fds, size_t n)
{
    char byte = 'c', room[CMSG_SPACE(sizeof(int) * FILES)] = { 0 };
    struct iovec v = { &byte, 1 };
    struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };

    if (n > 0) {
        struct cmsghdr *c;

        m.msg_control = room;
        m.msg_controllen = CMSG_SPACE(sizeof(int) * n);
        c = CMSG_FIRSTHDR(&m);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof(int) * n);
        memcpy(CMSG_DATA(c), fds, sizeof(int) * n);
    }
    return sendmsg(sock, &m, MSG_NOSIGNAL) == 1 ? 0 : -1;
}

/* A byte comes, two descriptors go, until the other end is closed. */
static int
keep(void *arg)
{
    const struct keeper *k = arg;
    char byte;

    close(k->other);
    sys_leave_terminal(k->quiet);
    while (read(k->fd, &byte, 1) == 1) {
        int fds[FILES], n = 0;

        while (n < FILES &&
               (fds[n] = open(k->path[n], O_RDONLY | O_CLOEXEC)) >= 0)
            n++;
        if (send_files(k->fd, fds, n == FILES ? FILES : 0) < 0)
            return 1;
        while (n > 0)
            close(fds[--n]);
    }
    return 0;
}

int
keeper_start(const struct conf *conf, bool quiet, int *fd, struct err *err)
{
    struct keeper k = { .quiet = quiet,
                        .path = { conf_str(conf, CONF_security_host_cert),
                                  conf_str(conf, CONF_security_host_key) } };
    int pair[2];
    pid_t pid;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        return err_set(err, ERR_IO, "socketpair: %s", strerror(errno));
    k.fd = pair[1];
    k.other = *fd = pair[0];
    pid = sys_fork(keep, &k, err);
    close(pair[1]);
    return pid < 0 ? -1 : 0;
}

/* Take the descriptors that come with one byte; how many. */
static int
receive_files(int sock, int fds[FILES])
{
    char byte, room[CMSG_SPACE(sizeof(int) * FILES)];
    struct iovec v = { &byte, 1 };
    struct msghdr m = { .msg_iov = &v,
                        .msg_iovlen = 1,
                        .msg_control = room,
                        .msg_controllen = sizeof(room) };
    struct cmsghdr *c;
    size_t n;

    if (recvmsg(sock, &m, MSG_CMSG_CLOEXEC) != 1)
        return -1;
    c = CMSG_FIRSTHDR(&m);
    if (c == NULL || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
        return 0;
    n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    memcpy(fds, CMSG_DATA(c), n * sizeof(int));
    return (int)n;
}

int
keeper_load(int fd, struct cred **cred, struct err *err)
{
    struct buf pem = BUF_INIT;
    int fds[FILES], n, rc = 0;

    if (write(fd, "c", 1) != 1 || (n = receive_files(fd, fds)) < 0)
        return err_set(err, ERR_IO, "the keeper of the host key has ended");
    if (n != FILES)
        return err_set(err, ERR_IO, "host certificate or key cannot be opened");
    for (int i = 0; i < FILES; i++) {
        if (rc == 0 && buf_read_fd(&pem, fds[i], FILE_MAX) < 0)
            rc = err_set(err, ERR_IO, "read host certificate and key: %s",
                         strerror(errno));
        close(fds[i]);
    }
    if (rc == 0)
        rc = cred_from_pem(pem.data, pem.len, cred, err);
    buf_wipe(&pem);
    return rc;
}
