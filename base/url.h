/* base/url.h - URLs as people type them and as staging hands them on
 * (RFC 3986, parsed by libcurl). */
#ifndef BASE_URL_H
#define BASE_URL_H

#include <stdbool.h>

#include "base/err.h"

#define URL_MAX 65536

/* Strings are the struct's own; path is percent-decoded, user and password
 * too, and may then hold any byte but NUL: line ends as well.  A gsiftp path
 * keeps GridFTP's rule: "gsiftp://h/p" is /p from the root; "gsiftp://h/~/p" is
 * p in the home directory, path is "/~/p".  In file, gsiftp and ftp URLs '?'
 * and '#' belong to the path.  Dot segments stay as they are. */
struct url {
    char *scheme; /* lower case: file gsiftp ftp http https, "-" for a stream */
    char *host;   /* "" for file; IPv6 without brackets */
    unsigned port;         /* the scheme's default when not given */
    char *path;            /* decoded; "/" at least */
    char *query;           /* raw, without '?'; NULL */
    char *user, *password; /* NULL */
    char *text;            /* as given */
    char *shown;           /* for messages: without user and password */
};

/* Parse TEXT; a bare path is file:// and not decoded (a relative one stays so).
 * -1 with ERR: SYNTAX, UNSUPPORTED (another scheme); U is then empty. */
int url_parse(const char *text, struct url *u, struct err *err);
/* TEXT for messages: without user and password where there is a password, be
 * it a URL or not; the caller's. */
char *url_shown(const char *text);
/* How many letters of TEXT are a URI's scheme (RFC 3986 s.3.1), what follows
 * the colon set aside: 3 for "rns:x", which url_parse() takes for a bare path;
 * 0: none. */
size_t url_scheme_len(const char *text);
/* Whether TEXT is a bare path, not a URL. */
bool url_is_bare(const char *text);
/* The default port of SCHEME, 0 when it has none. */
unsigned url_default_port(const char *scheme);
void url_fini(struct url *u);

#endif
