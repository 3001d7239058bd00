/* clients/gridcp/gridcp_opt.h - gridcp's parsed command line. */
#ifndef CLIENTS_GRIDCP_OPT_H
#define CLIENTS_GRIDCP_OPT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/* One field for each row of gridcp_opt.def; -1 and NULL: not given. */
struct gridcp_opt {
#define HEAD(text)
#define OPT(names, arg, kind, field, help) GRIDCP_##kind field;
#define NOT(names, arg, why)
#define GRIDCP_FLAG bool
#define GRIDCP_TEXT const char *
#define GRIDCP_INT  long long
#define GRIDCP_SIZE long long
#include "clients/gridcp/gridcp_opt.def"
#undef HEAD
#undef OPT
#undef NOT
    char *const *operand; /* URLs */
    int operands;
};

/* Parse the command line. -1 with ERR USAGE. */
int gridcp_opt_parse(struct gridcp_opt *o, int argc, char *const argv[],
                     struct err *err);
/* Print the options on standard output. */
void gridcp_opt_help(void);

#endif
