/* gatekeeper/doors/tasks_request.c - see tasks_request.h. */
#include "gatekeeper/doors/tasks_request.h"

#include <jansson.h>
#include <string.h>

static const char *const names[] = {
    [TASKS_CANCEL] = "cancel", [TASKS_RESUBMIT] = "resubmit"
};

static int
read_object(json_t *root, struct tasks_request *r, struct err *err)
{
    const char *text = NULL;

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        json_t *value = json_object_get(root, names[i]);

        if (value == NULL)
            continue;
        text = json_string_value(value);
        r->action = (enum tasks_action)i;
    }
    if (text == NULL || json_object_size(root) != 1)
        return err_set(
            err, ERR_SYNTAX,
            "the request is not of the form {\"cancel\":\"1,5-9\"} or "
            "{\"resubmit\":\"failed\"}");
    return task_set_parse(text, &r->tasks, err);
}

int
tasks_request_parse(const char *text, size_t len, struct tasks_request *r,
                    struct err *err)
{
    json_t *root;
    int rc;

    *r = (struct tasks_request){ .action = TASKS_CANCEL };
    if (len > TASKS_REQUEST_MAX)
        return err_set(err, ERR_USAGE, "a request of more than %u bytes",
                       TASKS_REQUEST_MAX);
    root = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_object(root)) {
        json_decref(root);
        return err_set(err, ERR_SYNTAX, "the request is not a JSON object");
    }
    rc = read_object(root, r, err);
    json_decref(root);
    return rc;
}
