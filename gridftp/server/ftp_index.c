/* gridftp/server/ftp_index.c - see ftp_index.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/log.h"
#include "base/program.h"
#include "gridftp/server/ftp_index.h"
#include "gridftp/server/ftp_monitor.h"
#include "gridftp/server/ftp_wire.h"

#define PROGRAM  "gridftp-register"
/* Least time between two starts of a program that exits by itself. */
#define AGAIN_MS 5000

/* The configuration keys passed to the program; none is secret. */
static const enum conf_key told[] = {
    CONF_security_certificates,
    CONF_security_crl,
    CONF_security_proxy_max,
    CONF_gridftp_index,
    CONF_gridftp_index_interval,
    CONF_gridftp_root,
    CONF_log_level,
};
#define TOLD (sizeof(told) / sizeof(told[0]))

/* A growing argument vector, for argv_free(). */
struct argv {
    char *word[2 * TOLD + 16];
    size_t n;
};

static void
argv_free(struct argv *a)
{
    while (a->n > 0)
        free(a->word[--a->n]);
}

static void
argv_set(struct argv *a, enum conf_key key, const char *value)
{
    a->word[a->n++] = xstrdup("-o");
    a->word[a->n++] = xasprintf("%s.%s=%s", conf_rows[key].section,
                                conf_rows[key].key, value);
}

/* Make its command line, with -t if CHECK. */
static void
argv_make(struct argv *a, const struct ftp_monitor *m, bool check)
{
    bool syslog = strcmp(conf_str(m->conf, CONF_log_file), "syslog") == 0;
    char at[NET_TEXT];

    *a = (struct argv){ .n = 0 };
    a->word[a->n++] = xstrdup(PROGRAM);
    a->word[a->n++] = xstrdup(check ? "-t" : "-F");
    /* It reads no configuration file, only these options. */
    a->word[a->n++] = xstrdup("-c");
    a->word[a->n++] = xstrdup("/dev/null");
    for (size_t i = 0; i < TOLD; i++)
        argv_set(a, told[i], conf_str(m->conf, told[i]));
    argv_set(a, CONF_log_file, syslog ? "syslog" : "stderr");
    if (!check)
        argv_set(a, CONF_gridftp_listen, net_text(&m->at, at));
}

/* Start it with SOCK as its third descriptor; returns the pid, or -1 with
 * ERR. */
static pid_t
start(struct ftp_monitor *m, bool check, int sock, struct err *err)
{
    int log = log_descriptor();
    const int keep[] = { sock, m->index.program };
    struct argv a;
    struct sys_spawn spawn = {
        .path = "/proc/self/fd/4",
        .argv = a.word,
        .envp = environ,
        .user = geteuid() == 0 ? &m->account : NULL,
        .fd = { -1, STDOUT_FILENO, log > 0 ? log : STDERR_FILENO },
        .keep = keep,
        .nkeep = 2,
    };
    pid_t pid;

    argv_make(&a, m, check);
    pid = sys_spawn(&spawn, err);
    argv_free(&a);
    return pid;
}

int
ftp_index_open(struct ftp_monitor *m, struct err *err)
{
    m->index = (struct ftp_index){ .program = -1, .sock = -1 };
    if (conf_word(m->conf, CONF_gridftp_index, 0) == NULL)
        return 0;
    m->index.program = program_open(PROGRAM, err);
    return m->index.program < 0 ? err_wrap(err, "gridftp.index") : 0;
}

int
ftp_index_check(struct ftp_monitor *m, struct err *err)
{
    int status;
    pid_t pid;

    if (m->index.program < 0)
        return 0;
    pid = start(m, true, -1, err);
    if (pid < 0)
        return err_wrap(err, "gridftp.index");
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return 0;
    return err_set(
        err, ERR_CONFIG,
        "gridftp.index: registration cannot work, see the line of " PROGRAM
        " above");
}

void
ftp_index_keep(struct ftp_monitor *m)
{
    struct ftp_index *x = &m->index;
    struct err err = ERR_INIT;
    int pair[2];

    if (x->program < 0 || x->pid > 0 || time_mono_ms() < x->again_ms)
        return;
    x->again_ms = time_mono_ms() + AGAIN_MS;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) {
        log_event(LOG_ERR, "ftp.index.fail", "why=%s", strerror(errno));
        return;
    }
    x->pid = start(m, false, pair[1], &err);
    close(pair[1]);
    if (x->pid > 0) {
        x->sock = pair[0];
        ftp_index_hand_cred(m);
        return;
    }
    x->pid = 0;
    close(pair[0]);
    log_event(LOG_ERR, "ftp.index.fail", "why=%s", err.text);
}

void
ftp_index_hand_cred(struct ftp_monitor *m)
{
    struct buf pem = BUF_INIT;
    struct err err = ERR_INIT;

    if (m->index.sock >= 0 &&
        (cred_to_pem(m->cred, true, &pem, &err) < 0 ||
         ftp_message_send(m->index.sock, pem.data, pem.len, -1, &err) < 0))
        log_event(LOG_ERR, "ftp.index.fail", "why=%s", err.text);
    buf_wipe(&pem);
}

void
ftp_index_hand_log(struct ftp_monitor *m)
{
    struct err err = ERR_INIT;

    if (m->index.sock >= 0 && log_descriptor() >= 0 &&
        ftp_message_send(m->index.sock, "", 1, log_descriptor(), &err) < 0)
        log_event(LOG_ERR, "ftp.index.fail", "why=%s", err.text);
}

bool
ftp_index_reaped(struct ftp_monitor *m, pid_t pid, int status)
{
    struct ftp_index *x = &m->index;

    if (x->pid == 0 || pid != x->pid)
        return false;
    log_event(LOG_WARNING, "ftp.index.fail",
              "why=%s status=%d signal=%d again_ms=%d", PROGRAM " has ended",
              WIFEXITED(status) ? WEXITSTATUS(status) : -1,
              WIFSIGNALED(status) ? WTERMSIG(status) : 0, AGAIN_MS);
    close(x->sock);
    x->sock = -1;
    x->pid = 0;
    x->again_ms = time_mono_ms() + AGAIN_MS;
    return true;
}

void
ftp_index_close(struct ftp_monitor *m)
{
    if (m->index.sock >= 0)
        close(m->index.sock);
    if (m->index.program >= 0)
        close(m->index.program);
    m->index = (struct ftp_index){ .program = -1, .sock = -1 };
}
