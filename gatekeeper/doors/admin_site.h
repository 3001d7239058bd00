/* gatekeeper/doors/admin_site.h - the gatekeeper itself, for administrators:
 * rows of admin.def. */
#ifndef GATEKEEPER_DOORS_ADMIN_SITE_H
#define GATEKEEPER_DOORS_ADMIN_SITE_H

#include "http/server.h"

/* What it is, whether it takes jobs, how many it has in which state. */
http_fn admin_site_status;
/* Who is connected, and what each asked for last. */
http_fn admin_site_connections;
/* What each owner has, and the limits. */
http_fn admin_site_quotas;
/* New jobs are refused from now on; are taken again. */
http_fn admin_site_drain, admin_site_undrain;
/* Ban the certificate name that the body is: it goes into security.ban. */
http_fn admin_site_ban;
/* Look the store over; copy it into a file beside it. */
http_fn admin_site_check, admin_site_backup;

#endif
