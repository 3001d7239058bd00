/* soap/wsdl_page.h - the files of wsdl/, which the Makefile puts into every
 * program, as GET PATH?wsdl and PATH?xsd=FILE serve them.
 *
 * In what is served a location that begins with WSDL_PLACEHOLDER begins with
 * the service's own base URL instead, and a relative location (of an import)
 * becomes SEGMENT?xsd=FILE, SEGMENT being the path's last: so every toolkit
 * finds it beside the description. */
#ifndef SOAP_WSDL_PAGE_H
#define SOAP_WSDL_PAGE_H

#include <stdbool.h>

#include "base/buf.h"

/* What stands in the files where the service's base URL belongs. */
#define WSDL_PLACEHOLDER "https://localhost:8443"

/* GET PATH?wsdl serves file NAME of wsdl/ ("bes.wsdl") with the service's own
 * address filled in, and its imports by ?xsd=FILE. */
struct soap_wsdl {
    const char *path, *name;
};

struct wsdl_file {
    const char *name, *text;
};
/* Ends with name == NULL. */
extern const struct wsdl_file wsdl_files[];

/* Append TEXT as it is served below BASE ("https://h:1") at PATH. */
void wsdl_page_render(struct buf *out, const char *text, const char *base,
                      const char *path);
/* Append what GET PATH?QUERY serves by the table WSDLS (NULL ok).  False when
 * that is not a description; *asked says whether QUERY asks for one there. */
bool wsdl_page(struct buf *out, const struct soap_wsdl *wsdls, const char *base,
               const char *path, const char *query, bool *asked);

#endif
