/* gatekeeper/schedulers/batch_line.h - jobs as a batch system lists them, for
 * the readers of what its commands print.  Pure. */
#ifndef GATEKEEPER_SCHEDULERS_BATCH_LINE_H
#define GATEKEEPER_SCHEDULERS_BATCH_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include "gatekeeper/schedulers/scheduler.h"

struct batch_state {
    const char *word;
    enum sched_state state;
    bool over;
    const char *text; /* what it says of one that is over; "" nothing */
};

/* One job as its system lists it.  What has no room is cut. */
struct batch_line {
    char id[SCHED_ID_MAX];
    char word[32];                   /* its state as the system has it */
    const struct batch_state *state; /* NULL: this build does not know WORD */
    char hosts[SCHED_HOSTS_MAX];     /* nodes that it has, or had */
    bool began;                      /* there are any, or were */
    bool held;   /* by its user; an administrator's hold is not ours to lift */
    bool ending; /* over, and its processes are still being ended */
    char array[24]; /* the id of the array whose element it is; "" none */
    char user[64], name[64]; /* of an element the submit name of its task */
    char reason[96];         /* why it waits; "" nothing to say */
};

struct batch_lines {
    struct batch_line *line;
    size_t n, room;
};

/* A new line at the end, zeroed. */
struct batch_line *batch_lines_add(struct batch_lines *lines);
/* Sort them by name, as batch_lines_named() wants them. */
void batch_lines_sort(struct batch_lines *lines);
/* Free them. */
void batch_lines_fini(struct batch_lines *lines);
/* The lines of jobs named NAME are next to each other: the first, *n of them;
 * NULL none. */
const struct batch_line *batch_lines_named(const struct batch_lines *lines,
                                           const char *name, size_t *n);

/* Whether NAME can be a submit name: letters, digits and '-'. */
bool batch_line_name_ok(const char *name);
/* Whether ID is a number of less than 20 digits. */
bool batch_line_id_ok(const char *id);
/* Everything in TEXT that is not a printable ASCII becomes '?'. */
void batch_line_printable(char *text);
/* The share NAME of INFO, made when MAKE and new; NULL: none, or no room. */
struct sched_share *batch_line_share(struct sched_info *info, const char *name,
                                     bool make);

#endif
