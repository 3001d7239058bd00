/* soap/wsdl_page.h - serve the files of wsdl/, which are compiled into every
 * program, as GET PATH?wsdl and PATH?xsd=FILE.  A location that begins with
 * WSDL_PLACEHOLDER gets the service's base URL instead, and a relative location
 * (of an import) becomes SEGMENT?xsd=FILE, where SEGMENT is the last part of
 * the path, so that every toolkit finds the imported file. */
#ifndef SOAP_WSDL_PAGE_H
#define SOAP_WSDL_PAGE_H

#include <stdbool.h>

#include "base/buf.h"

/* The placeholder in the files for the service's base URL. */
#define WSDL_PLACEHOLDER "https://localhost:8443"

/* GET PATH?wsdl serves file NAME of wsdl/ ("bes.wsdl") with the service's own
 * address; its imports are served by ?xsd=FILE. */
struct soap_wsdl {
    const char *path, *name;
};

struct wsdl_file {
    const char *name, *text;
};
/* Ends with name == NULL. */
extern const struct wsdl_file wsdl_files[];

/* Append TEXT rewritten for serving below BASE ("https://h:1") at PATH. */
void wsdl_page_render(struct buf *out, const char *text, const char *base,
                      const char *path);
/* Append the page for GET PATH?QUERY from the table WSDLS (may be NULL).  False
 * when there is none; *asked: QUERY asks for a description at this path. */
bool wsdl_page(struct buf *out, const struct soap_wsdl *wsdls, const char *base,
               const char *path, const char *query, bool *asked);

#endif
