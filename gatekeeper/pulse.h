/* gatekeeper/pulse.h - a thread that looks every few seconds whether the
 * gatekeeper truly answers: a request of its own through the web-service
 * engine, then one to the runner, which tells systemd's watchdog. */
#ifndef GATEKEEPER_PULSE_H
#define GATEKEEPER_PULSE_H

#include "base/err.h"
#include "gatekeeper/runner/runner_client.h"
#include "http/server.h"

struct pulse;

/* Look at SERVER and RUNNER, which outlive it.  -1 with ERR. */
int pulse_start(struct http_server *server, struct runner *runner,
                struct pulse **pulse, struct err *err);
/* NULL ok. */
void pulse_stop(struct pulse *pulse);
/* For how long the runner has owed an answer, in milliseconds; 0: it owes
 * none.  NULL ok.  Any thread. */
long long pulse_silence_ms(struct pulse *pulse);

#endif
