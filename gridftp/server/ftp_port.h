/* gridftp/server/ftp_port.h - addresses of data channels in the syntax of PASV,
 * PORT, EPSV, EPRT, SPAS and SPOR (RFC 959, 2428, GFD.20). */
#ifndef FTP_PORT_H
#define FTP_PORT_H

#include "base/buf.h"
#include "base/net.h"

/* Parse a literal address without port into A, port 0. -1 with ERR CONFIG. */
int ftp_port_host(const char *text, struct net_addr *a, struct err *err);
/* An unpredictable number, to choose a port. */
unsigned ftp_port_random(void);

/* Parse "h1,h2,h3,h4,p1,p2" at *TEXT and move *TEXT past it. -1 with ERR
 * SYNTAX. */
int ftp_port_parse(const char **text, struct net_addr *a, struct err *err);
/* Parse "|1|127.0.0.1|80|" with any delimiter. -1 with ERR SYNTAX, or
 * UNSUPPORTED for an unknown protocol. */
int ftp_port_parse_eprt(const char *text, struct net_addr *a, struct err *err);
/* Append "h1,h2,h3,h4,p1,p2"; -1 for an address that is not IPv4. */
int ftp_port_text(const struct net_addr *a, struct buf *out);

#endif
