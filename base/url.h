/* base/url.h - URLs as users type them and as staging passes them on (RFC 3986,
 * parsed by libcurl). */
#ifndef BASE_URL_H
#define BASE_URL_H

#include <stdbool.h>

#include "base/err.h"

#define URL_MAX 65536

/* The struct owns its strings. path, user and password are percent-decoded and
 * may contain any byte but NUL, line ends included. gsiftp paths follow
 * GridFTP: "gsiftp://h/p" is /p from the root; "gsiftp://h/~/p" is p in the
 * home directory, with the path "/~/p".  In file, gsiftp and ftp URLs '?' and
 * '#' belong to the path.  Dot segments are kept. */
struct url {
    char *scheme; /* lower case: file gsiftp ftp http https, "-" for a stream */
    char *host;   /* "" for file; IPv6 without brackets */
    unsigned port;         /* the scheme's default when not given */
    char *path;            /* decoded; at least "/" */
    char *query;           /* raw, without '?'; NULL */
    char *user, *password; /* NULL */
    char *text;            /* the URL as given */
    char *shown;           /* for messages: without user and password */
};

/* Parse TEXT.  A bare path is a file URL and is not decoded; a relative one
 * stays relative. -1 with ERR: SYNTAX, UNSUPPORTED (another scheme); U is then
 * empty. */
int url_parse(const char *text, struct url *u, struct err *err);
/* TEXT for messages: user and password are removed if there is a password, even
 * if TEXT is not a valid URL.  The caller must free() it. */
char *url_shown(const char *text);
/* Length of the URI scheme at the front of TEXT (RFC 3986 s.3.1), whatever
 * follows the colon: 3 for "rns:x", which url_parse() treats as a bare path; 0
 * when there is none. */
size_t url_scheme_len(const char *text);
/* Whether TEXT is a bare path, not a URL. */
bool url_is_bare(const char *text);
/* The default port of SCHEME, 0 when it has none. */
unsigned url_default_port(const char *scheme);
void url_fini(struct url *u);

#endif
