/* clients/gridcp/gridcp_report.h - what gridcp tells while it works: to people
 * on standard error, to programs (--json) one JSON object a line on standard
 * output:
 *
 *   {"event":"begin","source":URL,"destination":URL,"size":N}
 *   {"event":"progress","source":..,"destination":..,"bytes":N,"size":N}
 *   {"event":"retry",..,"error":TEXT}       another try will follow
 *   {"event":"done",..,"bytes":N}   {"event":"failed",..,"error":TEXT}
 *   {"event":"left-out","source":URL,"destination":"","error":TEXT}
 *   {"event":"end","files":N,"failed":N,"bytes":N}
 *
 * "size" is left out where it is not known. */
#ifndef CLIENTS_GRIDCP_REPORT_H
#define CLIENTS_GRIDCP_REPORT_H

#include "clients/gridcp/gridcp.h"

/* Create a report with the settings of G->o. */
struct gridcp_report *gridcp_report_create(struct gridcp *g);
void gridcp_report_destroy(struct gridcp_report *r);
/* One more file was found, of SIZE bytes (-1: unknown). */
void gridcp_report_found(struct gridcp_report *r, int64_t size);
/* Events of a task.  THERE: bytes already at the destination; BYTES: bytes just
 * copied. */
void gridcp_report_begin(struct gridcp_report *r, struct gridcp_task *t,
                         int64_t there);
void gridcp_report_moved(struct gridcp_report *r, struct gridcp_task *t,
                         int64_t bytes);
void gridcp_report_retry(struct gridcp_report *r, const struct gridcp_task *t,
                         const struct err *err, long long delay_ms);
void gridcp_report_done(struct gridcp_report *r, struct gridcp_task *t);
void gridcp_report_failed(struct gridcp_report *r, struct gridcp_task *t,
                          const struct err *err);
/* Not copied, because it is unnecessary (-sync) or was not wanted
 * (-dry-run). */
void gridcp_report_skipped(struct gridcp_report *r, struct gridcp_task *t,
                           const char *why);
/* URL is not a file that can be copied, but a WHAT. */
void gridcp_report_left_out(struct gridcp_report *r, const char *url,
                            const char *what);
/* The task is not running for now. */
void gridcp_report_pause(struct gridcp_report *r, struct gridcp_task *t);
/* Call it periodically: updates the terminal line, writes "progress" events. */
void gridcp_report_tick(struct gridcp_report *r);
/* Write the summary. */
void gridcp_report_end(struct gridcp_report *r);
/* Call a function for every running task, for lists of the rest. */
void gridcp_report_each(struct gridcp_report *r,
                        void (*each)(const struct gridcp_task *t, void *arg),
                        void *arg);

#endif
