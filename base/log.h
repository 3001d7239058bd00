/* base/log.h - one line per event: time, level, program, event name, key=value
 * pairs.  For administrators; users get the reason in struct err. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <syslog.h> /* LOG_ERR, LOG_WARNING, LOG_NOTICE, LOG_INFO, LOG_DEBUG */

/* Write events of LEVEL and above to FILE: a path (opened for append), "stderr"
 * or "syslog".  PROGRAM must live as long as the process.  Closed descriptors 0
 * to 2 are filled with /dev/null, opened so that using them fails.  Returns 0,
 * or -1 with errno; events then go to stderr. */
int log_open(const char *program, const char *file, int level);

/* Open the same file again (logrotate).  Safe from any thread. */
int log_reopen(void);

/* Write to FD from now on, because another process reopened the file.  FD stays
 * the caller's.  Safe from any thread; -1 with errno. */
int log_take(int fd);

/* The descriptor that events go to, -1 for syslog.  A daemon that closes all
 * other descriptors must keep it. */
int log_descriptor(void);
/* The prefix of a line of LEVEL on stderr: "<4>" when stderr is systemd's
 * journal, which reads the severity from it (sd-daemon(3)); else "".
 * Static. */
const char *log_mark(int level);

/* A level by its configured name (error, warning, notice, info, debug); -1. */
int log_level_parse(const char *name);

/* Append " KEY=VALUE" (session, job id) to every later event of this thread;
 * copied, NULL removes it.  At most four keys of 23 bytes with values of 127
 * bytes. */
void log_context(const char *key, const char *value);

/* Write one event.  EVENT is a constant dotted name ("ftp.session.open"), FMT
 * is printf-style "key=%s key=%d".  A %s value is quoted when it is empty or
 * contains blanks, quotes or '=', unprintable bytes are escaped, and 2 KiB of
 * it are kept, so that no peer can forge a line.  One write(2) per line; safe
 * from any thread.  When a line cannot be written (a full disk), stderr gets
 * one message, and the log counts the lost lines once it works again: "log.lost
 * count= errno= reason=".  Keeps errno.  Conversions: %s %.*s %d %u %ld %lu
 * %lld %llu %zu %zd %jd %x %o %04o %c %.Nf. */
void log_event(int level, const char *event, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* The same, but write PAIRS unescaped: only for text made by this program. */
void log_event_pairs(int level, const char *event, const char *pairs);

#endif
