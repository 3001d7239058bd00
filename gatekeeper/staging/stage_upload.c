/* gatekeeper/staging/stage_upload.c - see stage_upload.h. */
#include "gatekeeper/staging/stage_upload.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/fs.h"
#include "base/testpoint.h"
#include "gatekeeper/runner/runner_client.h"

/* The maximum of bytes not yet synced when the last piece arrives. */
#define SYNC_BYTES (16LL << 20)
#define PART_TEXT  24

/* ---- at submission ---- */

static int
by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Reject two transfers into one file: its content would be undefined. */
static int
check_twice(const struct job *job, struct err *err)
{
    char **name = xcalloc(job->nstage_in, sizeof(*name));
    int rc = 0;

    for (size_t i = 0; i < job->nstage_in; i++)
        name[i] = runner_wire_path_plain(job->stage_in[i].file);
    qsort(name, job->nstage_in, sizeof(*name), by_name);
    for (size_t i = 1; i < job->nstage_in && rc == 0; i++)
        if (strcmp(name[i - 1], name[i]) == 0)
            rc = err_set(err, ERR_USAGE,
                         "two inputs are called '%s': with uploads each needs "
                         "a name of its own",
                         name[i]);
    for (size_t i = 0; i < job->nstage_in; i++)
        free(name[i]);
    free(name);
    return rc;
}

static int
check_name(const char *file, struct err *err)
{
    char *plain = runner_wire_path_plain(file);
    int rc = 0;

    if (!runner_wire_path_ok(plain) || strstr(plain, "${") != NULL ||
        strlen(plain) >= RUNNER_TEXT)
        rc = err_set(err, ERR_USAGE,
                     "'%s': the name of an input that is uploaded is a path in "
                     "the session directory, without '..' and variables, of "
                     "less than %d bytes",
                     file, RUNNER_TEXT);
    else if (runner_wire_path_private(plain))
        rc = err_set(err, ERR_USAGE,
                     "'%s': this directory of the session is the gatekeeper's "
                     "own",
                     file);
    free(plain);
    return rc;
}

int
stage_upload_check(const struct conf *conf, const struct job *job,
                   struct err *err)
{
    long long max = conf_num(conf, CONF_gatekeeper_upload_max), sum = 0;
    bool any = false;

    for (size_t i = 0; i < job->nstage_in; i++) {
        const struct job_transfer *t = &job->stage_in[i];

        if (!t->upload)
            continue;
        any = true;
        if (check_name(t->file, err) < 0)
            return -1;
        if (t->creation == JOB_APPEND)
            return err_set(err, ERR_UNSUPPORTED,
                           "'%s': inputs that are uploaded are not appended to",
                           t->file);
        if (t->bytes > max - sum)
            return err_set(err, ERR_UNSUPPORTED,
                           "'%s': the inputs that are uploaded have more than "
                           "%lld bytes together, which this site takes for one "
                           "job (gatekeeper.upload_max): stage large ones by "
                           "GridFTP",
                           t->file, max);
        sum += t->bytes;
    }
    return any ? check_twice(job, err) : 0;
}

/* ---- one input ---- */

const struct stage_upload *
stage_upload_find(const struct stage_list *l, const char *file)
{
    for (size_t i = 0; i < l->nuploads; i++)
        if (strcmp(l->upload[i].file, file) == 0)
            return &l->upload[i];
    return NULL;
}

struct stage_upload
stage_upload_copy(const struct stage_upload *u)
{
    struct stage_upload copy = *u;

    copy.file = xstrdup(u->file);
    return copy;
}

void
stage_upload_fini(struct stage_upload *u)
{
    free(u->file);
    *u = (struct stage_upload){ .file = NULL };
}

/* The file name of U's part. */
static const char *
part_name(const struct stage_upload *u, char text[PART_TEXT])
{
    snprintf(text, PART_TEXT, "%zu", u->part);
    return text;
}

/* The size of PATH; -1 with ERR; -1 without an error if it does not exist. */
static long long
size_of(struct runner *r, const char *id, const char *path, struct err *err)
{
    struct err why = ERR_INIT;
    long long size = runner_stat(r, id, path, &why);

    if (size < 0 && why.code != ERR_NOT_FOUND)
        err_set(err, why.code, "%s", why.text);
    return size;
}

/* Whether U already has its final name; -1 with ERR. */
static int
is_complete(struct runner *r, const char *id, const struct stage_upload *u,
            struct err *err)
{
    struct err why = ERR_INIT;
    long long size = size_of(r, id, u->file, &why);

    if (why.code != ERR_OK)
        return err_set(err, why.code, "%s", why.text);
    return size >= 0 && (size == u->bytes || u->missing_only);
}

/* The part of U, open and locked as FD, has all bytes: sync it and rename it.
 * Whether U is complete; -1 with ERR. */
static int
complete_part(struct runner *r, const char *id, const struct stage_upload *u,
              int fd, struct err *err)
{
    unsigned flags = (u->executable ? RUNNER_UPLOADED_EXECUTABLE : 0) |
                     (u->missing_only ? RUNNER_UPLOADED_MISSING : 0);
    struct err why = ERR_INIT;
    char part[PART_TEXT];

    if (fdatasync(fd) < 0)
        return err_set(err, fs_errno_code(), "cannot write '%s': %s", u->file,
                       strerror(errno));
    test_point("gk.upload.complete");
    if (runner_uploaded(r, id, part_name(u, part), u->file, flags, &why) == 0)
        return 1;
    /* Another request renamed it between our open and our lock. */
    if (why.code == ERR_NOT_FOUND)
        return is_complete(r, id, u, err);
    return err_set(err, why.code, "%s", why.text);
}

/* The part of U has all bytes but not its final name: its last piece is being
 * processed, or a gatekeeper was killed then.  Whether U is complete now; -1
 * with ERR. */
static int
complete_left(struct runner *r, const char *id, const struct stage_upload *u,
              struct err *err)
{
    struct err why = ERR_INIT;
    char part[PART_TEXT];
    int rc = 0;
    int fd = runner_upload(r, id, part_name(u, part), u->file, false, &why);

    if (fd < 0 && why.code == ERR_NOT_FOUND)
        return is_complete(r, id, u, err);
    if (fd < 0)
        return err_set(err, why.code, "%s", why.text);
    if (flock(fd, LOCK_EX | LOCK_NB) == 0)
        rc = complete_part(r, id, u, fd, err);
    close(fd);
    return rc;
}

long long
stage_upload_have(struct runner *r, const char *id,
                  const struct stage_upload *u, bool *complete, struct err *err)
{
    struct err why = ERR_INIT;
    char part[PART_TEXT], *path;
    int done = is_complete(r, id, u, err);
    long long size;

    *complete = done > 0;
    if (done != 0)
        return done < 0 ? -1 : u->bytes;
    path = xasprintf(RUNNER_UPLOADS "/%s", part_name(u, part));
    size = size_of(r, id, path, &why);
    free(path);
    if (why.code != ERR_OK)
        return err_set(err, why.code, "%s", why.text);
    if (size >= 0 && size == u->bytes) {
        done = complete_left(r, id, u, err);
        *complete = done > 0;
        if (done < 0)
            return -1;
    }
    return size < 0 ? 0 : size < u->bytes ? size : u->bytes;
}

/* ---- a piece ---- */

static int
check_piece(const struct stage_upload *u, const struct stage_piece *piece,
            struct err *err)
{
    if (piece->total >= 0 && piece->total != u->bytes)
        return err_set(err, ERR_USAGE,
                       "input '%s' was announced with %lld bytes but now has "
                       "%lld: submit the job again",
                       u->file, u->bytes, piece->total);
    if (piece->first < 0 || piece->first > u->bytes ||
        (long long)piece->len > u->bytes - piece->first)
        return err_set(err, ERR_USAGE,
                       "input '%s' has %lld bytes: the piece is out of range",
                       u->file, u->bytes);
    return 0;
}

/* Append PIECE to the file FD, which is locked. */
static int
write_piece(int fd, const struct stage_upload *u,
            const struct stage_piece *piece, struct err *err)
{
    long long end = piece->first + (long long)piece->len;
    struct stat st;

    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
        return err_set(err, ERR_AUTHZ, "'%s' is not a regular file", u->file);
    if (st.st_size != piece->first)
        return err_set(err, ERR_STATE,
                       "%lld bytes of input '%s' have arrived: continue there",
                       (long long)st.st_size, u->file);
    if (lseek(fd, piece->first, SEEK_SET) < 0 ||
        fs_write_all(fd, piece->data, piece->len) < 0 ||
        (piece->first / SYNC_BYTES != end / SYNC_BYTES && fdatasync(fd) < 0))
        return err_set(err, fs_errno_code(), "cannot write '%s': %s", u->file,
                       strerror(errno));
    test_point("gk.upload.piece");
    return 0;
}

int
stage_upload_put(struct runner *r, const char *id, const struct stage_upload *u,
                 const struct stage_piece *piece, struct err *err)
{
    char part[PART_TEXT];
    int fd, rc;

    if (check_piece(u, piece, err) < 0)
        return -1;
    rc = is_complete(r, id, u, err);
    if (rc != 0)
        return rc < 0 ? -1 : 0;
    fd = runner_upload(r, id, part_name(u, part), u->file, piece->first == 0,
                       err);
    if (fd < 0 && err->code == ERR_NOT_FOUND)
        return err_set(
            err, ERR_STATE,
            "no byte of input '%s' has arrived: start with the first", u->file);
    if (fd < 0)
        return -1;
    /* The session's user could hold this lock: do not wait for it. */
    if (flock(fd, LOCK_EX | LOCK_NB) < 0)
        rc = err_set(err, ERR_STATE,
                     "another piece of input '%s' is being written", u->file);
    else
        rc = write_piece(fd, u, piece, err);
    if (rc == 0 && piece->total >= 0 &&
        piece->first + (long long)piece->len == u->bytes)
        rc = complete_part(r, id, u, fd, err) < 0 ? -1 : 0;
    close(fd);
    return rc;
}

int
stage_upload_text(struct runner *r, const char *id,
                  const struct stage_upload *list, size_t n, struct buf *out,
                  struct err *err)
{
    for (size_t i = 0; i < n; i++) {
        bool complete;
        long long have = stage_upload_have(r, id, &list[i], &complete, err);

        if (have < 0)
            return -1;
        buf_addf(out, "size=%lld;received=%lld;complete=%s; ", list[i].bytes,
                 have, complete ? "yes" : "no");
        percent_encode(out, list[i].file, "/");
        buf_addc(out, '\n');
    }
    return 0;
}
