/* gatekeeper/runner/helper_units.h - what is known of one run of a session: a
 * unit's directory, its supervisor, its end. */
#ifndef GATEKEEPER_RUNNER_HELPER_UNITS_H
#define GATEKEEPER_RUNNER_HELPER_UNITS_H

#include "gatekeeper/runner/runner_helper.h"
#include "gatekeeper/supervisor/runfile.h"

/* After SIGKILL; a format for the job's id. */
#define HELPER_STUBBORN "processes of job '%s' do not end after SIGKILL"

/* Open UNIT's directory beneath the session; -1 with errno. */
int helper_unit_open(int sessionfd, uint32_t unit);
/* The names of the files of the run that R is about. */
struct runfiles helper_unit_files(const struct runner_request *r);
/* Fill ST from the files F of a run in the unit's directory and what lives.  -1
 * with ERR: it cannot be known now. */
int helper_unit_judge(int unitfd, const struct runfiles *f,
                      struct runner_status *st, struct err *err);
/* Whether ST says held or running. */
bool helper_unit_alive(const struct runner_status *st);
/* What marks every process of the run that R is about; caller frees. */
char *helper_unit_mark(const struct runner_request *r);
/* End all processes of the run that R is about, its supervisor too, by their
 * mark.  false: some do not end. */
bool helper_unit_sweep(const struct runner_request *r);
/* Send FIRST, then SECOND (0: none), to the supervisor of C's unit, if it is
 * alive still. */
void helper_unit_signal(const struct helper_call *c, int first, int second);

#endif
