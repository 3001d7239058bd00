/* mds/plain.h - the index without SOAP: GET of all registrations, of one, and
 * of what an XPath finds, as XML or JSON. */
#ifndef MDS_PLAIN_H
#define MDS_PLAIN_H

#include "http/server.h"

/* The routes, for readers without a certificate only if ANONYMOUS; static.  The
 * service is a struct index. */
const struct http_route *plain_routes(bool anonymous);

#endif
