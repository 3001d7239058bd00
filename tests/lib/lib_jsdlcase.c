/* tests/lib/lib_jsdlcase.c - see lib_jsdlcase.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/xml.h"
#include "tests/lib/lib_jsdlcase.h"

struct jsdlcase jsdlcase;

int
jsdlcase_parse_all(const char *text)
{
    xmlDoc *doc;
    int rc;

    job_fini(&jsdlcase.job);
    free(jsdlcase.feature);
    jsdlcase.feature = NULL;
    jsdlcase.err = (struct err)ERR_INIT;
    assert_int_equal(xml_parse(text, strlen(text), &doc, &jsdlcase.err), 0);
    rc = jsdl_parse(xmlDocGetRootElement(doc), &jsdlcase.job, &jsdlcase.feature,
                    &jsdlcase.err);
    xmlFreeDoc(doc);
    return rc;
}

/* The same with BODY inside JobDescription. */
int
jsdlcase_parse(const char *body)
{
    char *text = xasprintf(HEAD "%s" TAIL, body);
    int rc = jsdlcase_parse_all(text);

    free(text);
    return rc;
}

/* BODY is refused with CODE, FEATURE blamed (NULL: nothing said). */
void
jsdlcase_refused(const char *body, enum err_code code, const char *blamed)
{
    assert_int_equal(jsdlcase_parse(body), -1);
    assert_int_equal(jsdlcase.err.code, code);
    if (blamed != NULL) {
        assert_non_null(jsdlcase.feature);
        assert_string_equal(jsdlcase.feature, blamed);
    }
    assert_null(jsdlcase.job.executable);
}

int
jsdlcase_tidy(void **state)
{
    (void)state;
    job_fini(&jsdlcase.job);
    free(jsdlcase.feature);
    jsdlcase.feature = NULL;
    return 0;
}
