/* clients/gridrun/gridrun_fetch.c - see gridrun_fetch.h. */
#include "clients/gridrun/gridrun_fetch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/fs.h"
#include "clients/gridrun/gridrun_files.h"

#define CHUNK      (1u << 20)
#define ERRORS_MAX 20 /* in a row, one second apart */

/* Get the next bytes of URL at offset AT into OUT; none at the end.  -1 with
 * ERR: NOT_FOUND. */
static int
get_chunk(struct gridrun *g, const char *url, long long at, struct buf *out,
          struct err *err)
{
    char range[64];
    struct soap_page page = { .url = url, .range = range, .max = 2 * CHUNK };
    int status = 0;

    snprintf(range, sizeof(range), "%lld-%lld", at, at + CHUNK - 1);
    buf_clear(out);
    if (gridrun_refresh(g, err) < 0 ||
        soap_client_page(g->soap, &page, out, &status, err) < 0)
        return -1;
    if (status == 206 || (status == 200 && at == 0))
        return 0;
    if (status == 416) { /* AT is at the end; the body is an error text */
        buf_clear(out);
        return 0;
    }
    return err_set(err,
                   status == 404   ? ERR_NOT_FOUND
                   : status >= 500 ? ERR_UNREACHABLE
                                   : ERR_REMOTE,
                   "'%s' answers HTTP %d", url, status);
}

/* Copy all of URL to FD, which is the file PATH. */
static int
get_all(struct gridrun *g, const char *url, int fd, const char *path,
        struct err *err)
{
    struct buf data = BUF_INIT;
    long long at = 0;
    int errors = 0, rc;

    for (;;) {
        struct err why = ERR_INIT;

        rc = get_chunk(g, url, at, &data, &why);
        if (rc < 0 && bes_transient(&why) && errors++ < ERRORS_MAX) {
            sleep(1);
            continue;
        }
        if (rc < 0)
            err_set(err, why.code, "%s", why.text);
        if (rc < 0 || data.len == 0)
            break;
        errors = 0;
        at += (long long)data.len;
        rc = fs_write_all(fd, data.data, data.len);
        if (rc < 0) {
            err_set(err, fs_errno_code(), "cannot write '%s': %s", path,
                    strerror(errno));
            break;
        }
    }
    buf_fini(&data);
    return rc;
}

/* Fetch O of the job at HANDLE, completely or not at all. */
static int
fetch(struct gridrun *g, const char *handle, const struct gridrun_fetch *o,
      struct err *err)
{
    const char *name = strrchr(o->path, '/') + 1;
    char *part = xasprintf("%.*s.%.200s.part-gridrun", (int)(name - o->path),
                           o->path, name);
    struct buf url = BUF_INIT;
    int fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666), rc;

    buf_addf(&url, "%s/files/", handle);
    percent_encode(&url, o->file, "/");
    if (fd < 0)
        rc = err_set(err, ERR_IO, "output '%s' cannot be written here: %s",
                     o->path, strerror(errno));
    else
        rc = get_all(g, buf_str(&url), fd, part, err);
    if (fd >= 0 && close(fd) < 0 && rc == 0)
        rc = err_set(err, fs_errno_code(), "cannot write '%s': %s", part,
                     strerror(errno));
    if (rc == 0 && rename(part, o->path) < 0)
        rc = err_set(err, ERR_IO, "cannot write '%s': %s", o->path,
                     strerror(errno));
    if (rc < 0 && fd >= 0)
        unlink(part);
    buf_fini(&url);
    free(part);
    return rc;
}

int
gridrun_fetch_outputs(struct gridrun *g, const char *handle)
{
    int rc = 0;

    if (g->fetches.n > 0)
        gridrun_say(g, "Fetching outputs...");
    for (size_t k = 0; k < g->fetches.n; k++) {
        struct err err = ERR_INIT;

        if (fetch(g, handle, &g->fetches.of[k], &err) == 0)
            continue;
        gridrun_say(g, rc == 0 ? "Failed.\n" : "");
        err_wrap(&err, "output '%s'", g->fetches.of[k].file);
        client_complain("gridrun", &err);
        rc = -1;
    }
    if (g->fetches.n > 0 && rc == 0)
        gridrun_say(g, "Done.\n");
    return rc;
}

/* Fetch the outputs of the job REF if it is over. */
static int
fetch_ended(struct gridrun *g, const struct job_ref *ref, struct err *err)
{
    struct bes_status st;
    int rc = bes_get_status(&g->site, ref->handle, &st, err);

    if (rc == 0 && !bes_status_final(&st))
        rc = err_set(err, ERR_STATE,
                     "job '%s' is not over: its outputs are not complete",
                     ref->id);
    bes_status_fini(&st);
    return rc < 0 ? -1 : gridrun_fetch_outputs(g, ref->handle);
}

static size_t
count(const struct gridrun *g)
{
    return g->fetches.n;
}

int
gridrun_fetch(struct gridrun *g)
{
    static const struct gridrun_files_way way = {
        .option = "-fetch",
        .nothing = "sends no output to a file of this machine",
        .count = count,
        .move = fetch_ended,
    };

    return gridrun_files(g, &way);
}
