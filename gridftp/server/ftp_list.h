/* gridftp/server/ftp_list.h - list a path, a directory or a tree: as facts (RFC
 * 3659) or as text for people. */
#ifndef FTP_LIST_H
#define FTP_LIST_H

#include "base/buf.h"
#include "base/err.h"
#include "gridftp/server/ftp_path.h"

enum ftp_list_style {
    FTP_LIST_FACTS, /* MLSx */
    FTP_LIST_LONG,  /* LIST */
    FTP_LIST_NAMES  /* NLST */
};

struct ftp_list {
    const struct ftp_paths *paths;
    enum ftp_list_style style;
    unsigned facts;     /* mask of enum facts_mask */
    bool recursive;     /* MLSR: does not follow links */
    const char *indent; /* prefix of each line: "" or " " */
    /* Called when OUT has grown; may empty it. 0, or -1 to stop.  May be
     * NULL. */
    int (*flush)(void *arg, struct buf *out);
    void *arg;
    const char *before; /* NLST: prefix of each name; may be NULL */
    /* Internal: the directory that names are relative to, or the single
     * path. */
    const char *top, *one;
    const char *pattern; /* only matching names; NULL: all */
    bool *any;           /* set when a name matches; may be NULL */
};

/* Append NAME with '?' for line ends, so that a file name cannot break a
 * listing's or reply's line. */
void ftp_list_name(const char *name, struct buf *out);
/* Append PATH itself with the name AS; 0, or -1 with errno. */
int ftp_list_one(const struct ftp_list *l, const char *path, const char *as,
                 struct buf *out);
/* Append the entries of directory PATH (a file: itself). 0, or -1 with errno
 * when PATH is unreadable; unreadable entries below are skipped. */
int ftp_list_dir(const struct ftp_list *l, const char *path, struct buf *out);
/* Whether the last component of PATH may be a pattern: it contains "*", "?" or
 * "[". */
bool ftp_list_is_pattern(const char *path);
/* Append what matches the absolute PATH, whose last component is a pattern
 * (fnmatch(3)). 0, or -1 with errno: ENOENT when nothing matches. */
int ftp_list_matching(const struct ftp_list *l, const char *path,
                      struct buf *out);

#endif
