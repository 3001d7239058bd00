/* tests/lib/daemon_tool.c - a daemon that does nothing but live: what
 * base/daemon.c promises, without the rest.  $DAEMON_FAIL fails its start. */
#include <signal.h>
#include <stdlib.h>

#include "base/daemon.h"
#include "base/log.h"

/* Log signals until one asks for the end. */
static void
serve(struct daemon *d)
{
    int signal;

    while ((signal = daemon_wait(d, -1)) != SIGTERM && signal != SIGINT) {
        if (signal == SIGHUP)
            log_reopen();
        log_event(LOG_NOTICE, "daemon.signal", "signal=%d", signal);
    }
}

int
main(int argc, char *argv[])
{
    struct err err = ERR_INIT;
    struct daemon d;
    int rc = daemon_init(&d, "mds", "Does nothing but live.", argc, argv, &err);

    if (rc < 0)
        return daemon_fail(&d, &err);
    if (rc > 0)
        return 0;
    if (d.check_only)
        daemon_checked(&d);
    else if ((rc = daemon_detach(&d, &err)) == 0 && getenv("DAEMON_FAIL"))
        rc = err_set(&err, ERR_IO, "told to fail");
    else if (rc == 0) {
        daemon_ready(&d, "listen=127.0.0.1:0");
        serve(&d);
    }
    if (rc < 0)
        rc = daemon_fail(&d, &err);
    daemon_fini(&d);
    return rc;
}
