/* clients/gridproxy/gridproxy.h - the commands of gridproxy; each takes the
 * arguments from its own name on, prints, and returns the exit status: 0 or 1,
 * as the grid-proxy family does. */
#ifndef CLIENTS_GRIDPROXY_H
#define CLIENTS_GRIDPROXY_H

#include "base/err.h"
#include "base/opt.h"
#include "gsi/cred.h"

/* Make a proxy: grid-proxy-init. */
int gridproxy_init(int argc, char *const argv[]);
/* Say what a proxy is: grid-proxy-info. */
int gridproxy_info(int argc, char *const argv[]);
/* Wipe proxies: grid-proxy-destroy. */
int gridproxy_destroy(int argc, char *const argv[]);
/* Judge a chain as the daemons would. */
int gridproxy_verify(int argc, char *const argv[]);

/* "ERROR: TEXT" on stderr; returns 1. */
int gridproxy_fail(const struct err *err);
/* What FMT makes, on stdout: as it is, or made plain to a terminal. */
void gridproxy_show(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* "Mon Nov 23 14:27:59 2026", local time, into TEXT. */
#define GRIDPROXY_TIME 32
char *gridproxy_time(time_t t, char text[GRIDPROXY_TIME]);
/* "H:M" in seconds; -1 with ERR: USAGE naming OPTION. */
int gridproxy_hours(const char *option, const char *text, long *seconds,
                    struct err *err);
/* Whole TEXT, MIN..MAX; -1 with ERR: USAGE naming OPTION. */
int gridproxy_number(const char *option, const char *text, long min, long max,
                     long *value, struct err *err);
/* Whole hours TEXT in seconds; -1 with ERR: USAGE naming OPTION. */
int gridproxy_whole_hours(const char *option, const char *text, long *seconds,
                          struct err *err);
/* Print the version line; returns 0. */
int gridproxy_version(void);

/* Every command begins its options with these two rows. */
enum {
    GRIDPROXY_HELP = 1,
    GRIDPROXY_VERSION,
    GRIDPROXY_OWN /* its own begin here */
};
#define GRIDPROXY_ROWS                                   \
    { GRIDPROXY_HELP, "help usage", NULL, "this text" }, \
    {                                                    \
        GRIDPROXY_VERSION, "version", NULL, "version"    \
    }
/* What to do with the option ID just found, S->arg its argument. */
typedef int gridproxy_take_fn(void *arg, int id, const struct opt_scan *s,
                              struct err *err);
/* Give each option of S to TAKE until an operand or the end: 0, and S->at is
 * the operand.  1 when -help (USAGE and the table) or -version was answered:
 * there is nothing more to do.  -1 with ERR. */
int gridproxy_options(struct opt_scan *s, const char *usage,
                      gridproxy_take_fn *take, void *arg, struct err *err);
/* The same for a command without operands: one is an error. */
int gridproxy_only_options(struct opt_scan *s, const char *usage,
                           gridproxy_take_fn *take, void *arg, struct err *err);

#endif
