/* gatekeeper/runner/helper_units.h - the state of one run of a session: its
 * unit directory, its supervisor and its end. */
#ifndef GATEKEEPER_RUNNER_HELPER_UNITS_H
#define GATEKEEPER_RUNNER_HELPER_UNITS_H

#include "gatekeeper/runner/runner_helper.h"
#include "gatekeeper/supervisor/runfile.h"

/* A format; its argument is the job's id. */
#define HELPER_STUBBORN "processes of job '%s' do not end after SIGKILL"

/* Open UNIT's directory below the session; -1 with errno. */
int helper_unit_open(int sessionfd, uint32_t unit);
/* The file names of the run in R. */
struct runfiles helper_unit_files(const struct runner_request *r);
/* Fill ST from the run's files F in the unit's directory and from its live
 * processes.  -1 with ERR: the state cannot be determined now. */
int helper_unit_judge(int unitfd, const struct runfiles *f,
                      struct runner_status *st, struct err *err);
/* Whether ST is held or running. */
bool helper_unit_alive(const struct runner_status *st);
/* The environment variable that marks every process of the run in R; the caller
 * frees it. */
char *helper_unit_mark(const struct runner_request *r);
/* Kill all processes that carry the mark of the run in R, its supervisor
 * included. false: some do not end. */
bool helper_unit_sweep(const struct runner_request *r);
/* End the run that C is about, which did not end when it was told to: all its
 * processes, and its supervisor; one that has other runs as well only if it is
 * stopped.  false: some do not end. */
bool helper_unit_end(const struct helper_call *c);
/* Send FIRST, then SECOND (0: none), to the supervisor of C's unit if it is
 * alive. */
void helper_unit_signal(const struct helper_call *c, int first, int second);

#endif
