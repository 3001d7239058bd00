/* gatekeeper/doors/admin_site.h - the gatekeeper itself, for administrators:
 * rows of admin.def. */
#ifndef GATEKEEPER_DOORS_ADMIN_SITE_H
#define GATEKEEPER_DOORS_ADMIN_SITE_H

#include "http/server.h"

/* The service's identity, whether it accepts jobs, and the number of jobs in
 * each state. */
http_fn admin_site_status;
/* Who is connected, and the last request of each. */
http_fn admin_site_connections;
/* The jobs of each owner, and the limits. */
http_fn admin_site_quotas;
/* Refuse new jobs from now on; accept them again. */
http_fn admin_site_drain, admin_site_undrain;
/* Ban the certificate name in the body: add it to security.ban. */
http_fn admin_site_ban;
/* Check the store; copy it into a file beside it. */
http_fn admin_site_check, admin_site_backup;

#endif
