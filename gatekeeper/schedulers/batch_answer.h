/* gatekeeper/schedulers/batch_answer.h - parses the answers of batch systems'
 * commands: the id of a submitted job, and the message of a failed command.
 * The words are rows of batch_answer.def.  Pure. */
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
/* Whether the failure DIAG of a command of KIND is transient or means that the
 * system did not answer: it says nothing about the job. */
bool batch_answer_transient(enum batch_kind kind, const char *diag);
/* Reduce the failure DIAG of a command to one line in OUT of SIZE bytes. */
void batch_answer_error(enum batch_kind kind, const char *diag, char *out,
                        size_t size);

#endif
