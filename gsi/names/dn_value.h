/* gsi/names/dn_value.h - shared by the parsers of the two text forms; gsi/dn*.c
 * only. */
#ifndef GSI_DN_VALUE_H
#define GSI_DN_VALUE_H

#include "gsi/names/dn.h"

/* Add TYPE[0..TYPE_LEN) = VALUE to DN after checking it: printable UTF-8, not
 * too many attributes.  -1 with ERR: SYNTAX. */
int dn_value_add(struct dn *dn, const char *type, size_t type_len,
                 const struct buf *value, bool joined, struct err *err);
/* 0..15, or -1. */
int dn_hex_digit(char c);

#endif
