/* gatekeeper/schedulers/batch_answer.h - what the commands of the batch systems
 * answer: the id of what was submitted, and what a command that failed says.
 * Their words are the rows of batch_answer.def.  Pure. */
#ifndef GATEKEEPER_SCHEDULERS_BATCH_ANSWER_H
#define GATEKEEPER_SCHEDULERS_BATCH_ANSWER_H

#include <stdbool.h>
#include <stddef.h>

#include "gatekeeper/schedulers/scheduler.h"

enum batch_kind {
    BATCH_SLURM,
    BATCH_SGE,
    BATCH_PBS
};

/* The id in TEXT, which KIND's submitting program printed: "17", or as
 * batch_answer.def has it "17;cluster", "17.server" and "17.1-20:1", as "17".
 * -1: that is not an id. */
int batch_answer_id(enum batch_kind kind, const char *text,
                    char id[SCHED_ID_MAX]);
/* Whether a command of KIND that failed with DIAG could not ask the system, or
 * may succeed later: nothing follows about the job. */
bool batch_answer_transient(enum batch_kind kind, const char *diag);
/* What a failed command's DIAG says, one line in OUT of SIZE bytes. */
void batch_answer_error(enum batch_kind kind, const char *diag, char *out,
                        size_t size);

#endif
