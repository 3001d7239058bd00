/* gatekeeper/schedulers/pbs_text.h - parses the output of the commands of PBS
 * and TORQUE (qstat(1), qsub(1), pbsnodes(8)).  Pure.
 *
 * If the server is another system, a job's name may contain line ends and so
 * forge the entry of another job: after listing all jobs, ask again for the
 * relevant ones by id. */
#ifndef GATEKEEPER_SCHEDULERS_PBS_TEXT_H
#define GATEKEEPER_SCHEDULERS_PBS_TEXT_H

#include "gatekeeper/schedulers/batch_line.h"

/* Add the jobs in the output of `qstat -f`, except those whose names cannot be
 * submit names.  Not sorted. */
void pbs_text_lines(const char *text, struct batch_lines *lines);
/* Parse the output of `qstat -q` into INFO: queues, their wall time, their
 * load. */
void pbs_text_queues(const char *text, struct sched_info *info);
/* Add the processors in the output of `pbsnodes -a` to all shares of INFO,
 * those of free nodes as free: no command tells which queue uses which
 * nodes. */
void pbs_text_nodes(const char *text, struct sched_info *info);

#endif
