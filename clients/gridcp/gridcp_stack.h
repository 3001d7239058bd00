/* clients/gridcp/gridcp_stack.h - options passed to servers for drivers,
 * stores, pipes and assertions: -dcstack, -fsstack, -udt, -pipe, -mn, -aa and
 * similar. */
#ifndef CLIENTS_GRIDCP_STACK_H
#define CLIENTS_GRIDCP_STACK_H

#include <stdbool.h>

#include "base/err.h"
#include "gridftp/client/ftpclient.h"

struct gridcp_opt;
struct gridcp_task;

/* Options of one side; NULL: not passed. */
struct gridcp_stack {
    char *net;  /* drivers of data channels, .. */
    char *disk; /* .. of files */
    char *assertion;
    const char *module, *module_args;
    bool pipe;        /* a command instead of the file */
    bool popen;       /* the same, possibly set with -fsstack */
    bool assert_each; /* before each file */
};

/* Make the options of the source (STACK[0]) and of the destination (STACK[1])
 * from O. -1 with ERR and an empty STACK: USAGE, or an error from reading an
 * assertion's file. */
int gridcp_stack_make(const struct gridcp_opt *o, struct gridcp_stack stack[2],
                      struct err *err);
/* Free its strings. */
void gridcp_stack_fini(struct gridcp_stack stack[2]);
/* Copy them to CONF, which borrows the strings; without FILES only the
 * assertion. */
void gridcp_stack_conf(const struct gridcp_stack *stack, bool files,
                       struct ftpclient_conf *conf);
/* Whether sessions for files have the same settings as those for
 * directories. */
bool gridcp_stack_plain(const struct gridcp_stack *stack);
/* Whether the bytes copied may differ from the file's: size unknown, no
 * restart, in order unless streams are requested. */
bool gridcp_stack_strange(const struct gridcp_stack stack[2]);
/* Whether T's ends support the options; -1 with ERR: UNSUPPORTED. */
int gridcp_stack_fits(const struct gridcp_task *t, bool third, struct err *err);

/* Add the module's name, if one was used, to ERR, a file's failure. */
void gridcp_stack_blame(const struct gridcp_stack stack[2], struct err *err);

#endif
