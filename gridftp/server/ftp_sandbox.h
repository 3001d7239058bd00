/* gridftp/server/ftp_sandbox.h - what the codec, which parses the bytes of
 * strangers, may still ask of the kernel (seccomp). */
#ifndef FTP_SANDBOX_H
#define FTP_SANDBOX_H

#include "base/err.h"

/* Build the filter once, in the monitor.  -1 with ERR UNSUPPORTED. */
int ftp_sandbox_prepare(struct err *err);
/* Confine this process for good: descriptors it has, memory, time, reading
 * files; no new sockets, no writing, no programs.  -1 with ERR. */
int ftp_sandbox_enter(struct err *err);

#endif
