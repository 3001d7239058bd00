/* clients/gridrun/job_request.c - see job_request.h. */
#include "clients/gridrun/job_request.h"

#include <stdlib.h>
#include <string.h>

#define ANSWER_MAX (1024 * 1024)

int
job_request_refused(int status, const struct buf *text, struct err *err)
{
    const char *said = buf_str(text);
    int n = (int)strcspn(said, "\r\n");
    enum err_code code = status == 404                    ? ERR_NOT_FOUND
                         : status == 409                  ? ERR_STATE
                         : status == 400                  ? ERR_USAGE
                         : status == 403                  ? ERR_AUTHZ
                         : status == 405 || status == 501 ? ERR_UNSUPPORTED
                                                          : ERR_REMOTE;

    return err_set(err, code, "%.*s (HTTP %d)", n < 300 ? n : 300, said,
                   status);
}

int
job_request_post(struct soap_client *c, const char *url, json_t *request,
                 json_t **answer, struct err *err)
{
    char *body = json_dumps(request, JSON_COMPACT);
    struct buf text = BUF_INIT, bytes = BUF_INIT;
    const struct soap_page page = {
        .url = url, .max = ANSWER_MAX, .method = "POST", .body = &bytes
    };
    int status, rc;

    *answer = NULL;
    buf_adds(&bytes, body != NULL ? body : "{}");
    rc = soap_client_page(c, &page, &text, &status, err);
    if (rc == 0 && status != 200)
        rc = job_request_refused(status, &text, err);
    if (rc == 0) {
        *answer = json_loadb(buf_str(&text), text.len, 0, NULL);
        if (*answer == NULL)
            rc = err_set(err, ERR_PROTOCOL, "the answer of '%s' is not JSON",
                         url);
    }
    json_decref(request);
    free(body);
    buf_fini(&text);
    buf_fini(&bytes);
    return rc;
}

int
job_request_limit(struct soap_client *c, const char *address, const char *name,
                  const char *value, struct err *err)
{
    json_t *answer = NULL;
    int rc = job_request_post(
        c, address, json_pack("{s{ss}}", "limits", name, value), &answer, err);

    json_decref(answer);
    return rc;
}
