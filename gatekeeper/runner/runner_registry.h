/* gatekeeper/runner/runner_registry.h - the runner's own record of which job
 * belongs to which account, name and uid, and to which certificate's name: one
 * line a job in gatekeeper.runner_state/registry, synced before anything is
 * done for the job.  The gatekeeper cannot write it.
 */
#ifndef GATEKEEPER_RUNNER_REGISTRY_H
#define GATEKEEPER_RUNNER_REGISTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"

struct runner_registry;

/* Whose a job is.  All of it counts: a name can be given to another uid, a uid
 * to another name, and the grid-mapfile may take the account away from DN. */
struct runner_owner {
    char *account;
    uid_t uid;     /* RUNNER_UID_UNKNOWN: an older version registered it */
    char *dn;      /* the certificate's; NULL: an older version registered it */
    bool operator; /* not of a job: gatekeeper.operator */
};
#define RUNNER_UID_UNKNOWN ((uid_t)-1)

/* Open, or make, the registry in the directory DIR (made 0700), and lock it.
 * -1 with ERR: STATE (another runner has it), IO, CONFIG (DIR belongs to or can
 * be written by somebody else). */
int runner_registry_open(struct runner_registry **r, const char *dir,
                         struct err *err);
void runner_registry_close(struct runner_registry *r);
/* Whose JOB is; NULL when it is not registered.  Borrowed, for good. */
const struct runner_owner *
runner_registry_owner(const struct runner_registry *r, const char *job);
/* Bind JOB to ACCOUNT with UID, in which the certificate name DN ("/C=..", no
 * control characters; NULL: not known) runs it; on disk only after
 * runner_registry_sync(). */
void runner_registry_add(struct runner_registry *r, const char *job,
                         const char *account, uid_t uid, const char *dn);
/* Forget JOB. */
void runner_registry_remove(struct runner_registry *r, const char *job);
/* Put all changes on disk: one fdatasync for however many.  -1 with ERR: the
 * changes since the last sync are taken back (NOSPACE, IO), or nobody knows
 * what is on disk and the process must end (INTERNAL). */
int runner_registry_sync(struct runner_registry *r, struct err *err);
/* Jobs that are registered. */
size_t runner_registry_count(const struct runner_registry *r);

#endif
