/* gridftp/server/ftp_run_file.c - commands on one file: SIZE, MDTM, MFMT, CKSM,
 * SITE CHMOD, CHGRP, UTIME, TRNC (RFC 3659, GFD.47). */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/codec.h"
#include "gridftp/server/ftp_reply.h"
#include "gridftp/server/ftp_run.h"
#include "gridftp/server/ftp_session.h"

void
ftp_run_size(struct ftp_session *s, char *arg)
{
    char *path = ftp_path_join(&s->paths, arg);
    struct stat st;

    if (ftp_path_stat(&s->paths, path, true, &st) == 0)
        ftp_reply(s, 213, "%lld", (long long)st.st_size);
    else
        ftp_reply_errno(s, errno, "stat");
    free(path);
}

void
ftp_run_mdtm(struct ftp_session *s, char *arg)
{
    char *path = ftp_path_join(&s->paths, arg);
    struct stat st;
    struct tm tm;

    if (ftp_path_stat(&s->paths, path, true, &st) < 0)
        ftp_reply_errno(s, errno, "stat");
    else if (gmtime_r(&st.st_mtime, &tm) == NULL)
        ftp_reply(s, 550, "The time cannot be represented.");
    else
        ftp_reply(s, 213, "%04d%02d%02d%02d%02d%02d", tm.tm_year + 1900,
                  tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
    free(path);
}

/* Split off the first word of *ARG; *ARG becomes the rest.  NULL: no rest. */
static char *
cut_word(char **arg)
{
    char *word = *arg, *blank = strchr(word, ' ');

    if (blank == NULL || blank == word || blank[1] == '\0')
        return NULL;
    *blank = '\0';
    *arg = blank + 1;
    return word;
}

static void
bad_arguments(struct ftp_session *s)
{
    ftp_reply(s, 501, "Syntax error in parameters or arguments.");
}

int
ftp_run_parse_time(const char *text, time_t *t)
{
    struct tm tm = { 0 };
    const char *end;

    if (strlen(text) != 14 || strspn(text, "0123456789") != 14)
        return -1;
    end = strptime(text, "%Y%m%d%H%M%S", &tm);
    if (end == NULL || *end != '\0')
        return -1;
    *t = timegm(&tm);
    return 0;
}

/* Open ARG itself to change it; -1 after an error reply. */
static int
open_for_change(struct ftp_session *s, const char *arg, const char *what)
{
    char *path = ftp_path_join(&s->paths, arg);
    int fd = ftp_path_open(&s->paths, path, O_PATH, 0, FTP_RIGHT_WRITE);

    if (fd < 0)
        ftp_reply_errno(s, errno, what);
    free(path);
    return fd;
}

/* A name to change the file of the O_PATH descriptor FD, because fchmod(2) and
 * futimens(3) do not accept such descriptors. */
static const char *
name_of(int fd, char text[64])
{
    snprintf(text, 64, "/proc/self/fd/%d", fd);
    return text;
}

/* MFMT and SITE UTIME: parse "TIME PATH" and set the time. */
static void
set_time(struct ftp_session *s, char *arg)
{
    struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, { 0 } };
    char *word = cut_word(&arg), text[64];
    int fd;

    if (word == NULL || ftp_run_parse_time(word, &times[1].tv_sec) < 0) {
        bad_arguments(s);
        return;
    }
    fd = open_for_change(s, arg, "utime");
    if (fd < 0)
        return;
    if (utimensat(AT_FDCWD, name_of(fd, text), times, 0) == 0)
        ftp_reply(s, 250, "OK.");
    else
        ftp_reply_errno(s, errno, "utime");
    close(fd);
}

void
ftp_run_mfmt(struct ftp_session *s, char *arg)
{
    set_time(s, arg);
}

void
ftp_run_site_utime(struct ftp_session *s, char *arg)
{
    set_time(s, arg);
}

void
ftp_run_site_chmod(struct ftp_session *s, char *arg)
{
    char *word = cut_word(&arg), text[64], *end = NULL;
    long mode = word != NULL ? strtol(word, &end, 8) : -1;
    int fd;

    if (word == NULL || *end != '\0' || mode < 0 || mode > 07777) {
        bad_arguments(s);
        return;
    }
    fd = open_for_change(s, arg, "chmod");
    if (fd < 0)
        return;
    if (chmod(name_of(fd, text), (mode_t)mode) == 0)
        ftp_reply(s, 250, "OK.");
    else
        ftp_reply_errno(s, errno, "chmod");
    close(fd);
}

/* Find a group by name or number. */
static int
find_group(const char *word, gid_t *gid)
{
    struct group *g = getgrnam(word);
    long long n;

    if (g != NULL) {
        *gid = g->gr_gid;
        return 0;
    }
    if (number_parse(word, 0, UINT32_MAX - 1, &n) < 0)
        return -1;
    *gid = (gid_t)n;
    return 0;
}

void
ftp_run_site_chgrp(struct ftp_session *s, char *arg)
{
    char *word = cut_word(&arg);
    gid_t gid;
    int fd;

    if (word == NULL) {
        bad_arguments(s);
        return;
    }
    if (find_group(word, &gid) < 0) {
        ftp_reply(s, 501, "No group '%s'.", word);
        return;
    }
    fd = open_for_change(s, arg, "chgrp");
    if (fd < 0)
        return;
    if (fchownat(fd, "", (uid_t)-1, gid, AT_EMPTY_PATH) == 0)
        ftp_reply(s, 250, "OK.");
    else
        ftp_reply_errno(s, errno, "chgrp");
    close(fd);
}

void
ftp_run_site_trnc(struct ftp_session *s, char *arg)
{
    char *word = cut_word(&arg), *path;
    long long n;
    int fd;

    if (word == NULL || number_parse(word, 0, INT64_MAX, &n) < 0) {
        bad_arguments(s);
        return;
    }
    path = ftp_path_join(&s->paths, arg);
    fd = ftp_path_open(&s->paths, path, O_WRONLY | O_NONBLOCK, 0,
                       FTP_RIGHT_WRITE);
    if (fd >= 0 && ftruncate(fd, n) == 0)
        ftp_reply(s, 250, "OK.");
    else
        ftp_reply_errno(s, errno, "truncate");
    if (fd >= 0)
        close(fd);
    free(path);
}

/* How a long checksum keeps the client waiting and checks for ABOR. */
struct sum_watch {
    struct ftp_session *s;
    long long next; /* monotonic ms of the next 113 */
    long long every;
};

static int
sum_tick(void *arg)
{
    struct sum_watch *w = arg;

    if (!ftp_session_going(w->s))
        return 1;
    if (time_mono_ms() >= w->next) {
        ftp_reply(w->s, 113, "Checksum is being computed.");
        ftp_reply_flush(w->s);
        w->next = time_mono_ms() + w->every;
    }
    return 0;
}

/* Compute the checksum of a part of PATH and reply. */
static void
reply_sum(struct ftp_session *s, enum digest_kind kind, long long offset,
          long long length, const char *arg)
{
    char *path = ftp_path_join(&s->paths, arg), text[DIGEST_TEXT];
    struct sum_watch w = { s, 0, 0 };
    struct err err = ERR_INIT;
    struct stat st;
    int fd = ftp_path_open_file(&s->paths, path, false, &st);
    const struct digest_part part = { fd, offset, length, sum_tick, &w };

    w.every = 1000 * conf_num(s->conf, CONF_gridftp_markers_interval);
    w.next = time_mono_ms() + w.every;
    s->aborted = false;
    if (fd < 0)
        ftp_reply_errno(s, errno, "open");
    else if (digest_file(kind, &part, text, &err) == 0)
        ftp_reply(s, 213, "%s", text);
    else
        ftp_reply_err(s, s->aborted ? 426 : 451, &err);
    if (s->aborted)
        ftp_reply(s, 226, "Abort successful");
    s->aborted = false;
    if (fd >= 0)
        close(fd);
    free(path);
}

void
ftp_run_cksm(struct ftp_session *s, char *arg)
{
    char *name = cut_word(&arg), *offset = NULL, *length = NULL;
    long long from = 0, count = 0;
    enum digest_kind kind;

    if (name != NULL)
        offset = cut_word(&arg);
    if (offset != NULL)
        length = cut_word(&arg);
    if (length == NULL || number_parse(offset, 0, INT64_MAX, &from) < 0 ||
        number_parse(length, -1, INT64_MAX, &count) < 0) {
        bad_arguments(s);
        return;
    }
    kind = digest_find(name);
    if (kind == DIGEST_NONE) {
        ftp_reply(s, 500, "Unknown checksum algorithm requested.");
        return;
    }
    reply_sum(s, kind, from, count, arg);
}
