/* gatekeeper/runner/runner_tasks.c - requests about many runs; see
 * runner_client.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gatekeeper/runner/runner_call.h"

/* A status request about consecutive runs: one run of a job that is not an
 * array, or tasks of one job. */
struct question {
    struct runner_call call;
    int fd;       /* the list of tasks; -1 for a single run */
    size_t at, n; /* its range in the caller's runs */
    struct err err;
};

/* How many of the N RUNS, from RUNS[0] on, fit in one request. */
static size_t
count_same(const struct runner_task *runs, size_t n)
{
    size_t same = 1;

    while (same < n && same < RUNNER_ITEMS_MAX &&
           strcmp(runs[same].job, runs[0].job) == 0)
        same++;
    return same;
}

/* Send Q's request OP with the N ITEMS. */
static void
send_items(struct runner *r, struct question *q, enum runner_op op,
           const struct runner_item *items, size_t n)
{
    struct buf list = BUF_INIT;

    buf_add(&list, items, n * sizeof(*items));
    q->call.request.op = (uint32_t)op;
    q->fd = runner_call_file(&list, &q->err);
    buf_fini(&list);
    if (q->fd < 0)
        return;
    q->call.fds[0] = q->fd;
    q->call.nfds = 1;
    (void)runner_call_send(r, &q->call, &q->err);
}

/* Ask for the status of the Q->n RUNS. */
static void
ask(struct runner *r, struct question *q, const struct runner_task *runs,
    const bool *begun)
{
    struct runner_item *items;

    q->err = (struct err)ERR_INIT;
    q->fd = -1;
    runner_call_init(&q->call, RUNNER_OP_STATUS, runs[0].job);
    if (q->n == 1) {
        q->call.request.task = runs[0].task;
        q->call.request.attempt = runs[0].attempt;
        q->call.request.arg = begun != NULL && begun[0];
        (void)runner_call_send(r, &q->call, &q->err);
        return;
    }
    items = xcalloc(q->n, sizeof(*items));
    for (size_t i = 0; i < q->n; i++)
        items[i] = (struct runner_item){ .task = runs[i].task,
                                         .attempt = runs[i].attempt,
                                         .flags = begun != NULL && begun[i] };
    send_items(r, q, RUNNER_OP_TASKS_STATUS, items, q->n);
    free(items);
}

/* Read the answers to Q from its descriptor, and close it. */
static void
read_answers(struct question *q, struct runner_status *st, enum err_code *code)
{
    const size_t size = q->n * sizeof(struct runner_answer);
    struct buf text = BUF_INIT;
    int fd = q->call.reply_fd[0];

    if (lseek(fd, 0, SEEK_SET) < 0 || buf_read_fd(&text, fd, size) < 0 ||
        text.len != size)
        err_set(&q->err, ERR_PROTOCOL, "the list of answers is cut off");
    close(fd);
    for (size_t i = 0; i < q->n && q->err.code == ERR_OK; i++) {
        struct runner_answer a;

        memcpy(&a, text.data + i * sizeof(a), sizeof(a));
        if (!runner_wire_answer_ok(&a)) {
            err_set(&q->err, ERR_PROTOCOL, "malformed answer about a task");
            break;
        }
        st[i] = a.status;
        code[i] = (enum err_code)a.code;
    }
    buf_fini(&text);
}

/* Wait for the answer to Q and read it. */
static void
take(struct runner *r, struct question *q, struct runner_status *st,
     enum err_code *code)
{
    bool many = q->n > 1;

    if (q->err.code == ERR_OK &&
        runner_call_wait(r, &q->call, many ? 1 : 0, &q->err) == 0) {
        if (many)
            read_answers(q, st, code);
        else
            st[0] = q->call.reply.status;
    }
    if (q->fd >= 0)
        close(q->fd);
    for (size_t i = 0; i < q->n && q->err.code != ERR_OK; i++) {
        st[i] = (struct runner_status){ .state = RUNNER_NONE };
        code[i] = q->err.code;
        snprintf(st[i].exit.text, sizeof(st[i].exit.text), "%.200s",
                 q->err.text);
    }
}

int
runner_status_many(struct runner *r, const struct runner_task *tasks,
                   const bool *begun, size_t n, struct runner_status *st,
                   enum err_code *code, struct err *err)
{
    struct question *q = xcalloc(RUNNER_CALL_BATCH, sizeof(*q));

    (void)err;
    for (size_t i = 0; i < n; i++) {
        st[i] = (struct runner_status){ .state = RUNNER_NONE };
        code[i] = ERR_OK;
    }
    for (size_t i = 0; i < n;) {
        size_t k = 0;

        for (; k < RUNNER_CALL_BATCH && i < n; k++) {
            q[k].at = i;
            q[k].n = count_same(tasks + i, n - i);
            ask(r, &q[k], tasks + i, begun == NULL ? NULL : begun + i);
            i += q[k].n;
        }
        /* Wait for the last one first: the others have been answered by
         * then. */
        while (k-- > 0)
            take(r, &q[k], st + q[k].at, code + q[k].at);
    }
    free(q);
    return 0;
}

/* Send request OP with ARG about the N ITEMS of JOB. */
static void
send_request(struct runner *r, struct question *q, enum runner_op op,
             unsigned arg, const char *job, const struct runner_item *items,
             size_t n)
{
    *q = (struct question){ .fd = -1, .n = n, .err = ERR_INIT };
    runner_call_init(&q->call, op, job);
    q->call.request.arg = arg;
    send_items(r, q, op, items, n);
}

int
runner_start_tasks(struct runner *r, const char *job, unsigned width,
                   const struct runner_item *items, size_t n,
                   struct runner_status *st, enum err_code *code,
                   struct err *err)
{
    const unsigned arg =
        width < RUNNER_WIDTH_MAX ? width : RUNNER_WIDTH_MAX - 1;
    struct question q;

    send_request(r, &q, RUNNER_OP_TASKS_START, arg, job, items, n);
    if (q.err.code == ERR_OK && runner_call_wait(r, &q.call, 1, &q.err) == 0)
        read_answers(&q, st, code);
    if (q.fd >= 0)
        close(q.fd);
    return q.err.code == ERR_OK ? 0
                                : err_set(err, q.err.code, "%s", q.err.text);
}

int
runner_signal_tasks(struct runner *r, const char *job, enum runner_signal sig,
                    const struct runner_item *items, size_t n, struct err *err)
{
    int rc = 0;

    for (size_t i = 0; i < n; i += RUNNER_ITEMS_MAX) {
        struct question q;

        send_request(r, &q, RUNNER_OP_TASKS_SIGNAL, sig, job, items + i,
                     n - i < RUNNER_ITEMS_MAX ? n - i : RUNNER_ITEMS_MAX);
        if (q.err.code == ERR_OK)
            (void)runner_call_wait(r, &q.call, 0, &q.err);
        if (q.fd >= 0)
            close(q.fd);
        if (q.err.code != ERR_OK)
            rc = err_set(err, q.err.code, "%s", q.err.text);
    }
    return rc;
}
