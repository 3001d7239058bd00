/* gatekeeper/runner/runner_calls.c - one function per request; see
 * runner_client.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "gatekeeper/runner/runner_call.h"

#define BATCH RUNNER_CALL_BATCH

int
runner_call_file(const struct buf *b, struct err *err)
{
    int fd = memfd_create("request", MFD_CLOEXEC);

    if (fd < 0 || (b != NULL && fs_write_all(fd, b->data, b->len) < 0) ||
        lseek(fd, 0, SEEK_SET) < 0) {
        err_set(err, ERR_IO, "memfd: %s", strerror(errno));
        if (fd >= 0)
            close(fd);
        return -1;
    }
    return fd;
}

/* Do C and send the bytes of B behind its one descriptor. */
static int
do_with_file(struct runner *r, struct runner_call *c, const struct buf *b,
             struct err *err)
{
    int fd = runner_call_file(b, err), rc;

    if (fd < 0)
        return -1;
    c->fds[0] = fd;
    c->nfds = 1;
    rc = runner_call_do(r, c, 0, err);
    close(fd);
    return rc;
}

int
runner_ready(struct runner *r, const char *detail, struct err *err)
{
    struct runner_call c;

    runner_call_init(&c, RUNNER_OP_READY, NULL);
    if (runner_call_text(&c, detail, err) < 0)
        return -1;
    return runner_call_do(r, &c, 0, err);
}

int
runner_alive(struct runner *r, struct err *err)
{
    struct runner_call c;

    runner_call_init(&c, RUNNER_OP_ALIVE, NULL);
    return runner_call_do(r, &c, 0, err);
}

int
runner_host_credential(struct runner *r, int *cert_fd, int *key_fd,
                       struct err *err)
{
    struct runner_call c;

    runner_call_init(&c, RUNNER_OP_HOST_CREDENTIAL, NULL);
    if (runner_call_do(r, &c, 2, err) < 0)
        return -1;
    *cert_fd = c.reply_fd[0];
    *key_fd = c.reply_fd[1];
    return 0;
}

int
runner_map(struct runner *r, const char *dn, const char *want,
           char account[SYS_NAME_MAX], struct err *err)
{
    struct runner_call c;

    runner_call_init(&c, RUNNER_OP_MAP, NULL);
    if (runner_call_text(&c, dn, err) < 0 ||
        runner_call_word(&c, want, err) < 0 ||
        runner_call_do(r, &c, 0, err) < 0)
        return -1;
    memcpy(account, c.reply.word, SYS_NAME_MAX);
    return 0;
}

int
runner_ban(struct runner *r, const char *dn, struct err *err)
{
    struct runner_call c;

    runner_call_init(&c, RUNNER_OP_BAN, NULL);
    return runner_call_text(&c, dn, err) < 0 ? -1
                                             : runner_call_do(r, &c, 0, err);
}

/* One batch, at most BATCH jobs. */
static int
known_batch(struct runner *r, struct runner_known *list, size_t n,
            struct err *err)
{
    struct runner_call *c = xcalloc(n, sizeof(*c));
    struct err why[BATCH];

    for (size_t i = 0; i < n; i++) {
        why[i] = (struct err)ERR_INIT;
        runner_call_init(&c[i], RUNNER_OP_KNOWN, list[i].job);
        (void)runner_call_send(r, &c[i], &why[i]);
    }
    for (size_t i = n; i-- > 0;) {
        if (why[i].code == ERR_OK)
            (void)runner_call_wait(r, &c[i], 0, &why[i]);
        if (why[i].code != ERR_OK)
            err_set(err, why[i].code, "%s", why[i].text);
        memcpy(list[i].account, c[i].reply.word, sizeof(list[i].account));
    }
    free(c);
    return err->code == ERR_OK ? 0 : -1;
}

int
runner_known_many(struct runner *r, struct runner_known *list, size_t n,
                  struct err *err)
{
    for (size_t i = 0; i < n; i += BATCH)
        if (known_batch(r, list + i, n - i < BATCH ? n - i : BATCH, err) < 0)
            return -1;
    return 0;
}

int
runner_known_count(struct runner *r, size_t *count, struct err *err)
{
    struct runner_call c;

    runner_call_init(&c, RUNNER_OP_KNOWN,
                     "00000000-0000-4000-8000-000000000000");
    if (runner_call_do(r, &c, 0, err) < 0)
        return -1;
    *count = (size_t)c.reply.number;
    return 0;
}

static void
read_session(const struct runner_reply *reply, struct runner_session *out)
{
    size_t n = strlen(reply->text) + 1;

    memcpy(out->account, reply->word, SYS_NAME_MAX);
    out->uid = reply->uid;
    out->gid = reply->gid;
    memcpy(out->path, reply->text, n);
    snprintf(out->home, sizeof(out->home), "%s",
             n < sizeof(reply->text) ? reply->text + n : "");
}

/* Send the request for G; on failure G's err is set. */
static void
ask_registration(struct runner *r, struct runner_registration *g,
                 struct runner_call *c)
{
    g->err = (struct err)ERR_INIT;
    runner_call_init(c, RUNNER_OP_REGISTER, g->job);
    if (runner_call_text(c, g->dn, &g->err) == 0 &&
        runner_call_word(c, g->want, &g->err) == 0)
        (void)runner_call_send(r, c, &g->err);
}

/* One batch, at most BATCH jobs: send all requests before waiting for the first
 * answer. */
static void
register_batch(struct runner *r, struct runner_registration *list, size_t n)
{
    struct runner_call *c = xcalloc(n, sizeof(*c));

    for (size_t i = 0; i < n; i++)
        ask_registration(r, &list[i], &c[i]);
    /* Wait for the last one first: the others have been answered by then. */
    for (size_t i = n; i-- > 0;)
        if (list[i].err.code == ERR_OK &&
            runner_call_wait(r, &c[i], 0, &list[i].err) == 0)
            read_session(&c[i].reply, &list[i].session);
    free(c);
}

void
runner_register_many(struct runner *r, struct runner_registration *list,
                     size_t n)
{
    for (size_t i = 0; i < n; i += BATCH)
        register_batch(r, list + i, n - i < BATCH ? n - i : BATCH);
}

/* Prepare request OP about TASK. */
static void
init_task(struct runner_call *c, enum runner_op op,
          const struct runner_task *task)
{
    runner_call_init(c, op, task->job);
    c->request.task = task->task;
    c->request.attempt = task->attempt;
}

/* At most BATCH of them: all are sent before the first is waited for. */
static void
start_batch(struct runner *r, struct runner_begin_run *list, size_t n)
{
    struct runner_call *c = xcalloc(n, sizeof(*c));

    for (size_t i = 0; i < n; i++) {
        list[i].err = (struct err)ERR_INIT;
        init_task(&c[i], RUNNER_OP_START, &list[i].run);
        c[i].request.arg = list[i].flags;
        (void)runner_call_send(r, &c[i], &list[i].err);
    }
    /* From the last, which is answered last: one sleep is enough. */
    for (size_t i = n; i-- > 0;) {
        if (list[i].err.code == ERR_OK)
            (void)runner_call_wait(r, &c[i], 0, &list[i].err);
        list[i].status = c[i].reply.status;
    }
    free(c);
}

void
runner_start_many(struct runner *r, struct runner_begin_run *list, size_t n)
{
    for (size_t i = 0; i < n; i += BATCH)
        start_batch(r, list + i, n - i < BATCH ? n - i : BATCH);
}

int
runner_prepare(struct runner *r, const struct runner_task *run,
               const struct buf *spec, bool program, struct err *err)
{
    struct runner_call c;

    runner_call_init(&c, RUNNER_OP_PREPARE, run->job);
    c.request.task = run->task;
    c.request.attempt = run->attempt;
    c.request.arg = program;
    return do_with_file(r, &c, spec, err);
}

int
runner_stage(struct runner *r, const char *job, enum runner_unit unit,
             const struct buf *list, unsigned flags, struct runner_status *st,
             struct err *err)
{
    struct runner_call c;
    int rc;

    runner_call_init(&c, RUNNER_OP_STAGE, job);
    c.request.unit = (uint32_t)unit;
    c.request.arg = flags;
    rc = do_with_file(r, &c, list, err);
    *st = c.reply.status;
    return rc;
}

int
runner_signal(struct runner *r, const char *job, enum runner_unit unit,
              enum runner_signal sig, struct err *err)
{
    struct runner_call c;

    runner_call_init(&c, RUNNER_OP_SIGNAL, job);
    c.request.unit = (uint32_t)unit;
    c.request.arg = (uint32_t)sig;
    return runner_call_do(r, &c, 0, err);
}

int
runner_signal_task(struct runner *r, const struct runner_task *task,
                   enum runner_signal sig, struct err *err)
{
    struct runner_call c;

    init_task(&c, RUNNER_OP_SIGNAL, task);
    c.request.arg = (uint32_t)sig;
    return runner_call_do(r, &c, 0, err);
}

int
runner_limit(struct runner *r, const struct runner_task *task,
             long long seconds, struct err *err)
{
    struct runner_call c;
    char text[24];

    snprintf(text, sizeof(text), "%lld", seconds);
    init_task(&c, RUNNER_OP_LIMIT, task);
    if (runner_call_text(&c, text, err) < 0)
        return -1;
    return runner_call_do(r, &c, 0, err);
}

int
runner_status(struct runner *r, const char *job, enum runner_unit unit,
              struct runner_status *st, struct err *err)
{
    struct runner_call c;

    runner_call_init(&c, RUNNER_OP_STATUS, job);
    c.request.unit = (uint32_t)unit;
    if (runner_call_do(r, &c, 0, err) < 0)
        return -1;
    *st = c.reply.status;
    return 0;
}

static int
install(struct runner *r, const char *job, int fd, bool own, struct err *err)
{
    struct runner_call c;

    runner_call_init(&c, RUNNER_OP_INSTALL, job);
    c.request.arg = own;
    c.fds[0] = fd;
    c.nfds = 1;
    return runner_call_do(r, &c, 0, err);
}

int
runner_install(struct runner *r, const char *job, int fd, struct err *err)
{
    return install(r, job, fd, false, err);
}

int
runner_install_own(struct runner *r, const char *job, int fd, struct err *err)
{
    return install(r, job, fd, true, err);
}

int
runner_open_file(struct runner *r, const char *job, const char *path,
                 struct err *err)
{
    struct runner_call c;
    struct stat st;

    runner_call_init(&c, RUNNER_OP_OPEN, job);
    if (!runner_wire_path_ok(path))
        return err_set(err, ERR_AUTHZ, "'%s' is not a path in the session",
                       path);
    if (runner_call_text(&c, path, err) < 0 ||
        runner_call_do(r, &c, 1, err) < 0)
        return -1;
    /* A user's process sent the descriptor: check it again. */
    if (fstat(c.reply_fd[0], &st) < 0 || !S_ISREG(st.st_mode)) {
        close(c.reply_fd[0]);
        return err_set(err, ERR_AUTHZ, "'%s' is not a regular file", path);
    }
    return c.reply_fd[0];
}

static int
do_upload(struct runner *r, struct runner_call *c, const char *part,
          const char *path, size_t nfds, struct err *err)
{
    if (!runner_wire_path_ok(path))
        return err_set(err, ERR_AUTHZ, "'%s' is not a path in the session",
                       path);
    if (runner_call_word(c, part, err) < 0 ||
        runner_call_text(c, path, err) < 0)
        return -1;
    return runner_call_do(r, c, nfds, err);
}

int
runner_upload(struct runner *r, const char *job, const char *part,
              const char *path, bool make, struct err *err)
{
    struct runner_call c;

    runner_call_init(&c, RUNNER_OP_UPLOAD, job);
    c.request.arg = make;
    return do_upload(r, &c, part, path, 1, err) < 0 ? -1 : c.reply_fd[0];
}

int
runner_uploaded(struct runner *r, const char *job, const char *part,
                const char *path, unsigned flags, struct err *err)
{
    struct runner_call c;

    runner_call_init(&c, RUNNER_OP_UPLOADED, job);
    c.request.arg = flags;
    return do_upload(r, &c, part, path, 0, err);
}

int
runner_list(struct runner *r, const char *job, const char *path,
            struct err *err)
{
    struct runner_call c;
    struct stat st;

    runner_call_init(&c, RUNNER_OP_LIST, job);
    if (*path != '\0' && !runner_wire_path_ok(path))
        return err_set(err, ERR_AUTHZ, "'%s' is not a path in the session",
                       path);
    if (runner_call_text(&c, path, err) < 0 ||
        runner_call_do(r, &c, 1, err) < 0)
        return -1;
    if (fstat(c.reply_fd[0], &st) == 0 && S_ISREG(st.st_mode))
        return c.reply_fd[0];
    close(c.reply_fd[0]);
    return err_set(err, ERR_AUTHZ, "a list is not a regular file");
}

int
runner_open_stream(struct runner *r, const char *job, bool error,
                   struct err *err)
{
    struct runner_call c;
    struct stat st;

    runner_call_init(&c, RUNNER_OP_STREAM, job);
    c.request.arg = error;
    if (runner_call_do(r, &c, 1, err) < 0)
        return -1;
    if (fstat(c.reply_fd[0], &st) == 0 && S_ISREG(st.st_mode))
        return c.reply_fd[0];
    close(c.reply_fd[0]);
    return err_set(err, ERR_AUTHZ, "an output is not a regular file");
}

/* Do a request with the path PATH, relative to the session or absolute. */
static int
do_path(struct runner *r, struct runner_call *c, enum runner_op op,
        const char *job, const char *path, struct err *err)
{
    char *plain = runner_wire_path_plain(path);
    int rc;

    runner_call_init(c, op, job);
    if (plain[0] == '\0' || (plain[0] != '/' && op != RUNNER_OP_REMOVE &&
                             !runner_wire_path_ok(plain)))
        rc = err_set(err, ERR_AUTHZ, "'%s' is not a path in the session", path);
    else
        rc = runner_call_text(c, plain, err);
    free(plain);
    return rc < 0 ? -1 : runner_call_do(r, c, 0, err);
}

long long
runner_stat(struct runner *r, const char *job, const char *path,
            struct err *err)
{
    struct runner_call c;

    if (do_path(r, &c, RUNNER_OP_STAT, job, path, err) < 0)
        return -1;
    return c.reply.number;
}

int
runner_chmod(struct runner *r, const char *job, const char *path,
             struct err *err)
{
    struct runner_call c;

    return do_path(r, &c, RUNNER_OP_CHMOD, job, path, err);
}

int
runner_remove(struct runner *r, const char *job, const char *path,
              struct err *err)
{
    struct runner_call c;

    return do_path(r, &c, RUNNER_OP_REMOVE, job, path, err);
}

void
runner_output_fini(struct runner_output *out)
{
    buf_fini(&out->out);
    buf_fini(&out->diag);
}

/* Read the regular file FD into TO and close it. */
static int
take_output(int fd, struct buf *to, struct err *err)
{
    struct stat st;
    int rc = -1;

    /* A user's process sent the descriptor: check it again. */
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
        err_set(err, ERR_AUTHZ, "a tool's output is not a regular file");
    else if (lseek(fd, 0, SEEK_SET) < 0 ||
             buf_read_fd(to, fd, RUNNER_TOOL_MAX) < 0)
        err_set(err, errno == EFBIG ? ERR_LIMIT : ERR_IO,
                "cannot read a tool's output: %s", strerror(errno));
    else
        rc = 0;
    close(fd);
    return rc;
}

/* Do C, a request for a tool with the N arguments ARGS. */
static int
do_tool(struct runner *r, struct runner_call *c, const char *tool,
        const char *const *args, size_t n, const struct buf *input,
        struct runner_output *out, struct err *err)
{
    struct buf text = BUF_INIT;
    int fd = runner_call_file(input, err), rc = -1;

    *out = (struct runner_output){ .status = -1 };
    if (fd < 0)
        return -1;
    for (size_t i = 0; i < n; i++)
        buf_addf(&text, "%s%s", i > 0 ? " " : "", args[i]);
    c->fds[0] = fd;
    c->nfds = 1;
    if (runner_call_text(c, buf_str(&text), err) == 0 &&
        runner_call_word(c, tool, err) == 0)
        rc = runner_call_do(r, c, 2, err);
    close(fd);
    buf_fini(&text);
    if (rc < 0)
        return -1;
    out->status = (int)c->reply.number;
    rc = take_output(c->reply_fd[0], &out->out, err);
    if (take_output(c->reply_fd[1], &out->diag, err) < 0)
        rc = -1;
    return rc;
}

int
runner_tool(struct runner *r, const char *job, const char *tool,
            const char *const *args, size_t n, const struct buf *input,
            struct runner_output *out, struct err *err)
{
    struct runner_call c;

    runner_call_init(&c, RUNNER_OP_TOOL, job);
    return do_tool(r, &c, tool, args, n, input, out, err);
}

int
runner_query(struct runner *r, const char *tool, const char *const *args,
             size_t n, struct runner_output *out, struct err *err)
{
    struct runner_call c;

    runner_call_init(&c, RUNNER_OP_QUERY, NULL);
    return do_tool(r, &c, tool, args, n, NULL, out, err);
}

int
runner_wipe(struct runner *r, const char *job, bool force, struct err *err)
{
    struct runner_call c;

    runner_call_init(&c, RUNNER_OP_WIPE, job);
    c.request.arg = force;
    return runner_call_do(r, &c, 0, err);
}
