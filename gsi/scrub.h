/* gsi/scrub.h - a process that forks holders of other rights leaves them no
 * trace of a key it has given up. */
#ifndef GSI_SCRUB_H
#define GSI_SCRUB_H

/* From now on all that OpenSSL frees is overwritten: its decoders leave private
 * keys in buffers that it does not wipe.  Call before anything else of gsi/;
 * later it has no effect, and the result is -1. */
int gsi_scrub_frees(void);

#endif
