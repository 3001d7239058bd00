/* gsi/names/namefile.c - files of certificate names, one on each line, as
 * Globus reads its grid-mapfile: quoted or bare, '#' comments, backslash
 * escapes. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "gsi/names/dn.h"
#include "gsi/names/dn_pattern.h"
#include "gsi/names/namefile.h"

#define FILE_MAX (64 * 1024 * 1024)

void
namefile_fini(struct namefile *f)
{
    free(f->path);
    f->path = NULL;
}

bool
namefile_stale(const struct namefile *f)
{
    struct stat now;
    const struct stat *was = &f->st;
    return stat(f->path, &now) || now.st_ino != was->st_ino ||
           now.st_dev != was->st_dev || now.st_size != was->st_size ||
           now.st_mtim.tv_sec != was->st_mtim.tv_sec ||
           now.st_mtim.tv_nsec != was->st_mtim.tv_nsec;
}

char *
namefile_key(const char *dn)
{
    struct dn name;
    struct buf key = BUF_INIT;
    if (*dn == '/' ? dn_parse(dn, &name, NULL)
                   : dn_parse_rfc2253(dn, &name, NULL))
        return NULL;
    dn_key(&name, &key);
    dn_fini(&name);
    return buf_detach(&key);
}

/* Refuse a file that others can write: it decides who gets which account. */
static int
check_file(const char *path, const struct stat *st, struct err *err)
{
    if (!S_ISREG(st->st_mode))
        return err_set(err, ERR_CONFIG, "'%s' is not a regular file", path);
    if (st->st_uid != 0 && st->st_uid != geteuid())
        return err_set(err, ERR_CONFIG,
                       "'%s' belongs to uid %u: it must be root's or ours",
                       path, (unsigned)st->st_uid);
    if ((st->st_mode & S_IWOTH) ||
        ((st->st_mode & S_IWGRP) && geteuid() == 0 && st->st_gid != 0))
        return err_set(err, ERR_CONFIG,
                       "'%s' may be written by others: chmod go-w '%s'", path,
                       path);
    return 0;
}

static int
open_file(const char *path, struct namefile *f, struct err *err)
{
    /* O_NONBLOCK: opening a FIFO must not block */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return err_set(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO,
                       "cannot open '%s': %s", path, strerror(errno));
    if (fstat(fd, &f->st) || check_file(path, &f->st, err)) {
        close(fd);
        return err_set(err, ERR_IO, "cannot stat '%s'", path);
    }
    return fd;
}

/* Whether a bare name ends at P: at a blank in a map, else before a comment. */
static bool
ends_bare(const char *p, enum namefile_shape shape)
{
    if (*p != ' ' && *p != '\t')
        return false;
    return shape == NAMEFILE_MAP || p[strspn(p, " \t")] == '#';
}

/* NUL-terminate the name at *S (bare or quoted) and move *S past it; returns
 * the name, or NULL. */
static char *
take_name(char **s, enum namefile_shape shape)
{
    char *p = *s;
    char quote = *p == '"' ? *p++ : '\0';
    char *name = p;
    for (; *p; p++) {
        if (*p == '\\' && p[1])
            p++;
        else if (quote ? *p == quote : ends_bare(p, shape))
            break;
    }
    if (quote && *p != quote)
        return NULL;
    *s = *p ? p + 1 : p;
    *p = '\0';
    return name;
}

struct reader {
    enum namefile_shape shape;
    namefile_line_fn *fn;
    void *arg;
};

/* Whether TEXT contains C without a backslash before it. */
static bool
has_bare(const char *text, char c)
{
    for (; *text; text++)
        if (*text == '\\' && text[1])
            text++;
        else if (*text == c)
            return true;
    return false;
}

/* The key of NAME, or of a pattern where SHAPE allows them; NULL with ERR. */
static char *
key_of(const char *name, enum namefile_shape shape, struct err *err)
{
    bool pattern = shape != NAMEFILE_MAP && has_bare(name, '*');
    char *key = pattern && shape == NAMEFILE_BAN ? dn_pattern(name)
                : pattern                        ? NULL
                                                 : namefile_key(name);
    if (!key && pattern && shape == NAMEFILE_LIST)
        err_set(err, ERR_SYNTAX,
                "'%s' is a pattern, which is not allowed here: write whole "
                "names ('\\*' for an asterisk in one)",
                name);
    else if (!key && pattern)
        err_set(err, ERR_SYNTAX,
                "'%s' is not a pattern of names such as '/O=Grid/OU=x/*'",
                name);
    else if (!key)
        err_set(err, ERR_SYNTAX, "'%s' is not a certificate name", name);
    return key;
}

static int
read_line(const struct reader *r, char *line, size_t number, struct err *err)
{
    line += strspn(line, " \t");
    char *s = line;
    if (!*s || *s == '#')
        return 0;
    char *name = take_name(&s, r->shape);
    if (!name)
        return err_set(err, ERR_SYNTAX, "the closing quote is missing");
    if (r->shape != NAMEFILE_MAP && *line != '"' && has_bare(name, '"'))
        return err_set(err, ERR_SYNTAX,
                       "a quote inside the name: put the whole name in quotes, "
                       "and write '\\\"' for a quote that belongs to it");
    char *key = key_of(name, r->shape, err);
    if (!key)
        return -1;
    int rc = r->fn(r->arg, number, key, s + strspn(s, " \t"), err);
    free(key);
    return rc;
}

static int
read_lines(const struct reader *r, struct buf *text, const char *path,
           size_t *bad, struct err *err)
{
    size_t number = 0;
    char *next = text->data;
    while (next && *next) {
        struct err why = ERR_INIT;
        char *line = next;
        next = strchr(line, '\n');
        if (next)
            *next++ = '\0';
        size_t n = strlen(line);
        while (n && strchr(" \t\r", line[n - 1]) &&
               (n < 2 || line[n - 2] != '\\'))
            line[--n] = '\0';
        if (!read_line(r, line, ++number, &why))
            continue;
        if (r->shape != NAMEFILE_MAP)
            return err_set(err, ERR_SYNTAX, "'%s' line %zu: %s", path, number,
                           why.text);
        *bad += 1;
        log_event(LOG_WARNING, "gridmap.line", "file=%s line=%zu error=%s",
                  path, number, why.text);
    }
    return 0;
}

int
namefile_read(const char *path, enum namefile_shape shape, struct namefile *f,
              namefile_line_fn *line_fn, void *arg, struct err *err)
{
    struct reader r = { shape, line_fn, arg };
    struct buf text = BUF_INIT;
    int rc = -1;
    f->path = xstrdup(path);
    f->bad = 0;
    int fd = open_file(path, f, err);
    if (fd < 0)
        return -1;
    if (buf_read_fd(&text, fd, FILE_MAX))
        err_set(err, ERR_IO, "cannot read '%s': %s", path, strerror(errno));
    else if (text.len && memchr(text.data, '\0', text.len))
        err_set(err, ERR_CONFIG, "'%s' holds NUL bytes: it is not text", path);
    else
        rc = read_lines(&r, &text, path, &f->bad, err);
    close(fd);
    buf_fini(&text);
    return rc;
}
