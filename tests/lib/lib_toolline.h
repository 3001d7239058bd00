/* tests/lib/lib_toolline.h - the commands that rundrive.py gives to a tool in
 * the gatekeeper's place: one a line with fields between tabs, one line of
 * answer on stdout for each. */
#ifndef TESTS_LIB_TOOLLINE_H
#define TESTS_LIB_TOOLLINE_H

#include <stdio.h>

#include "base/err.h"

#define TOOLLINE_FIELDS 16

struct tool; /* each tool has its own */

struct toolline_command {
    const char *name; /* field 0 of the line */
    /* 0: "ok" is the answer; -1: ERR is; 1: it has answered itself. */
    int (*run)(struct tool *t, struct err *err);
};

/* Open the file (or FIFO) $RUNNER_SCRIPT for a program that was started as the
 * gatekeeper is, with --runner-fd; SIGTERM ends it well.  NULL: it was not, or
 * there is no such file. */
FILE *toolline_open(int argc, char **argv);
/* Do each line of SCRIPT up to "quit" or its end as COMMANDS say, the last of
 * which has no name, and close it.  FIELD is where the commands of T look for
 * the fields of their line: "" beyond its end. */
void toolline_run(FILE *script, const struct toolline_command *commands,
                  char *field[TOOLLINE_FIELDS], struct tool *t);

#endif
