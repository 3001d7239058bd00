/* gatekeeper/schedulers/batch_line.h - a job as a batch system lists it, for
 * the parsers of command output.  Pure. */
#ifndef GATEKEEPER_SCHEDULERS_BATCH_LINE_H
#define GATEKEEPER_SCHEDULERS_BATCH_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include "gatekeeper/schedulers/scheduler.h"

struct batch_state {
    const char *word;
    enum sched_state state;
    bool over;
    const char *text; /* its reason for the end; "" none */
};

/* One job as its system lists it.  Strings are truncated to fit. */
struct batch_line {
    char id[SCHED_ID_MAX];
    char word[32];                   /* its state in the system's own word */
    const struct batch_state *state; /* NULL: this build does not know WORD */
    char hosts[SCHED_HOSTS_MAX];     /* nodes of the job, now or before */
    bool began;                      /* it has or had nodes */
    bool held; /* by its user; an administrator's hold is not ours to release */
    bool ending;    /* it is over but its processes are still being ended */
    char array[24]; /* the id of the array that it is an element of; "" none */
    char user[64], name[64]; /* name: for an element, its task's submit name */
    char reason[96];         /* why it waits; "" unknown */
};

struct batch_lines {
    struct batch_line *line;
    size_t n, room;
};

/* Append a line, zeroed. */
struct batch_line *batch_lines_add(struct batch_lines *lines);
/* Sort the lines by name, as batch_lines_named() needs. */
void batch_lines_sort(struct batch_lines *lines);
/* Free them. */
void batch_lines_fini(struct batch_lines *lines);
/* Find the lines of jobs named NAME, which are adjacent: the first, *n of them;
 * NULL none. */
const struct batch_line *batch_lines_named(const struct batch_lines *lines,
                                           const char *name, size_t *n);

/* Whether NAME is a valid submit name: letters, digits and '-'. */
bool batch_line_name_ok(const char *name);
/* Whether ID is a number of less than 20 digits. */
bool batch_line_id_ok(const char *id);
/* Replace every character of TEXT that is not printable ASCII with '?'. */
void batch_line_printable(char *text);
/* Find the share NAME of INFO; MAKE creates it if missing; NULL: none, or no
 * room. */
struct sched_share *batch_line_share(struct sched_info *info, const char *name,
                                     bool make);

#endif
