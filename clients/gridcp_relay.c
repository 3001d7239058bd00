/* clients/gridcp_relay.c - copies that go through this process. */
#include "clients/gridcp_worker.h"

void
gridcp_relay(struct gridcp_worker *w, struct gridcp_task *t)
{
    struct err err = ERR_INIT;

    (void)w;
    err_set(&err, ERR_UNSUPPORTED, "this pair of URLs cannot be copied yet");
    gridcp_task_end(t, &err, false, true);
}
