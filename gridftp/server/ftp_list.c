/* gridftp/server/ftp_list.c - see ftp_list.h. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "gridftp/proto/facts.h"
#include "gridftp/server/ftp_list.h"

/* Each level holds a descriptor open; paths of deeper files would be too long
 * to send back. */
#define DEPTH_MAX 512
#define FLUSH_AT  (256 * 1024)
#define NAMES_MAX 64

/* The last names looked up, because a directory has few owners. */
struct name_cache {
    unsigned id[NAMES_MAX];
    char name[NAMES_MAX][33];
    unsigned n;
};

static struct name_cache users, groups;

static const char *
cached_name(struct name_cache *c, unsigned id, bool group)
{
    const struct passwd *pw = NULL;
    const struct group *gr = NULL;
    const char *name = NULL;
    unsigned i;

    for (i = 0; i < c->n && i < NAMES_MAX; i++)
        if (c->id[i] == id)
            return c->name[i];
    if (group && (gr = getgrgid(id)) != NULL)
        name = gr->gr_name;
    if (!group && (pw = getpwuid(id)) != NULL)
        name = pw->pw_name;
    i = c->n++ % NAMES_MAX;
    c->id[i] = id;
    if (name != NULL)
        snprintf(c->name[i], sizeof(c->name[i]), "%s", name);
    else
        snprintf(c->name[i], sizeof(c->name[i]), "%u", id);
    return c->name[i];
}

/* Which of rwx the permission bits give SELF. */
static unsigned
my_bits(const struct sys_identity *self, const struct stat *st)
{
    if (self->uid == 0)
        return 7;
    if (st->st_uid == self->uid)
        return st->st_mode >> 6 & 7;
    return sys_identity_in(self, st->st_gid) ? st->st_mode >> 3 & 7
                                             : st->st_mode & 7;
}

/* Set the perm fact (RFC 3659 s.7.5.5). */
static void
set_perm(const struct ftp_paths *p, const struct stat *st, char perm[8])
{
    unsigned bits = my_bits(&p->self, st);
    char *at = perm;

    if (p->read_only)
        bits &= ~2u;
    if (S_ISDIR(st->st_mode)) {
        if (bits & 2)
            at = stpcpy(at, "cfmp");
        if (bits & 1)
            *at++ = 'e';
        if (bits & 4)
            *at++ = 'l';
    } else if (S_ISREG(st->st_mode)) {
        if (bits & 2)
            at = stpcpy(at, "aw");
        if (bits & 4)
            *at++ = 'r';
    }
    *at = '\0';
}

static enum facts_type
type_of(const struct stat *st, const char *name, bool inside)
{
    if (S_ISDIR(st->st_mode) && inside && strcmp(name, ".") == 0)
        return FACTS_CDIR;
    if (S_ISDIR(st->st_mode) && inside && strcmp(name, "..") == 0)
        return FACTS_PDIR;
    return S_ISDIR(st->st_mode)    ? FACTS_DIR
           : S_ISREG(st->st_mode)  ? FACTS_FILE
           : S_ISLNK(st->st_mode)  ? FACTS_SLINK
           : S_ISFIFO(st->st_mode) ? FACTS_PIPE
           : S_ISCHR(st->st_mode)  ? FACTS_CHR
           : S_ISBLK(st->st_mode)  ? FACTS_BLK
                                   : FACTS_SPECIAL;
}

/* Append one entry as facts. */
static void
add_facts(const struct ftp_list *l, const struct stat *st, char *slink,
          char *name, bool inside, struct buf *out)
{
    char perm[8], unique[48], owner[40], group[40];
    struct facts f = { .type = type_of(st, name, inside),
                       .size = st->st_size,
                       .modify = st->st_mtime,
                       .mode = st->st_mode & 07777,
                       .uid = st->st_uid,
                       .gid = st->st_gid,
                       .owner = owner,
                       .group = group,
                       .perm = perm,
                       .unique = unique,
                       .slink = slink,
                       .name = name };

    set_perm(l->paths, st, perm);
    snprintf(unique, sizeof(unique), "%llx-%llx",
             (unsigned long long)st->st_dev, (unsigned long long)st->st_ino);
    snprintf(owner, sizeof(owner), "%s",
             cached_name(&users, st->st_uid, false));
    snprintf(group, sizeof(group), "%s",
             cached_name(&groups, st->st_gid, true));
    facts_write(&f, l->facts, out);
}

/* Format a mode as "drwxr-xr-x". */
static void
mode_text(mode_t mode, char text[11])
{
    static const char bits[] = "rwxrwxrwx";
    int i;

    text[0] = S_ISDIR(mode)    ? 'd'
              : S_ISLNK(mode)  ? 'l'
              : S_ISFIFO(mode) ? 'p'
              : S_ISCHR(mode)  ? 'c'
              : S_ISBLK(mode)  ? 'b'
              : S_ISSOCK(mode) ? 's'
                               : '-';
    for (i = 0; i < 9; i++)
        text[i + 1] = mode & (0400u >> i) ? bits[i] : '-';
    if (mode & S_ISUID)
        text[3] = mode & S_IXUSR ? 's' : 'S';
    if (mode & S_ISGID)
        text[6] = mode & S_IXGRP ? 's' : 'S';
    if (mode & S_ISVTX)
        text[9] = mode & S_IXOTH ? 't' : 'T';
    text[10] = '\0';
}

void
ftp_list_name(const char *name, struct buf *out)
{
    for (; *name != '\0'; name++)
        buf_addc(out, *name == '\r' || *name == '\n' ? '?' : *name);
}

/* Append one entry in the form of ls -l: the year instead of the time for dates
 * more than half a year away. */
static void
add_long(const struct stat *st, const char *name, struct buf *out)
{
    char mode[11], when[32] = "";
    time_t now = time(NULL);
    struct tm tm;
    bool near = st->st_mtime > now - 15778476 && st->st_mtime < now + 86400;

    mode_text(st->st_mode, mode);
    if (localtime_r(&st->st_mtime, &tm) != NULL)
        strftime(when, sizeof(when), near ? "%b %d %H:%M" : "%b %d  %Y", &tm);
    buf_addf(out, "%s %3lu %8s", mode, (unsigned long)st->st_nlink,
             cached_name(&users, st->st_uid, false));
    buf_addf(out, " %8s %12lld %s ", cached_name(&groups, st->st_gid, true),
             (long long)st->st_size, when);
    ftp_list_name(name, out);
}

static void
add_name(const struct ftp_list *l, const char *as, struct buf *out)
{
    if (l->before != NULL)
        ftp_list_name(l->before, out);
    ftp_list_name(as, out);
}

/* Find what the link NAME, shown AS, leads to, if the rules allow that. */
static void
follow_link(const struct ftp_list *l, const char *as, struct stat *st)
{
    struct stat target;
    char *path = xasprintf("%s/%s", l->top != NULL ? l->top : "", as);

    /* A dangling link is listed itself. */
    if (ftp_path_stat(l->paths, path, true, &target) == 0)
        *st = target;
    free(path);
}

/* Append the entry NAME of DIR, shown AS. 0, or -1 with errno. */
static int
add_entry(const struct ftp_list *l, int dir, const char *name, const char *as,
          bool inside, struct buf *out)
{
    char target[PATH_MAX] = "", *shown;
    struct stat st;
    ssize_t n;
    int rc = fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH);

    if (rc < 0)
        return -1;
    if (S_ISLNK(st.st_mode)) {
        n = readlinkat(dir, name, target, sizeof(target) - 1);
        target[n > 0 ? n : 0] = '\0';
        if (!l->recursive && l->style == FTP_LIST_FACTS)
            follow_link(l, l->top != NULL ? as : l->one, &st);
    }
    buf_adds(out, l->indent);
    shown = xstrdup(as);
    if (l->style == FTP_LIST_FACTS)
        add_facts(l, &st, *target != '\0' ? target : NULL, shown, inside, out);
    else if (l->style == FTP_LIST_LONG)
        add_long(&st, as, out);
    else
        add_name(l, as, out);
    free(shown);
    if (l->style == FTP_LIST_LONG && S_ISLNK(st.st_mode)) {
        buf_adds(out, " -> ");
        ftp_list_name(target, out);
    }
    buf_adds(out, "\r\n");
    if (l->flush != NULL && out->len >= FLUSH_AT)
        return l->flush(l->arg, out);
    return 0;
}

int
ftp_list_one(const struct ftp_list *l, const char *path, const char *as,
             struct buf *out)
{
    int fd = ftp_path_open(l->paths, path, O_PATH | O_NOFOLLOW, 0,
                           FTP_RIGHT_READ),
        dir = -1, rc;
    struct ftp_list alone = *l;
    const char *name;
    struct stat st;

    if (fd < 0)
        return -1;
    alone.one = path;
    l = &alone;
    /* readlink() needs the name. */
    if (fstat(fd, &st) == 0 && S_ISLNK(st.st_mode))
        dir = ftp_path_parent(l->paths, path, FTP_RIGHT_READ, &name);
    if (dir >= 0)
        rc = add_entry(l, dir, name, as, false, out);
    else
        rc = add_entry(l, fd, "", as, false, out);
    if (dir >= 0)
        close(dir);
    close(fd);
    return rc;
}

static int
by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void
free_names(char **names, size_t n)
{
    while (n > 0)
        free(names[--n]);
    free(names);
}

/* Read the sorted names in directory FD (takes ownership); the caller must free
 * them. -1 with errno: a partial directory is an error. */
static int
read_names(int fd, char ***names, size_t *n)
{
    DIR *dir = fdopendir(fd);
    const struct dirent *e;
    size_t cap = 0;
    int error;

    *names = NULL;
    *n = 0;
    if (dir == NULL) {
        close(fd);
        return -1;
    }
    for (errno = 0; (e = readdir(dir)) != NULL; errno = 0) {
        if (*n == cap) {
            cap = cap > 0 ? cap * 2 : 64;
            *names = xrealloc(*names, cap, sizeof(**names));
        }
        (*names)[(*n)++] = xstrdup(e->d_name);
    }
    error = errno;
    closedir(dir);
    if (error != 0) {
        free_names(*names, *n);
        errno = error;
        return -1;
    }
    if (*n > 0)
        qsort(*names, *n, sizeof(**names), by_name);
    return 0;
}

static bool
is_dots(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static int walk(const struct ftp_list *l, int dir, const char *prefix,
                int depth, struct buf *out);

/* Whether an entry that failed to open with ERROR can be skipped: not a
 * directory, removed meanwhile, or forbidden to the user. */
static bool
is_passed(int error)
{
    return error == ENOTDIR || error == ELOOP || error == ENOENT ||
           error == EACCES || error == EPERM;
}

/* List what is below NAME of DIR, shown AS. 0, or -1 with errno. */
static int
walk_below(const struct ftp_list *l, int dir, const char *name, const char *as,
           int depth, struct buf *out)
{
    int fd = openat(dir, name,
                    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK |
                        O_CLOEXEC),
        rc = 0;

    if (fd < 0)
        return is_passed(errno) ? 0 : -1;
    if (ftp_path_check(l->paths, fd) == 0) {
        errno = ENAMETOOLONG;
        rc = depth < DEPTH_MAX ? walk(l, fd, as, depth + 1, out) : -1;
    }
    close(fd);
    return rc;
}

/* List one name of a directory: its line, and what is below. */
static int
walk_name(const struct ftp_list *l, int dir, const char *prefix,
          const char *name, int depth, struct buf *out)
{
    char *as = xasprintf("%s%s%s", prefix, *prefix != '\0' ? "/" : "", name);
    int rc = 0;

    if (add_entry(l, dir, name, as, true, out) < 0 && errno == ECANCELED)
        rc = -1;
    if (rc == 0 && l->recursive && !is_dots(name))
        rc = walk_below(l, dir, name, as, depth, out);
    free(as);
    return rc;
}

/* List everything in DIR; names get the prefix PREFIX. */
static int
walk(const struct ftp_list *l, int dir, const char *prefix, int depth,
     struct buf *out)
{
    char **names;
    size_t n, i;
    int copy = fcntl(dir, F_DUPFD_CLOEXEC, 0), rc = 0;

    if (copy < 0 || read_names(copy, &names, &n) < 0)
        return -1;
    for (i = 0; i < n; i++) {
        bool dots = is_dots(names[i]);

        /* MLSR lists the top once, and nothing above it. */
        bool skip =
            dots &&
            (l->style == FTP_LIST_NAMES ||
             (l->recursive && (depth > 0 || strcmp(names[i], "..") == 0)));

        skip = skip ||
               (l->pattern != NULL && fnmatch(l->pattern, names[i], 0) != 0);
        if (l->any != NULL && !skip)
            *l->any = true;
        if (rc == 0 && !skip)
            rc = walk_name(l, dir, prefix, names[i], depth, out);
        free(names[i]);
    }
    free(names);
    return rc;
}

int
ftp_list_dir(const struct ftp_list *l, const char *path, struct buf *out)
{
    int fd = ftp_path_open(l->paths, path, O_RDONLY | O_DIRECTORY | O_NONBLOCK,
                           0, FTP_RIGHT_READ),
        rc;
    struct ftp_list inside;
    const char *slash;

    if (fd < 0 && errno == ENOTDIR) {
        slash = strrchr(path, '/');
        return ftp_list_one(l, path, slash != NULL ? slash + 1 : path, out);
    }
    if (fd < 0)
        return -1;
    inside = *l;
    inside.top = path;
    rc = walk(&inside, fd, "", 0, out);
    close(fd);
    return rc;
}

bool
ftp_list_is_pattern(const char *path)
{
    const char *slash = strrchr(path, '/');

    return strpbrk(slash != NULL ? slash : path, "*?[") != NULL;
}

int
ftp_list_matching(const struct ftp_list *l, const char *path, struct buf *out)
{
    const char *slash = strrchr(path, '/');
    char *dir = xasprintf("%.*s/", (int)(slash - path), path);
    int fd = ftp_path_open(l->paths, dir, O_RDONLY | O_DIRECTORY | O_NONBLOCK,
                           0, FTP_RIGHT_READ),
        rc = -1;
    struct ftp_list matching = *l;
    bool any = false;

    matching.top = dir;
    matching.pattern = slash + 1;
    matching.any = &any;
    if (fd >= 0) {
        rc = walk(&matching, fd, "", 0, out);
        close(fd);
    }
    free(dir);
    if (rc == 0 && !any) {
        errno = ENOENT;
        rc = -1;
    }
    return rc;
}
