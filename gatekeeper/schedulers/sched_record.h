/* gatekeeper/schedulers/sched_record.h - translates a run's status from the
 * supervisor's files into that of scheduler.h, for every adapter. */
#ifndef GATEKEEPER_SCHEDULERS_SCHED_RECORD_H
#define GATEKEEPER_SCHEDULERS_SCHED_RECORD_H

#include "gatekeeper/runner/runner_client.h"
#include "gatekeeper/schedulers/scheduler.h"

/* The runner's name for JOB's run. */
struct runner_task sched_record_run(const struct sched_job *job);
/* The run to give to runner_prepare() for JOB's launch file, which serves all
 * its tasks. */
struct runner_task sched_record_launch(const struct sched_job *job);
/* Set state, start and exit of OUT from ST; fields unknown to ST stay. */
void sched_record_translate(const struct runner_status *st,
                            struct sched_status *out);
/* Set OUT to SCHED_LOST, because of WHY. */
void sched_record_lost(struct sched_status *out, const char *why);
/* If CODE is an error, the files could not be read: set OUT from CODE and TEXT.
 * false: CODE is ERR_OK. */
bool sched_record_failed(enum err_code code, const char *text,
                         struct sched_status *out);

#endif
