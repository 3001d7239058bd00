/* gatekeeper/doors/door_json.c - see door_json.h. */
#include "gatekeeper/doors/door_json.h"

#include <stdlib.h>

#include "base/buf.h"

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
