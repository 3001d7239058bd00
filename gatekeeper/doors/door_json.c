/* gatekeeper/doors/door_json.c - see door_json.h. */
#include "gatekeeper/doors/door_json.h"

#include <stdlib.h>

#include "base/buf.h"
#include "gatekeeper/life/life.h"

void
door_json(struct http_call *call, json_t *answer)
{
    char *text = json_dumps(answer, JSON_COMPACT | JSON_PRESERVE_ORDER);

    buf_addf(&call->reply, "%s\n", text);
    free(text);
    json_decref(answer);
    call->reply_type = "application/json";
    buf_adds(&call->headers, "Cache-Control: no-store\r\n");
}

json_t *
door_json_event(const struct store_event *e)
{
    char time[TIME_TEXT];
    json_t *o =
        json_pack("{sI ss ss ss ss}", "seq", (json_int_t)e->seq, "to",
                  life_state_word(e->to), "event", life_event_word(e->event),
                  "time", time_utc_ms(e->t_ms, time), "reason",
                  e->reason != NULL ? e->reason : life_event_reason(e->event));

    if (e->from >= 0)
        json_object_set_new(
            o, "from", json_string(life_state_word((enum life_state)e->from)));
    if (e->task >= 0)
        json_object_set_new(o, "task", json_integer(e->task));
    if (e->task >= 0 && e->last_task > e->task)
        json_object_set_new(o, "lastTask", json_integer(e->last_task));
    if (e->attempt >= 0)
        json_object_set_new(o, "attempt", json_integer(e->attempt));
    return o;
}

void
door_json_text(json_t *o, const char *name, const char *text)
{
    if (text != NULL && text[0] != '\0')
        json_object_set_new(o, name, json_string(text));
}

void
door_json_time(json_t *o, const char *name, long long ms)
{
    char text[TIME_TEXT];

    if (ms > 0)
        json_object_set_new(o, name, json_string(time_utc_ms(ms, text)));
}
