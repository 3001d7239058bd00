/* gridftp/server/ftp_list.h - listings: facts (RFC 3659) or lines for people
 * of a path, a directory, a tree. */
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
    bool recursive;     /* MLSR: links are not followed */
    const char *indent; /* before each line: "" or " " */
    /* Called when OUT has grown: may empty it.  0, or -1 to end.  NULL ok. */
    int (*flush)(void *arg, struct buf *out);
    void *arg;
    const char *before; /* NLST: in front of each name; NULL ok */
    /* Ours: the directory that names are relative to, or the one path. */
    const char *top, *one;
    const char *pattern; /* only what matches; NULL: all */
    bool *any;           /* set when something does; NULL ok */
};

/* Append NAME, line ends as '?': a listing's line, and a reply's, is one line
 * whatever somebody has called a file. */
void ftp_list_name(const char *name, struct buf *out);
/* Append PATH itself, under the name AS; 0, or -1 with errno. */
int ftp_list_one(const struct ftp_list *l, const char *path, const char *as,
                 struct buf *out);
/* Append what directory PATH holds (a file: itself).  0, or -1 with errno when
 * PATH cannot be read; what is below and cannot be read is left out. */
int ftp_list_dir(const struct ftp_list *l, const char *path, struct buf *out);
/* Whether the last name of PATH may be a pattern: "*", "?" or "[" in it. */
bool ftp_list_is_pattern(const char *path);
/* Append what matches PATH, absolute, the last name of which is a pattern
 * (fnmatch(3)).  0, or -1 with errno: ENOENT when nothing does. */
int ftp_list_matching(const struct ftp_list *l, const char *path,
                      struct buf *out);

#endif
