/* gsi/names/gridmap.h - grid-mapfile: certificate name to local accounts; and
 * lists of names (ban list, registrars).  Free of OpenSSL. */
#ifndef GSI_GRIDMAP_H
#define GSI_GRIDMAP_H

#include <stdbool.h>

#include "base/err.h"

struct gridmap;

/* Read PATH: lines  "DN" account[,account...]  or  DN\ with\ escapes account,
 * DN in either text form, '#' comments.  Lines of one name add up; the first
 * account is the default.  A line that cannot be parsed is skipped and logged
 * once ("gridmap.line"), never matched.  -1 with ERR: NOT_FOUND, IO, CONFIG
 * (not a regular file, not owned by root or us, writable by others). */
int gridmap_load(const char *path, struct gridmap **map, struct err *err);
void gridmap_destroy(struct gridmap *map);
/* Whether PATH on disk is another than MAP was read from (mtime, inode, size).
 */
bool gridmap_stale(const struct gridmap *map);

/* The account that DN ("/C=.." text) maps to: the first of its line when WANT
 * is NULL, else WANT when the line allows it.  Names are compared parsed.  -1
 * with ERR AUTHZ: not in the map, or not that account; the sentence may go to
 * the peer, so it does not say where the map is. */
int gridmap_lookup(const struct gridmap *map, const char *dn, const char *want,
                   const char **account, struct err *err);

/* Call FN for each name of MAP, as dn_key() text, the number of its first line
 * and its N accounts, until FN says true; whether it did. */
bool gridmap_find(const struct gridmap *map,
                  bool (*fn)(void *arg, const char *dn_key, size_t line,
                             char *const *account, size_t n),
                  void *arg);
/* How many lines of the file were skipped because they cannot be parsed. */
size_t gridmap_bad_lines(const struct gridmap *map);

struct dnlist;
enum dnlist_kind {
    DNLIST_ALLOW, /* who may: whole names only */
    DNLIST_BAN    /* who may not: a name with a '*' is a pattern, as in signing
                     policies */
};
/* Read a file of names, one a line (quoted or bare, blanks allowed), '#'
 * comments, behind a name too.  -1 with ERR as above, and SYNTAX for a bad
 * line: a ban must not get lost. */
int dnlist_load(const char *path, enum dnlist_kind kind, struct dnlist **list,
                struct err *err);
void dnlist_destroy(struct dnlist *list);
/* Whether DN is in LIST, by name or by a pattern. */
bool dnlist_has(const struct dnlist *list, const char *dn);
/* Whether LIST has a line with exactly that name. */
bool dnlist_names(const struct dnlist *list, const char *dn);
bool dnlist_stale(const struct dnlist *list);

#endif
