/* gatekeeper/schedulers/pbs_text.h - what the commands of PBS and TORQUE print,
 * as values (qstat(1), qsub(1), pbsnodes(8)).  Pure.
 *
 * Over another system a job's name may hold line ends, and so look like another
 * job: who lists all jobs asks once more for those that matter, by their ids.
 */
#ifndef GATEKEEPER_SCHEDULERS_PBS_TEXT_H
#define GATEKEEPER_SCHEDULERS_PBS_TEXT_H

#include "gatekeeper/schedulers/batch_line.h"

/* Add the jobs that `qstat -f` printed; those whose names cannot be a submit
 * name are left out.  Not sorted. */
void pbs_text_lines(const char *text, struct batch_lines *lines);
/* Read what `qstat -q` printed into INFO: queues, their wall time, their load.
 */
void pbs_text_queues(const char *text, struct sched_info *info);
/* Add the processors of `pbsnodes -a`, those of free nodes as free, to all
 * shares of INFO: no command tells which queue may use which. */
void pbs_text_nodes(const char *text, struct sched_info *info);

#endif
