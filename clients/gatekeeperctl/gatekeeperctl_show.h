/* clients/gatekeeperctl/gatekeeperctl_show.h - prints the answers of a
 * gatekeeper to its administrator. */
#ifndef CLIENTS_GATEKEEPERCTL_SHOW_H
#define CLIENTS_GATEKEEPERCTL_SHOW_H

#include <jansson.h>

/* Print ANSWER to stdout.  Returns the exit status: 0, or 1 if it reports a
 * fault. */
typedef int show_fn(json_t *answer);

show_fn show_status, show_jobs, show_job, show_cancel, show_accept,
    show_connections, show_quotas, show_ban, show_check, show_backup;

#endif
