/* tests/unit/test_glue2.c - what services say of themselves, against our GLUE
 * 2.0 schema as the programs carry it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <libxml/xmlschemas.h>

#include "base/xml.h"
#include "info/glue2.h"
#include "soap/wsdl_page.h"

/* The text of wsdl/glue2.xsd. */
static const char *
schema_text(void)
{
    for (const struct wsdl_file *f = wsdl_files; f->name != NULL; f++)
        if (strcmp(f->name, "glue2.xsd") == 0)
            return f->text;
    fail_msg("glue2.xsd is not among the files");
    return NULL;
}

/* Parse what is in OUT and validate it; written to $GLUE2_DUMP.NAME if set, for
 * a look with other schemas. */
static xmlDoc *
valid(const struct buf *out, const char *name)
{
    const char *text = schema_text(), *dump = getenv("GLUE2_DUMP");
    xmlSchemaParserCtxt *parser =
        xmlSchemaNewMemParserCtxt(text, (int)strlen(text));
    xmlSchema *schema = xmlSchemaParse(parser);
    xmlSchemaValidCtxt *check = xmlSchemaNewValidCtxt(schema);
    struct err err = ERR_INIT;
    xmlDoc *doc;

    if (xml_parse(out->data, out->len, &doc, &err) < 0)
        fail_msg("%s in %s", err.text, out->data);
    assert_non_null(schema);
    assert_int_equal(xmlSchemaValidateDoc(check, doc), 0);
    if (dump != NULL) {
        char *path = xasprintf("%s.%s", dump, name);

        xmlSaveFile(path, doc);
        free(path);
    }
    xmlSchemaFreeValidCtxt(check);
    xmlSchemaFree(schema);
    xmlSchemaFreeParserCtxt(parser);
    return doc;
}

/* The text of the first element NAME below NODE; the caller's. */
static char *
find(const xmlNode *node, const char *name)
{
    char *text = NULL;

    for (const xmlNode *n = xml_first(node); n != NULL && text == NULL;
         n = xml_next(n))
        text = xml_is(n, GLUE2_NS, name) ? xml_text(n) : find(n, name);
    return text;
}

static void
says(const xmlDoc *doc, const char *name, const char *want)
{
    char *text = find(xmlDocGetRootElement(doc), name);

    if (want == NULL)
        assert_null(text);
    else if (text == NULL || strcmp(text, want) != 0)
        fail_msg("%s: '%s', not '%s'", name, text != NULL ? text : "", want);
    free(text);
}

static void
a_computing_service_is_valid(void **state)
{
    static const char *const capability[] = { "executionmanagement.jobcreation",
                                              NULL };
    static const char *const language[] = { "ogf:jsdl", NULL };
    static const char *const rule[] = { "VO:a&b", NULL };
    struct glue2_endpoint e[2];
    struct glue2_share s;
    struct glue2_manager m = { "slurm", "22.05", 8, 8, -1, 3 };
    struct glue2_environment here;
    struct glue2_computing c = { "h:8443", "H & Co", 1795401891, 120,  5, 2,
                                 3,        -1,       -1,         e,    2, &s,
                                 1,        &m,       1,          &here };
    struct buf out = BUF_INIT;
    xmlDoc *doc;

    (void)state;
    glue2_endpoint_init(&e[0]);
    e[0].url = "https://h:8443/bes?a&b";
    e[0].interface = "org.ogf.bes";
    e[0].version = "1.0";
    e[0].capability = capability;
    e[0].job_language = language;
    e[0].staging = "staginginout";
    e[0].started = 1795400000;
    e[0].issuer_ca = "/O=Grid/CN=CA";
    e[1] = e[0];
    e[1].interface = "org.gridsite.delegation-2";
    glue2_share_init(&s);
    s.name = "short jobs";
    s.queue = "short";
    s.rule = rule;
    s.max_wall = 3600;
    s.free_slots = 0;
    s.used_slots = 8;
    glue2_environment_here(&here);
    glue2_write_computing(&out, &c);
    doc = valid(&out, "computing.xml");
    says(doc, "FreeSlots", "0");
    says(doc, "MaxWallTime", "3600");
    says(doc, "DefaultWallTime", NULL);
    says(doc, "ComputingShareID", "urn:ogf:ComputingShare:h:8443:short%20jobs");
    says(doc, "Rule", "VO:a&b");
    says(doc, "ProductName", "slurm");
    xmlFreeDoc(doc);
    buf_fini(&out);
}

static void
a_bare_computing_service_is_valid(void **state)
{
    struct glue2_share s;
    struct glue2_computing c = { .id = "h:1", .share = &s, .shares = 1 };
    struct buf out = BUF_INIT;

    (void)state;
    glue2_share_init(&s);
    s.name = "fork";
    glue2_write_computing(&out, &c);
    xmlFreeDoc(valid(&out, "bare.xml"));
    buf_fini(&out);
}

static void
a_storage_service_is_valid(void **state)
{
    struct glue2_endpoint e;
    struct glue2_storage s = { .id = "h:2811",
                               .name = "data",
                               .now = 1795401891,
                               .validity = 120,
                               .endpoint = &e,
                               .endpoints = 1,
                               .path = "/data",
                               .protocol = "gsiftp",
                               .protocol_version = "2.0",
                               .max_streams = 64,
                               .product = "posix",
                               .total = 1000,
                               .free = 10,
                               .used = 990 };
    struct buf out = BUF_INIT;
    xmlDoc *doc;

    (void)state;
    glue2_endpoint_init(&e);
    e.url = "gsiftp://h:2811/";
    e.interface = "org.globus.gridftp";
    e.technology = "gsiftp";
    glue2_write_storage(&out, &s);
    doc = valid(&out, "storage.xml");
    says(doc, "FreeSize", "10");
    says(doc, "URL", "gsiftp://h:2811/");
    xmlFreeDoc(doc);
    buf_fini(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_computing_service_is_valid),
        cmocka_unit_test(a_bare_computing_service_is_valid),
        cmocka_unit_test(a_storage_service_is_valid),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
