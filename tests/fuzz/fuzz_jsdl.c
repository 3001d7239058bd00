/* tests/fuzz/fuzz_jsdl.c - any document through the JSDL parser; what it takes
 * must survive being written as JSDL and as JSON. */
#include <stdint.h>
#include <stdlib.h>

#include "base/xml.h"
#include "jobs/jsdl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* Written and read again, JOB is the same. */
static void
survives(const struct job *job)
{
    struct buf out = BUF_INIT;
    char *json = job_to_json(job);
    struct job back;
    xmlDoc *doc;

    if (job_from_json(json, &back, NULL) < 0 || !job_same(job, &back))
        abort();
    job_fini(&back);
    free(json);
    jsdl_write(job, &out);
    if (xml_parse(buf_str(&out), out.len, &doc, NULL) == 0) {
        if (jsdl_parse(xmlDocGetRootElement(doc), &back, NULL, NULL) < 0 ||
            !job_same(job, &back))
            abort();
        job_fini(&back);
        xmlFreeDoc(doc);
    }
    buf_fini(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    char *feature = NULL;
    struct job job;
    xmlDoc *doc;

    if (xml_parse((const char *)data, n, &doc, NULL) < 0)
        return 0;
    if (jsdl_parse(xmlDocGetRootElement(doc), &job, &feature, NULL) == 0)
        survives(&job);
    job_fini(&job);
    free(feature);
    xmlFreeDoc(doc);
    return 0;
}
