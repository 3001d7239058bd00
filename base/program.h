/* base/program.h - find the other programs of this installation. */
#ifndef BASE_PROGRAM_H
#define BASE_PROGRAM_H

#include "base/err.h"

/* Open the program NAME for reading: beside this one, as in a build tree, or in
 * the directories of `make install`. Returns a close-on-exec descriptor, to be
 * started as /proc/self/fd/N; or -1 with ERR NOT_FOUND, IO. */
int program_open(const char *name, struct err *err);

#endif
