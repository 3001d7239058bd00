/* base/program.h - where the other programs of this installation are. */
#ifndef BASE_PROGRAM_H
#define BASE_PROGRAM_H

#include "base/err.h"

/* Open the program NAME for reading: beside this one, as in a build, or where
 * `make install` puts daemons, helpers and commands.  The descriptor, closed on
 * exec, to be started as /proc/self/fd/N; or -1 with ERR NOT_FOUND, IO. */
int program_open(const char *name, struct err *err);

#endif
