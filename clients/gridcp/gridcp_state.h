/* clients/gridcp/gridcp_state.h - what an interrupted run had done: -state
 * FILE.
 *
 * A journal of lines, appended to, locked with flock() while a gridcp works:
 *
 *   gridcp-state 1 BOOT-ID FINGERPRINT
 *   pid PID                                   who works
 *   d ENTRY                                   the file of pair ENTRY is done
 *   d ENTRY KEY                               a file below it
 *   o ENTRY KEY SIZE MTIME DEV INODE SEC NSEC its local part, and when that was
 *                                             made
 *   p ENTRY KEY SIZE MTIME RANGES             how much of its part has arrived
 *   b ENTRY KEY SIZE MTIME ORDERED            bytes went to a server, 1: in
 *                                             order
 *   w ENTRY KEY SIZE MTIME DEV INODE SEC NSEC all of it is in that local file,
 *                                             which gets its name next
 *   end
 *
 * FINGERPRINT stands for what the user named.  Before "end" is written the file
 * systems are synced; without it a journal from before the last boot counts for
 * nothing, since what was written but not flushed is lost with a crash.
 */
#ifndef CLIENTS_GRIDCP_STATE_H
#define CLIENTS_GRIDCP_STATE_H

#include "clients/gridcp/gridcp.h"

/* Open, lock and read FILE. -1 with ERR: STATE (another gridcp uses it), USAGE
 * (it belongs to another command). */
int gridcp_state_open(struct gridcp *g, const char *file,
                      struct gridcp_state **state, struct err *err);
/* Close; ALL DONE: sync and mark the journal as complete. -1 with ERR when the
 * journal could not be written at any time: the next run will copy again what
 * it does not record. */
int gridcp_state_close(struct gridcp_state *s, bool all_done, struct err *err);
/* Whether the previous run completed everything. */
bool gridcp_state_complete(struct gridcp_state *s);
/* Write the recorded changes. */
void gridcp_state_flush(struct gridcp_state *s);
/* Whether ENTRY as a whole, or T, was done before.  A complete part that only
 * lacks its final name is renamed. */
bool gridcp_state_entry_done(struct gridcp_state *s, uint64_t entry);
bool gridcp_state_task_done(struct gridcp_state *s,
                            const struct gridcp_task *t);
/* Put into t->have what had arrived of the same source (size and time
 * unchanged); also whether it was begun, and how. */
void gridcp_state_resume(struct gridcp_state *s, struct gridcp_task *t);
/* Record an event of T.  Small files are recorded only when done; otherwise
 * they are copied again. */
void gridcp_state_opened(struct gridcp_state *s, const struct gridcp_task *t);
void gridcp_state_begun(struct gridcp_state *s, const struct gridcp_task *t);
void gridcp_state_whole(struct gridcp_state *s, const struct gridcp_task *t);
void gridcp_state_progress(struct gridcp_state *s, struct gridcp_task *t);
void gridcp_state_done(struct gridcp_state *s, const struct gridcp_task *t);
void gridcp_state_failed(struct gridcp_state *s, struct gridcp_task *t);

#endif
