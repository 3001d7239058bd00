/* base/url.c - see url.h. */
#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <curl/curl.h>

#include "base/buf.h"
#include "base/codec.h"
#include "base/url.h"

static const struct {
    const char *name;
    unsigned port;
    bool query; /* '?' and '#' end the path; else they are part of it */
} url_schemes[] = {
    { "file", 0, false }, { "gsiftp", 2811, false }, { "ftp", 21, false },
    { "http", 80, true }, { "https", 443, true },
};
#define URL_SCHEMES (sizeof(url_schemes) / sizeof(url_schemes[0]))

unsigned
url_default_port(const char *scheme)
{
    size_t i;

    for (i = 0; i < URL_SCHEMES; i++)
        if (strcmp(url_schemes[i].name, scheme) == 0)
            return url_schemes[i].port;
    return 0;
}

/* Whether '?' begins a query in SCHEME; -1 when the scheme is unknown. */
static int
has_query(const char *scheme)
{
    size_t i;

    for (i = 0; i < URL_SCHEMES; i++)
        if (strcmp(url_schemes[i].name, scheme) == 0)
            return url_schemes[i].query;
    return -1;
}

void
url_fini(struct url *u)
{
    free(u->scheme);
    free(u->host);
    free(u->path);
    free(u->query);
    free(u->user);
    if (u->password != NULL)
        explicit_bzero(u->password, strlen(u->password));
    free(u->password);
    free(u->text);
    free(u->shown);
    *u = (struct url){ 0 };
}

size_t
url_scheme_len(const char *text)
{
    size_t n = 0;

    if (!isalpha((unsigned char)text[0]))
        return 0;
    while (isalnum((unsigned char)text[n]) ||
           (text[n] != '\0' && strchr("+-.", text[n]) != NULL))
        n++;
    return text[n] == ':' ? n : 0;
}

/* Length of the scheme at the front of TEXT; 0 for a bare path (such as
 * "a:b"). */
static size_t
scheme_len(const char *text)
{
    size_t n = url_scheme_len(text);

    if (n == 0)
        return 0;
    if (strncmp(text + n, "://", 3) == 0 ||
        (n == 4 && strncasecmp(text, "file:/", 6) == 0))
        return n;
    return 0;
}

bool
url_is_bare(const char *text)
{
    return scheme_len(text) == 0;
}

char *
url_shown(const char *text)
{
    const char *begin = strstr(text, "://"), *at;
    size_t n, len;

    if (begin == NULL)
        return xstrdup(text);
    begin += 3;
    n = strcspn(begin, "/?#");
    at = memrchr(begin, '@', n);
    len = at != NULL ? (size_t)(at - begin) : 0;
    if (len == 0 || memchr(begin, ':', len) == NULL)
        return xstrdup(text);
    return xasprintf("%.*s%s", (int)(begin - text), text, at + 1);
}

/* Set path (and query) from REST, the text after the authority. */
static int
take_path(struct url *u, const char *rest, bool query, struct err *err)
{
    size_t n = query ? strcspn(rest, "?#") : strlen(rest);

    u->path = n > 0 ? strndup(rest, n) : xstrdup("/");
    if (u->path == NULL)
        abort();
    if (rest[n] == '?')
        u->query =
            xasprintf("%.*s", (int)strcspn(rest + n + 1, "#"), rest + n + 1);
    if (percent_decode(u->path) < 0)
        return err_set(err, ERR_SYNTAX,
                       "'%s': a '%%' is not followed by two hex digits",
                       u->shown);
    return 0;
}

/* Percent-decode a part of H into *OUT, NULL if absent. -1 when it is
 * malformed. */
static int
take_part(CURLU *h, CURLUPart what, char **out)
{
    char *part = NULL;

    *out = NULL;
    if (curl_url_get(h, what, &part, 0) != CURLUE_OK || part == NULL)
        return 0;
    *out = xstrdup(part);
    curl_free(part);
    return percent_decode(*out);
}

/* Whether HOST is safe in a command, a log line and a name lookup. */
static bool
host_ok(const char *host)
{
    if (*host == '\0' || *host == '-' || *host == '.' || strlen(host) > 255)
        return false;
    for (; *host != '\0'; host++)
        if (!isalnum((unsigned char)*host) && strchr("-._:", *host) == NULL)
            return false;
    return true;
}

/* Copy host and port from H. */
static int
take_host(struct url *u, CURLU *h, struct err *err)
{
    long long number = url_default_port(u->scheme);
    char *host = NULL, *port = NULL;
    int rc = 0;

    if (curl_url_get(h, CURLUPART_HOST, &host, 0) != CURLUE_OK)
        return err_set(err, ERR_SYNTAX, "'%s' names no host", u->shown);
    /* libcurl keeps the brackets of an IPv6 address. */
    u->host = *host == '['
                  ? xasprintf("%.*s", (int)strcspn(host + 1, "]"), host + 1)
                  : xstrdup(host);
    if (!host_ok(u->host))
        rc = err_set(err, ERR_SYNTAX, "'%s': no host is called that", u->shown);
    else if (curl_url_get(h, CURLUPART_PORT, &port, 0) == CURLUE_OK &&
             number_parse(port, 1, 65535, &number) < 0)
        rc = err_set(err, ERR_SYNTAX, "'%s': the port must be 1 to 65535",
                     u->shown);
    u->port = (unsigned)number;
    curl_free(host);
    curl_free(port);
    return rc;
}

/* Parse host, port, user and password from AUTHORITY ("u:p@h:1") with
 * libcurl. */
static int
take_authority(struct url *u, const char *authority, struct err *err)
{
    char *text = xasprintf("%s://%s/", u->scheme, authority);
    CURLU *h = curl_url();
    CURLUcode code;
    int rc;

    if (h == NULL)
        abort();
    code = curl_url_set(h, CURLUPART_URL, text, CURLU_NON_SUPPORT_SCHEME);
    if (code != CURLUE_OK)
        rc = err_set(err, ERR_SYNTAX, "'%s' is not a URL: %s", u->shown,
                     curl_url_strerror(code));
    else
        rc = take_host(u, h, err);
    if (rc == 0 && (take_part(h, CURLUPART_USER, &u->user) < 0 ||
                    take_part(h, CURLUPART_PASSWORD, &u->password) < 0))
        rc = err_set(err, ERR_SYNTAX, "'%s': bad escape in the user's name",
                     u->shown);
    curl_url_cleanup(h);
    explicit_bzero(text, strlen(text));
    free(text);
    return rc;
}

/* "file:/p", "file:///p", "file://localhost/p"; AFTER is the text after the
 * colon. */
static int
parse_file(struct url *u, const char *after, struct err *err)
{
    if (strncmp(after, "//", 2) == 0) {
        after += 2;
        if (strncasecmp(after, "localhost/", 10) == 0)
            after += 9;
        if (*after != '/')
            return err_set(err, ERR_SYNTAX,
                           "'%s': a file URL is file:///PATH of this host",
                           u->shown);
    }
    u->host = xstrdup("");
    return take_path(u, after, false, err);
}

/* Parse U->text, which begins with a scheme of N letters. */
static int
parse_scheme(struct url *u, size_t n, struct err *err)
{
    const char *after = u->text + n + 1; /* "//..." or, for a file, "/" */
    char *authority, *c;
    int query, rc;
    size_t len;

    u->scheme = xasprintf("%.*s", (int)n, u->shown);
    for (c = u->scheme; *c != '\0'; c++)
        *c = (char)tolower((unsigned char)*c);
    query = has_query(u->scheme);
    if (query < 0)
        return err_set(err, ERR_UNSUPPORTED,
                       "'%s': the scheme '%s' is none of file, gsiftp, ftp, "
                       "http, https",
                       u->shown, u->scheme);
    if (strcmp(u->scheme, "file") == 0)
        return parse_file(u, after, err);
    after += 2;
    len = strcspn(after, query ? "/?#" : "/");
    authority = xasprintf("%.*s", (int)len, after);
    rc = take_authority(u, authority, err);
    explicit_bzero(authority, len);
    free(authority);
    return rc < 0 ? -1 : take_path(u, after + len, query, err);
}

int
url_parse(const char *text, struct url *u, struct err *err)
{
    size_t n = scheme_len(text);
    int rc = 0;

    *u = (struct url){ 0 };
    if (*text == '\0')
        return err_set(err, ERR_SYNTAX, "an empty text is not a URL");
    if (strlen(text) > URL_MAX)
        return err_set(err, ERR_SYNTAX, "a URL is longer than %d bytes",
                       URL_MAX);
    u->text = xstrdup(text);
    u->shown = url_shown(text);
    if (n > 0) {
        rc = parse_scheme(u, n, err);
    } else {
        u->scheme = xstrdup(strcmp(text, "-") == 0 ? "-" : "file");
        u->host = xstrdup("");
        u->path = xstrdup(text);
    }
    if (rc < 0)
        url_fini(u);
    return rc;
}
