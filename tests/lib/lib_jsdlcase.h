/* tests/lib/lib_jsdlcase.h - a JSDL document and what becomes of it, for tests.
 */
#ifndef TESTS_LIB_JSDLCASE_H
#define TESTS_LIB_JSDLCASE_H

#include "jobs/jsdl.h"

#define HEAD                                                         \
    "<j:JobDefinition xmlns:j='" JSDL_NS "' xmlns:p='" JSDL_POSIX_NS \
    "' xmlns:h='" JSDL_HPCPA_NS "' xmlns:s='" JSDL_SPMD_NS           \
    "' xmlns:g='" JOBS_EXT_NS "'><j:JobDescription>"
#define TAIL "</j:JobDescription></j:JobDefinition>"
#define POSIX(x)                                                    \
    "<j:Application><p:POSIXApplication>" x "</p:POSIXApplication>" \
    "</j:Application>"
#define EXE "<p:Executable>/bin/x</p:Executable>"

/* Of the document that was read last. */
extern struct jsdlcase {
    struct job job;
    struct err err;
    char *feature; /* that is blamed; NULL */
} jsdlcase;

/* Read the document TEXT; as jsdl_parse(). */
int jsdlcase_parse_all(const char *text);
/* The same with BODY inside JobDescription. */
int jsdlcase_parse(const char *body);
/* BODY is refused with CODE, and BLAMED is the feature (NULL: any). */
void jsdlcase_refused(const char *body, enum err_code code, const char *blamed);
/* cmocka's teardown. */
int jsdlcase_tidy(void **state);

#endif
