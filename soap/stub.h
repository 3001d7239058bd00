/* soap/stub.h - the types that wsdl2h and soapcpp2 make of wsdl/, written as
 * XML and read from it (gSOAP on memory: no envelope, no sockets).  For files
 * named *_soap.c, which include "soapH.h".
 *
 *   struct soap *soap = stub_begin();
 *   struct bes__CreateActivityResponseType r;
 *   soap_default_bes__CreateActivityResponseType(soap, &r);
 *   r.ActivityIdentifier.Address = stub_text(soap, url);
 *   rc = stub_write(soap, bes__CreateActivityResponseType, &r,
 *                   "bes:CreateActivityResponse", &call->reply, err);
 *   stub_end(soap);
 */
#ifndef SOAP_STUB_H
#define SOAP_STUB_H

#include <libxml/tree.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/err.h"

struct soap;

/* This thread's gSOAP context; what is allocated in it lasts until stub_end().
 * Not to be nested. */
struct soap *stub_begin(void);
/* Free what was allocated. */
void stub_end(struct soap *soap);
/* Zeroed memory for SIZE bytes, until stub_end(). */
void *stub_alloc(struct soap *soap, size_t size);
/* A copy of TEXT (NULL: NULL), until stub_end(). */
char *stub_text(struct soap *soap, const char *text);
/* Begin and end of writing one element: see stub_write(). */
void stub_write_begin(struct soap *soap, struct buf *out);
int stub_write_end(struct soap *soap, struct err *err);
/* Begin and end of reading one element: see stub_read(). */
int stub_read_begin(struct soap *soap, const xmlNode *node);
int stub_read_end(struct soap *soap, struct err *err);

/* Append DATA, a TYPE *, to the struct buf *OUT as the element TAG ("bes:X");
 * it declares the prefixes that it uses and stands alone.  0, or -1 with ERR
 * INTERNAL; OUT then is as before. */
#define stub_write(soap, TYPE, data, tag, out, err)    \
    (stub_write_begin((soap), (out)),                  \
     (void)soap_put_##TYPE((soap), (data), (tag), ""), \
     stub_write_end((soap), (err)))

/* The same for DATA that this program itself filled, with tags of its own: only
 * memory can fail then, and that ends the program. */
#define stub_put(soap, TYPE, data, tag, out)                      \
    do {                                                          \
        if (stub_write(soap, TYPE, (data), (tag), out, NULL) < 0) \
            abort();                                              \
    } while (0)

/* Fill *DATA, a TYPE, from the element NODE whatever its name; what the type
 * does not know is an error.  0, or -1 with
 * ERR SYNTAX. */
#define stub_read(soap, TYPE, data, node, err)                    \
    (soap_default_##TYPE((soap), (data)),                         \
     (void)(stub_read_begin((soap), (node)) == 0 &&               \
            soap_get_##TYPE((soap), (data), NULL, NULL) != NULL), \
     stub_read_end((soap), (err)))

#endif
