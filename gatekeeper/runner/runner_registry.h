/* gatekeeper/runner/runner_registry.h - the runner's own record of each job's
 * account (name and uid) and certificate name: one line per job in
 * gatekeeper.runner_state/registry, synced before any work for the job.  The
 * gatekeeper has no write access to it. */
#ifndef GATEKEEPER_RUNNER_REGISTRY_H
#define GATEKEEPER_RUNNER_REGISTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"

struct runner_registry;

/* The owner of a job.  Every field is checked: an account name can get another
 * uid, a uid another name, and the grid-mapfile may take the account away from
 * DN. */
struct runner_owner {
    char *account;
    uid_t uid;     /* RUNNER_UID_UNKNOWN: an older version registered it */
    char *dn;      /* NULL: an older version registered it */
    bool operator; /* this is gatekeeper.operator, not a job's owner */
};
#define RUNNER_UID_UNKNOWN ((uid_t)-1)

/* Open and lock the registry in the directory DIR; create both if missing (DIR
 * with mode 0700).  -1 with ERR: STATE (another runner uses it), IO, CONFIG
 * (another user owns DIR or can write to it). */
int runner_registry_open(struct runner_registry **r, const char *dir,
                         struct err *err);
void runner_registry_close(struct runner_registry *r);
/* The owner of JOB; NULL if it is not registered.  Borrowed; stays valid. */
const struct runner_owner *
runner_registry_owner(const struct runner_registry *r, const char *job);
/* Bind JOB to ACCOUNT with UID and to the certificate name DN ("/C=..", no
 * control characters; NULL: not known).  It is on disk only after
 * runner_registry_sync(). */
void runner_registry_add(struct runner_registry *r, const char *job,
                         const char *account, uid_t uid, const char *dn);
/* Forget JOB. */
void runner_registry_remove(struct runner_registry *r, const char *job);
/* Write all changes to disk with one fdatasync.  -1 with ERR: NOSPACE or IO:
 * the changes since the last sync are undone.  INTERNAL: the contents of the
 * disk are unknown, and the process must end. */
int runner_registry_sync(struct runner_registry *r, struct err *err);
/* The number of registered jobs. */
size_t runner_registry_count(const struct runner_registry *r);

#endif
