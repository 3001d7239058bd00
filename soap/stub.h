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

/* This thread's gSOAP context; memory allocated in it lasts until stub_end().
 * Calls must not nest. */
struct soap *stub_begin(void);
/* Free the memory allocated since stub_begin(). */
void stub_end(struct soap *soap);
/* Zeroed memory of SIZE bytes, valid until stub_end(). */
void *stub_alloc(struct soap *soap, size_t size);
/* A copy of TEXT (NULL for NULL), valid until stub_end(). */
char *stub_text(struct soap *soap, const char *text);
/* Begin and end writing one element: see stub_write(). */
void stub_write_begin(struct soap *soap, struct buf *out);
int stub_write_end(struct soap *soap, struct err *err);
/* Begin and end reading one element: see stub_read(). */
int stub_read_begin(struct soap *soap, const xmlNode *node);
int stub_read_end(struct soap *soap, struct err *err);

/* Append DATA, a TYPE *, to the struct buf *OUT as the element TAG ("bes:X"),
 * which declares all prefixes it uses. 0, or -1 with ERR INTERNAL; OUT is then
 * unchanged. */
#define stub_write(soap, TYPE, data, tag, out, err)    \
    (stub_write_begin((soap), (out)),                  \
     (void)soap_put_##TYPE((soap), (data), (tag), ""), \
     stub_write_end((soap), (err)))

/* The same for DATA and tags from this program itself: only memory can fail
 * then, which calls abort(). */
#define stub_put(soap, TYPE, data, tag, out)                      \
    do {                                                          \
        if (stub_write(soap, TYPE, (data), (tag), out, NULL) < 0) \
            abort();                                              \
    } while (0)

/* Fill *DATA, a TYPE, from the element NODE, whatever its name; content that
 * the type does not have is an error. 0, or -1 with ERR SYNTAX. */
#define stub_read(soap, TYPE, data, node, err)                    \
    (soap_default_##TYPE((soap), (data)),                         \
     (void)(stub_read_begin((soap), (node)) == 0 &&               \
            soap_get_##TYPE((soap), (data), NULL, NULL) != NULL), \
     stub_read_end((soap), (err)))

#endif
