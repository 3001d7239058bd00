/* gatekeeper/schedulers/slurm_text.h - what Slurm's commands print, as values
 * (squeue(1), sbatch(1), sinfo(1), sacct(1)).  Pure.
 *
 * Names of jobs are other people's, and hold whatever they like, line ends
 * included: each record of squeue is put between two marks that nobody could
 * know before, and what is not between marks is an error. */
#ifndef GATEKEEPER_SCHEDULERS_SLURM_TEXT_H
#define GATEKEEPER_SCHEDULERS_SLURM_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "gatekeeper/schedulers/batch_line.h"

#define SLURM_MARK   17 /* of random letters and digits, NUL included */
#define SLURM_FORMAT 80

/* The state of WORD; NULL none. */
const struct batch_state *slurm_text_state(const char *word);
/* The format for squeue(1) with MARK around each record. */
void slurm_text_format(const char *mark, char format[SLURM_FORMAT]);
/* Read what squeue printed by that format; jobs whose names cannot be a submit
 * name are left out.  Sorted by name.  -1 with ERR: PROTOCOL. */
int slurm_text_lines(const char *text, const char *mark,
                     struct batch_lines *lines, struct err *err);
/* Read what sinfo printed by the format SLURM_SHARES into INFO: partitions,
 * processors as slots.  -1 with ERR: PROTOCOL. */
#define SLURM_SHARES "%R=%a=%l=%C"
int slurm_text_shares(const char *text, struct sched_info *info,
                      struct err *err);
/* Count the jobs that squeue printed by the format SLURM_LOAD into INFO. */
#define SLURM_LOAD "%T=%P"
void slurm_text_load(const char *text, struct sched_info *info);
/* Seconds of a time limit, "[D-]HH:MM:SS", "MM:SS", "infinite"; -1 none. */
long long slurm_text_time(const char *text);
/* MaxArraySize in what `scontrol show config` printed; -1: it is not there. */
long long slurm_text_array_max(const char *config);
/* How long the controller has run by then, by its own clock, from when it began
 * (BOOT_TIME); -1: that is not there. */
long long slurm_text_uptime_ms(const char *config);
/* The last state that sacct printed by --format=State; NULL none. */
const struct batch_state *slurm_text_history(const char *text);

#endif
