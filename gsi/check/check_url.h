/* gsi/check/check_url.h - host and port of a URL that the configuration has
 * already validated. base/url.h needs libcurl, which gridftp does not link. */
#ifndef GSI_CHECK_URL_H
#define GSI_CHECK_URL_H

/* The host of URL, SCHEME://HOST[:PORT][/PATH], an IPv6 address without
 * brackets; the caller must free() it.  *port gets its port, or the scheme's
 * default. */
char *check_url_host(const char *url, unsigned *port);

#endif
