/* clients/gridproxy/gridproxy.h - the commands of gridproxy.  Each takes the
 * arguments from its own name on, prints, and returns the exit status, 0 or 1
 * as in the grid-proxy family. */
#ifndef CLIENTS_GRIDPROXY_H
#define CLIENTS_GRIDPROXY_H

#include "base/err.h"
#include "base/opt.h"
#include "gsi/cred.h"

/* Make a proxy: grid-proxy-init. */
int gridproxy_init(int argc, char *const argv[]);
/* Show a proxy: grid-proxy-info. */
int gridproxy_info(int argc, char *const argv[]);
/* Overwrite and remove proxies: grid-proxy-destroy. */
int gridproxy_destroy(int argc, char *const argv[]);
/* Verify a chain as the daemons do. */
int gridproxy_verify(int argc, char *const argv[]);

/* Print "ERROR: TEXT" on stderr; returns 1. */
int gridproxy_fail(const struct err *err);
/* Print FMT on stdout; for a terminal, with unsafe characters replaced. */
void gridproxy_show(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Format "Mon Nov 23 14:27:59 2026", local time, into TEXT. */
#define GRIDPROXY_TIME 32
char *gridproxy_time(time_t t, char text[GRIDPROXY_TIME]);
/* Parse "H:M" into seconds; -1 with ERR: USAGE naming OPTION. */
int gridproxy_hours(const char *option, const char *text, long *seconds,
                    struct err *err);
/* Parse the whole of TEXT as MIN..MAX; -1 with ERR: USAGE naming OPTION. */
int gridproxy_number(const char *option, const char *text, long min, long max,
                     long *value, struct err *err);
/* Parse TEXT, whole hours, into seconds; -1 with ERR: USAGE naming OPTION. */
int gridproxy_whole_hours(const char *option, const char *text, long *seconds,
                          struct err *err);
/* Print the version line; returns 0. */
int gridproxy_version(void);

/* The first two rows of every command's option table. */
enum {
    GRIDPROXY_HELP = 1,
    GRIDPROXY_VERSION,
    GRIDPROXY_OWN /* a command's own options start here */
};
#define GRIDPROXY_ROWS                                   \
    { GRIDPROXY_HELP, "help usage", NULL, "this text" }, \
    {                                                    \
        GRIDPROXY_VERSION, "version", NULL, "version"    \
    }
/* Handle the option ID; S->arg is its argument. */
typedef int gridproxy_take_fn(void *arg, int id, const struct opt_scan *s,
                              struct err *err);
/* Pass each option of S to TAKE, up to an operand or the end: 0, and S->at is
 * the operand. 1 when -help (USAGE and the table) or -version was answered and
 * the command must end. -1 with ERR. */
int gridproxy_options(struct opt_scan *s, const char *usage,
                      gridproxy_take_fn *take, void *arg, struct err *err);
/* The same for a command without operands, which are an error. */
int gridproxy_only_options(struct opt_scan *s, const char *usage,
                           gridproxy_take_fn *take, void *arg, struct err *err);

#endif
