/* clients/gridcp/gridcp_stack.h - what servers are told of drivers, stores,
 * pipes and assertions: -dcstack, -fsstack, -udt, -pipe, -mn, -aa and their
 * kin. */
#ifndef CLIENTS_GRIDCP_STACK_H
#define CLIENTS_GRIDCP_STACK_H

#include <stdbool.h>

#include "base/err.h"
#include "gridftp/client/ftpclient.h"

struct gridcp_opt;
struct gridcp_task;

/* What one side is told; NULL: nothing. */
struct gridcp_stack {
    char *net;  /* drivers of data channels, .. */
    char *disk; /* .. of files */
    char *assertion;
    const char *module, *module_args;
    bool pipe;        /* a command in the place of the file */
    bool popen;       /* the same, perhaps by -fsstack */
    bool assert_each; /* before each file */
};

/* What O asks of the source (STACK[0]) and of the destination (STACK[1]).  -1
 * with ERR and nothing in STACK: USAGE, or what reading an assertion's file
 * says. */
int gridcp_stack_make(const struct gridcp_opt *o, struct gridcp_stack stack[2],
                      struct err *err);
/* Free its strings. */
void gridcp_stack_fini(struct gridcp_stack stack[2]);
/* Put it into CONF, which borrows it; without FILES only the assertion. */
void gridcp_stack_conf(const struct gridcp_stack *stack, bool files,
                       struct ftpclient_conf *conf);
/* Whether sessions that copy files are configured as those that read
 * directories. */
bool gridcp_stack_plain(const struct gridcp_stack *stack);
/* Whether what is copied may be other bytes than those of a file: no size, no
 * restart, in order unless streams are asked for. */
bool gridcp_stack_strange(const struct gridcp_stack stack[2]);
/* Whether T's ends can do what they are asked for; -1 with ERR: UNSUPPORTED. */
int gridcp_stack_fits(const struct gridcp_task *t, bool third, struct err *err);

/* Say in ERR, a file's failure, which module was asked for, if one was. */
void gridcp_stack_blame(const struct gridcp_stack stack[2], struct err *err);

#endif
