/* gsi/scrub.h - leave no trace of a discarded key in the memory of forked
 * processes that run with other rights. */
#ifndef GSI_SCRUB_H
#define GSI_SCRUB_H

/* Make OpenSSL overwrite all memory that it frees: its decoders leave private
 * keys in buffers that they do not wipe.  Call before anything else of gsi/;
 * later it has no effect and returns -1. */
int gsi_scrub_frees(void);

#endif
