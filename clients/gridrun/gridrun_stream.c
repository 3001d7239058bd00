/* clients/gridrun/gridrun_stream.c - see gridrun_stream.h. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "clients/gridrun/gridrun_stream.h"

#define STREAM_CHUNK (1 << 20)

int
gridrun_stream_open(struct gridrun_stream *s, const char *file, int fd,
                    struct err *err)
{
    s->fd = fd;
    if (file == NULL)
        return 0;
    s->fd = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    s->own_fd = true;
    if (s->fd < 0)
        return err_set(err, ERR_IO, "cannot open '%s' for the job's output: %s",
                       file, strerror(errno));
    return 0;
}

void
gridrun_stream_close(struct gridrun_stream *s)
{
    if (s->own_fd && s->fd >= 0)
        close(s->fd);
}

/* Write DATA to the local file. */
static long
put(struct gridrun_stream *s, const struct buf *data, struct err *err)
{
    if (fs_write_all(s->fd, data->data, data->len) == 0) {
        s->offset += (long long)data->len;
        return (long)data->len;
    }
    s->failed = true;
    s->closed = errno == EPIPE;
    return err_set(err, ERR_IO, "cannot write the job's output here: %s",
                   s->closed ? "nobody reads it any more" : strerror(errno));
}

long
gridrun_stream_pull(struct gridrun *g, struct gridrun_stream *s,
                    const char *url, struct err *err)
{
    struct buf data = BUF_INIT;
    char range[64];
    struct soap_page page = { .url = url,
                              .range = range,
                              .max = 2 * STREAM_CHUNK };
    int status = 0;
    long n;

    if (url == NULL || s->failed)
        return 0;
    snprintf(range, sizeof(range), "%lld-%lld", s->offset,
             s->offset + STREAM_CHUNK - 1);
    if (soap_client_page(g->soap, &page, &data, &status, err) < 0)
        n = -1;
    else if (status == 404 || status == 416 || status == 204)
        n = 0; /* it does not exist yet, or has no new bytes */
    else if (status != 206 && !(status == 200 && s->offset == 0))
        n = err_set(err, status >= 500 ? ERR_UNREACHABLE : ERR_REMOTE,
                    "'%s' answered HTTP %d", url, status);
    else
        n = put(s, &data, err);
    buf_fini(&data);
    return n;
}

bool
gridrun_stream_unread(struct gridrun_stream *s)
{
    struct pollfd p = { .fd = s->fd };

    if (!s->closed && poll(&p, 1, 0) > 0 && (p.revents & POLLERR) != 0)
        s->failed = s->closed = true;
    return s->closed;
}
