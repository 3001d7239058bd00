/* gatekeeper/runner/helper_books.h - the helper's cache of task books
 * (gatekeeper/supervisor/taskbook.h): it reads only the entries added since the
 * last read, and reports new events to the gatekeeper. */
#ifndef GATEKEEPER_RUNNER_HELPER_BOOKS_H
#define GATEKEEPER_RUNNER_HELPER_BOOKS_H

#include "gatekeeper/runner/runner_helper.h"
#include "gatekeeper/supervisor/taskbook.h"

/* The book of one array. */
struct helper_book {
    char job[UUID_TEXT];
    struct taskbook book;
    bool alive; /* its last supervisor was alive when the book was last read */
    int wd;     /* inotify watch on the book; -1 none */
    uint32_t *fresh; /* tasks that began or ended and are not reported yet */
    size_t nfresh;
    unsigned used; /* time of last use, for eviction */
};

/* Open the book of JOB in the unit's directory UNITFD and read it to its end.
 * *FD is its file; the caller closes it.  WRITE: open it for appending, create
 * it if missing, and lock it.  NULL with ERR: NOT_FOUND, AUTHZ, NOSPACE,
 * TIMEOUT (another process holds the lock), IO. */
struct helper_book *helper_book_open(struct helper *h, const char *job,
                                     int unitfd, bool write, int *fd,
                                     struct err *err);
/* Read the entries added since the last read and update b->alive. */
int helper_book_read(struct helper_book *b, int fd, struct err *err);
/* Fill ST with the state of attempt ATTEMPT of TASK as the book records it; FD
 * is the book's file. 1: the book has no entry for it. */
int helper_book_judge(const struct helper_book *b, int fd, uint32_t task,
                      uint32_t attempt, struct runner_status *st);
/* Report new entries of B to the gatekeeper from now on. */
void helper_book_watch(struct helper *h, struct helper_book *b);
/* Read the inotify events and report the books that changed. */
void helper_book_news(struct helper *h);
/* The supervisor of JOB has ended: ask the gatekeeper to look at every task
 * that has no end in the book. false: JOB has no book here. */
bool helper_book_ended(struct helper *h, const char *job);
/* Drop the book of JOB from the cache. */
void helper_book_forget(struct helper *h, const char *job);

#endif
