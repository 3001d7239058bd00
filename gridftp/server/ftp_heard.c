/* gridftp/server/ftp_heard.c - input from the client during long operations;
 * see ftp_session.h. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "base/net.h"
#include "gridftp/server/ftp_reply.h"
#include "gridftp/server/ftp_session.h"
#include "gridftp/server/ftp_wire.h"

int
ftp_session_read(struct ftp_session *s, int timeout_ms)
{
    ssize_t n;

    ftp_reply_flush(s);
    if (s->gone)
        return -1;
    if (timeout_ms != 0 && net_wait(s->wire, POLLIN, timeout_ms) == 0)
        return 0;
    do
        n = recv(s->wire, buf_reserve(&s->in, 16384), 16384, MSG_DONTWAIT);
    while (n < 0 && errno == EINTR);
    if (n < 0 && errno == EAGAIN)
        return 0;
    if (n <= 0) {
        s->gone = true;
        return -1;
    }
    s->in.len += (size_t)n;
    s->in.data[s->in.len] = '\0';
    return 1;
}

/* Whether the line P[0..N) is ABOR. */
static bool
is_abort(const char *p, size_t n)
{
    while (n > 4 && ((unsigned char)*p >= 0xf0)) {
        p++;
        n--;
    }
    return n >= 4 && strncasecmp(p, "ABOR", 4) == 0 &&
           (n == 4 || p[4] == ' ' || p[4] == '\r');
}

bool
ftp_session_take_abort(struct ftp_session *s)
{
    struct buf view = s->in;
    enum ftp_frame type;
    const char *p;
    size_t n, used;

    while (ftp_frame_get(&view, &type, &p, &n, &used, NULL) == 1) {
        view.data += used;
        view.len -= used;
        if (type != FTP_FRAME_LINE || !is_abort(p, n))
            continue;
        /* Commands sent before it stay queued and are answered later. */
        memmove(view.data - used, view.data, view.len);
        s->in.len -= used;
        s->in.data[s->in.len] = '\0';
        return true;
    }
    return false;
}

bool
ftp_session_going(struct ftp_session *s)
{
    if (s->in.len < FTP_AHEAD_MAX && ftp_session_read(s, 0) < 0)
        return false;
    if (!ftp_session_take_abort(s))
        return true;
    s->aborted = true;
    return false;
}
