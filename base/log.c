/* base/log.c - see log.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/codec.h"
#include "base/log.h"
#include "base/logfmt.h"

/* Most pairs per thread, and their longest key and value. */
#define LOG_CONTEXTS      4
#define LOG_CONTEXT_KEY   24
#define LOG_CONTEXT_VALUE 128

static const char *log_program;
static char *log_path; /* NULL: stderr or syslog */
static bool log_syslog;
static int log_fd = STDERR_FILENO;
static atomic_int log_threshold = LOG_NOTICE;

static _Thread_local struct {
    char key[LOG_CONTEXT_KEY];
    char value[LOG_CONTEXT_VALUE];
} log_tags[LOG_CONTEXTS];

static const struct {
    const char *name;
    int level;
} log_levels[] = {
    { "error", LOG_ERR }, { "warning", LOG_WARNING }, { "notice", LOG_NOTICE },
    { "info", LOG_INFO }, { "debug", LOG_DEBUG },
};
#define LOG_LEVELS (sizeof(log_levels) / sizeof(log_levels[0]))

/* Open the log file for appending; the descriptor or -1. */
static int
open_file(void)
{
    return open(log_path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY,
                0640);
}

/* Fill closed descriptors 0 to 2, so that no file opened later gets them; using
 * them still fails. */
static void
hold_standard(void)
{
    int fd;

    for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF &&
            open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
            abort();
}

/* Whether stderr is connected to systemd's journal. */
static bool
is_journal(void)
{
    const char *text = getenv("JOURNAL_STREAM");
    struct stat st;
    char is[64];

    if (text == NULL || fstat(STDERR_FILENO, &st) < 0)
        return false;
    snprintf(is, sizeof(is), "%llu:%llu", (unsigned long long)st.st_dev,
             (unsigned long long)st.st_ino);
    return strcmp(text, is) == 0;
}

int
log_open(const char *program, const char *file, int level)
{
    hold_standard();
    if (log_fd != STDERR_FILENO)
        close(log_fd);
    log_fd = STDERR_FILENO;
    free(log_path);
    log_path = NULL;
    log_syslog = strcmp(file, "syslog") == 0;
    log_program = program;
    atomic_store(&log_threshold, level);
    if (log_syslog) {
        openlog(program, LOG_PID, LOG_DAEMON);
        return 0;
    }
    if (strcmp(file, "stderr") == 0)
        return 0;
    log_path = xstrdup(file);
    log_fd = open_file();
    if (log_fd >= 0)
        return 0;
    free(log_path);
    log_path = NULL;
    log_fd = STDERR_FILENO;
    return -1;
}

int
log_reopen(void)
{
    int fd, rc;

    if (log_path == NULL)
        return 0;
    fd = open_file();
    if (fd < 0)
        return -1;
    rc = log_take(fd);
    close(fd);
    return rc;
}

int
log_take(int fd)
{
    if (log_path == NULL)
        return 0;
    /* dup3 replaces it atomically, so that no thread writes to a closed
     * descriptor. */
    return dup3(fd, log_fd, O_CLOEXEC) < 0 ? -1 : 0;
}

int
log_descriptor(void)
{
    return log_syslog ? -1 : log_fd;
}

const char *
log_mark(int level)
{
    static const char *const marks[] = { "<0>", "<1>", "<2>", "<3>",
                                         "<4>", "<5>", "<6>", "<7>" };
    static atomic_int journal = -1; /* -1: not determined yet */

    if (atomic_load(&journal) < 0)
        atomic_store(&journal, is_journal());
    return atomic_load(&journal) ? marks[level & LOG_PRIMASK] : "";
}

int
log_level_parse(const char *name)
{
    size_t i;

    for (i = 0; i < LOG_LEVELS; i++)
        if (strcmp(log_levels[i].name, name) == 0)
            return log_levels[i].level;
    return -1;
}

void
log_context(const char *key, const char *value)
{
    size_t i, unused = LOG_CONTEXTS;

    for (i = 0; i < LOG_CONTEXTS; i++) {
        if (strcmp(log_tags[i].key, key) == 0)
            break;
        if (log_tags[i].key[0] == '\0' && unused == LOG_CONTEXTS)
            unused = i;
    }
    if (i == LOG_CONTEXTS)
        i = unused;
    if (i == LOG_CONTEXTS)
        return;
    if (value == NULL) {
        log_tags[i].key[0] = '\0';
        return;
    }
    snprintf(log_tags[i].key, LOG_CONTEXT_KEY, "%s", key);
    snprintf(log_tags[i].value, LOG_CONTEXT_VALUE, "%s", value);
}

/* The name of LEVEL; "error" for more severe ones. */
static const char *
level_name(int level)
{
    size_t i;

    for (i = 0; i < LOG_LEVELS - 1 && log_levels[i].level < level; i++)
        continue;
    return log_levels[i].name;
}

/* Append "TIME LEVEL PROGRAM[PID] EVENT"; syslog adds all but the event
 * itself. */
static void
begin_line(struct buf *line, int level, const char *event)
{
    char when[TIME_TEXT];

    if (!log_syslog && log_path == NULL)
        buf_adds(line, log_mark(level));
    if (!log_syslog)
        buf_addf(line, "%s %s %s[%d] ", time_utc_ms(time_now_ms(), when),
                 level_name(level),
                 log_program != NULL ? log_program
                                     : program_invocation_short_name,
                 (int)getpid());
    buf_adds(line, event);
}

/* ---- lines that could not be written ---- */

/* How many lines were lost, the last errno, and in which process: a forked
 * child counts its own. */
static atomic_ulong lost_count;
static atomic_int lost_errno, lost_pid;
static atomic_bool lost_torn;     /* the last lost line was written in part */
static atomic_bool lost_reported; /* stderr has the message about this outage,
                                 perhaps from our parent process */

/* Write LINE with one call; -1 with errno unless all of it was written. */
static int
write_line(const struct buf *line)
{
    ssize_t n;

    do
        n = write(log_fd, line->data, line->len);
    while (n < 0 && errno == EINTR);
    if (n == (ssize_t)line->len)
        return 0;
    if (n > 0) {
        atomic_store(&lost_torn, true);
        errno = ENOSPC;
    }
    return -1;
}

/* Count one more lost line, with errno ERROR. */
static void
lost_add(int error)
{
    if (atomic_exchange(&lost_pid, (int)getpid()) != (int)getpid())
        atomic_store(&lost_count, 0);
    atomic_store(&lost_errno, error);
    atomic_fetch_add(&lost_count, 1);
    if (log_path != NULL && !atomic_exchange(&lost_reported, true))
        fprintf(stderr,
                "%s: cannot write to the log '%s': %s; events are lost until "
                "it can be written again, and then counted there (log.lost)\n",
                log_program, log_path, strerror(error));
}

/* Report the lost lines before the next line. -1 with errno: the log still
 * fails. */
static int
lost_report(void)
{
    struct buf line = BUF_INIT;
    int error = atomic_load(&lost_errno), rc;
    unsigned long n;
    bool torn;

    if (atomic_load(&lost_count) == 0 ||
        atomic_load(&lost_pid) != (int)getpid() ||
        (n = atomic_exchange(&lost_count, 0)) == 0)
        return 0;
    torn = atomic_exchange(&lost_torn, false);
    if (torn)
        buf_addc(&line, '\n');
    begin_line(&line, LOG_ERR, "log.lost");
    buf_addf(&line, " count=%lu errno=%d reason=", n, error);
    logfmt_value(&line, strerror(error), strlen(strerror(error)));
    buf_addc(&line, '\n');
    rc = write_line(&line);
    if (rc == 0) {
        atomic_store(&lost_reported, false);
    } else {
        atomic_fetch_add(&lost_count, n);
        if (torn)
            atomic_store(&lost_torn, true);
    }
    buf_fini(&line);
    return rc;
}

/* Append this thread's pairs and write the line. */
static void
end_line(struct buf *line, int level)
{
    size_t i;

    for (i = 0; i < LOG_CONTEXTS; i++) {
        if (log_tags[i].key[0] == '\0')
            continue;
        buf_addf(line, " %s=", log_tags[i].key);
        logfmt_value(line, log_tags[i].value, strlen(log_tags[i].value));
    }
    if (log_syslog) {
        syslog(level, "%s", buf_str(line));
        return;
    }
    buf_addc(line, '\n');
    if (lost_report() < 0 || write_line(line) < 0)
        lost_add(errno);
}

void
log_event(int level, const char *event, const char *fmt, ...)
{
    struct buf line = BUF_INIT;
    int saved = errno;
    va_list ap;

    if (level > atomic_load(&log_threshold))
        return;
    begin_line(&line, level, event);
    if (*fmt != '\0')
        buf_addc(&line, ' ');
    va_start(ap, fmt);
    logfmt_vadd(&line, fmt, ap);
    va_end(ap);
    end_line(&line, level);
    buf_fini(&line);
    errno = saved;
}

void
log_event_pairs(int level, const char *event, const char *pairs)
{
    struct buf line = BUF_INIT;
    int saved = errno;

    if (level > atomic_load(&log_threshold))
        return;
    begin_line(&line, level, event);
    buf_addf(&line, "%s%s", *pairs != '\0' ? " " : "", pairs);
    end_line(&line, level);
    buf_fini(&line);
    errno = saved;
}
