/* gsi/names/namefile.h - files of certificate names, one on each line; shared
 * by grid-mapfile and ban list. */
#ifndef GSI_NAMEFILE_H
#define GSI_NAMEFILE_H

#include <stdbool.h>
#include <sys/stat.h>

#include "base/err.h"

/* Identity of the file that was read, to detect changes. */
struct namefile {
    char *path;
    struct stat st;
    size_t bad; /* ignored lines */
};

/* Called for each valid line: its number, the name as dn_key() text (a pattern
 * as dn_pattern() text), and the rest of the line. -1 with ERR marks the line
 * as invalid. */
typedef int namefile_line_fn(void *arg, size_t line, const char *dn_key,
                             const char *rest, struct err *err);

enum namefile_shape {
    NAMEFILE_MAP,  /* "name" or na\ me, then more; invalid lines are logged
                      ("gridmap.line") and ignored, so they map nobody */
    NAMEFILE_LIST, /* the name fills the line, up to a blank and '#'; an invalid
                      line fails the file, because no ban may be lost */
    NAMEFILE_BAN   /* the same, but a name with '*' is a pattern */
};

/* Read PATH and call LINE_FN for each name. -1 with ERR: NOT_FOUND, IO, CONFIG
 * (not a regular file, not owned by root or us, writable by others), SYNTAX. */
int namefile_read(const char *path, enum namefile_shape shape,
                  struct namefile *f, namefile_line_fn *line_fn, void *arg,
                  struct err *err);
/* Whether the file at the path has changed. */
bool namefile_stale(const struct namefile *f);
/* Free what F owns. */
void namefile_fini(struct namefile *f);
/* dn_key() of a name in either text form; NULL when invalid.  The caller must
 * free() it. */
char *namefile_key(const char *dn);

#endif
