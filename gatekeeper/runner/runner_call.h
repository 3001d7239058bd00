/* gatekeeper/runner/runner_call.h - one request of the gatekeeper on its way:
 * what the functions of runner_client.h are made of. */
#ifndef GATEKEEPER_RUNNER_RUNNER_CALL_H
#define GATEKEEPER_RUNNER_RUNNER_CALL_H

#include <pthread.h>
#include <stdbool.h>

#include "gatekeeper/runner/runner_client.h"

/* Requests of one caller that are on their way at once. */
#define RUNNER_CALL_BATCH 64

/* Lives with who asks until the answer is there. */
struct runner_call {
    struct runner_request request;
    int fds[RUNNER_FDS_MAX]; /* borrowed */
    size_t nfds;
    struct runner_reply reply;
    int reply_fd[RUNNER_FDS_MAX]; /* the asker's to close */
    size_t nreply_fd;
    bool done;
    pthread_cond_t wake;
    struct runner_call *next;
};

/* Begin a request about JOB (NULL: none). */
void runner_call_init(struct runner_call *c, enum runner_op op,
                      const char *job);
/* Fill the text or the word; -1 with ERR: USAGE, too long. */
int runner_call_text(struct runner_call *c, const char *text, struct err *err);
/* As above; NULL leaves it empty. */
int runner_call_word(struct runner_call *c, const char *word, struct err *err);
/* The bytes of B (NULL: none) as a file in memory, read from its beginning: its
 * descriptor, or -1 with ERR. */
int runner_call_file(const struct buf *b, struct err *err);
/* Send it; every one that was sent must be waited for. */
int runner_call_send(struct runner *r, struct runner_call *c, struct err *err);
/* Sleep until it is answered; success only with NFDS descriptors. */
int runner_call_wait(struct runner *r, struct runner_call *c, size_t nfds,
                     struct err *err);
/* Both. */
int runner_call_do(struct runner *r, struct runner_call *c, size_t nfds,
                   struct err *err);

#endif
