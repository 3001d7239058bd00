/* gsi/names/namefile.h - files of certificate names, one a line: the reading
 * that grid-mapfile and ban list share. */
#ifndef GSI_NAMEFILE_H
#define GSI_NAMEFILE_H

#include <stdbool.h>
#include <sys/stat.h>

#include "base/err.h"

/* Which file was read, to see when it is another. */
struct namefile {
    char *path;
    struct stat st;
    size_t bad; /* lines that were skipped */
};

/* One good line: its number, the name as dn_key() text (a pattern as
 * dn_pattern() text), what follows the name.
 * -1 with ERR makes it a bad one. */
typedef int namefile_line_fn(void *arg, size_t line, const char *dn_key,
                             const char *rest, struct err *err);

enum namefile_shape {
    NAMEFILE_MAP,  /* "name" or na\ me, then more; bad lines are logged
                      ("gridmap.line") and skipped: they map nobody */
    NAMEFILE_LIST, /* the name is the line, up to a blank and '#'; a bad line
                      fails the whole: a ban must not get lost */
    NAMEFILE_BAN   /* the same, and a name with a '*' is a pattern */
};

/* Read PATH and hand LINE_FN each name.  -1 with ERR: NOT_FOUND, IO, CONFIG
 * (not a regular file, not owned by root or us, writable by others), SYNTAX. */
int namefile_read(const char *path, enum namefile_shape shape,
                  struct namefile *f, namefile_line_fn *line_fn, void *arg,
                  struct err *err);
/* Whether the path holds another file by now. */
bool namefile_stale(const struct namefile *f);
/* Frees what it owns. */
void namefile_fini(struct namefile *f);
/* dn_key() of a name in either text form; NULL when it is none.  The caller's.
 */
char *namefile_key(const char *dn);

#endif
