/* base/daemon.c - see daemon.h. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/codec.h"
#include "base/daemon.h"
#include "base/daemon_conf.h"
#include "base/log.h"
#include "base/net.h"
#include "base/opt.h"
#include "base/prose.h"
#include "base/sys_proc.h"
#include "base/thread.h"

enum {
    OPT_CONF = 1,
    OPT_SET,
    OPT_FOREGROUND,
    OPT_TEST,
    OPT_SAMPLE,
    OPT_VERSION,
    OPT_HELP,
};

static const struct opt daemon_options[] = {
    { OPT_CONF, "conf c", "FILE",
      "Configuration file, by default " GATEHOUSE_CONF "." },
    { OPT_SET, "option o", "SECTION.KEY=VALUE",
      "Set one key; may be given again and again." },
    { OPT_FOREGROUND, "foreground F", NULL, "Stay in the foreground." },
    { OPT_TEST, "test t", NULL,
      "Check the configuration, say what is wrong and exit." },
    { OPT_SAMPLE, "sample-conf", NULL,
      "Write a commented configuration file and exit." },
    { OPT_VERSION, "version", NULL, "Write the version and exit." },
    { OPT_HELP, "help h", NULL, "Write this and exit." },
    { 0, NULL, NULL, NULL },
};

static void
print_help(const struct daemon *d)
{
    char *usage = xasprintf("usage: %s [-F] [-c FILE] [-o SECTION.KEY=VALUE]..."
                            "\n\n%s\n",
                            d->name, d->about);

    opt_help(stdout, usage, daemon_options);
    printf("\nKeys of the configuration that concern %s:\n", d->name);
    conf_write_help(stdout, d->name);
    conf_write_help(stdout, "security");
    conf_write_help(stdout, "log");
    free(usage);
}

/* The parsed command line. */
struct command_line {
    const char *file;    /* -c, or NULL */
    const char **assign; /* each -o */
    size_t n;
};

/* Handle one option; returns 1 when main should exit. */
static int
take_option(struct daemon *d, struct command_line *cl, int id, const char *arg)
{
    switch (id) {
    case OPT_CONF:
        cl->file = arg;
        return 0;
    case OPT_SET:
        cl->assign = xrealloc(cl->assign, cl->n + 1, sizeof(*cl->assign));
        cl->assign[cl->n++] = arg;
        return 0;
    case OPT_FOREGROUND:
        d->foreground = true;
        return 0;
    case OPT_TEST:
        d->check_only = true;
        return 0;
    case OPT_SAMPLE:
        conf_write_sample(stdout);
        return 1;
    case OPT_VERSION:
        printf("%s (Gatehouse) %s\n", d->name, GATEHOUSE_VERSION);
        return 1;
    default:
        print_help(d);
        return 1;
    }
}

/* Handle the whole command line; returns 1 when main should exit. */
static int
take_options(struct daemon *d, struct command_line *cl, int argc,
             char *const argv[], struct err *err)
{
    struct opt_scan scan;
    int id;

    opt_init(&scan, daemon_options, argc, argv);
    while ((id = opt_next(&scan, err)) > 0)
        if (take_option(d, cl, id, scan.arg) == 1)
            return 1;
    if (id == 0 && scan.at < argc)
        return err_set(err, ERR_USAGE, "unexpected '%s': -help shows the usage",
                       argv[scan.at]);
    return id;
}

/* Print each configuration fault but the last, which stays in ERR. */
static int
print_faults(const struct daemon *d, struct err *err)
{
    const char *text;
    struct err why = ERR_INIT;
    size_t i;

    for (i = 0; (text = conf_fault(d->conf, i)) != NULL; i++) {
        if (i > 0)
            (void)daemon_fail(d, &why);
        why = (struct err)ERR_INIT;
        err_set(&why, ERR_CONFIG, "%s", text);
    }
    return i == 0 ? 0 : err_set(err, why.code, "%s", why.text);
}

/* Load the file, then apply each -o. */
static int
load(struct daemon *d, const struct command_line *cl, struct err *err)
{
    const char *file = cl->file != NULL ? cl->file : GATEHOUSE_CONF;
    struct err why = ERR_INIT;
    size_t i;

    d->conf_file = realpath(file, NULL);
    if (d->conf_file == NULL)
        d->conf_file = xstrdup(file);
    d->assign = xcalloc(cl->n + 1, sizeof(*d->assign));
    for (i = 0; i < cl->n; i++)
        d->assign[i] = xstrdup(cl->assign[i]);
    if (conf_load(d->conf, file, &why) < 0 &&
        (cl->file != NULL || why.code != ERR_NOT_FOUND) &&
        conf_fault(d->conf, 0) == NULL)
        return err_set(err, ERR_CONFIG, "%s", why.text);
    for (i = 0; i < cl->n; i++)
        (void)conf_set(d->conf, cl->assign[i], &why);
    return print_faults(d, err);
}

/* Open the log as configured; -t creates no log file. */
static int
begin_log(const struct daemon *d, struct err *err)
{
    const char *file =
        d->check_only ? "stderr" : conf_str(d->conf, CONF_log_file);

    if (log_open(d->name, file,
                 log_level_parse(conf_str(d->conf, CONF_log_level))) == 0)
        return 0;
    return err_set(err, ERR_CONFIG, "log.file: cannot open '%s': %s", file,
                   strerror(errno));
}

int
daemon_init(struct daemon *d, const char *name, const char *about, int argc,
            char *const argv[], struct err *err)
{
    struct command_line cl = { 0 };
    int rc;

    *d = (struct daemon){ .name = name, .about = about };
    d->ready_fd = -1;
    d->signal_fd = -1;
    d->conf = conf_create();
    rc = take_options(d, &cl, argc, argv, err);
    if (rc == 0)
        rc = load(d, &cl, err);
    if (rc == 0)
        rc = begin_log(d, err);
    if (rc != 0) {
        conf_destroy(d->conf);
        d->conf = NULL;
        daemon_conf_free(d);
    } else {
        d->as_read = daemon_conf_read(d, err);
    }
    free(cl.assign);
    return rc;
}

void
daemon_checked(const struct daemon *d)
{
    printf("%s: configuration ok\n", d->name);
}

/* Block the signals that daemon_wait() handles and create signal_fd. */
static int
take_signals(struct daemon *d, struct err *err)
{
    struct sigaction ignore = { .sa_handler = SIG_IGN };
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGCHLD);
    sigaddset(&set, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    /* Writing to a closed peer must return an error, not kill the process. */
    sigaction(SIGPIPE, &ignore, NULL);
    d->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (d->signal_fd < 0)
        return err_set(err, ERR_IO, "cannot make a signalfd: %s",
                       strerror(errno));
    return 0;
}

/* Redirect FD to /dev/null. */
static void
to_null(int fd)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    if (null < 0)
        return;
    dup2(null, fd);
    if (null != fd)
        close(null);
}

/* How often systemd wants to hear that we are alive (sd_watchdog_enabled(3)).
 */
static void
take_watchdog(struct daemon *d)
{
    const char *usec = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
    long long n = 0, whose = getpid();

    if (pid != NULL && number_parse(pid, 1, INT_MAX, &whose) < 0)
        whose = 0;
    if (usec != NULL && whose == getpid() &&
        number_parse(usec, 1, LLONG_MAX, &n) == 0)
        d->watch_ms = n / 1000;
    unsetenv("WATCHDOG_USEC");
    unsetenv("WATCHDOG_PID");
}

/* Take NOTIFY_SOCKET out of the environment, so that no child notifies
 * systemd. */
static void
take_notify_socket(struct daemon *d)
{
    const char *path = getenv("NOTIFY_SOCKET");

    d->notify = path != NULL ? xstrdup(path) : NULL;
    unsetenv("NOTIFY_SOCKET");
    take_watchdog(d);
}

int
daemon_detach(struct daemon *d, struct err *err)
{
    take_notify_socket(d);
    if (!d->foreground) {
        d->ready_fd = sys_background(err);
        if (d->ready_fd < 0)
            return -1;
        to_null(STDIN_FILENO);
        if (chdir("/") < 0)
            return err_set(err, ERR_IO, "cannot enter '/': %s",
                           strerror(errno));
    }
    return take_signals(d, err);
}

/* sd_notify(3) without its library: one datagram of assignments. */
static void
notify_systemd(const struct daemon *d, const char *text)
{
    const char *path = d->notify;
    struct sockaddr_un sun = { .sun_family = AF_UNIX };
    size_t n = path != NULL ? strlen(path) : 0;
    int fd;

    if (n == 0 || n >= sizeof(sun.sun_path))
        return;
    memcpy(sun.sun_path, path, n);
    if (sun.sun_path[0] == '@')
        sun.sun_path[0] = '\0';
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    if (sendto(fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT,
               (const struct sockaddr *)&sun,
               (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n)) < 0)
        log_event(LOG_WARNING, "daemon.notify.fail", "socket=%s why=%s", path,
                  strerror(errno));
    close(fd);
}

void
daemon_ready(struct daemon *d, const char *detail)
{
    char *text =
        xasprintf("READY=1\nMAINPID=%d\nSTATUS=%s\n", (int)getpid(), detail);

    log_event_pairs(LOG_NOTICE, "daemon.ready", detail);
    notify_systemd(d, text);
    free(text);
    if (d->ready_fd < 0)
        return;
    to_null(STDOUT_FILENO);
    if (log_descriptor() != STDERR_FILENO)
        to_null(STDERR_FILENO);
    (void)!write(d->ready_fd, "R", 1);
    close(d->ready_fd);
    d->ready_fd = -1;
}

bool
daemon_watch_due(const struct daemon *d)
{
    return d->watch_ms > 0 && time_mono_ms() >= d->alive_ms;
}

void
daemon_alive(struct daemon *d)
{
    if (d->watch_ms == 0)
        return;
    notify_systemd(d, "WATCHDOG=1\n");
    d->alive_ms = time_mono_ms() + d->watch_ms / 3;
}

int
daemon_wait(struct daemon *d, int timeout_ms)
{
    struct signalfd_siginfo info;

    for (;;) {
        if (read(d->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
            return (int)info.ssi_signo;
        if (net_wait(d->signal_fd, POLLIN, timeout_ms) <= 0)
            return 0;
    }
}

/* Thread: exit the process when it has not ended in time. */
static void *
force_end(void *arg)
{
    int ms = (int)(intptr_t)arg;

    poll(NULL, 0, ms); /* a sleep; this thread receives no signals */
    log_event(LOG_ERR, "daemon.end.forced", "ms=%d", ms);
    _exit(0);
}

void
daemon_end_within(const struct daemon *d, int ms)
{
    struct err err = ERR_INIT;
    pthread_t thread;

    if (thread_start(&thread, "daemon-end", force_end, (void *)(intptr_t)ms,
                     &err) == 0)
        pthread_detach(thread);
    else
        log_event(LOG_WARNING, "daemon.end.fail", "daemon=%s why=%s", d->name,
                  err.text);
}

void
daemon_fini(struct daemon *d)
{
    if (d->signal_fd >= 0) {
        log_event_pairs(LOG_NOTICE, "daemon.end", "");
        notify_systemd(d, "STOPPING=1\n");
        close(d->signal_fd);
    }
    if (d->ready_fd >= 0)
        close(d->ready_fd);
    conf_destroy(d->conf);
    free(d->notify);
    daemon_conf_free(d);
    d->conf = NULL;
    d->notify = NULL;
    d->ready_fd = d->signal_fd = -1;
}

int
daemon_fail(const struct daemon *d, const struct err *err)
{
    struct err plain = *err;

    prose_plain(plain.text, true);
    fprintf(stderr, "%s%s: %s\n", log_mark(LOG_ERR), d->name, plain.text);
    if (log_descriptor() != STDERR_FILENO)
        log_event(LOG_ERR, "daemon.fail", "why=%s", err->text);
    return err_exit_status(err->code);
}
