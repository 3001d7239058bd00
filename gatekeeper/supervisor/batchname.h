/* gatekeeper/supervisor/batchname.h - the names that a batch system knows tasks
 * by, for who submits them and for the supervisor that finds its task by the
 * environment.
 *
 * A task's submit name is "JOB-TASK-ATTEMPT", the first of a job of one "JOB"
 * (life_table_submit_name()); JOB has no '-'.  Of an array the system has one
 * name for all elements, "JOB-aATTEMPT-BASE": the element INDEX is task BASE +
 * INDEX. */
#ifndef GATEKEEPER_SUPERVISOR_BATCHNAME_H
#define GATEKEEPER_SUPERVISOR_BATCHNAME_H

#include <stdbool.h>
#include <stdint.h>

#define BATCHNAME_MAX 64 /* NUL included */

/* The name of the array of tasks from BASE on, at ATTEMPT, of the job that the
 * submit name SUBMIT is of. */
void batchname_array(const char *submit, unsigned attempt, uint32_t base,
                     char name[BATCHNAME_MAX]);
/* The submit name of the element INDEX of the array NAME.  false: NAME is not
 * an array's. */
bool batchname_element(const char *name, uint32_t index,
                       char submit[BATCHNAME_MAX]);
/* Which task and attempt the submit name SUBMIT is of.  false: it says none. */
bool batchname_task(const char *submit, uint32_t *task, uint32_t *attempt);
/* The same by the names that a batch system has put into the environment; both
 * stay 0 where it says none. */
void batchname_environment(uint32_t *task, uint32_t *attempt);

#endif
