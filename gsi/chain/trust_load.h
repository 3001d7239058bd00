/* gsi/chain/trust_load.h - read a trust directory whole; gsi/chain/ only. */
#ifndef GSI_TRUST_LOAD_H
#define GSI_TRUST_LOAD_H

#include <stdint.h>

#include "gsi/chain/trust.h"

/* Read DIR; files that are as they were in OLD (NULL: none) are taken over from
 * there.  What cannot be used in it is logged ("trust.file").  NULL with ERR:
 * NOT_FOUND, IO. */
struct trust_snap *trust_load(const char *dir, const struct trust_snap *old,
                              struct err *err);
/* A number that changes when a file of DIR does; 0 when DIR cannot be read. */
uint64_t trust_load_stamp(const char *dir);

#endif
