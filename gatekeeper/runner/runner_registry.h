/* gatekeeper/runner/runner_registry.h - the runner's own record of which job
 * belongs to which account: one line a job in gatekeeper.runner_state/registry,
 * synced before anything is done for the job.  The gatekeeper cannot write it.
 */
#ifndef GATEKEEPER_RUNNER_REGISTRY_H
#define GATEKEEPER_RUNNER_REGISTRY_H

#include <stddef.h>

#include "base/err.h"

struct runner_registry;

/* Open, or make, the registry in the directory DIR (made 0700), and lock it.
 * -1 with ERR: STATE (another runner has it), IO, CONFIG (DIR belongs to or can
 * be written by somebody else). */
int runner_registry_open(struct runner_registry **r, const char *dir,
                         struct err *err);
void runner_registry_close(struct runner_registry *r);
/* The account of JOB; NULL when it is not registered.  Borrowed, for good. */
const char *runner_registry_account(const struct runner_registry *r,
                                    const char *job);
/* Bind JOB to ACCOUNT; on disk only after runner_registry_sync(). */
void runner_registry_add(struct runner_registry *r, const char *job,
                         const char *account);
/* Forget JOB. */
void runner_registry_remove(struct runner_registry *r, const char *job);
/* Put all changes on disk: one fdatasync for however many.  -1 with ERR: the
 * changes since the last sync are taken back (NOSPACE), or the disk cannot be
 * trusted any more and the process must end (IO). */
int runner_registry_sync(struct runner_registry *r, struct err *err);
/* Jobs that are registered. */
size_t runner_registry_count(const struct runner_registry *r);

#endif
