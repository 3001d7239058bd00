/* clients/gridproxy.h - the commands of gridproxy; each takes the arguments
 * from its own name on, prints, and returns the exit status: 0 or 1, as the
 * grid-proxy family does. */
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
/* "Mon Nov 23 14:27:59 2026", local time, into TEXT. */
#define GRIDPROXY_TIME 32
char *gridproxy_time(time_t t, char text[GRIDPROXY_TIME]);
/* "H:M" in seconds; -1 with ERR: USAGE naming OPTION. */
int gridproxy_hours(const char *option, const char *text, long *seconds,
                    struct err *err);
/* Whole TEXT, MIN..MAX; -1 with ERR: USAGE naming OPTION. */
int gridproxy_number(const char *option, const char *text, long min, long max,
                     long *value, struct err *err);
/* Print the version line; returns 0. */
int gridproxy_version(void);

#endif
