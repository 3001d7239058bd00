/* tests/fuzz/fuzz_gt4job.c - any document through the GT4 parser; what it takes
 * must survive being written as JSDL and JSON. */
#include <stdint.h>
#include <stdlib.h>

#include "base/xml.h"
#include "jobs/gt4job.h"
#include "jobs/jsdl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct buf out = BUF_INIT;
    char *feature = NULL, *factory = NULL, *json;
    struct job job, back;
    xmlDoc *doc;

    if (xml_parse((const char *)data, n, &doc, NULL) < 0)
        return 0;
    if (gt4job_parse(xmlDocGetRootElement(doc), &job, &factory, &feature,
                     NULL) == 0) {
        jsdl_write(&job, &out);
        json = job_to_json(&job);
        if (job_from_json(json, &back, NULL) < 0 || !job_same(&job, &back))
            abort();
        job_fini(&back);
        free(json);
    }
    job_fini(&job);
    free(feature);
    free(factory);
    buf_fini(&out);
    xmlFreeDoc(doc);
    return 0;
}
