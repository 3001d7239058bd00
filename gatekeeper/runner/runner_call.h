/* gatekeeper/runner/runner_call.h - one request of the gatekeeper to the
 * runner; the functions of runner_client.h are built on it. */
#ifndef GATEKEEPER_RUNNER_RUNNER_CALL_H
#define GATEKEEPER_RUNNER_RUNNER_CALL_H

#include <pthread.h>
#include <stdbool.h>

#include "gatekeeper/runner/runner_client.h"

/* Requests that one caller may have outstanding. */
#define RUNNER_CALL_BATCH 64

/* Belongs to the caller until the answer has arrived. */
struct runner_call {
    struct runner_request request;
    int fds[RUNNER_FDS_MAX]; /* borrowed */
    size_t nfds;
    struct runner_reply reply;
    int reply_fd[RUNNER_FDS_MAX]; /* the caller closes them */
    size_t nreply_fd;
    bool done;
    pthread_cond_t wake;
    struct runner_call *next;
};

/* Prepare request OP about JOB (NULL: none). */
void runner_call_init(struct runner_call *c, enum runner_op op,
                      const char *job);
/* Set the text of the request; -1 with ERR: USAGE, it is too long. */
int runner_call_text(struct runner_call *c, const char *text, struct err *err);
/* Set the word of the request, NULL for none; -1 with ERR: USAGE, it is too
 * long. */
int runner_call_word(struct runner_call *c, const char *word, struct err *err);
/* Write the bytes of B (NULL: none) to a memory file and rewind it.  Returns
 * its descriptor, or -1 with ERR. */
int runner_call_file(const struct buf *b, struct err *err);
/* Send the request.  The caller must wait for every request that was sent. */
int runner_call_send(struct runner *r, struct runner_call *c, struct err *err);
/* Wait for the answer. An answer with other than NFDS descriptors is an
 * error. */
int runner_call_wait(struct runner *r, struct runner_call *c, size_t nfds,
                     struct err *err);
/* Send the request and wait for the answer. */
int runner_call_do(struct runner *r, struct runner_call *c, size_t nfds,
                   struct err *err);

#endif
