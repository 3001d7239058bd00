/* tests/lib/lib_toolline.h - the lines that rundrive.py and a tool exchange. */
#ifndef TESTS_LIB_TOOLLINE_H
#define TESTS_LIB_TOOLLINE_H

#include <stddef.h>

#include "base/err.h"

/* Point FIELD[0..N) at the fields of LINE, which is cut up; "" beyond the last.
 */
void toolline_split(char *line, char **field, size_t n);
/* Say what came of a command: "ok" for 0, ERR for -1, nothing for 1, which has
 * said it itself. */
void toolline_answer(int rc, const struct err *err);

#endif
