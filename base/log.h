/* base/log.h - one line per event: time, level, program, event name, key=value
 * pairs.  Users see error text (base/err.h); administrators see this. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <syslog.h> /* LOG_ERR, LOG_WARNING, LOG_NOTICE, LOG_INFO, LOG_DEBUG */

/* Send events of LEVEL and above to FILE: a path (opened for append), "stderr"
 * or "syslog".  PROGRAM is borrowed for the life of the process.  Descriptors 0
 * to 2 that are closed are held by /dev/null, opened so that their use fails.
 * Returns 0, or -1 with errno; events then go to stderr. */
int log_open(const char *program, const char *file, int level);

/* Open the same file again (logrotate).  Safe from any thread. */
int log_reopen(void);

/* Another process opened the file again: write to FD, which stays the caller's,
 * from now on.  Any thread; -1 with errno. */
int log_take(int fd);

/* The descriptor that events go to, -1 for syslog: what a daemon that closes
 * all others must keep. */
int log_descriptor(void);
/* What stands before a line of LEVEL on stderr: "<4>" where that is systemd's
 * journal, which reads the severity from it (sd-daemon(3)); else "".  Static.
 */
const char *log_mark(int level);

/* A level by its configured name (error, warning, notice, info, debug); -1. */
int log_level_parse(const char *name);

/* Tag every later event of this thread with " KEY=VALUE" at its end (session,
 * job id); copied, NULL clears.  Four keys at most, 23 and 127 bytes long. */
void log_context(const char *key, const char *value);

/* Write one event.  EVENT is dotted and constant ("ftp.session.open"), FMT is
 * printf-style "key=%s key=%d": a %s value is quoted where it is empty or holds
 * blanks, quotes or '=', and unprintable bytes are escaped, so that no peer can
 * forge a line; 2 KiB of it are kept.  One write(2) a line, any thread.  What
 * cannot be written (a full disk) is told on stderr once, when it begins, and
 * counted in the log when it can be written again: "log.lost count= errno=
 * reason=".  Keeps errno.  Conversions: %s %.*s %d %u %ld %lu %lld %llu %zu %zd
 * %jd %x %o %04o %c %.Nf. */
void log_event(int level, const char *event, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* The same with PAIRS written as they are: only for text of our own making. */
void log_event_pairs(int level, const char *event, const char *pairs);

#endif
