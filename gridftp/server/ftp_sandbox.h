/* gridftp/server/ftp_sandbox.h - the seccomp filter for the codec, which parses
 * bytes from strangers. */
#ifndef FTP_SANDBOX_H
#define FTP_SANDBOX_H

#include "base/err.h"

/* Build the filter once, in the monitor. -1 with ERR UNSUPPORTED. */
int ftp_sandbox_prepare(struct err *err);
/* Confine this process permanently.  Allowed: its open descriptors, memory,
 * time, reading files.  Not allowed: new sockets, writing files, programs. -1
 * with ERR. */
int ftp_sandbox_enter(struct err *err);

#endif
