/* clients/gridcp_third.c - from one GridFTP server to another. */
#include "clients/gridcp_worker.h"

void
gridcp_third(struct gridcp_worker *w, struct gridcp_task *t)
{
    gridcp_relay(w, t);
}
