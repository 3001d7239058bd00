/* gatekeeper/runner/helper_call.c - functions that the request handlers share;
 * see runner_helper.h. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "gatekeeper/runner/helper_session.h"
#include "gatekeeper/runner/runner_helper.h"

void
helper_reply(struct helper *h, struct helper_call *c, const struct err *err)
{
    struct runner_reply *reply = &c->reply;

    reply->magic = RUNNER_MAGIC;
    reply->kind = RUNNER_REPLY;
    reply->seq = c->r->seq;
    if (err->code != ERR_OK) {
        reply->code = (int32_t)err->code;
        memset(reply->text, 0, sizeof(reply->text));
        memcpy(reply->text, err->text, strlen(err->text));
    }
    if (runner_wire_send(h->sock, reply, sizeof(*reply), c->fd, c->nfd, 0) < 0)
        _exit(0); /* the runner has ended */
    while (c->nfd > 0)
        close(c->fd[--c->nfd]);
}

int
helper_private_dir(int sessionfd, struct err *err)
{
    int fd = -1;

    if (mkdirat(sessionfd, ".gatehouse", 0700) == 0)
        return 0;
    if (errno == EEXIST)
        fd = helper_session_dir(sessionfd, ".gatehouse");
    if (fd < 0)
        return err_set(err, helper_session_code(errno),
                       "cannot make '.gatehouse' in the session: %s",
                       errno == ELOOP ? "there is a symbolic link"
                                      : strerror(errno));
    close(fd);
    return 0;
}

int
helper_read_fd(int fd, struct buf *out, struct err *err)
{
    if (lseek(fd, 0, SEEK_SET) < 0 || buf_read_fd(out, fd, RUNNER_SPEC_MAX) < 0)
        return err_set(err, errno == EFBIG ? ERR_LIMIT : ERR_IO,
                       "cannot read the data of the request: %s",
                       strerror(errno));
    return 0;
}

static bool
is_of(const struct helper_watch *w, const struct runner_request *r)
{
    return w->unit == r->unit && w->task == r->task &&
           w->attempt == r->attempt && strcmp(w->job, r->job) == 0;
}

void
helper_watch(struct helper *h, pid_t pid, const struct runner_request *r,
             struct helper_tool *tool)
{
    struct helper_watch *w;
    int fd;

    for (size_t i = 0; tool == NULL && i < h->nwatch; i++)
        if (h->watch[i].pid == pid && is_of(&h->watch[i], r))
            return;
    fd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (fd < 0)
        return;
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    h->watch = xrealloc(h->watch, h->nwatch + 1, sizeof(*h->watch));
    w = &h->watch[h->nwatch++];
    *w = (struct helper_watch){ .pidfd = fd,
                                .pid = pid,
                                .unit = r->unit,
                                .task = r->task,
                                .attempt = r->attempt,
                                .tool = tool };
    memcpy(w->job, r->job, UUID_TEXT);
}

void
helper_unwatch(struct helper *h, const struct runner_request *r)
{
    for (size_t i = h->nwatch; i > 0; i--)
        if (h->watch[i - 1].tool == NULL && is_of(&h->watch[i - 1], r)) {
            close(h->watch[i - 1].pidfd);
            h->watch[i - 1] = h->watch[--h->nwatch];
        }
}
