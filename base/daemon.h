/* base/daemon.h - what every daemon does before and after its work: options
 * (-c -o -F -t --version --help), configuration, log, readiness, signals. */
#ifndef BASE_DAEMON_H
#define BASE_DAEMON_H

#include <stdbool.h>

#include "base/conf.h"
#include "base/err.h"

struct daemon {
    const char *name;  /* "gatekeeper": section of the help, log program */
    const char *about; /* one sentence for --help */
    struct conf *conf;
    char *conf_file;      /* that conf was read from, if there was one */
    char **assign;        /* each -o, as given; ends with NULL */
    struct conf *as_read; /* what both said at the start */
    bool foreground;      /* -F */
    bool check_only;      /* -t */
    int ready_fd;         /* parent waits on it; -1 in the foreground */
    char *notify;         /* systemd's NOTIFY_SOCKET; NULL */
    int signal_fd; /* signalfd of SIGTERM SIGINT SIGHUP SIGCHLD SIGUSR1 */
};

/* Parse the command line, load the configuration and open the log.  Returns 0
 * to go on; 1 when all is said (--help, --version, --sample-conf) and main
 * should exit 0; -1 with ERR: CONFIG, USAGE.  Nothing is left to free then. */
int daemon_init(struct daemon *d, const char *name, const char *about, int argc,
                char *const argv[], struct err *err);
/* Say "NAME: configuration ok": main calls it under -t, after its own checks.
 */
void daemon_checked(const struct daemon *d);
/* Go to the background unless -F: the parent waits until daemon_ready() and
 * exits with what the child then said.  Blocks the signals, ignores
 * SIGPIPE, makes signal_fd, and takes NOTIFY_SOCKET out of the environment.
 * Call before any thread is made. */
int daemon_detach(struct daemon *d, struct err *err);
/* Serve now: tell the waiting parent and systemd (NOTIFY_SOCKET), and log
 * EVENT "daemon.ready" with DETAIL, "listen=127.0.0.1:8443 ...". */
void daemon_ready(struct daemon *d, const char *detail);
/* Read the configuration again and compare it with the one of the start: each
 * key that differs needs a restart, and EVENT "daemon.conf.changed" names them;
 * "daemon.conf.same", or "daemon.conf.fail" when it cannot be read or is wrong.
 * Nothing of it is taken up. */
void daemon_compare_conf(const struct daemon *d);
/* Wait for a signal on signal_fd: SIGTERM/SIGINT, SIGHUP, SIGCHLD; 0 after
 * TIMEOUT_MS (-1: no limit). */
int daemon_wait(struct daemon *d, int timeout_ms);
/* Let the process end within MS, whatever its threads do: after that it ends at
 * once, with status 0 and EVENT "daemon.end.forced".  For a daemon that has on
 * disk what it acknowledged. */
void daemon_end_within(const struct daemon *d, int ms);
/* Log "daemon.end", free all. */
void daemon_fini(struct daemon *d);
/* Print ERR as "NAME: text" on stderr and return its exit status. */
int daemon_fail(const struct daemon *d, const struct err *err);

#endif
