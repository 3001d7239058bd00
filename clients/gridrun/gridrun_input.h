/* clients/gridrun/gridrun_input.h - files of this machine that a description
 * names as inputs: gridrun brings them to the job's session. */
#ifndef CLIENTS_GRIDRUN_INPUT_H
#define CLIENTS_GRIDRUN_INPUT_H

#include <sys/stat.h>

#include "base/buf.h"
#include "base/err.h"
#include "jobs/job.h"

struct gridrun_input {
    char *path;     /* here */
    char *file;     /* in the session */
    struct stat st; /* as it was when the job was described */
};

/* Zeroed: none. */
struct gridrun_inputs {
    struct gridrun_input *of;
    size_t n;
};

/* The path that URL, a file: URL, names on this machine (no host, or localhost:
 * RFC 8089), the caller's; NULL: another machine's file, or another URL. */
char *gridrun_local_path(const char *url);
/* FILE of a description as the site knows it, the caller's: relative to the
 * session, without empty and "." parts; an absolute path stays. */
char *gridrun_session_path(const char *file);
/* Take the inputs of JOB whose URL is a file: URL of this machine into IN; in
 * JOB they become uploads.  -1 with ERR: such a file is not there, cannot be
 * read, or is not a regular file; IN holds those found so far. */
int gridrun_inputs_take(struct job *job, struct gridrun_inputs *in,
                        struct err *err);
/* The input that is called FILE in the session; NULL. */
const struct gridrun_input *gridrun_inputs_find(const struct gridrun_inputs *in,
                                                const char *file);
/* Open I, which must be the file that was described, unchanged.  The
 * descriptor, or -1 with ERR: STATE (it has changed), IO. */
int gridrun_input_open(const struct gridrun_input *i, struct err *err);
/* Read LEN bytes from AT on of I, open as FD, into OUT; the file must not have
 * changed since it was described.  -1 with ERR: STATE, IO. */
int gridrun_input_read(const struct gridrun_input *i, int fd, long long at,
                       size_t len, struct buf *out, struct err *err);
/* Free what it holds. */
void gridrun_inputs_fini(struct gridrun_inputs *in);

#endif
