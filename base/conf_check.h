/* base/conf_check.h - what the value of a key may be, by its row's type. */
#ifndef BASE_CONF_CHECK_H
#define BASE_CONF_CHECK_H

#include <stdbool.h>

#include "base/conf.h"

/* Whether TEXT, a whole value, or one word of a list, can be the value of ROW.
 * Numbers, sizes and yes or no go to *number, which is 0 else.  -1 with ERR
 * CONFIG, which names TEXT. */
int conf_check(const struct conf_row *row, const char *text, long long *number,
               struct err *err);
/* A value of TYPE is a list of words, and each of them is checked. */
bool conf_is_list(enum conf_type type);

#endif
