/* gsi/check/check_url.h - host and port of a URL that the configuration has
 * judged already; base/url.h needs libcurl, which gridftp is free of. */
#ifndef GSI_CHECK_URL_H
#define GSI_CHECK_URL_H

/* The host of URL, SCHEME://HOST[:PORT][/PATH], an IPv6 address without
 * brackets; the caller's.  Its port, or the scheme's own, in *port. */
char *check_url_host(const char *url, unsigned *port);

#endif
