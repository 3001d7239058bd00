/* http/engine_probe.c - whether a server truly answers: a request of its own
 * takes the way of all others, through the front and a worker; see server.h. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/engine.h"

/* Wait for the first bytes of the answer on FD. */
static int
probe_wait(int fd, int timeout_ms, struct err *err)
{
    char head[9] = "";

    if (net_wait(fd, POLLIN, timeout_ms) <= 0)
        return err_set(err, ERR_TIMEOUT,
                       "a request of its own was not answered within %d ms",
                       timeout_ms);
    if (read(fd, head, sizeof(head) - 1) < (ssize_t)sizeof(head) - 1 ||
        memcmp(head, "HTTP/1.1", 8) != 0)
        return err_set(err, ERR_PROTOCOL, "a request of its own was refused");
    return 0;
}

int
http_server_probe(struct http_server *s, int timeout_ms, struct err *err)
{
    static const char request[] = "GET /health HTTP/1.1\r\nHost: localhost\r\n"
                                  "Connection: close\r\n\r\n";
    int pair[2], fd, rc;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
                   pair) < 0)
        return err_set(err, ERR_IO, "socketpair: %s", strerror(errno));
    fd = atomic_exchange(&s->probe_fd, pair[1]);
    if (fd >= 0) /* the front never took that of the last probe */
        close(fd);
    eventfd_write(s->wake_fd, 1);
    if (write(pair[0], request, sizeof(request) - 1) !=
        (ssize_t)sizeof(request) - 1)
        rc =
            err_set(err, ERR_IO, "write to a socket pair: %s", strerror(errno));
    else
        rc = probe_wait(pair[0], timeout_ms, err);
    close(pair[0]);
    return rc;
}
