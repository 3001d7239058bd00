/* jobs/jsdl_loop.h - the functions of a sweep, which say what values there are
 * (GFD.149): into the text that base/sweep.h keeps.  For jsdl_sweep.c alone. */
#ifndef JOBS_JSDL_LOOP_H
#define JOBS_JSDL_LOOP_H

#include "jobs/jsdl_read.h"

/* Append the function NODE, sweepfunc:Values, its texts as they are. */
int jsdl_loop_values(struct jsdl_read *r, const xmlNode *node, struct buf *out);
/* Append sweepfunc:LoopInteger (DECIMALS false) or LoopDouble: numbers of at
 * most 15 digits, computed without rounding.  A value of LoopDouble has as many
 * decimals as start or step are written with, one at least. */
int jsdl_loop_read(struct jsdl_read *r, const xmlNode *node, bool decimals,
                   struct buf *out);

#endif
