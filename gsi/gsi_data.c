/* gsi/gsi_data.c - see gsi_data.h.  Exchanges the tokens of gss.h over a
 * socket, reading TLS record by record (headers: RFC 8446 s.5.1). */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "base/codec.h"
#include "base/net.h"
#include "gsi/gsi_data.h"
#include "gsi/gss.h"

#define RECORD_HEAD 5
#define RECORD_MAX  (16384 + 256) /* RFC 8446 s.5.2 */
#define TYPE_MIN    20            /* change_cipher_spec */
#define TYPE_MAX    23            /* application_data */

struct wire {
    int fd;
    long long deadline; /* time_mono_ms() */
};

static int
wait_for(const struct wire *w, short events, struct err *err)
{
    long long left = w->deadline - time_mono_ms();
    int rc = net_wait(w->fd, events, left > 0 ? (int)left : 0);

    if (rc == 0)
        return err_set(err, ERR_TIMEOUT, "the peer did not answer in time");
    if (rc < 0 && errno != EINTR)
        return err_set(err, ERR_IO, "wait: %s", strerror(errno));
    return 0;
}

/* Append exactly N bytes to IN. */
static int
read_exactly(const struct wire *w, struct buf *in, size_t n, struct err *err)
{
    ssize_t got;

    while (n > 0) {
        got = recv(w->fd, buf_reserve(in, n), n, MSG_DONTWAIT);
        if (got > 0) {
            in->len += (size_t)got;
            n -= (size_t)got;
        } else if (got == 0) {
            return err_set(err, ERR_IO, "the peer closed the connection");
        } else if (errno != EAGAIN && errno != EINTR) {
            return err_set(err, ERR_IO, "read: %s", strerror(errno));
        } else if (wait_for(w, POLLIN, err) < 0) {
            return -1;
        }
    }
    return 0;
}

static int
read_record(const struct wire *w, struct buf *in, struct err *err)
{
    const unsigned char *head;
    size_t len;

    buf_clear(in);
    if (read_exactly(w, in, RECORD_HEAD, err) < 0)
        return -1;
    head = (const unsigned char *)in->data;
    len = (size_t)head[3] << 8 | head[4];
    if (head[0] < TYPE_MIN || head[0] > TYPE_MAX || head[1] != 3 ||
        len > RECORD_MAX)
        return err_set(err, ERR_PROTOCOL, "the peer does not speak GSI here");
    return read_exactly(w, in, len, err);
}

static int
write_all(const struct wire *w, const struct buf *out, struct err *err)
{
    size_t done = 0;
    ssize_t put;

    while (done < out->len) {
        put = send(w->fd, out->data + done, out->len - done,
                   MSG_DONTWAIT | MSG_NOSIGNAL);
        if (put > 0)
            done += (size_t)put;
        else if (errno != EAGAIN && errno != EINTR)
            return err_set(err, ERR_IO, "write: %s", strerror(errno));
        else if (wait_for(w, POLLOUT, err) < 0)
            return -1;
    }
    return 0;
}

/* Exchange tokens until the context is established. */
static int
establish(const struct wire *w, struct gss *gss, bool speak, struct err *err)
{
    struct buf in = BUF_INIT, out = BUF_INIT;
    int rc = 0;

    for (;;) {
        if (!speak && read_record(w, &in, err) < 0)
            rc = -1;
        if (rc < 0)
            break;
        speak = false;
        rc = gss_step(gss, in.data, in.len, &out, err);
        /* The output may be an alert, which is sent as well; the first error is
         * kept. */
        if (write_all(w, &out, err) < 0)
            rc = -1;
        buf_clear(&out);
        if (rc != 0)
            break;
    }
    buf_fini(&in);
    buf_fini(&out);
    return rc < 0 ? -1 : 0;
}

int
gsi_data_auth(int fd, struct tls_ctx *ctx, bool connector, int timeout_ms,
              struct peer *peer, struct err *err)
{
    struct wire w = { .fd = fd, .deadline = time_mono_ms() + timeout_ms };
    struct gss *gss = NULL;
    int rc;

    memset(peer, 0, sizeof(*peer));
    if (connector)
        rc = gss_init_create(ctx, NULL, GSS_DELEG_NONE, NULL, &gss, err);
    else
        rc = gss_accept_create(ctx, 0, &gss, err);
    if (rc == 0)
        rc = establish(&w, gss, connector, err);
    if (rc == 0 && gss_peer(gss) == NULL)
        rc = err_set(err, ERR_AUTHN, "the peer showed no certificate");
    if (rc == 0)
        peer_copy(peer, gss_peer(gss));
    gss_destroy(gss);
    return rc == 0 ? 0 : err_wrap(err, "data channel authentication");
}
