/* gatekeeper/journal/journal.h - the journal of all jobs for its readers: every
 * change of state is an event with a number, stored by the commit that makes
 * the change, and published here afterwards in the same order.
 *
 * The store has all events; memory has the newest few.  Each reader remembers
 * the number of the last event it has read.  Any thread. */
#ifndef GATEKEEPER_JOURNAL_JOURNAL_H
#define GATEKEEPER_JOURNAL_JOURNAL_H

#include "gatekeeper/store/store.h"

/* The number of events in memory. */
#define JOURNAL_RING 1024

struct journal;

/* Open the journal of STORE, whose opened self is SELF.  -1 with ERR: the store
 * cannot be read. */
int journal_open(struct journal **j, const struct store *store, void *self,
                 struct err *err);
/* Free the journal; no thread may use it any more.  NULL ok. */
void journal_close(struct journal *j);

/* Publish a copy of EVENT, which is on disk.  Call in the order of the numbers,
 * after memory shows the new state. */
void journal_append(struct journal *j, const struct store_event *event);
/* Another process has written events up to LAST to the store: wake the readers
 * for them.  Call in the same order. */
void journal_reach(struct journal *j, long long last);
/* Wake all waiting readers, now and from now on. */
void journal_end(struct journal *j);

/* Read at most MAX events after SINCE, oldest first, into OUT
 * (store_events_fini()).  SINCE 0 reads from the oldest kept event.  -1 with
 * ERR: STATE, some events after SINCE are no longer kept, or SINCE is beyond
 * the end (of a restored store): the reader has missed events, must continue
 * from journal_last(), and must read all state again; or the store cannot be
 * read. */
int journal_read(struct journal *j, long long since, size_t max,
                 struct store_events *out, struct err *err);
/* Wait for an event after SINCE: true; false at UNTIL_MS of time_mono_ms(), or
 * at journal_end(). */
bool journal_wait(struct journal *j, long long since, long long until_ms);
/* The number of the last event; 0: there is none yet. */
long long journal_last(struct journal *j);

#endif
