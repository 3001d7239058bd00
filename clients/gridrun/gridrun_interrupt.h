/* clients/gridrun/gridrun_interrupt.h - ending the call that waits, and no
 * other, from a signal handler. */
#ifndef CLIENTS_GRIDRUN_INTERRUPT_H
#define CLIENTS_GRIDRUN_INTERRUPT_H

#include <stdatomic.h>
#include <stdbool.h>

/* The call that follows may be ended; until gridrun_interrupt_fini(). */
void gridrun_interrupt_init(void);
/* From now on no call is ended. */
void gridrun_interrupt_fini(void);
/* End the call that may be ended, if there is one.  For signal handlers. */
void gridrun_interrupt(void);
/* For the soap_client that calls: soap_client_spec.cancel. */
const atomic_bool *gridrun_interrupt_flag(void);

#endif
