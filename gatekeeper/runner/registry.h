/* gatekeeper/runner/registry.h - the runner's own record of which job belongs
 * to which account: one line a job in gatekeeper.runner_state/registry, synced
 * before anything is done for the job.  The gatekeeper cannot write it. */
#ifndef GATEKEEPER_RUNNER_REGISTRY_H
#define GATEKEEPER_RUNNER_REGISTRY_H

#include <stddef.h>

#include "base/err.h"

struct registry;

/* Open, or make, the registry in the directory DIR (made 0700), and lock it.
 * -1 with ERR: STATE (another runner has it), IO, CONFIG (DIR belongs to or can
 * be written by somebody else). */
int registry_open(struct registry **r, const char *dir, struct err *err);
void registry_close(struct registry *r);
/* The account of JOB; NULL when it is not registered.  Borrowed, for good. */
const char *registry_account(const struct registry *r, const char *job);
/* Bind JOB to ACCOUNT; on disk only after registry_sync(). */
void registry_add(struct registry *r, const char *job, const char *account);
/* Forget JOB. */
void registry_remove(struct registry *r, const char *job);
/* Put all changes on disk: one fdatasync for however many.  -1 with ERR: the
 * changes since the last sync are taken back (NOSPACE), or the disk cannot be
 * trusted any more and the process must end (IO). */
int registry_sync(struct registry *r, struct err *err);
/* Jobs that are registered. */
size_t registry_count(const struct registry *r);

#endif
