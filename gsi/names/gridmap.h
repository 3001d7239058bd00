/* gsi/names/gridmap.h - the grid-mapfile (certificate names to local accounts),
 * and lists of names (ban list, registrars).  Free of OpenSSL. */
#ifndef GSI_GRIDMAP_H
#define GSI_GRIDMAP_H

#include <stdbool.h>

#include "base/err.h"

struct gridmap;

/* Read PATH: lines "DN" account[,account...] or DN\ with\ escapes account, DN
 * in either text form, '#' comments.  Lines with the same name are merged; the
 * first account is the default.  An invalid line is logged ("gridmap.line") and
 * ignored. -1 with ERR: NOT_FOUND, IO, CONFIG (not a regular file, not owned by
 * root or us, writable by others). */
int gridmap_load(const char *path, struct gridmap **map, struct err *err);
void gridmap_destroy(struct gridmap *map);
/* Whether the file PATH has changed since MAP was read (mtime, inode, size). */
bool gridmap_stale(const struct gridmap *map);

/* The account of DN ("/C=.." text): the first of its line when WANT is NULL,
 * else WANT if the line allows it.  Compares parsed names. -1 with ERR AUTHZ:
 * not in the map, or not that account; the reason may be sent to the peer, so
 * it does not name the map's path. */
int gridmap_lookup(const struct gridmap *map, const char *dn, const char *want,
                   const char **account, struct err *err);

/* Call FN for each name of MAP with its dn_key() text, the number of its first
 * line and its N accounts, until FN returns true; returns whether it did. */
bool gridmap_find(const struct gridmap *map,
                  bool (*fn)(void *arg, const char *dn_key, size_t line,
                             char *const *account, size_t n),
                  void *arg);
/* The number of invalid lines that were ignored. */
size_t gridmap_bad_lines(const struct gridmap *map);

struct dnlist;
enum dnlist_kind {
    DNLIST_ALLOW, /* allow list: whole names only */
    DNLIST_BAN /* ban list: a name with '*' is a pattern, as in signing policies
                */
};
/* Read a file of names, one on each line (quoted or bare, blanks allowed), '#'
 * comments, also after a name. -1 with ERR as above, and SYNTAX for an invalid
 * line, because no ban may be lost. */
int dnlist_load(const char *path, enum dnlist_kind kind, struct dnlist **list,
                struct err *err);
void dnlist_destroy(struct dnlist *list);
/* Whether LIST contains DN, by name or by pattern. */
bool dnlist_has(const struct dnlist *list, const char *dn);
/* Whether LIST contains exactly the name DN. */
bool dnlist_names(const struct dnlist *list, const char *dn);
bool dnlist_stale(const struct dnlist *list);

#endif
