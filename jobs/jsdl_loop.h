/* jobs/jsdl_loop.h - reads the value functions of a sweep (GFD.149) into the
 * text format of base/sweep.h. Only for jsdl_sweep.c. */
#ifndef JOBS_JSDL_LOOP_H
#define JOBS_JSDL_LOOP_H

#include "jobs/jsdl_read.h"

/* Append the function NODE, sweepfunc:Values, with its texts unchanged. */
int jsdl_loop_values(struct jsdl_read *r, const xmlNode *node, struct buf *out);
/* Append sweepfunc:LoopInteger (DECIMALS false) or LoopDouble: numbers of at
 * most 15 digits, computed without rounding.  Values of LoopDouble have as many
 * decimals as start or step, at least one. */
int jsdl_loop_read(struct jsdl_read *r, const xmlNode *node, bool decimals,
                   struct buf *out);

#endif
