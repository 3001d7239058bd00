/* gridftp/server/gridftp_main.c - the GridFTP daemon (RFC 959, 2228, GFD.20,
 * GFD.47). */
#include <stdio.h>
#include <stdlib.h>

#include "base/daemon.h"
#include "gridftp/server/ftp_monitor.h"
#include "gsi/check/site_check.h"
#include "gsi/scrub.h"

static const char about[] =
    "Moves files for holders of grid certificates, each as a local account.";

/* Everything between a valid configuration and the end. */
static int
serve(struct daemon *d, struct err *err)
{
    struct ftp_monitor m;
    char at[NET_TEXT], ready[NET_TEXT + 16];
    int rc = ftp_monitor_init(&m, d, err);

    if (rc == 0 && !d->check_only) {
        rc = ftp_monitor_listen(&m, err);
        if (rc == 0)
            rc = daemon_detach(d, err);
        if (rc == 0) {
            snprintf(ready, sizeof(ready), "listen=%s", net_text(&m.at, at));
            daemon_ready(d, ready);
            ftp_monitor_serve(&m);
        }
    }
    if (rc == 0 && d->check_only)
        daemon_checked(d);
    ftp_monitor_fini(&m);
    return rc;
}

int
main(int argc, char *argv[])
{
    struct err err = ERR_INIT;
    struct daemon d;
    int rc;

    /* The process that forks users' sessions holds the host's key. */
    (void)gsi_scrub_frees();
    rc = daemon_init(&d, "gridftp", about, argc, argv, &err);

    if (rc == 0 && d.check_only)
        rc = site_check(d.conf, d.conf_file, d.name, &err);
    if (rc == 0)
        rc = serve(&d, &err);
    rc = rc < 0 ? daemon_fail(&d, &err) : 0;
    daemon_fini(&d);
    return rc;
}
