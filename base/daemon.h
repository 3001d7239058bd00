/* base/daemon.h - startup and shutdown shared by all daemons: options (-c -o -F
 * -t --version --help), configuration, log, readiness, signals. */
#ifndef BASE_DAEMON_H
#define BASE_DAEMON_H

#include <stdbool.h>

#include "base/conf.h"
#include "base/err.h"

/* The Unix socket of an instance, in its state directory: for administrators.
 */
#define DAEMON_CONTROL "control.%s"

struct daemon {
    const char *name;  /* "gatekeeper": help section, log name */
    const char *about; /* one sentence for --help */
    struct conf *conf;
    char *conf_file;      /* file conf was read from, or NULL */
    char **assign;        /* each -o, as given; ends with NULL */
    struct conf *as_read; /* configuration as read at the start */
    bool foreground;      /* -F */
    bool check_only;      /* -t */
    int ready_fd; /* the parent process waits on it; -1 in the foreground */
    char *notify; /* systemd's NOTIFY_SOCKET; NULL */
    long long watch_ms; /* of its watchdog; 0: there is none */
    long long alive_ms; /* when it is due next, monotonic */
    int signal_fd;      /* signalfd of SIGTERM SIGINT SIGHUP SIGCHLD SIGUSR1 */
};

/* Parse the command line, load the configuration and open the log.  Returns 0
 * to continue; 1 when main should exit 0 (--help, --version, --sample-conf); -1
 * with ERR: CONFIG, USAGE.  On 1 and -1 nothing needs to be freed. */
int daemon_init(struct daemon *d, const char *name, const char *about, int argc,
                char *const argv[], struct err *err);
/* Print "NAME: configuration ok". main() calls it under -t, after its own
 * checks. */
void daemon_checked(const struct daemon *d);
/* Go to the background unless -F: the parent waits for daemon_ready() and exits
 * with the child's result.  Blocks the signals, ignores SIGPIPE, makes
 * signal_fd, and removes NOTIFY_SOCKET from the environment.  Call before any
 * thread is started. */
int daemon_detach(struct daemon *d, struct err *err);
/* Report readiness to the waiting parent and to systemd (NOTIFY_SOCKET), and
 * log EVENT "daemon.ready" with DETAIL, e.g.  "listen=127.0.0.1:8443". */
void daemon_ready(struct daemon *d, const char *detail);
/* Whether systemd's watchdog (WatchdogSec=) is to be told soon that the daemon
 * is alive; false without one. */
bool daemon_watch_due(const struct daemon *d);
/* Tell it so: the daemon has just been seen to answer. */
void daemon_alive(struct daemon *d);
/* Read the configuration again and compare it with the one read at the start.
 * Logs EVENT "daemon.conf.changed" with the keys that differ and need a
 * restart, "daemon.conf.same", or "daemon.conf.fail" when the file is
 * unreadable or invalid.  Does not apply any change. */
void daemon_compare_conf(const struct daemon *d);
/* Wait for a signal on signal_fd: SIGTERM/SIGINT, SIGHUP, SIGCHLD; 0 after
 * TIMEOUT_MS (-1: no limit). */
int daemon_wait(struct daemon *d, int timeout_ms);
/* Exit with status 0 and EVENT "daemon.end.forced" after MS, even if threads
 * still run.  Only for a daemon that has stored everything it acknowledged. */
void daemon_end_within(const struct daemon *d, int ms);
/* Log "daemon.end", free all. */
void daemon_fini(struct daemon *d);
/* Print ERR as "NAME: text" on stderr and return its exit status. */
int daemon_fail(const struct daemon *d, const struct err *err);

#endif
