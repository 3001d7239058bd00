/* mds/keeper.c - see keeper.h. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/sys_proc.h"
#include "mds/keeper.h"

#define FILES    2
#define FILE_MAX (1 << 20)

struct keeper {
    int fd, other; /* other: the daemon's end, closed in the child so that it
                      notices when the daemon closes it */
    const char *path[FILES]; /* certificate, key */
    bool quiet;
};

/* Send N descriptors (0: failure) with one byte. */
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

/* The daemon's requests. */
enum {
    ASK_CRED = 'c',
    ASK_LOG = 'l'
};

/* Send certificate and key. */
static int
send_cred(const struct keeper *k)
{
    int fds[FILES], n = 0, rc;

    while (n < FILES && (fds[n] = open(k->path[n], O_RDONLY | O_CLOEXEC)) >= 0)
        n++;
    rc = send_files(k->fd, fds, n == FILES ? FILES : 0);
    while (n > 0)
        close(fds[--n]);
    return rc;
}

/* Reopen the log file and send it. */
static int
send_log(const struct keeper *k)
{
    int fd = log_reopen() == 0 ? log_descriptor() : -1;

    return send_files(k->fd, &fd, fd > STDERR_FILENO ? 1 : 0);
}

/* Answer each byte with descriptors until the other end is closed. */
static int
keep(void *arg)
{
    const struct keeper *k = arg;
    char byte;

    close(k->other);
    sys_leave_terminal(k->quiet);
    while (read(k->fd, &byte, 1) == 1)
        if ((byte == ASK_LOG ? send_log(k) : send_cred(k)) < 0)
            return 1;
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

/* Send the request WHAT and receive descriptors; returns their number. */
static int
ask(int sock, char what, int fds[FILES], struct err *err)
{
    char byte, room[CMSG_SPACE(sizeof(int) * FILES)];
    struct iovec v = { &byte, 1 };
    struct msghdr m = { .msg_iov = &v,
                        .msg_iovlen = 1,
                        .msg_control = room,
                        .msg_controllen = sizeof(room) };
    struct cmsghdr *c;
    size_t n;

    if (write(sock, &what, 1) != 1 || recvmsg(sock, &m, MSG_CMSG_CLOEXEC) != 1)
        return err_set(err, ERR_IO, "the process that opens files has ended");
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

    n = ask(fd, ASK_CRED, fds, err);
    if (n < 0)
        return -1;
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

int
keeper_reopen_log(int fd, struct err *err)
{
    int fds[FILES], n, rc = 0;

    if (log_descriptor() <= STDERR_FILENO)
        return 0;
    n = ask(fd, ASK_LOG, fds, err);
    if (n < 0)
        return -1;
    if (n != 1 || log_take(fds[0]) < 0)
        rc = err_set(err, ERR_IO, "the log file cannot be opened again");
    while (n > 0)
        close(fds[--n]);
    return rc;
}
