/* gatekeeper/runner/helper_books.h - the books of arrays' tasks
 * (gatekeeper/supervisor/taskbook.h) that a helper has read, so that it reads
 * only what was added since; and the news of them. */
#ifndef GATEKEEPER_RUNNER_HELPER_BOOKS_H
#define GATEKEEPER_RUNNER_HELPER_BOOKS_H

#include "gatekeeper/runner/runner_helper.h"
#include "gatekeeper/supervisor/taskbook.h"

/* One array's. */
struct helper_book {
    char job[UUID_TEXT];
    struct taskbook book;
    bool alive;      /* its last supervisor was, when it was read */
    int wd;          /* the watch of its news; -1 none */
    uint32_t *fresh; /* tasks that began or ended, not told yet */
    size_t nfresh;
    unsigned used; /* when it was, for who has to go */
};

/* The book of JOB in the unit's directory UNITFD, read to its end, and in *FD
 * its file, the caller's to close; to append to it when WRITE, then made when
 * missing, and locked.  NULL with ERR: NOT_FOUND, AUTHZ, NOSPACE, TIMEOUT
 * (somebody else has the lock), IO. */
struct helper_book *helper_book_open(struct helper *h, const char *job,
                                     int unitfd, bool write, int *fd,
                                     struct err *err);
/* Read on; b->alive is then so. */
int helper_book_read(struct helper_book *b, int fd, struct err *err);
/* Fill ST with what the book says of attempt ATTEMPT of TASK; FD is its file.
 * 1: nothing. */
int helper_book_judge(const struct helper_book *b, int fd, uint32_t task,
                      uint32_t attempt, struct runner_status *st);
/* Have the news of B told from now on. */
void helper_book_watch(struct helper *h, struct helper_book *b);
/* There is news, of some of them. */
void helper_book_news(struct helper *h);
/* The supervisor of JOB has ended: all tasks that are not over are to be looked
 * at.  false: JOB has no book here. */
bool helper_book_ended(struct helper *h, const char *job);
/* JOB goes. */
void helper_book_forget(struct helper *h, const char *job);

#endif
