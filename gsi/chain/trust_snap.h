/* gsi/chain/trust_snap.h - reading a trust directory whole; gsi/trust*.c only.
 */
#ifndef GSI_TRUST_SNAP_H
#define GSI_TRUST_SNAP_H

#include <stdint.h>

#include "gsi/chain/trust.h"

/* Read DIR; files that are as they were in OLD (NULL: none) are taken over from
 * there.  What cannot be used in it is logged ("trust.file").  NULL with ERR:
 * NOT_FOUND, IO. */
struct trust_snap *
trust_snap_load(const char *dir, const struct trust_snap *old, struct err *err);
struct trust_snap *trust_snap_ref(struct trust_snap *s);
/* How many CA certificates and CRLs. */
size_t trust_snap_cas(const struct trust_snap *s);
size_t trust_snap_crls(const struct trust_snap *s);
/* Verify each list by the CAs of its issuer's name; see crl.h.  What that says
 * is only found out sooner. */
void trust_snap_verify_lists(struct trust_snap *s);
/* A number that changes when a file of DIR does; 0 when DIR cannot be read. */
uint64_t trust_snap_stamp(const char *dir);

#endif
