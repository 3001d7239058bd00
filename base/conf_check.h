/* base/conf_check.h - validate the value of a key by its row's type. */
#ifndef BASE_CONF_CHECK_H
#define BASE_CONF_CHECK_H

#include <stdbool.h>

#include "base/conf.h"

/* Validate TEXT, a whole value or one word of a list, for ROW.  *number gets
 * the value of a number, size or boolean, else 0. -1 with ERR CONFIG, which
 * names TEXT. */
int conf_check(const struct conf_row *row, const char *text, long long *number,
               struct err *err);
/* Whether a value of TYPE is a list of words, each validated separately. */
bool conf_is_list(enum conf_type type);

#endif
