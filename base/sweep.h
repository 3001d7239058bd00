/* base/sweep.h - a sweep: places in a text, and the values that each of many
 * tasks has there (JSDL Parameter Sweep, GFD.149).  A sweep is kept as one text
 * without NULs; what a task has is derived from that and its number, so that
 * nothing is stored for each task.
 *
 *   text     = places nodes
 *   places   = N ":" N times: string (its name) string (its text in the
 *              document, which holds where nothing is assigned)
 *   nodes    = N ":" N times: N ":" N assignments, nodes
 *   assignment = N ":" N times: NUMBER ":" (of a place), function
 *   function = "v" N ":" N strings
 *            | "l" SCALE ":" FIRST ":" STEP ":" COUNT ":" N ":"
 *                  N times: POSITION ":" (left out, ascending, from 0)
 *   string   = LENGTH ":" that many bytes
 *
 * The assignments of a node advance together.  For each of their values all the
 * tasks of the nodes in it follow, those of one after those of another; without
 * nodes in it that is one task.  A loop's value is (FIRST + i STEP) / 10^SCALE,
 * written with SCALE decimals. */
#ifndef BASE_SWEEP_H
#define BASE_SWEEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

/* More tasks than this are not counted. */
#define SWEEP_TASKS_MAX  1000000
#define SWEEP_PLACES_MAX 1000
#define SWEEP_DEPTH_MAX  32
/* FIRST, STEP and all values are between this and its negative. */
#define SWEEP_NUMBER_MAX 1000000000000000LL
/* Where place K stands in a text: "${GATEHOUSE_SWEEP_K}". */
#define SWEEP_MARK       "${GATEHOUSE_SWEEP_"

struct sweep;

/* Read TEXT.  -1 with ERR: SYNTAX, it is no such text; USAGE, assignments that
 * advance together differ in length; LIMIT, more than SWEEP_TASKS_MAX tasks.
 * sweep_destroy() it. */
int sweep_parse(const char *text, struct sweep **s, struct err *err);
/* NULL ok. */
void sweep_destroy(struct sweep *s);
/* How many tasks there are, at least one. */
uint32_t sweep_tasks(const struct sweep *s);
/* How many places there are, numbered from 0. */
size_t sweep_places(const struct sweep *s);
/* The name of place PLACE. */
const char *sweep_name(const struct sweep *s, size_t place);
/* Append what task TASK, below sweep_tasks(), has in place PLACE. */
void sweep_value(const struct sweep *s, uint32_t task, size_t place,
                 struct buf *out);
/* Append TEXT as task TASK has it: "${GATEHOUSE_TASK}" becomes its number, and
 * the mark of each place of S (NULL: none) its value, which is not looked at
 * again. */
void sweep_expand(const struct sweep *s, uint32_t task, const char *text,
                  struct buf *out);
/* Whether sweep_expand() may change TEXT. */
bool sweep_varies(const char *text);
/* Append a string of a sweep's text. */
void sweep_add_string(struct buf *out, const char *s);

#endif
