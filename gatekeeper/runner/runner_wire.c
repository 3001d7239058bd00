/* gatekeeper/runner/runner_wire.c - see runner_wire.h. */
#include "gatekeeper/runner/runner_wire.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gatekeeper/supervisor/launch.h"

enum shape {
    JOB = 1,   /* job: a uuid */
    UNIT = 2,  /* unit: in range */
    DN = 4,    /* text: a certificate name */
    WANT = 8,  /* word: a requested account, or nothing */
    WORD = 16, /* word: a name */
    PATH = 32, /* text: a path beneath the session */
    TEXT = 64, /* text: any printable text */
    TASK = 128 /* task, attempt: a task of the job, or its only run */
};

static const struct row {
    const char *name;
    unsigned shape, fds, arg_max;
} rows[] = {
#define REQUEST(name, handler, where, shape, fds, arg_max, account) \
    { #name, shape, fds, arg_max },
#include "gatekeeper/runner/runner_ops.def"
#undef REQUEST
};

static const char *const unit_dirs[] = {
#define UNIT(name, dir) dir,
#include "gatekeeper/runner/runner_units.def"
#undef UNIT
};

const char *
runner_wire_unit_dir(uint32_t unit)
{
    return unit < RUNNER_UNIT_COUNT ? unit_dirs[unit] : "?";
}

/* Each byte equals the one before it, and the first is zero. */
static bool
all_zero(const char *p, size_t n)
{
    return n == 0 || (p[0] == '\0' && memcmp(p, p + 1, n - 1) == 0);
}

/* A NUL-terminated text in SIZE bytes, padded with zeros, without control
 * characters. */
static bool
text_ok(const char *p, size_t size)
{
    size_t n = strnlen(p, size);

    if (n == size || !all_zero(p + n, size - n))
        return false;
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)p[i] < ' ' || p[i] == 0x7f)
            return false;
    return true;
}

/* Account and tool names: never an option or a path. */
static bool
word_ok(const char *p)
{
    static const char set[] = "abcdefghijklmnopqrstuvwxyz"
                              "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-$@";

    return text_ok(p, SYS_NAME_MAX) && p[0] != '-' && p[0] != '.' &&
           p[strspn(p, set)] == '\0';
}

bool
runner_wire_path_ok(const char *path)
{
    if (*path == '\0' || *path == '/')
        return false;
    for (const char *p = path; *p != '\0'; p++)
        if ((unsigned char)*p < ' ' || *p == 0x7f)
            return false;
    while (*path != '\0') {
        size_t n = strcspn(path, "/");

        if (n == 0 || (n == 1 && path[0] == '.') ||
            (n == 2 && path[0] == '.' && path[1] == '.'))
            return false;
        path += n;
        if (path[0] == '/' && *++path == '\0')
            return false;
    }
    return true;
}

bool
runner_wire_path_private(const char *path)
{
    static const char own[] = ".gatehouse";
    size_t n = sizeof(own) - 1;

    return strncmp(path, own, n) == 0 && (path[n] == '\0' || path[n] == '/');
}

char *
runner_wire_path_plain(const char *path)
{
    struct buf out = BUF_INIT;

    if (*path == '/')
        buf_addc(&out, '/');
    while (*path != '\0') {
        size_t n = strcspn(path, "/");

        if (n > 0 && !(n == 1 && path[0] == '.')) {
            if (out.len > 0 && out.data[out.len - 1] != '/')
                buf_addc(&out, '/');
            buf_add(&out, path, n);
        }
        path += n + (path[n] == '/');
    }
    buf_adds(&out, "");
    return buf_detach(&out);
}

static bool
job_ok(const struct runner_request *r, unsigned shape)
{
    if ((shape & JOB) == 0)
        return all_zero(r->job, sizeof(r->job));
    return text_ok(r->job, sizeof(r->job)) && uuid_ok(r->job);
}

/* Only the job's own unit has tasks. */
static bool
task_ok(const struct runner_request *r, unsigned shape)
{
    if ((shape & TASK) == 0 || r->unit != RUNNER_JOB || r->attempt == 0)
        return r->task == 0 && r->attempt == 0;
    return r->task < LAUNCH_TASKS_MAX && r->attempt <= UINT16_MAX;
}

static bool
request_word_ok(const struct runner_request *r, unsigned shape)
{
    if ((shape & (WANT | WORD)) == 0)
        return all_zero(r->word, sizeof(r->word));
    return word_ok(r->word) && ((shape & WANT) != 0 || r->word[0] != '\0');
}

static bool
request_text_ok(const struct runner_request *r, unsigned shape)
{
    if ((shape & (DN | PATH | TEXT)) == 0)
        return all_zero(r->text, sizeof(r->text));
    if (!text_ok(r->text, sizeof(r->text)))
        return false;
    if ((shape & DN) != 0)
        return r->text[0] == '/';
    return (shape & PATH) == 0 || runner_wire_path_ok(r->text);
}

int
runner_wire_check(const struct runner_request *r, size_t n, size_t nfds,
                  struct err *err)
{
    const struct row *row;
    const char *bad = NULL;

    if (n != sizeof(*r) || r->magic != RUNNER_MAGIC)
        return err_set(err, ERR_PROTOCOL, "not a request: %zu bytes", n);
    if (r->op >= RUNNER_OP_COUNT)
        return err_set(err, ERR_PROTOCOL, "unknown request %u", r->op);
    row = &rows[r->op];
    if (nfds != row->fds)
        bad = "descriptors";
    else if (r->arg >= row->arg_max)
        bad = "argument";
    else if (r->unit >= ((row->shape & UNIT) != 0 ? RUNNER_UNIT_COUNT : 1))
        bad = "unit";
    else if (!task_ok(r, row->shape))
        bad = "task";
    else if (!job_ok(r, row->shape))
        bad = "job";
    else if (!request_word_ok(r, row->shape))
        bad = "word";
    else if (!request_text_ok(r, row->shape))
        bad = "text";
    if (bad != NULL)
        return err_set(err, ERR_PROTOCOL, "request %s: bad %s", row->name, bad);
    return 0;
}

bool
runner_wire_answer_ok(const struct runner_answer *a)
{
    const struct runner_status *st = &a->status;

    return a->code >= 0 && a->code < ERR_COUNT && st->state >= RUNNER_NONE &&
           st->state <= RUNNER_LOST &&
           memchr(st->exit.text, '\0', EXITREC_TEXT) != NULL &&
           memchr(st->boot_id, '\0', SYS_BOOT_ID) != NULL;
}

int
runner_wire_check_reply(const struct runner_reply *r, size_t n, struct err *err)
{
    if (n != sizeof(*r) || r->magic != RUNNER_MAGIC)
        return err_set(err, ERR_PROTOCOL, "not a reply: %zu bytes", n);
    if (r->kind >= RUNNER_KIND_COUNT || r->code < 0 || r->code >= ERR_COUNT ||
        r->unit >= RUNNER_UNIT_COUNT ||
        memchr(r->job, '\0', sizeof(r->job)) == NULL ||
        memchr(r->word, '\0', sizeof(r->word)) == NULL ||
        r->text[sizeof(r->text) - 1] != '\0' ||
        memchr(r->status.exit.text, '\0', EXITREC_TEXT) == NULL ||
        memchr(r->status.boot_id, '\0', SYS_BOOT_ID) == NULL)
        return err_set(err, ERR_PROTOCOL, "malformed reply");
    return 0;
}

union control {
    struct cmsghdr align;
    char space[CMSG_SPACE(sizeof(int) * RUNNER_FDS_MAX)];
};

int
runner_wire_send(int sock, const void *msg, size_t size, const int *fds,
                 size_t nfds, int flags)
{
    union {
        const void *c;
        void *v;
    } base = { .c = msg };
    struct iovec iov = { .iov_base = base.v, .iov_len = size };
    struct msghdr mh = { .msg_iov = &iov, .msg_iovlen = 1 };
    union control control = { .space = { 0 } };
    struct cmsghdr *c;
    ssize_t n;

    if (nfds > 0) {
        mh.msg_control = control.space;
        mh.msg_controllen = CMSG_SPACE(sizeof(int) * nfds);
        c = CMSG_FIRSTHDR(&mh);
        assert(c != NULL);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof(int) * nfds);
        memcpy(CMSG_DATA(c), fds, sizeof(int) * nfds);
    }
    do
        n = sendmsg(sock, &mh, flags | MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    return n < 0 ? -1 : 0;
}

/* Take the descriptors out of MH, even from a message that is rejected. */
static size_t
take_fds(struct msghdr *mh, int fds[RUNNER_FDS_MAX])
{
    size_t n = 0;

    for (struct cmsghdr *c = CMSG_FIRSTHDR(mh); c != NULL;
         c = CMSG_NXTHDR(mh, c)) {
        size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        for (size_t i = 0; i < count && n < RUNNER_FDS_MAX; i++)
            memcpy(&fds[n++], CMSG_DATA(c) + i * sizeof(int), sizeof(int));
    }
    return n;
}

ssize_t
runner_wire_recv(int sock, void *msg, size_t size, int fds[RUNNER_FDS_MAX],
                 size_t *nfds, int flags)
{
    struct iovec iov = { .iov_base = msg, .iov_len = size };
    union control control;
    struct msghdr mh = { .msg_iov = &iov,
                         .msg_iovlen = 1,
                         .msg_control = control.space,
                         .msg_controllen = sizeof(control.space) };
    ssize_t n;

    *nfds = 0;
    do
        n = recvmsg(sock, &mh, flags | MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return -1;
    *nfds = take_fds(&mh, fds);
    if ((mh.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0)
        return n;
    while (*nfds > 0)
        close(fds[--*nfds]);
    errno = EBADMSG;
    return -1;
}
