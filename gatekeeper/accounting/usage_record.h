/* gatekeeper/accounting/usage_record.h - what a job that is over has used, as
 * an OGF Usage Record 1.0 (GFD.98), and a line for each of its tasks. */
#ifndef GATEKEEPER_ACCOUNTING_USAGE_RECORD_H
#define GATEKEEPER_ACCOUNTING_USAGE_RECORD_H

#include "gatekeeper/store/store.h"
#include "jobs/job.h"

/* Append the JobUsageRecord document of JOB, whose description is RECORD.  Wall
 * and CPU time are the sums of its tasks', memory the largest of one task,
 * StartTime that of the first; what is not known is left out.  The same job
 * gives the same text, whoever writes it, and when. */
void usage_record_write(const struct store_job *job, const struct job *record,
                        struct buf *out);
/* Append a line for each task of JOB that anything happened to: "key=value"
 * words with a blank between, times as RFC 3339, milliseconds, bytes; "-" not
 * known. */
void usage_record_tasks(const struct store_job *job, struct buf *out);

#endif
