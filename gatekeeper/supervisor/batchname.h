/* gatekeeper/supervisor/batchname.h - the names that tasks have in a batch
 * system, for the process that submits them and for the supervisor that finds
 * its task from the environment.
 *
 * A task's submit name is "JOB-TASK-ATTEMPT", or "JOB" for the first attempt of
 * a single-task job (life_table_submit_name()); JOB contains no '-'.  A native
 * array has one name for all its elements, "JOB-aATTEMPT-BASE": the element
 * INDEX is task BASE + INDEX. */
#ifndef GATEKEEPER_SUPERVISOR_BATCHNAME_H
#define GATEKEEPER_SUPERVISOR_BATCHNAME_H

#include <stdbool.h>
#include <stdint.h>

#define BATCHNAME_MAX 64 /* NUL included */

/* Make the name of the array that starts with task BASE, at ATTEMPT, for the
 * job with the submit name SUBMIT. */
void batchname_array(const char *submit, unsigned attempt, uint32_t base,
                     char name[BATCHNAME_MAX]);
/* Make the submit name of element INDEX of the array NAME. false: NAME is not
 * an array's name. */
bool batchname_element(const char *name, uint32_t index,
                       char submit[BATCHNAME_MAX]);
/* Get task and attempt from the submit name SUBMIT. false: it names none. */
bool batchname_task(const char *submit, uint32_t *task, uint32_t *attempt);
/* Get task and attempt from the names that a batch system put into the
 * environment; both stay 0 if it names none. */
void batchname_environment(uint32_t *task, uint32_t *attempt);

#endif
