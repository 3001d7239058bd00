/* gatekeeper/schedulers/sched_record.h - what a supervisor's files say of a
 * job, in the words of scheduler.h, for every adapter. */
#ifndef GATEKEEPER_SCHEDULERS_SCHED_RECORD_H
#define GATEKEEPER_SCHEDULERS_SCHED_RECORD_H

#include "gatekeeper/runner/runner_client.h"
#include "gatekeeper/schedulers/scheduler.h"

/* JOB's run as the runner knows it. */
struct runner_task sched_record_run(const struct sched_job *job);
/* What runner_prepare() makes JOB's launch file for: all of its tasks. */
struct runner_task sched_record_launch(const struct sched_job *job);
/* State, start and exit of OUT by ST; what ST does not know stays as it is. */
void sched_record_translate(const struct runner_status *st,
                            struct sched_status *out);
/* OUT is SCHED_LOST, because of WHY. */
void sched_record_lost(struct sched_status *out, const char *why);
/* The files could not be read, by CODE and TEXT: what OUT is then.  false: CODE
 * is ERR_OK. */
bool sched_record_failed(enum err_code code, const char *text,
                         struct sched_status *out);

#endif
