/* gsi/chain/trust_load.h - read a whole trust directory; gsi/chain/ only. */
#ifndef GSI_TRUST_LOAD_H
#define GSI_TRUST_LOAD_H

#include <stdint.h>

#include "gsi/chain/trust.h"

/* Read DIR, reusing the unchanged files of OLD (NULL: none).  Unusable files
 * are logged ("trust.file").  NULL with ERR: NOT_FOUND, IO. */
struct trust_snap *trust_load(const char *dir, const struct trust_snap *old,
                              struct err *err);
/* A number that changes when a file in DIR does; 0 when DIR is unreadable. */
uint64_t trust_load_stamp(const char *dir);

#endif
