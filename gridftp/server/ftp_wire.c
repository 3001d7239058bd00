/* gridftp/server/ftp_wire.c - see ftp_wire.h. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gridftp/server/ftp_wire.h"

#define FRAME_HEADER 5

void
ftp_frame_add(struct buf *out, enum ftp_frame type, const void *p, size_t n)
{
    uint32_t len = (uint32_t)n;

    buf_addc(out, (char)type);
    buf_add(out, &len, sizeof(len));
    buf_add(out, p, n);
}

int
ftp_frame_get(const struct buf *in, enum ftp_frame *type, const char **p,
              size_t *n, size_t *used, struct err *err)
{
    uint32_t len;

    if (in->len < FRAME_HEADER)
        return 0;
    memcpy(&len, in->data + 1, sizeof(len));
    if (len > FTP_FRAME_MAX)
        return err_set(err, ERR_PROTOCOL, "frame of %u bytes", len);
    if (in->len < FRAME_HEADER + (size_t)len)
        return 0;
    *type = (enum ftp_frame)(unsigned char)in->data[0];
    *p = in->data + FRAME_HEADER;
    *n = len;
    *used = FRAME_HEADER + (size_t)len;
    return 1;
}

union fd_control {
    struct cmsghdr align;
    char space[CMSG_SPACE(sizeof(int))];
};

int
ftp_message_send(int sock, const void *p, size_t n, int fd, struct err *err)
{
    struct iovec iov;
    struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
    union fd_control control = { .space = "" };
    struct cmsghdr *c;
    ssize_t sent;

    memcpy(&iov.iov_base, &p, sizeof(p));
    iov.iov_len = n;
    if (fd >= 0) {
        msg.msg_control = &control;
        msg.msg_controllen = sizeof(control.space);
        c = CMSG_FIRSTHDR(&msg);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(c), &fd, sizeof(fd));
    }
    do
        sent = sendmsg(sock, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
    while (sent < 0 && errno == EINTR);
    if (sent != (ssize_t)n)
        return err_set(err, ERR_IO, "cannot send a message: %s",
                       strerror(errno));
    return 0;
}

ssize_t
ftp_message_take(int sock, void *p, size_t max, int *fd, struct err *err)
{
    struct iovec iov = { p, max };
    struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
    union fd_control control = { .space = "" };
    struct cmsghdr *c;
    ssize_t got;

    if (fd != NULL) {
        *fd = -1;
        msg.msg_control = &control;
        msg.msg_controllen = sizeof(control.space);
    }
    do
        got = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC);
    while (got < 0 && errno == EINTR);
    if (got == 0 || (got < 0 && errno == ECONNRESET))
        return 0;
    if (got < 0)
        return err_set(err, ERR_IO, "cannot receive a message: %s",
                       strerror(errno));
    c = fd != NULL ? CMSG_FIRSTHDR(&msg) : NULL;
    if (c != NULL && c->cmsg_level == SOL_SOCKET &&
        c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(sizeof(int)))
        memcpy(fd, CMSG_DATA(c), sizeof(*fd));
    if (!(msg.msg_flags & MSG_TRUNC))
        return got;
    if (fd != NULL && *fd >= 0) {
        close(*fd);
        *fd = -1;
    }
    return err_set(err, ERR_PROTOCOL, "message of more than %zu bytes", max);
}

int
ftp_message_receive(int sock, void *p, size_t n, int *fd, struct err *err)
{
    ssize_t got = ftp_message_take(sock, p, n, fd, err);

    if (got <= 0)
        return (int)got;
    if (got == (ssize_t)n)
        return 1;
    if (fd != NULL && *fd >= 0) {
        close(*fd);
        *fd = -1;
    }
    return err_set(err, ERR_PROTOCOL, "message of %zd bytes, not %zu", got, n);
}
