/* clients/gridrun/job_events.c - see job_events.h. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "clients/gridrun/job_events.h"

#define ANSWER_MAX (16 * 1024 * 1024)

void
job_events_fini(struct job_events *events)
{
    for (size_t i = 0; i < events->n; i++) {
        free(events->of[i].time);
        free(events->of[i].to);
        free(events->of[i].reason);
        free(events->of[i].from);
    }
    free(events->of);
    *events = (struct job_events){ .n = 0 };
}

static int
read_event(json_t *node, struct job_event *e)
{
    const char *time, *to, *reason, *from = NULL;
    json_int_t task = -1, last = -1, attempt = -1;

    if (json_unpack(node, "{ss ss ss s?s s?I s?I s?I}", "time", &time, "to",
                    &to, "reason", &reason, "from", &from, "task", &task,
                    "lastTask", &last, "attempt", &attempt) < 0)
        return -1;
    *e = (struct job_event){ .time = xstrdup_or_null(time),
                             .to = xstrdup_or_null(to),
                             .reason = xstrdup_or_null(reason),
                             .from = xstrdup_or_null(from),
                             .task = task,
                             .last_task = last > task ? last : task,
                             .attempt = attempt };
    return 0;
}

static int
read_answer(json_t *root, struct job_events *events)
{
    json_t *list, *node;
    json_int_t seq;
    size_t i;
    int more;

    if (json_unpack(root, "{sI sb so}", "seq", &seq, "more", &more, "events",
                    &list) < 0 ||
        !json_is_array(list) || seq < 0)
        return -1;
    events->seq = seq;
    events->more = more != 0;
    events->of = xcalloc(json_array_size(list) + 1, sizeof(*events->of));
    json_array_foreach(list, i, node)
    {
        if (read_event(node, &events->of[i]) < 0)
            return -1;
        events->n++;
    }
    return 0;
}

int
job_events_parse(const char *text, size_t len, struct job_events *events,
                 struct err *err)
{
    json_t *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
    int rc;

    *events = (struct job_events){ .n = 0 };
    rc = root != NULL ? read_answer(root, events) : -1;
    json_decref(root);
    if (rc == 0)
        return 0;
    job_events_fini(events);
    return err_set(err, ERR_PROTOCOL, "the answer is not a list of events");
}

int
job_events_get(struct soap_client *c, const char *address, long long since,
               int wait_s, struct job_events *events, struct err *err)
{
    char *url = xasprintf("%s?since=%lld&wait=%d", address, since, wait_s);
    const struct soap_page page = { .url = url, .max = ANSWER_MAX };
    struct buf text = BUF_INIT;
    int status, rc = soap_client_page(c, &page, &text, &status, err);

    if (rc == 0 && status == 409)
        rc = err_set(err, ERR_STATE,
                     "'%s': events after %lld are no longer kept", address,
                     since);
    /* A site without events returns another document, or 404. */
    if (rc == 0 && (status != 200 || job_events_parse(buf_str(&text), text.len,
                                                      events, NULL) < 0))
        rc = err_set(err, status >= 500 ? ERR_UNREACHABLE : ERR_UNSUPPORTED,
                     "'%s' has no events (HTTP %d)", address, status);
    buf_fini(&text);
    free(url);
    return rc;
}
