/* clients/gridrun/gridrun_input.h - local files that a description names as
 * inputs: gridrun uploads them to the job's session. */
#ifndef CLIENTS_GRIDRUN_INPUT_H
#define CLIENTS_GRIDRUN_INPUT_H

#include <sys/stat.h>

#include "base/buf.h"
#include "base/err.h"
#include "jobs/job.h"

struct gridrun_input {
    char *path;     /* local path */
    char *file;     /* path in the session */
    struct stat st; /* when the description was read */
};

/* All zeros: none. */
struct gridrun_inputs {
    struct gridrun_input *of;
    size_t n;
};

/* The local path of URL, a file: URL without host or with localhost (RFC 8089);
 * the caller frees it.  NULL: a file of another machine, or another kind of
 * URL. */
char *gridrun_local_path(const char *url);
/* FILE of a description in the site's form: relative to the session, without
 * empty and "." components; an absolute path stays.  The caller frees it. */
char *gridrun_session_path(const char *file);
/* Add the inputs of JOB with a file: URL of this machine to IN and mark them in
 * JOB as uploads.  -1 with ERR: a file is missing, unreadable or not regular;
 * IN has those added so far. */
int gridrun_inputs_take(struct job *job, struct gridrun_inputs *in,
                        struct err *err);
/* Find the input with the session path FILE; NULL. */
const struct gridrun_input *gridrun_inputs_find(const struct gridrun_inputs *in,
                                                const char *file);
/* Open I, which must be unchanged since the description was read.  Returns the
 * descriptor, or -1 with ERR: STATE (it has changed), IO. */
int gridrun_input_open(const struct gridrun_input *i, struct err *err);
/* Read LEN bytes at offset AT of I, open as FD, into OUT; the file must be
 * unchanged since the description was read.  -1 with ERR: STATE, IO. */
int gridrun_input_read(const struct gridrun_input *i, int fd, long long at,
                       size_t len, struct buf *out, struct err *err);
/* Free its contents. */
void gridrun_inputs_fini(struct gridrun_inputs *in);

#endif
