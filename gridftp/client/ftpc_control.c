/* gridftp/client/ftpc_control.c - see ftpc_control.h. */
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/net.h"
#include "gridftp/client/ftpc_control.h"

#define READ_STEP (32 * 1024)

int
ftpc_control_connect(struct ftpc_control *ctl, const char *host, unsigned port,
                     const struct net_ports *from, int timeout_ms,
                     struct err *err)
{
    struct net_how how = { .from = from, .notice = ctl->notice };

    ctl->host = host;
    ctl->rtt_ms = -1;
    ctl->asked_ms = -1;
    ctl->fd = net_connect_host(host, port, &how, timeout_ms, err);
    ctl->lost = ctl->fd < 0;
    if (ctl->fd >= 0)
        net_keepalive(ctl->fd, ctl->keepalive_s);
    return ctl->fd < 0 ? -1 : 0;
}

void
ftpc_control_fini(struct ftpc_control *ctl)
{
    if (ctl->fd >= 0)
        close(ctl->fd);
    ctl->fd = -1;
    ctl->lost = true;
    gss_destroy(ctl->gss);
    ctl->gss = NULL;
    buf_wipe(&ctl->in);
    buf_wipe(&ctl->plain);
    buf_wipe(&ctl->out);
}

void
ftpc_control_end(struct ftpc_control *ctl, int timeout_ms)
{
    long long end = time_mono_ms() + timeout_ms, left;
    char rest[4096];
    ssize_t n = 1;

    ctl->lost = true;
    if (ctl->fd < 0 || shutdown(ctl->fd, SHUT_WR) < 0)
        return;
    while (n > 0 && (left = end - time_mono_ms()) > 0 &&
           net_wait(ctl->fd, POLLIN, (int)left) > 0)
        n = recv(ctl->fd, rest, sizeof(rest), MSG_DONTWAIT);
}

static void
trace(const struct ftpc_control *ctl, bool from_server, const char *line)
{
    if (ctl->trace == NULL)
        return;
    if (strncmp(line, "PASS ", 5) == 0)
        line = "PASS ...";
    ctl->trace(ctl->trace_arg, from_server, line);
}

/* Queue "ENC <base64 of the wrapped command>". */
static int
queue_protected(struct ftpc_control *ctl, const struct buf *line,
                struct err *err)
{
    struct buf token = BUF_INIT;
    int rc = gss_wrap(ctl->gss, line->data, line->len, &token, err);

    if (rc == 0) {
        buf_adds(&ctl->out, "ENC ");
        base64_encode(&ctl->out, token.data, token.len);
        buf_adds(&ctl->out, "\r\n");
    }
    buf_fini(&token);
    return rc;
}

int
ftpc_control_check(const struct ftpc_control *ctl, const char *command,
                   struct err *err)
{
    /* a wrapped command is one message, whatever it contains */
    if (*command != '\0' &&
        strpbrk(command, ctl->gss != NULL ? "\r" : "\r\n") == NULL)
        return 0;
    return err_set(err, ERR_SYNTAX,
                   "a line end in a name cannot be sent to an FTP server");
}

int
ftpc_control_queue(struct ftpc_control *ctl, struct err *err, const char *fmt,
                   ...)
{
    struct buf line = BUF_INIT;
    va_list ap;
    int rc;

    va_start(ap, fmt);
    buf_vaddf(&line, fmt, ap);
    va_end(ap);
    rc = ftpc_control_check(ctl, buf_str(&line), err);
    if (rc < 0)
        goto out;
    trace(ctl, false, line.data);
    buf_adds(&line, "\r\n");
    if (ctl->gss != NULL)
        rc = queue_protected(ctl, &line, err);
    else
        buf_add(&ctl->out, line.data, line.len);
out:
    buf_wipe(&line);
    return rc;
}

/* The connection failed, for the reason in errno (0: closed by the peer). */
static int
lose(struct ftpc_control *ctl, struct err *err)
{
    int why = errno;

    ctl->lost = true;
    return err_set(err, ERR_UNREACHABLE, "the connection to '%s' was lost: %s",
                   ctl->host,
                   why == 0 ? "closed by the server" : strerror(why));
}

int
ftpc_control_flush(struct ftpc_control *ctl, struct err *err)
{
    ssize_t n;

    while (ftpc_control_unsent(ctl)) {
        n = send(ctl->fd, ctl->out.data + ctl->sent, ctl->out.len - ctl->sent,
                 MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            return 0;
        if (n < 0)
            return lose(ctl, err);
        ctl->sent += (size_t)n;
        ctl->asked_ms = time_mono_ms();
    }
    buf_clear(&ctl->out);
    ctl->sent = 0;
    return 0;
}

bool
ftpc_control_unsent(const struct ftpc_control *ctl)
{
    return ctl->sent < ctl->out.len;
}

int
ftpc_control_read(struct ftpc_control *ctl, struct err *err)
{
    char *room = buf_reserve(&ctl->in, READ_STEP);
    ssize_t n;

    do
        n = recv(ctl->fd, room, READ_STEP, MSG_DONTWAIT);
    while (n < 0 && errno == EINTR);
    if (n < 0 && errno == EAGAIN)
        return 0;
    if (n == 0)
        errno = 0;
    if (n <= 0)
        return lose(ctl, err);
    ctl->in.len += (size_t)n;
    ctl->in.data[ctl->in.len] = '\0';
    return 1;
}

/* Append the text of the protected LINE ("632 <base64>") to ctl->plain. */
static int
unwrap_line(struct ftpc_control *ctl, const char *line, struct err *err)
{
    struct buf token = BUF_INIT;
    size_t n = strlen(line);
    int rc = -1;

    if (n < 4 || strncmp(line, "63", 2) != 0 || line[2] < '1' ||
        line[2] > '3' || (line[3] != ' ' && line[3] != '-'))
        return err_set(err, ERR_PROTOCOL,
                       "'%s' sent an unprotected reply: '%.60s'", ctl->host,
                       line);
    if (base64_decode(&token, line + 4, n - 4) < 0)
        err_set(err, ERR_PROTOCOL, "'%s' sent a reply that is not base64",
                ctl->host);
    else
        rc = gss_unwrap(ctl->gss, token.data, token.len, &ctl->plain, err);
    buf_fini(&token);
    if (rc == 0 && ctl->plain.len > 0 &&
        buf_str(&ctl->plain)[ctl->plain.len - 1] == '\0')
        ctl->plain.len--;
    if (rc == 0 && ctl->plain.len > 0 &&
        ctl->plain.data[ctl->plain.len - 1] != '\n')
        buf_adds(&ctl->plain, "\r\n");
    return rc;
}

/* Unwrap the complete lines of ctl->in. */
static int
unwrap(struct ftpc_control *ctl, struct err *err)
{
    size_t used;
    char *line;

    while ((line = buf_line(&ctl->in, &used)) != NULL) {
        if (unwrap_line(ctl, line, err) < 0)
            return -1;
        buf_drop(&ctl->in, used);
    }
    if (ctl->in.len > FTPC_LINE_MAX || ctl->plain.len > FTPC_REPLY_MAX)
        return err_set(err, ERR_LIMIT, "'%s' sent a reply that is too long",
                       ctl->host);
    return 0;
}

static void
trace_reply(const struct ftpc_control *ctl, const struct ftpc_reply *r)
{
    char *text;

    if (ctl->trace == NULL)
        return;
    text = xasprintf("%d %s", r->code, buf_str(&r->text));
    trace(ctl, true, text);
    free(text);
}

int
ftpc_control_take(struct ftpc_control *ctl, struct ftpc_reply *r,
                  struct err *err)
{
    int rc;

    if (ctl->gss != NULL && unwrap(ctl, err) < 0)
        rc = -1;
    else
        rc = ftpc_reply_take(ctl->gss != NULL ? &ctl->plain : &ctl->in, r, err);
    if (rc < 0)
        ctl->lost = true;
    if (rc > 0)
        trace_reply(ctl, r);
    return rc;
}

/* Wait for the socket; 0, or -1 with ERR.  TIMEOUT_MS counts from BEGIN (-1: no
 * limit), so a reply that arrives byte by byte gets no extra time. */
static int
wait_socket(struct ftpc_control *ctl, long long begin, int timeout_ms,
            struct err *err)
{
    short events = ftpc_control_unsent(ctl) ? POLLIN | POLLOUT : POLLIN;
    long long left = begin + timeout_ms - time_mono_ms();
    int n = net_wait_notify(ctl->fd, events,
                            timeout_ms < 0 ? -1
                            : left > 0     ? (int)left
                                           : 0,
                            ctl->notice);

    if (n < 0)
        return lose(ctl, err);
    if (n > 0)
        return 0;
    ctl->lost = true;
    return err_set(err, ERR_TIMEOUT, "no answer from '%s' for %d seconds%s",
                   ctl->host, timeout_ms / 1000,
                   net_hole_hint(ctl->fd, NULL, ctl->opening));
}

/* Measure the round trip of a reply that has arrived.  Later replies of a
 * volley tell nothing. */
static void
note_rtt(struct ftpc_control *ctl)
{
    int ms = (int)(time_mono_ms() - ctl->asked_ms);

    if (ctl->asked_ms >= 0 && (ctl->rtt_ms < 0 || ms < ctl->rtt_ms))
        ctl->rtt_ms = ms;
    ctl->asked_ms = -1;
}

int
ftpc_control_reply(struct ftpc_control *ctl, int timeout_ms,
                   struct ftpc_reply *r, struct err *err)
{
    long long begin = time_mono_ms();
    int rc;

    if (ctl->lost)
        return err_set(err, ERR_UNREACHABLE,
                       "the connection to '%s' was lost before", ctl->host);
    for (;;) {
        if (ftpc_control_flush(ctl, err) < 0)
            return -1;
        rc = ftpc_control_take(ctl, r, err);
        if (rc != 0)
            break;
        if (wait_socket(ctl, begin, timeout_ms, err) < 0 ||
            ftpc_control_read(ctl, err) < 0)
            return -1;
    }
    if (rc > 0)
        note_rtt(ctl);
    return rc > 0 ? 0 : -1;
}
