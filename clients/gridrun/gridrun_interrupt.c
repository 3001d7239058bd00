/* clients/gridrun/gridrun_interrupt.c - see gridrun_interrupt.h. */
#include "clients/gridrun/gridrun_interrupt.h"

/* Global, since a signal handler has no argument. */
static atomic_bool waiting, cancelled;

void
gridrun_interrupt_init(void)
{
    atomic_store(&waiting, true);
}

void
gridrun_interrupt_fini(void)
{
    atomic_store(&waiting, false);
    atomic_store(&cancelled, false);
}

void
gridrun_interrupt(void)
{
    if (atomic_load(&waiting))
        atomic_store(&cancelled, true);
}

const atomic_bool *
gridrun_interrupt_flag(void)
{
    return &cancelled;
}
