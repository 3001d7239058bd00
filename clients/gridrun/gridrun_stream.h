/* clients/gridrun/gridrun_stream.h - one output of a job, copied here as it
 * grows. */
#ifndef CLIENTS_GRIDRUN_STREAM_H
#define CLIENTS_GRIDRUN_STREAM_H

#include "clients/gridrun/gridrun.h"

struct gridrun_stream {
    int fd;
    bool own_fd;      /* FD is closed at the end */
    long long offset; /* bytes of the job's output that are here */
    bool failed;      /* it cannot be written here: no more is asked for */
    bool closed;      /* because its reader has gone */
};

/* Where the output goes: FILE, appended to, or FD when FILE is NULL.  -1 with
 * ERR: IO. */
int gridrun_stream_open(struct gridrun_stream *s, const char *file, int fd,
                        struct err *err);
/* Close the file. */
void gridrun_stream_close(struct gridrun_stream *s);
/* Copy what URL (NULL: not known yet) has more than is here: one request, 1 MiB
 * at most.  Returns the bytes, 0 when there is nothing new, -1 with ERR: IO
 * (cannot be written here, S says so), REMOTE, UNREACHABLE, or as
 * soap_client_page(). */
long gridrun_stream_pull(struct gridrun *g, struct gridrun_stream *s,
                         const char *url, struct err *err);
/* Whether the pipe that S writes to has lost its reader, as "| head" does. */
bool gridrun_stream_unread(struct gridrun_stream *s);

#endif
