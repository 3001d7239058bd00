/* gatekeeper/journal/journal.h - the journal of all jobs as its readers follow
 * it: every change of a state is an event with a number, stored by the commit
 * that makes the change and published here after it, in that order.
 *
 * The store has the events; memory keeps the newest few.  Each reader keeps the
 * number that it has come to.  Any thread. */
#ifndef GATEKEEPER_JOURNAL_JOURNAL_H
#define GATEKEEPER_JOURNAL_JOURNAL_H

#include "gatekeeper/store/store.h"

/* Events that memory keeps. */
#define JOURNAL_RING 1024

struct journal;

/* The journal of STORE, whose opened self is SELF.  -1 with ERR: the store
 * cannot be read. */
int journal_open(struct journal **j, const struct store *store, void *self,
                 struct err *err);
/* Nobody reads or waits any more.  NULL ok. */
void journal_close(struct journal *j);

/* Publish EVENT, which is on disk (copied): called in the order of the
 * numbers, once memory shows what it says. */
void journal_append(struct journal *j, const struct store_event *event);
/* Another process has written events up to the number LAST, which is in the
 * store: they are news, too.  Called in the same order. */
void journal_reach(struct journal *j, long long last);
/* Let go everybody who waits, now and from now on. */
void journal_end(struct journal *j);

/* The events after the number SINCE, oldest first, MAX at most, into OUT (for
 * store_events_fini()).  0 reads from the oldest that is kept.  -1 with ERR:
 * STATE, some after SINCE are not kept any more, or SINCE is beyond the end (of
 * a store that was restored): the reader has missed something, takes
 * journal_last() as its number, and reads everything anew; or the store
 * cannot be read. */
int journal_read(struct journal *j, long long since, size_t max,
                 struct store_events *out, struct err *err);
/* Wait until there is an event after SINCE: true; false at UNTIL_MS of
 * time_mono_ms(), or at the end. */
bool journal_wait(struct journal *j, long long since, long long until_ms);
/* The number of the last event; 0: there was none yet. */
long long journal_last(struct journal *j);

#endif
