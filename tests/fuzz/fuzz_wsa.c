/* tests/fuzz/fuzz_wsa.c - a whole message: envelope, addressing, references,
 * faults; what is answered can be read. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/xml.h"
#include "soap/client.h"
#include "soap/envelope.h"
#include "soap/fault.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n);

/* The answer to W must be a message again. */
static void
answer(const struct wsa *w, enum soap_version v)
{
    struct buf headers = BUF_INIT, out = BUF_INIT;
    struct envelope e;
    struct wsa again;
    xmlDoc *doc;

    wsa_write_reply(&headers, w, w->action != NULL ? w->action : "");
    envelope_begin(&out, v, buf_str(&headers));
    buf_adds(&out, "<a/>");
    envelope_end(&out);
    assert(xml_parse(out.data, out.len, &doc, NULL) == 0);
    assert(envelope_read(doc, &e, NULL) == 0 && e.version == v);
    assert(wsa_read(&again, e.header, NULL) == 0);
    assert(again.version == w->version);
    wsa_fini(&again);
    xmlFreeDoc(doc);
    buf_fini(&headers);
    buf_fini(&out);
}

/* Read every header as a reference. */
static void
references(const xmlNode *header)
{
    struct buf out = BUF_INIT;
    struct wsa_epr epr;

    for (const xmlNode *x = xml_first(header); x != NULL; x = xml_next(x)) {
        if (wsa_epr_read(&epr, x, NULL) < 0)
            continue;
        wsa_epr_headers(&out, &epr);
        wsa_epr_fini(&epr);
    }
    buf_fini(&out);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t n)
{
    static const char *const known[] = { "u:k Known", NULL };
    struct soap_fault_info info = { .set = false };
    struct envelope e;
    struct wsa w;
    xmlDoc *doc;

    if (xml_parse((const char *)data, n, &doc, NULL) < 0)
        return 0;
    if (envelope_read(doc, &e, NULL) == 0) {
        envelope_stranger(&e, known);
        if (wsa_read(&w, e.header, NULL) == 0)
            answer(&w, e.version);
        wsa_fini(&w);
        references(e.header);
        fault_read(e.payload, &info);
        soap_fault_info_fini(&info);
    }
    xmlFreeDoc(doc);
    return 0;
}
