/* gridftp/server/ftp_metrics.c - see ftp_metrics.h. */
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/fs.h"
#include "base/log.h"
#include "gridftp/server/ftp_child.h"
#include "gridftp/server/ftp_count.h"
#include "gridftp/server/ftp_metrics.h"
#include "http/metrics.h"

#define BACKLOG     16
#define REQUEST_MAX 8192
#define ANSWER_MS   5000 /* time limit for one client */

/* Input of the child that answers one client. */
struct answer {
    const struct ftp_monitor *m;
    int fd;
    struct buf text;
};

int
ftp_metrics_open(struct ftp_monitor *m, struct err *err)
{
    const char *text = conf_str(m->conf, CONF_gridftp_metrics_listen);
    struct net_addr at;
    char shown[NET_TEXT];

    m->metrics.listener = -1;
    if (*text == '\0')
        return 0;
    if (net_parse(text, &at, err) < 0 ||
        (m->metrics.listener = net_listen(&at, BACKLOG, err)) < 0)
        return err_wrap(err, "gridftp.metrics_listen");
    fcntl(m->metrics.listener, F_SETFL,
          fcntl(m->metrics.listener, F_GETFL) | O_NONBLOCK);
    log_event(LOG_NOTICE, "ftp.metrics.listen", "listen=%s",
              net_text(&at, shown));
    return 0;
}

/* Wait at most MS until FD has sent a request, whose content is ignored. */
static void
await_request(int fd, int ms)
{
    long long until = time_mono_ms() + ms, left;
    char text[REQUEST_MAX + 1];
    size_t n = 0;

    while (n < REQUEST_MAX && (left = until - time_mono_ms()) > 0 &&
           net_wait(fd, POLLIN, (int)left) > 0) {
        ssize_t got = recv(fd, text + n, REQUEST_MAX - n, MSG_DONTWAIT);

        if (got <= 0)
            break;
        n += (size_t)got;
        text[n] = '\0';
        if (memmem(text, n, "\r\n\r\n", 4) != NULL)
            break;
    }
}

/* Main function of the child. */
static int
answer_main(void *arg)
{
    struct answer *a = arg;
    struct err err = ERR_INIT;
    const struct timeval limit = { .tv_sec = ANSWER_MS / 1000 };

    ftp_child_begin(&a->fd, 1);
    if (geteuid() == 0 && sys_user_become(&a->m->account, &err) < 0) {
        log_event(LOG_ERR, "ftp.metrics.fail", "why=%s", err.text);
        return 1;
    }
    setsockopt(a->fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
    await_request(a->fd, ANSWER_MS);
    return fs_write_all(a->fd, a->text.data, a->text.len) == 0 ? 0 : 1;
}

/* Write the whole answer, head and body. */
static void
compose(struct ftp_monitor *m, struct buf *out)
{
    struct buf body = BUF_INIT;

    ftp_count_write(&body);
    buf_addf(&body,
             "# HELP gridftp_sessions Control connections that are open.\n"
             "# TYPE gridftp_sessions gauge\ngridftp_sessions %ld\n",
             ftp_child_count(m, NULL, NULL));
    expiry_metrics(m->cred, m->trust, "gridftp", &body);
    metrics_process("gridftp", &body);
    buf_addf(out,
             "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4; "
             "charset=utf-8\r\nContent-Length: %zu\r\nConnection: "
             "close\r\n\r\n",
             body.len);
    buf_add(out, body.data, body.len);
    buf_fini(&body);
}

/* A free place for one more child; NULL: none. */
static pid_t *
free_place(struct ftp_monitor *m)
{
    for (size_t i = 0; i < FTP_METRICS_AT_ONCE; i++)
        if (m->metrics.child[i] == 0)
            return &m->metrics.child[i];
    return NULL;
}

void
ftp_metrics_answer(struct ftp_monitor *m)
{
    int fd = accept4(m->metrics.listener, NULL, NULL, SOCK_CLOEXEC);
    pid_t *place = free_place(m), pid;
    struct answer a = { .m = m, .fd = fd, .text = BUF_INIT };
    struct err err = ERR_INIT;

    if (fd >= 0 && place != NULL) {
        compose(m, &a.text);
        pid = sys_fork(answer_main, &a, &err);
        if (pid > 0)
            *place = pid;
        else
            log_event(LOG_WARNING, "ftp.metrics.fail", "why=%s", err.text);
        buf_fini(&a.text);
    }
    if (fd >= 0)
        close(fd);
}

void
ftp_metrics_close(struct ftp_monitor *m)
{
    if (m->metrics.listener >= 0)
        close(m->metrics.listener);
    m->metrics.listener = -1;
}
