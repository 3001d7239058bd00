/* gridftp/server/ftp_child.c - see ftp_child.h. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/log.h"
#include "gridftp/server/ftp_child.h"
#include "gridftp/server/ftp_codec.h"
#include "gridftp/server/ftp_rules.h"
#include "gridftp/server/ftp_sandbox.h"
#include "gridftp/server/ftp_wire.h"

/* After a failed fork, how long no spare codec is forked. */
#define READY_AGAIN_MS 1000

/* Slots for children are allocated together.  Separate malloc() calls would
 * leave holes in the heap that every forked process fills with private data:
 * with a thousand sessions, some hundred pages each that would otherwise be
 * shared. */
struct ftp_child_block {
    struct ftp_child_block *next;
    struct ftp_child slot[64];
};

static struct ftp_child *
take_slot(struct ftp_monitor *m)
{
    struct ftp_child_block *block;
    struct ftp_child *c;
    size_t i;

    if (m->spare == NULL) {
        block = xcalloc(1, sizeof(*block));
        block->next = m->blocks;
        m->blocks = block;
        for (i = sizeof(block->slot) / sizeof(block->slot[0]); i-- > 0;) {
            block->slot[i].next = m->spare;
            m->spare = &block->slot[i];
        }
    }
    c = m->spare;
    m->spare = c->next;
    memset(c, 0, sizeof(*c));
    return c;
}

static void
give_slot(struct ftp_monitor *m, struct ftp_child *c)
{
    c->next = m->spare;
    m->spare = c;
}

static void
close_end(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* The message that gives a spare codec its connection. */
struct hail {
    char id[sizeof(((struct ftp_who *)0)->id)];
    struct net_addr peer;
};

/* Input of a new process. */
struct beginning {
    struct ftp_monitor *m;
    const struct ftp_who *who; /* for a session */
    struct hail hail;          /* for a codec */
    int control, sock;
};

static int
by_number(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

#define KEEP_MAX 8

void
ftp_child_begin(const int *keep, size_t n)
{
    int fd[KEEP_MAX], low = 3;
    sigset_t none;
    size_t i;

    for (i = 0; i < n && i + 1 < KEEP_MAX; i++)
        fd[i] = keep[i];
    fd[i++] = log_descriptor();
    qsort(fd, n = i, sizeof(fd[0]), by_number);
    for (i = 0; i < n; i++) {
        if (fd[i] < low)
            continue;
        if (fd[i] > low)
            close_range((unsigned)low, (unsigned)fd[i] - 1, 0);
        low = fd[i] + 1;
    }
    sys_close_from(low);
    /* SIGPIPE stays ignored. */
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Wait on SOCK for a connection, stored in *control.  False when none will
 * come. */
static bool
await_client(int sock, struct hail *hail, int *control)
{
    int rc;

    rc = ftp_message_receive(sock, hail, sizeof(*hail), control, NULL);
    prctl(PR_SET_NAME, "gridftp");
    return rc > 0 && *control >= 0;
}

static void
hail_of(const struct ftp_who *who, struct hail *hail)
{
    memset(hail, 0, sizeof(*hail));
    snprintf(hail->id, sizeof(hail->id), "%s", who->id);
    hail->peer = who->peer;
}

/* Main function of a codec process, which has its connection or waits for
 * it. */
static int
codec_main(void *arg)
{
    const struct beginning *b = arg;
    struct ftp_codec_spec spec = { .conf = b->m->conf,
                                   .ctx = b->m->ctx,
                                   .control = b->control,
                                   .monitor = b->sock };
    const int keep[] = { b->sock, b->control };
    struct err err = ERR_INIT;
    char text[NET_TEXT];
    struct hail hail = b->hail;

    if (b->control < 0)
        prctl(PR_SET_NAME, "gridftp-ready");
    ftp_child_begin(keep, b->control >= 0 ? 2 : 1);
    (void)net_hostname(); /* cached while sockets are still allowed */
    if (geteuid() == 0 && sys_user_become(&b->m->account, &err) < 0)
        goto failed;
    if (b->control < 0 && !await_client(b->sock, &hail, &spec.control))
        return 0;
    spec.peer = hail.peer;
    log_context("session", hail.id);
    log_event(LOG_INFO, "ftp.session.open", "peer=%s",
              net_text(&hail.peer, text));
    if (ftp_sandbox_enter(&err) == 0)
        return ftp_codec_run(&spec);
failed:
    log_event(LOG_ERR, "ftp.codec.fail", "why=%s", err.text);
    return 1;
}

/* Main function of a session process: drop the host's key before switching to
 * the user. */
static int
session_main(void *arg)
{
    const struct beginning *b = arg;
    struct ftp_monitor *m = b->m;
    const int keep[] = { b->sock, m->transfer_log, b->who->news };
    struct ftp_rules rules;
    struct err err = ERR_INIT;
    int rc;

    ftp_child_begin(keep, 3);
    log_context("session", b->who->id);
    tls_ctx_unref(m->ctx);
    cred_unref(m->cred);
    ftp_login_fini(&m->login);
    if (ftp_rules_read(&rules, m->conf, &err) < 0 ||
        sys_user_become(&b->who->user, &err) < 0) {
        log_event(LOG_ERR, "ftp.session.fail", "why=%s", err.text);
        ftp_rules_fini(&rules);
        return 1;
    }
    prctl(PR_SET_NAME, "gridftp-session");
    rc = ftp_session_run(m->conf, b->who, &rules, m->trust, b->sock);
    ftp_rules_fini(&rules);
    log_event(LOG_INFO, "ftp.session.end", "user=%s", b->who->user.name);
    return rc;
}

/* Fork a codec into C, for connection CONTROL or as a spare one (-1). */
static int
fork_codec(struct ftp_monitor *m, struct ftp_child *c, int control,
           struct err *err)
{
    struct beginning b = { .m = m, .control = control };
    int pair[2];

    c->ask = c->news = c->who.news = -1;
    if (control >= 0)
        hail_of(&c->who, &b.hail);
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        return err_set(err, ERR_IO, "socketpair: %s", strerror(errno));
    b.sock = pair[1];
    c->codec = sys_fork(codec_main, &b, err);
    close(pair[1]);
    c->ask = pair[0];
    if (c->codec > 0)
        return 0;
    c->codec = 0;
    close_end(&c->ask);
    return -1;
}

/* Give FD to a spare codec.  Returns its child, removed from their list; NULL
 * when none takes it. */
static struct ftp_child *
hand_over(struct ftp_monitor *m, int fd, const struct ftp_who *who)
{
    struct ftp_child *c, **at = &m->ready;
    struct hail hail;

    hail_of(who, &hail);
    for (; (c = *at) != NULL; at = &c->next) {
        if (c->ask < 0)
            continue;
        if (ftp_message_send(c->ask, &hail, sizeof(hail), fd, NULL) == 0) {
            *at = c->next;
            c->who = *who;
            c->who.news = -1;
            return c;
        }
        close_end(&c->ask); /* that codec has ended */
    }
    return NULL;
}

int
ftp_child_codec(struct ftp_monitor *m, int fd, const struct ftp_who *who,
                struct err *err)
{
    struct ftp_child *c = hand_over(m, fd, who);
    int rc = 0;

    if (c == NULL) {
        c = take_slot(m);
        c->who = *who;
        rc = fork_codec(m, c, fd, err);
    }
    close(fd);
    if (rc < 0) {
        give_slot(m, c);
        return -1;
    }
    c->next = m->children;
    m->children = c;
    return 0;
}

long
ftp_child_lacking(const struct ftp_monitor *m)
{
    long n = (long)conf_num(m->conf, CONF_gridftp_codecs_ready);
    const struct ftp_child *c;

    for (c = m->ready; c != NULL; c = c->next)
        n -= c->ask >= 0;
    return n > 0 && time_mono_ms() >= m->ready_after ? n : 0;
}

void
ftp_child_prepare(struct ftp_monitor *m)
{
    struct ftp_child *c = take_slot(m);
    struct err err = ERR_INIT;

    if (fork_codec(m, c, -1, &err) == 0) {
        c->next = m->ready;
        m->ready = c;
        return;
    }
    give_slot(m, c);
    m->ready_after = time_mono_ms() + READY_AGAIN_MS;
    log_event(LOG_ERR, "ftp.codec.fail", "why=%s", err.text);
}

void
ftp_child_dismiss(struct ftp_monitor *m)
{
    struct ftp_child *c;

    for (c = m->ready; c != NULL; c = c->next)
        close_end(&c->ask);
}

/* Open the channel on which C's session gets a new transfer log, if logging is
 * on. */
static int
open_news(const struct ftp_monitor *m, struct ftp_child *c, struct err *err)
{
    int pair[2];

    if (m->transfer_log < 0)
        return 0;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        return err_set(err, ERR_IO, "socketpair: %s", strerror(errno));
    c->news = pair[0];
    c->who.news = pair[1];
    return 0;
}

int
ftp_child_session(struct ftp_monitor *m, struct ftp_child *c, int *wire,
                  struct err *err)
{
    struct beginning b = { .m = m, .who = &c->who, .control = -1 };
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
        return err_set(err, ERR_IO, "socketpair: %s", strerror(errno));
    b.sock = pair[1];
    c->session = open_news(m, c, err) < 0 ? 0 : sys_fork(session_main, &b, err);
    close_end(&c->who.news);
    close(pair[1]);
    if (c->session > 0) {
        *wire = pair[0];
        return 0;
    }
    c->session = 0;
    close_end(&c->news);
    close(pair[0]);
    return -1;
}

void
ftp_child_hang_up(struct ftp_child *c)
{
    close_end(&c->ask);
}

void
ftp_child_withdraw(struct ftp_child *c, const struct err *err)
{
    log_event(LOG_WARNING, "ftp.login.withdraw",
              "dn=%s user=%s session=%s why=%s", c->who.dn, c->who.user.name,
              c->who.id, err->text);
    c->withdrawn = true;
    (void)kill(c->session, FTP_SESSION_WITHDRAW);
}

void
ftp_child_hand_log(const struct ftp_monitor *m)
{
    const struct ftp_child *c;
    struct err err = ERR_INIT;

    for (c = m->children; c != NULL; c = c->next)
        if (c->news >= 0)
            (void)ftp_message_send(c->news, "", 1, m->transfer_log, &err);
    if (err.code != ERR_OK)
        log_event(LOG_WARNING, "ftp.transfer_log.fail", "why=%s", err.text);
}

/* Record that PID ended with STATUS. */
static void
note_end(struct ftp_child *c, pid_t pid, int status)
{
    const char *what = pid == c->codec ? "codec" : "session";

    if (pid == c->codec) {
        c->codec = 0;
        ftp_child_hang_up(c);
    } else {
        c->session = 0;
        close_end(&c->news);
    }
    if (WIFSIGNALED(status))
        log_event(LOG_WARNING, "ftp.process.died",
                  "what=%s pid=%d signal=%d session=%s", what, (int)pid,
                  WTERMSIG(status), c->who.id);
}

/* Whether PID was a spare codec, or one that had been dismissed. */
static bool
forget_ready(struct ftp_monitor *m, pid_t pid)
{
    struct ftp_child *c, **at = &m->ready;

    while ((c = *at) != NULL && c->codec != pid)
        at = &c->next;
    if (c == NULL)
        return false;
    /* One that ended without being asked would fail again at once. */
    if (c->ask >= 0)
        m->ready_after = time_mono_ms() + READY_AGAIN_MS;
    close_end(&c->ask);
    *at = c->next;
    give_slot(m, c);
    return true;
}

/* Whether PID was a metrics child; its place is now free. */
static bool
forget_answer(struct ftp_monitor *m, pid_t pid)
{
    for (size_t i = 0; i < FTP_METRICS_AT_ONCE; i++)
        if (m->metrics.child[i] == pid) {
            m->metrics.child[i] = 0;
            return true;
        }
    return false;
}

void
ftp_child_reap(struct ftp_monitor *m)
{
    struct ftp_child *c, **at;
    int status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        if (ftp_index_reaped(m, pid, status) || forget_ready(m, pid) ||
            forget_answer(m, pid))
            continue;
        for (at = &m->children; (c = *at) != NULL; at = &c->next) {
            if (pid != c->codec && pid != c->session)
                continue;
            note_end(c, pid, status);
            if (c->codec == 0 && c->session == 0) {
                *at = c->next;
                give_slot(m, c);
            }
            break;
        }
    }
}

void
ftp_child_forget(struct ftp_monitor *m)
{
    struct ftp_child_block *block;
    struct ftp_child *c;

    ftp_child_dismiss(m);
    for (c = m->children; c != NULL; c = c->next) {
        ftp_child_hang_up(c);
        close_end(&c->news);
    }
    while ((block = m->blocks) != NULL) {
        m->blocks = block->next;
        free(block);
    }
    m->children = m->ready = m->spare = NULL;
}

long
ftp_child_count(const struct ftp_monitor *m, const struct net_addr *a,
                const char *account)
{
    const struct ftp_child *c;
    long n = 0;

    for (c = m->children; c != NULL; c = c->next)
        n += (a == NULL || net_same_host(a, &c->who.peer)) &&
             (account == NULL || strcmp(account, c->who.user.name) == 0);
    return n;
}
