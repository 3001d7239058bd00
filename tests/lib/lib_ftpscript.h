/* tests/lib/lib_ftpscript.h - FTP servers (RFC 959, no security) that follow a
 * script, and one history of what they and the test saw. */
#ifndef TESTS_LIB_FTPSCRIPT_H
#define TESTS_LIB_FTPSCRIPT_H

/* What must not happen is given so long to happen. */
#define FTPSCRIPT_CHANCE_MS 300

struct ftpscript;

/* A server on a free port of the loopback interface that takes one session and
 * does STEPS (borrowed), then takes no more transfers:
 *   <COMMAND  it comes next; what prepares a transfer is answered by itself
 *   >REPLY    is sent
 *   ?EVENT    is waited for
 *   ~EVENT    likewise, but no longer than FTPSCRIPT_CHANCE_MS
 *   $         the client's end is waited for
 *   =         a data connection is taken to its end
 *   +         a data connection is made to where PORT said
 *   *I F C O N  over that one, the first is 0, a header of MODE E: flags F (in
 *             hex), count C, offset O; and N bytes
 *   &I N      over that one N bytes; they are letters, 'a' over the first
 *   -I        that one is closed
 *   .         the connection is closed
 *   !         it is reset
 * NULL ends them.  Events are "NAME<COMMAND" ("NAME(COMMAND" of what prepares),
 * "NAME>REPLY" (its first line), "NAME data N ended" or "NAME data N reset",
 * "NAME eof", "NAME over" just before and "NAME gone" just after its end. */
struct ftpscript *ftpscript_start(const char *name, const char *const *steps);
/* Its port. */
unsigned ftpscript_port(const struct ftpscript *s);
/* Wait until it ended, free it.  NULL ok. */
void ftpscript_finish(struct ftpscript *s);

/* Begin a new history. */
void ftpscript_forget(void);
/* An event of the test's own. */
void ftpscript_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Until EVENT happened, or MS milliseconds (< 0: for ever). */
void ftpscript_await(const char *event, int ms);
/* Which one EVENT was, the first of that name; -1. */
int ftpscript_at(const char *event);
/* The history, as comments of TAP. */
void ftpscript_print(void);

#endif
