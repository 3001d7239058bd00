/* gatekeeper/staging/stage_await.c - see stage_await.h. */
#include "gatekeeper/staging/stage_await.h"

#include <stdio.h>

#include "base/log.h"
#include "gatekeeper/staging/stage_upload.h"

#define LOOKS_MAX 100 /* inputs checked in one turn */

/* The time that IT may still wait for a byte, ms; < 0: it is over. */
static long long
left_ms(const struct stage_item *it, const struct stage_host *host)
{
    return it->t_moved +
           conf_num(host->conf, CONF_gatekeeper_upload_wait) * 1000 -
           time_mono_ms();
}

/* IT waits for the rest of U, which has HAVE bytes. */
static void
wait_for(struct stage_item *it, const struct stage_host *host,
         const struct stage_upload *u, long long have)
{
    long long left = left_ms(it, host);
    char text[512];

    if (left < 0) {
        snprintf(
            text, sizeof(text),
            "input '%.200s' was not uploaded: %lld of %lld bytes came, and "
            "none for %lld s (gatekeeper.upload_wait)",
            u->file, have, u->bytes,
            conf_num(host->conf, CONF_gatekeeper_upload_wait));
        log_event(LOG_INFO, "stage.upload.late", "job=%s reason=%s", it->id,
                  text);
        stage_item_fail(it, text);
        return;
    }
    snprintf(text, sizeof(text),
             "waiting for input '%.200s' (%zu of %zu), %lld of %lld bytes",
             u->file, it->uploaded + 1, it->list.nuploads, have, u->bytes);
    if (host->waits != NULL)
        host->waits(host->arg, it->id, text);
    it->tries = 0;
    /* A new piece triggers a turn anyway. */
    it->delay_ms = left + 1 < 60000 ? (int)left + 1 : 60000;
}

bool
stage_await_turn(struct stage_item *it, const struct stage_host *host)
{
    if (it->phase != STAGE_AWAITING) {
        it->phase = STAGE_AWAITING;
        it->t_moved = time_mono_ms();
    }
    for (int looks = 0; it->uploaded < it->list.nuploads; looks++) {
        const struct stage_upload *u = &it->list.upload[it->uploaded];
        struct err err = ERR_INIT;
        bool complete;
        long long have;

        if (looks == LOOKS_MAX) {
            it->delay_ms = 0;
            return false;
        }
        have = stage_upload_have(host->runner, it->id, u, &complete, &err);
        if (have < 0) {
            stage_item_retry(it, host, &err);
            return false;
        }
        if (!complete) {
            wait_for(it, host, u, have);
            return false;
        }
        it->uploaded++;
        it->result.files++;
        it->result.bytes += u->bytes;
    }
    if (host->waits != NULL && it->list.nuploads > 0)
        host->waits(host->arg, it->id, NULL);
    return true;
}
