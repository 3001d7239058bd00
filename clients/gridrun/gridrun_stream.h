/* clients/gridrun/gridrun_stream.h - copies one output of a job as it grows. */
#ifndef CLIENTS_GRIDRUN_STREAM_H
#define CLIENTS_GRIDRUN_STREAM_H

#include "clients/gridrun/gridrun.h"

struct gridrun_stream {
    int fd;
    bool own_fd;      /* close FD at the end */
    long long offset; /* bytes of the job's output copied so far */
    bool failed;      /* the local write failed: request no more */
    bool closed;      /* the reader of our output has gone */
};

/* Append the output to FILE, or write it to FD if FILE is NULL.  -1 with ERR:
 * IO. */
int gridrun_stream_open(struct gridrun_stream *s, const char *file, int fd,
                        struct err *err);
/* Close the file. */
void gridrun_stream_close(struct gridrun_stream *s);
/* Copy new bytes of URL (NULL: not known yet) with one request, at most 1 MiB.
 * Returns their number, 0 if there are none, -1 with ERR: IO (the local write
 * failed; S records it), REMOTE, UNREACHABLE, or as soap_client_page(). */
long gridrun_stream_pull(struct gridrun *g, struct gridrun_stream *s,
                         const char *url, struct err *err);
/* Whether S writes to a pipe whose reader has gone, such as "| head". */
bool gridrun_stream_unread(struct gridrun_stream *s);

#endif
