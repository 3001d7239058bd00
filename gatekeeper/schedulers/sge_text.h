/* gatekeeper/schedulers/sge_text.h - parses the output of Grid Engine's
 * commands (qstat(1), qsub(1), qconf(1), accounting(5)).  Pure.
 *
 * qstat prints XML, but it writes other users' job names unchanged: bytes that
 * XML cannot represent are replaced first. */
#ifndef GATEKEEPER_SCHEDULERS_SGE_TEXT_H
#define GATEKEEPER_SCHEDULERS_SGE_TEXT_H

#include "base/buf.h"
#include "gatekeeper/schedulers/batch_line.h"

/* Parse the output of `qstat -xml`; TEXT is modified.  Jobs whose names cannot
 * be submit names are skipped.  An array, which qstat shows as ranges of tasks
 * in one state, becomes one line per task with the task's submit name; other
 * users' arrays are skipped.  Sorted by name.  -1 with ERR: SYNTAX, LIMIT. */
int sge_text_lines(struct buf *text, struct batch_lines *lines,
                   struct err *err);
/* Our state for Grid Engine's state WORD; NULL: no known letter. */
const struct batch_state *sge_text_state(const char *word);
/* Copy the reasons in the output of `qstat -j IDS` to those of LINES that have
 * none. */
void sge_text_reasons(const char *text, struct batch_lines *lines);
/* Parse the output of `qstat -g c -xml` into INFO.  -1 with ERR. */
int sge_text_queues(struct buf *text, struct sched_info *info, struct err *err);
/* Parse the time limits in the output of `qconf -sq` into INFO's shares. */
void sge_text_limits(const char *text, struct sched_info *info);
/* Count the jobs of `qstat -xml` in INFO; a waiting job may go to any queue.
 * -1 with ERR. */
int sge_text_load(struct buf *text, struct sched_info *info, struct err *err);
/* How many tasks an array may have, by what `qconf -sconf` printed; -1: it does
 * not say. */
long long sge_text_array_max(const char *config);
/* Put what `qacct -j` says about the end of the last job it shows, such as
 * "failed 37: qmaster enforced h_rt limit", into TEXT of SIZE bytes. false:
 * nothing. */
bool sge_text_history(const char *record, char *text, size_t size);
/* Parse a limit, "INFINITY", "90" or "1:30:00", into seconds; -1 none. */
long long sge_text_time(const char *text);

#endif
