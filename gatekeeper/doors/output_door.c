/* gatekeeper/doors/output_door.c - GET /jobs/ID/stdout, /stderr, /files/PATH: a
 * job's files over HTTPS for its owner, with ranges, during and after the run;
 * a list for /files/ and directories below it.  DELETE /jobs/ID removes an
 * ended job.
 *
 * A file that does not exist yet is 404; an empty file is 200 with no bytes. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gatekeeper/doors/bes_soap.h"
#include "gatekeeper/doors/door.h"

/* Split CALL's path into the job's id and the rest after "/jobs/ID/"; false if
 * it does not name a job. */
static bool
split(const struct http_call *call, char id[UUID_TEXT], const char **rest)
{
    const char *name = route_param(&call->params, "id");

    *rest = route_param(&call->params, "rest");
    *rest += **rest == '/';
    if (strlen(name) != UUID_TEXT - 1)
        return false;
    memcpy(id, name, UUID_TEXT);
    return uuid_ok(id);
}

/* Show the job as text, for a browser or curl at the job's address. */
static int
show_job(struct http_call *call, const char *id, struct err *err)
{
    struct service *s = call->service;
    struct life_view view;
    char text[TIME_TEXT];

    if (life_view(s->life, call->peer->identity, id, &view, err) < 0)
        return -1;
    buf_addf(&call->reply, "job %s\nstate %s\n", id,
             life_state_word(view.state));
    for (int i = 0; i < LIFE_STATES; i++)
        if (view.entered_ms[i] > 0)
            buf_addf(&call->reply, "entered %s %s\n",
                     life_state_word((enum life_state)i),
                     time_utc_ms(view.entered_ms[i], text));
    for (int i = 0; i < TASK_STATES && view.ntasks > 1; i++)
        if (view.tally.of[i] > 0)
            buf_addf(&call->reply, "tasks %s %ld\n",
                     task_state_word((enum task_state)i), view.tally.of[i]);
    if (view.exit.set && view.exit.signal == 0)
        buf_addf(&call->reply, "exit %d\n", view.exit.code);
    if (view.exit.set && view.exit.signal != 0)
        buf_addf(&call->reply, "signal %d\n", view.exit.signal);
    if (view.retry != NULL)
        buf_addf(&call->reply, "retry %s\n", view.retry);
    if (view.fault != NULL)
        buf_addf(&call->reply, "fault %s\n", view.fault);
    call->reply_type = "text/plain; charset=utf-8";
    life_view_fini(&view);
    return 0;
}

/* Add the job's state to every answer, so that the reader of a growing file
 * knows when it is complete.  The state is read before the size. */
static int
add_state(struct http_call *call, const char *id, struct err *err)
{
    struct service *s = call->service;
    struct life_view view;

    if (life_view(s->life, call->peer->identity, id, &view, err) < 0)
        return -1;
    buf_addf(&call->headers, "X-Job-State: %s\r\nCache-Control: no-store\r\n",
             bes_soap_state(view.state));
    life_view_fini(&view);
    return 0;
}

/* Answer with the file FD; if it is -1, with ERR. */
static int
send_fd(struct http_call *call, int fd, const char *path, const char *type,
        struct err *err)
{
    struct stat st;

    if (fd < 0 && err->code == ERR_STATE) {
        /* The client waits for the file: 404, not an empty success. */
        err->code = ERR_NOT_FOUND;
        return -1;
    }
    if (fd < 0)
        return -1;
    if (fstat(fd, &st) < 0) {
        err_set(err, ERR_IO, "'%s': %s", path, strerror(errno));
        close(fd);
        return -1;
    }
    call->reply_type = type;
    call->reply_fd = fd;
    call->reply_offset = 0;
    call->reply_len = st.st_size;
    return 0;
}

static int
send_file(struct http_call *call, const char *id, const char *path,
          struct err *err)
{
    struct service *s = call->service;

    if (add_state(call, id, err) < 0)
        return -1;
    return send_fd(call,
                   life_open_file(s->life, call->peer->identity, id, path, err),
                   path, "application/octet-stream", err);
}

/* Answer with the list of the directory PATH, which is "" or ends with '/'. */
static int
send_list(struct http_call *call, const char *id, const char *path,
          struct err *err)
{
    struct service *s = call->service;
    size_t n = strlen(path);
    char *dir = xasprintf("%.*s", n > 0 ? (int)n - 1 : 0, path);
    int rc = add_state(call, id, err);

    if (rc == 0)
        rc = send_fd(
            call, life_list_files(s->life, call->peer->identity, id, dir, err),
            path, "text/plain; charset=utf-8", err);
    free(dir);
    return rc;
}

/* Whether PATH below files/ names a directory. */
static bool
is_dir(const char *path)
{
    size_t n = strlen(path);

    return n == 0 || path[n - 1] == '/';
}

/* Whether this is a repeated read of a growing file, which is not audited
 * again.  A missing file is not audited either. */
static bool
is_poll(const struct http_call *call, int rc, const struct err *err)
{
    if (rc < 0)
        return err->code == ERR_NOT_FOUND && call->headers.len > 0;
    return call->range != NULL && strncmp(call->range, "bytes=0-", 8) != 0;
}

static int
get(struct http_call *call, struct err *err)
{
    const char *rest;
    char id[UUID_TEXT];
    int rc;

    if (!split(call, id, &rest))
        return err_set(err, ERR_NOT_FOUND, "'%s' is not a job", call->path);
    if (rest[0] == '\0')
        rc = show_job(call, id, err);
    else if (strcmp(rest, "stdout") == 0 || strcmp(rest, "stderr") == 0)
        rc = send_file(call, id, rest, err);
    else if (strncmp(rest, "files/", 6) == 0)
        rc =
            (is_dir(rest + 6) ? send_list : send_file)(call, id, rest + 6, err);
    else
        rc = err_set(err, ERR_NOT_FOUND, "'%s' is not a file of a job",
                     call->path);
    if (!is_poll(call, rc, err))
        audit_decision(call->peer->identity, "read", id, call->from,
                       rc < 0 ? err : NULL);
    return rc;
}

static int
wipe(struct http_call *call, struct err *err)
{
    struct service *s = call->service;
    const char *rest;
    char id[UUID_TEXT] = "-";
    int rc;

    if (!split(call, id, &rest) || rest[0] != '\0')
        return err_set(err, ERR_NOT_FOUND, "'%s' is not a job", call->path);
    rc = life_wipe(s->life, call->peer->identity, id, err);
    audit_decision(call->peer->identity, "wipe", id, call->from,
                   rc < 0 ? err : NULL);
    if (rc == 0)
        call->status = 202;
    return rc;
}

#define JOB_FILES JOBS_PATH "{id}{rest*}"

static const struct http_route routes[] = {
    { "DELETE", JOB_FILES, 0, wipe, "DELETE " JOBS_PATH, NULL,
      HTTP_BODY_SMALL },
    { "GET", JOB_FILES, HTTP_LIMITED, get, "GET " JOBS_PATH, NULL,
      HTTP_BODY_SMALL },
    { .path = NULL },
};

const struct door output_door = { .name = "output", .routes = routes };
