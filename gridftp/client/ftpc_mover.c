/* gridftp/client/ftpc_mover.c - see ftpc_mover.h. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/lock.h"
#include "base/thread.h"
#include "gridftp/client/ftpc_mover.h"
#include "gridftp/client/ftpc_run.h"

/* How often a waiting mover checks whether it must stop. */
#define STOP_LOOK_MS 1000
/* Report progress at least after this many bytes, so that a restart journal is
 * kept current. */
#define NEWS_BYTES   (4 * 1024 * 1024)

struct ftpc_mover {
    struct ftpc_conn *conn; /* owned by the thread while a job runs */
    int wake_fd;
    bool busy; /* used by the owner: a job was started and its end not reported
                */
    atomic_bool stop;
    pthread_t thread;

    struct lock lock; /* guards the members below */
    pthread_cond_t changed;
    bool at_work, quit;
    size_t news; /* bytes since the last report */
    struct ftpc_mover_job job;
    struct ranges arrived;
    struct err local, lost;
};

/* Wait for bytes. 1, or 0 when it must stop. */
static int
wait_bytes(struct ftpc_mover *m)
{
    struct pollfd p = { .fd = m->conn->fd, .events = POLLIN };

    while (!m->stop)
        if (poll(&p, 1, STOP_LOOK_MS) > 0)
            return 1;
    return 0;
}

/* Read up to N bytes into P; blocks for at least one.  Returns the number, 0 at
 * the end or when it must stop, -1 with ERR. */
static ssize_t
take(struct ftpc_mover *m, unsigned char *p, size_t n, struct err *err)
{
    struct ftpc_conn *conn = m->conn;
    size_t have = 0;
    ssize_t got;

    while (have < n && !conn->eof) {
        got = ftpc_conn_recv(conn, p + have, n - have);
        if (got > 0) {
            have += (size_t)got;
            if (conn->tls == NULL)
                break; /* a short read: nothing more is buffered */
        } else if (got < 0 && errno != EAGAIN) {
            return ftpc_conn_failure(conn, err);
        } else if (got < 0 && (have > 0 || wait_bytes(m) == 0)) {
            break;
        }
    }
    return (ssize_t)have;
}

static void
wake_owner(struct ftpc_mover *m)
{
    uint64_t one = 1;

    (void)!write(m->wake_fd, &one, sizeof(one));
}

/* Write the N bytes in CONN's buffer at offset AT of the file. */
static int
store(struct ftpc_mover *m, size_t n, int64_t at, struct err *err)
{
    const unsigned char *p = m->conn->buf;
    size_t done = 0;
    ssize_t put;
    bool much;
    int rc;

    while (done < n) {
        put = pwrite(m->job.fd, p + done, n - done, (off_t)at + (off_t)done);
        if (put > 0)
            done += (size_t)put;
        else if (put == 0 || errno != EINTR)
            return ftpc_head_cannot_write(err);
    }
    lock_take(&m->lock);
    rc = ranges_add(&m->arrived, at, at + (int64_t)n, err);
    much = m->news < NEWS_BYTES && m->news + n >= NEWS_BYTES;
    m->news += n;
    lock_release(&m->lock);
    if (much)
        wake_owner(m);
    return rc;
}

/* Move the rest of CONN's current block. 1 all of it, 0 no more, -1 with ERR of
 * either side. */
static int
move_block(struct ftpc_mover *m, struct err *local, struct err *lost)
{
    struct ftpc_conn *conn = m->conn;
    ssize_t n;

    while (conn->left > 0 && !m->stop) {
        n = take(m, conn->buf,
                 conn->left < FTPC_CONN_BUF ? (size_t)conn->left
                                            : FTPC_CONN_BUF,
                 lost);
        if (n <= 0)
            return (int)n;
        conn->left -= (size_t)n;
        conn->offset += (size_t)n;
        if (store(m, (size_t)n, (int64_t)conn->offset - n, local) < 0)
            return -1;
    }
    return conn->left == 0 && !m->stop;
}

/* Read the next block header into CONN's buffer. 1 and removed from the buffer
 * when it is plain data for the file, else as move_block(). */
static int
next_block(struct ftpc_mover *m, struct err *lost)
{
    struct ftpc_conn *conn = m->conn;
    struct modee_block b;
    ssize_t n;

    while (conn->end < MODEE_HEADER) {
        n = take(m, conn->buf + conn->end, MODEE_HEADER - conn->end, lost);
        if (n <= 0)
            return (int)n;
        conn->end += (size_t)n;
    }
    /* The owner handles end markers and invalid headers. */
    if (modee_decode(conn->buf, &b, NULL) < 0 || b.flags != 0 ||
        b.offset > (uint64_t)INT64_MAX - b.count - m->job.base ||
        (m->job.end >= 0 &&
         b.offset + b.count + m->job.base > (uint64_t)m->job.end))
        return 0;
    conn->end = 0;
    conn->left = b.count;
    conn->offset = b.offset + m->job.base;
    return 1;
}

/* Run one job. */
static void
run_job(struct ftpc_mover *m)
{
    struct err local = ERR_INIT, lost = ERR_INIT;
    int rc;

    do {
        rc = move_block(m, &local, &lost);
        /* The owner ends a block that carries an end marker. */
        if (rc > 0)
            rc = m->conn->block_eod ? 0 : next_block(m, &lost);
    } while (rc > 0);
    lock_take(&m->lock);
    m->local = local;
    m->lost = lost;
    m->at_work = false;
    pthread_cond_signal(&m->changed);
    lock_release(&m->lock);
    wake_owner(m);
}

static void *
work(void *arg)
{
    struct ftpc_mover *m = arg;

    lock_take(&m->lock);
    while (!m->quit) {
        if (!m->at_work) {
            lock_wait(&m->lock, &m->changed);
            continue;
        }
        lock_release(&m->lock);
        run_job(m);
        lock_take(&m->lock);
    }
    lock_release(&m->lock);
    return NULL;
}

struct ftpc_mover *
ftpc_mover_create(struct ftpc_conn *conn, int wake_fd)
{
    struct ftpc_mover *m = xcalloc(1, sizeof(*m));

    m->conn = conn;
    m->wake_fd = wake_fd;
    lock_init(&m->lock, LOCK_ftpc_mover);
    pthread_cond_init(&m->changed, NULL);
    if (thread_start(&m->thread, "ftpc-mover", work, m, NULL) == 0)
        return m;
    pthread_cond_destroy(&m->changed);
    lock_fini(&m->lock);
    free(m);
    return NULL;
}

void
ftpc_mover_destroy(struct ftpc_mover *m)
{
    int saved = errno;

    if (m == NULL)
        return;
    ftpc_mover_halt(m);
    lock_take(&m->lock);
    m->quit = true;
    pthread_cond_signal(&m->changed);
    lock_release(&m->lock);
    pthread_join(m->thread, NULL);
    ranges_fini(&m->arrived);
    pthread_cond_destroy(&m->changed);
    lock_fini(&m->lock);
    free(m);
    errno = saved;
}

void
ftpc_mover_drop(struct ftpc_conn *conn)
{
    if (conn == NULL)
        return;
    ftpc_mover_destroy(conn->mover);
    ftpc_conn_destroy(conn);
}

void
ftpc_mover_start(struct ftpc_mover *m, const struct ftpc_mover_job *job)
{
    m->busy = true;
    m->stop = false;
    lock_take(&m->lock);
    m->job = *job;
    m->at_work = true;
    pthread_cond_signal(&m->changed);
    lock_release(&m->lock);
}

bool
ftpc_mover_busy(const struct ftpc_mover *m)
{
    return m != NULL && m->busy;
}

void
ftpc_mover_stop(struct ftpc_mover *m)
{
    m->stop = true;
}

void
ftpc_mover_halt(struct ftpc_mover *m)
{
    if (!m->busy)
        return;
    m->stop = true;
    shutdown(m->conn->fd, SHUT_RD); /* wakes the thread */
    lock_take(&m->lock);
    while (m->at_work)
        lock_wait(&m->lock, &m->changed);
    lock_release(&m->lock);
}

void
ftpc_mover_look(struct ftpc_mover *m, struct ftpc_mover_news *news)
{
    memset(news, 0, sizeof(*news));
    lock_take(&m->lock);
    news->arrived = m->arrived;
    m->arrived = (struct ranges){ 0 };
    m->news = 0;
    news->ended = m->busy && !m->at_work;
    if (news->ended) {
        news->local = m->local;
        news->lost = m->lost;
        m->busy = false;
    }
    lock_release(&m->lock);
}
