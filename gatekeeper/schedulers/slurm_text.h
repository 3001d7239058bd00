/* gatekeeper/schedulers/slurm_text.h - parses the output of Slurm's commands
 * (squeue(1), sbatch(1), sinfo(1), sacct(1)).  Pure.
 *
 * Other users choose their job names, which may contain anything, even line
 * ends.  So each record of squeue is printed between two random marks, and text
 * outside of marks is an error. */
#ifndef GATEKEEPER_SCHEDULERS_SLURM_TEXT_H
#define GATEKEEPER_SCHEDULERS_SLURM_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "gatekeeper/schedulers/batch_line.h"

#define SLURM_MARK   17 /* random letters and digits, NUL included */
#define SLURM_FORMAT 80

/* The state of WORD; NULL if unknown. */
const struct batch_state *slurm_text_state(const char *word);
/* Make the format for squeue(1) with MARK around each record. */
void slurm_text_format(const char *mark, char format[SLURM_FORMAT]);
/* Parse squeue's output in that format; jobs whose names cannot be submit names
 * are skipped.  Sorted by name.  -1 with ERR: PROTOCOL. */
int slurm_text_lines(const char *text, const char *mark,
                     struct batch_lines *lines, struct err *err);
/* Parse sinfo's output in the format SLURM_SHARES into INFO: partitions, with
 * processors as slots.  -1 with ERR: PROTOCOL. */
#define SLURM_SHARES "%R=%a=%l=%C"
int slurm_text_shares(const char *text, struct sched_info *info,
                      struct err *err);
/* Count the jobs in squeue's output in the format SLURM_LOAD in INFO. */
#define SLURM_LOAD "%T=%P"
void slurm_text_load(const char *text, struct sched_info *info);
/* Parse a time limit, "[D-]HH:MM:SS", "MM:SS" or "infinite", into seconds; -1
 * none. */
long long slurm_text_time(const char *text);
/* MaxArraySize in the output of `scontrol show config`; -1 if absent. */
long long slurm_text_array_max(const char *config);
/* How long the controller has run (since BOOT_TIME, by its own clock), ms; -1
 * if absent. */
long long slurm_text_uptime_ms(const char *config);
/* The last state in sacct's output with --format=State; NULL none. */
const struct batch_state *slurm_text_history(const char *text);

#endif
