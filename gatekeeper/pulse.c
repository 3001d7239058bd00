/* gatekeeper/pulse.c - see pulse.h. */
#include <stdlib.h>

#include "base/buf.h"
#include "base/codec.h"
#include "base/lock.h"
#include "base/log.h"
#include "base/thread.h"
#include "gatekeeper/pulse.h"

#define PERIOD_MS 5000
#define ANSWER_MS 60000 /* for the engine, however busy it is */

struct pulse {
    struct http_server *server;
    struct runner *runner;
    pthread_t thread;
    struct lock lock;
    pthread_cond_t cond;
    bool stop;
    long long asked_ms; /* when the runner was asked; 0: it has answered */
};

static void
look(struct pulse *p)
{
    struct err err = ERR_INIT;

    if (http_server_probe(p->server, ANSWER_MS, &err) < 0) {
        log_event(LOG_ERR, "service.mute", "why=%s", err.text);
        return;
    }
    lock_take(&p->lock);
    p->asked_ms = time_mono_ms();
    lock_release(&p->lock);
    if (runner_alive(p->runner, &err) < 0)
        log_event(LOG_WARNING, "runner.fail", "why=%s", err.text);
    lock_take(&p->lock);
    p->asked_ms = 0;
    lock_release(&p->lock);
}

static void *
run(void *arg)
{
    struct pulse *p = arg;
    long long next;

    for (;;) {
        look(p);
        next = time_mono_ms() + PERIOD_MS;
        lock_take(&p->lock);
        while (!p->stop && time_mono_ms() < next)
            (void)lock_wait_until(&p->lock, &p->cond, next);
        if (p->stop)
            break;
        lock_release(&p->lock);
    }
    lock_release(&p->lock);
    return NULL;
}

int
pulse_start(struct http_server *server, struct runner *runner,
            struct pulse **pulse, struct err *err)
{
    struct pulse *p = xcalloc(1, sizeof(*p));

    p->server = server;
    p->runner = runner;
    lock_init(&p->lock, LOCK_gatekeeper_pulse);
    pthread_cond_init(&p->cond, NULL);
    if (thread_start(&p->thread, "gk-pulse", run, p, err) == 0) {
        *pulse = p;
        return 0;
    }
    lock_fini(&p->lock);
    pthread_cond_destroy(&p->cond);
    free(p);
    return -1;
}

void
pulse_stop(struct pulse *p)
{
    if (p == NULL)
        return;
    lock_take(&p->lock);
    p->stop = true;
    pthread_cond_signal(&p->cond);
    lock_release(&p->lock);
    pthread_join(p->thread, NULL);
    lock_fini(&p->lock);
    pthread_cond_destroy(&p->cond);
    free(p);
}

long long
pulse_silence_ms(struct pulse *p)
{
    long long ms = 0;

    if (p == NULL)
        return 0;
    lock_take(&p->lock);
    if (p->asked_ms != 0)
        ms = time_mono_ms() - p->asked_ms;
    lock_release(&p->lock);
    return ms;
}
