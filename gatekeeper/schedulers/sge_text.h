/* gatekeeper/schedulers/sge_text.h - what Grid Engine's commands print, as
 * values (qstat(1), qsub(1), qconf(1), accounting(5)).  Pure.
 *
 * Names of jobs are other people's: what qstat prints is XML, from which bytes
 * that XML cannot carry are taken first, since qstat writes them as they are.
 */
#ifndef GATEKEEPER_SCHEDULERS_SGE_TEXT_H
#define GATEKEEPER_SCHEDULERS_SGE_TEXT_H

#include "base/buf.h"
#include "gatekeeper/schedulers/batch_line.h"

/* Read what `qstat -xml` printed, TEXT is changed; jobs whose names cannot be a
 * submit name are left out.  An array, which qstat shows as ranges of tasks in
 * one state, becomes a line for each task, named as its task is; arrays of
 * others are left out.  Sorted by name.  -1 with ERR: SYNTAX, LIMIT. */
int sge_text_lines(struct buf *text, struct batch_lines *lines,
                   struct err *err);
/* What the state WORD is to us; NULL: it has no letter that is known. */
const struct batch_state *sge_text_state(const char *word);
/* The reasons in what `qstat -j IDS` printed, into those of LINES that have
 * none. */
void sge_text_reasons(const char *text, struct batch_lines *lines);
/* Read what `qstat -g c -xml` printed into INFO.  -1 with ERR. */
int sge_text_queues(struct buf *text, struct sched_info *info, struct err *err);
/* The limits of time in what `qconf -sq` printed, into INFO's shares. */
void sge_text_limits(const char *text, struct sched_info *info);
/* Count the jobs of `qstat -xml` into INFO: one that waits may go to any queue.
 * -1 with ERR. */
int sge_text_load(struct buf *text, struct sched_info *info, struct err *err);
/* How many tasks an array may have, by what `qconf -sconf` printed; -1: it does
 * not say. */
long long sge_text_array_max(const char *config);
/* What `qacct -j` says of the end of the last job that it shows, "failed 37:
 * qmaster enforced h_rt limit", into TEXT of SIZE bytes.  false: nothing. */
bool sge_text_history(const char *record, char *text, size_t size);
/* Seconds of a limit, "INFINITY", "90", "1:30:00"; -1 none. */
long long sge_text_time(const char *text);

#endif
