/* gatekeeper/schedulers/sched_launch.h - makes the launch file of a job, for
 * every adapter: program, environment and limits. */
#ifndef GATEKEEPER_SCHEDULERS_SCHED_LAUNCH_H
#define GATEKEEPER_SCHEDULERS_SCHED_LAUNCH_H

#include "base/conf.h"
#include "gatekeeper/schedulers/scheduler.h"

/* Append the fields of gatekeeper/supervisor/launch.h for JOB.  The supervisor
 * starts COPIES copies.  -1 with ERR: USAGE, a NUL or an invalid name. */
int sched_launch(const struct conf *conf, const struct sched_job *job,
                 long copies, struct buf *spec, struct err *err);

#endif
