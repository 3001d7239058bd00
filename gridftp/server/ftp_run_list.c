/* gridftp/server/ftp_run_list.c - LIST, NLST, MLST, MLSD, MLSR, MLSC, STAT
 * (RFC 959, 3659, GFD.47). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fs.h"
#include "gridftp/server/ftp_list.h"
#include "gridftp/server/ftp_reply.h"
#include "gridftp/server/ftp_run.h"
#include "gridftp/server/ftp_session.h"
#include "gridftp/server/ftp_xfer.h"

/* Most bytes of a listing on the control channel. */
#define CONTROL_MAX (768 * 1024)

/* Listings are written to an unnamed file, which the data channel then sends
 * like any other. */
struct listing {
    struct ftp_session *s;
    int fd;
    int error; /* errno of a failed write */
};

static int
to_file(void *arg, struct buf *out)
{
    struct listing *to = arg;

    if (fs_write_all(to->fd, out->data, out->len) < 0)
        to->error = errno;
    buf_clear(out);
    /* A tree may be large and its reader gone. */
    if (to->error == 0 && ftp_session_going(to->s))
        return 0;
    errno = ECANCELED;
    return -1;
}

static int
keep_small(void *arg, struct buf *out)
{
    (void)arg;
    if (out->len < CONTROL_MAX)
        return 0;
    errno = ECANCELED;
    return -1;
}

/* List the content of PATH, which the client calls ARG.  A name that does not
 * exist may be a pattern, except for MLSx: other servers allow that for LIST,
 * and clients' mget needs it for NLST, with names that can be sent back. */
static int
list_path(struct ftp_list *l, const char *path, const char *arg,
          struct buf *out)
{
    const char *slash = strrchr(arg, '/');
    char *before = NULL;
    int rc = ftp_list_dir(l, path, out);

    if (rc == 0 || errno != ENOENT || l->style == FTP_LIST_FACTS ||
        !ftp_list_is_pattern(path))
        return rc;
    if (l->style == FTP_LIST_NAMES && slash != NULL)
        before = xasprintf("%.*s/", (int)(slash - arg), arg);
    l->before = before;
    rc = ftp_list_matching(l, path, out);
    l->before = NULL;
    free(before);
    return rc;
}

/* List ARG over the data channel. */
static void
list_to_data(struct ftp_session *s, const char *verb, enum ftp_list_style style,
             const char *arg)
{
    struct buf out = BUF_INIT;
    struct listing to = { s, memfd_create("listing", MFD_CLOEXEC), 0 };
    struct ftp_list l = { .paths = &s->paths,
                          .style = style,
                          .facts = s->facts,
                          .recursive = strcmp(verb, "MLSR") == 0,
                          .indent = "",
                          .flush = to_file,
                          .arg = &to };
    char *path = ftp_path_join(&s->paths, arg);

    s->aborted = false;
    if (to.fd >= 0 && list_path(&l, path, arg, &out) == 0 &&
        to_file(&to, &out) == 0) {
        ftp_xfer_send_listing(s, verb, path, to.fd);
    } else if (s->aborted) {
        ftp_reply(s, 426, "Command Aborted.");
        ftp_reply(s, 226, "Abort successful");
    } else {
        ftp_reply_errno(s, to.error != 0 ? to.error : errno, "list");
    }
    s->aborted = false;
    if (to.fd >= 0)
        close(to.fd);
    free(path);
    buf_fini(&out);
}

/* Clients say "LIST -la path" by habit: skip the options. */
static const char *
skip_options(const char *arg)
{
    while (*arg == '-') {
        arg += strcspn(arg, " ");
        arg += strspn(arg, " ");
    }
    return arg;
}

void
ftp_run_list(struct ftp_session *s, char *arg)
{
    list_to_data(s, "LIST", FTP_LIST_LONG, skip_options(arg));
}

void
ftp_run_nlst(struct ftp_session *s, char *arg)
{
    list_to_data(s, "NLST", FTP_LIST_NAMES, skip_options(arg));
}

/* MLSD and the like only accept directories. */
static bool
is_directory(struct ftp_session *s, const char *arg)
{
    char *path = ftp_path_join(&s->paths, arg);
    struct stat st;
    int rc = ftp_path_stat(&s->paths, path, true, &st);

    free(path);
    if (rc == 0 && S_ISDIR(st.st_mode))
        return true;
    if (rc == 0)
        errno = ENOTDIR;
    ftp_reply_errno(s, errno, "list");
    return false;
}

void
ftp_run_mlsd(struct ftp_session *s, char *arg)
{
    if (is_directory(s, arg))
        list_to_data(s, "MLSD", FTP_LIST_FACTS, arg);
}

void
ftp_run_mlsr(struct ftp_session *s, char *arg)
{
    list_to_data(s, "MLSR", FTP_LIST_FACTS, arg);
}

/* What to list between "CODE-... WHOM" and "CODE End.": PATH itself with the
 * name AS, or (AS NULL) its content. */
struct listed {
    int code;
    const char *path, *as, *whom;
};

static void
list_to_control(struct ftp_session *s, struct ftp_list *l,
                const struct listed *d)
{
    struct buf out = BUF_INIT;
    int rc;

    l->indent = " ";
    l->flush = keep_small;
    buf_addf(&out, "%d-%s ", d->code,
             d->as != NULL ? "status of" : "Contents of");
    ftp_list_name(d->whom, &out);
    buf_adds(&out, "\r\n");
    rc = d->as == NULL ? ftp_list_dir(l, d->path, &out)
                       : ftp_list_one(l, d->path, d->as, &out);
    if (rc < 0 && errno == ECANCELED)
        ftp_reply(s, 552, "Too much for the control channel: use MLSD.");
    else if (rc < 0)
        ftp_reply_errno(s, errno, "stat");
    if (rc == 0) {
        buf_addf(&out, "%d End.\r\n", d->code);
        ftp_reply_text(s, &out);
    }
    buf_fini(&out);
}

/* ARG, which is PATH, ends in "/" or "/." and so means the target of a symbolic
 * link.  False when there is no target; the error was replied. */
static bool
leads_somewhere(struct ftp_session *s, const char *arg, const char *path)
{
    size_t n = strlen(arg);
    struct stat st;

    if (n > 1 && arg[n - 1] == '.' && arg[n - 2] == '/')
        n--;
    if (n == 0 || arg[n - 1] != '/' ||
        ftp_path_stat(&s->paths, path, true, &st) == 0)
        return true;
    ftp_reply_errno(s, errno, "stat");
    return false;
}

void
ftp_run_mlst(struct ftp_session *s, char *arg)
{
    struct ftp_list l = { .paths = &s->paths, .facts = s->facts };
    char *path = ftp_path_join(&s->paths, arg);
    const char *name = *arg != '\0' ? arg : path;

    if (leads_somewhere(s, arg, path))
        list_to_control(s, &l, &(struct listed){ 250, path, name, name });
    free(path);
}

void
ftp_run_mlsc(struct ftp_session *s, char *arg)
{
    struct ftp_list l = { .paths = &s->paths, .facts = s->facts };
    char *path = ftp_path_join(&s->paths, arg);

    list_to_control(s, &l, &(struct listed){ 250, path, NULL, path });
    free(path);
}

/* Only the last component, as the Globus server shows it. */
static const char *
last_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL && slash[1] != '\0' ? slash + 1 : path;
}

void
ftp_run_stat(struct ftp_session *s, char *arg)
{
    struct ftp_list l = { .paths = &s->paths, .style = FTP_LIST_LONG };
    const char *name = skip_options(arg);
    char *path;

    if (*name == '\0') {
        ftp_reply(s, 212, "GridFTP server status.");
        return;
    }
    path = ftp_path_join(&s->paths, name);
    if (leads_somewhere(s, name, path))
        list_to_control(s, &l,
                        &(struct listed){ 213, path, last_name(path), name });
    free(path);
}
