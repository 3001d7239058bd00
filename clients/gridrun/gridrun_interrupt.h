/* clients/gridrun/gridrun_interrupt.h - lets a signal handler cancel the call
 * that is waiting, and no other. */
#ifndef CLIENTS_GRIDRUN_INTERRUPT_H
#define CLIENTS_GRIDRUN_INTERRUPT_H

#include <stdatomic.h>
#include <stdbool.h>

/* From now on, until gridrun_interrupt_fini(), calls can be cancelled. */
void gridrun_interrupt_init(void);
/* From now on calls cannot be cancelled. */
void gridrun_interrupt_fini(void);
/* Cancel the present call if it can be cancelled.  For signal handlers. */
void gridrun_interrupt(void);
/* The flag for soap_client_spec.cancel. */
const atomic_bool *gridrun_interrupt_flag(void);

#endif
