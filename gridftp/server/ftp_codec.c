/* gridftp/server/ftp_codec.c - the main loop of the codec; see ftp_codec.h. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/log.h"
#include "gridftp/server/ftp_codec_state.h"
#include "gridftp/server/ftp_reply.h"
#include "gridftp/server/ftp_wire.h"

/* Stop reading when this much is waiting for the other side. */
#define DOWN_MAX       (256 * 1024)
#define OUT_MAX        (2 * FTP_FRAME_MAX)
/* How long a client may take to read the final replies. */
#define FLUSH_MS       5000
/* How long to wait for a session that may hang in its file system. */
#define SESSION_END_MS 10000

/* Handle every complete line received. */
static void
take_lines(struct ftp_codec *c)
{
    size_t used, n;
    int rc = 0;
    char *line;

    while (!c->end && c->down.len < DOWN_MAX &&
           (rc = ftp_line_next(&c->in, &line, &n, &used)) > 0) {
        ftp_codec_line(c, line, n);
        buf_drop(&c->in, used);
    }
    if (!c->end && rc < 0) {
        ftp_codec_reply(c, 500, "Command line too long.");
        c->end = true;
    }
}

/* Move the session's replies towards the client. */
static void
take_frames(struct ftp_codec *c)
{
    struct err err = ERR_INIT;
    enum ftp_frame type;
    const char *p;
    size_t n, used;
    int rc = 0;

    while (!c->end &&
           (rc = ftp_frame_get(&c->up, &type, &p, &n, &used, &err)) == 1) {
        if (type == FTP_FRAME_REPLY)
            ftp_codec_send(c, p, n);
        else
            c->end = true;
        buf_drop(&c->up, used);
    }
    if (rc < 0)
        c->end = true;
}

/* Read available bytes into B: false at the end. */
static bool
fill(int fd, struct buf *b)
{
    ssize_t n;

    do
        n = recv(fd, buf_reserve(b, 16384), 16384, MSG_DONTWAIT);
    while (n < 0 && errno == EINTR);
    if (n > 0) {
        b->len += (size_t)n;
        b->data[b->len] = '\0';
    }
    return n > 0 || (n < 0 && errno == EAGAIN);
}

/* Write as much of B as possible: false when the other side is gone. */
static bool
drain(int fd, struct buf *b)
{
    ssize_t n = 0;

    if (b->len > 0)
        n = send(fd, b->data, b->len, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n > 0)
        buf_drop(b, (size_t)n);
    return n >= 0 || errno == EAGAIN || errno == EINTR;
}

/* Wait for client and session and serve both; false at the end. */
static bool
turn(struct ftp_codec *c, int timeout_ms)
{
    struct pollfd p[2] = { { .fd = c->spec->control }, { .fd = c->session } };
    bool alive = true;
    size_t waiting;
    int n;

    if (c->down.len < DOWN_MAX && c->in.len < FTP_RAW_MAX)
        p[0].events |= POLLIN;
    if (c->out.len > 0)
        p[0].events |= POLLOUT;
    if (c->out.len < OUT_MAX)
        p[1].events |= POLLIN;
    if (c->down.len > 0)
        p[1].events |= POLLOUT;
    n = poll(p, 2, timeout_ms);
    /* The timeout also ends a client that never stops sending. */
    if (n == 0 || timeout_ms == 0) {
        if (c->session < 0)
            ftp_codec_reply(c, 421, "Login timed out.");
        c->end = true;
        return false;
    }
    if (p[0].revents & POLLIN)
        alive = fill(c->spec->control, &c->in);
    else if (p[0].revents & (POLLHUP | POLLERR))
        alive = false;
    if (p[1].revents & (POLLIN | POLLHUP | POLLERR) &&
        !fill(c->session, &c->up))
        c->end = true;
    take_frames(c);
    take_lines(c);
    if (c->session >= 0 && !drain(c->session, &c->down))
        c->end = true;
    waiting = c->out.len;
    alive = drain(c->spec->control, &c->out) && alive;
    if (c->out.len == 0 || c->out.len < waiting)
        c->taken_ms = time_mono_ms();
    return alive && !c->end;
}

/* Send the final replies if the client still reads. */
static void
flush(struct ftp_codec *c)
{
    long long end = time_mono_ms() + FLUSH_MS;

    while (c->out.len > 0 && time_mono_ms() < end &&
           net_wait(c->spec->control, POLLOUT, FLUSH_MS) > 0)
        if (!drain(c->spec->control, &c->out))
            break;
    /* Commands sent before the client closed are still run. */
    while (c->session >= 0 && c->down.len > 0 && time_mono_ms() < end &&
           net_wait(c->session, POLLOUT, FLUSH_MS) > 0)
        if (!drain(c->session, &c->down))
            break;
}

/* Close the control connection only after the session has ended.  A client that
 * sees it close knows that nothing is written any more, so its next question
 * about a partial file gets a final answer. */
static void
await_session(const struct ftp_codec *c)
{
    long long end = time_mono_ms() + SESSION_END_MS, left;
    char rest[4096];
    ssize_t n = 1;

    shutdown(c->session, SHUT_WR);
    while ((n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR))) &&
           (left = end - time_mono_ms()) > 0 &&
           net_wait(c->session, POLLIN, (int)left) > 0)
        n = recv(c->session, rest, sizeof(rest), MSG_DONTWAIT);
}

/* The longest next wait: a login has a deadline, and so has a client that does
 * not read its replies. */
static int
time_left(const struct ftp_codec *c, long long login_end)
{
    long long end = login_end, left;

    if (c->session >= 0 && c->out.len == 0)
        return -1;
    if (c->session >= 0)
        end = c->taken_ms +
              1000 * conf_num(c->spec->conf, CONF_gridftp_idle_timeout);
    left = end - time_mono_ms();
    return left > 0 ? (int)left : 0;
}

int
ftp_codec_run(const struct ftp_codec_spec *spec)
{
    struct ftp_codec c = { .spec = spec, .session = -1 };
    long long limit = time_mono_ms() +
                      1000 * conf_num(spec->conf, CONF_gridftp_login_timeout);

    fcntl(spec->control, F_SETFL, fcntl(spec->control, F_GETFL) | O_NONBLOCK);
    ftp_codec_reply(&c, 220, "%s GridFTP Server (Gatehouse %s) ready.",
                    net_hostname(), GATEHOUSE_VERSION);
    (void)drain(spec->control, &c.out);
    c.taken_ms = time_mono_ms();
    while (turn(&c, time_left(&c, limit)))
        continue;
    flush(&c);
    if (c.session >= 0) {
        await_session(&c);
        close(c.session);
    }
    gss_destroy(c.gss);
    buf_fini(&c.in);
    buf_fini(&c.out);
    buf_wipe(&c.down);
    buf_fini(&c.up);
    return 0;
}
