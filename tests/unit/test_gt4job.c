/* tests/unit/test_gt4job.c - what a GT4 description becomes in the record. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/xml.h"
#include "jobs/gt4job.h"
#include "jobs/jsdl.h"

#define RFT "xmlns:r='http://www.globus.org/namespaces/2004/10/rft'"

static struct job job;
static struct err err;
static char *feature, *factory;

/* Parse TEXT afresh into the statics above. */
static int
parse(const char *text)
{
    xmlDoc *doc;
    int rc;

    job_fini(&job);
    free(feature);
    free(factory);
    feature = factory = NULL;
    err = (struct err)ERR_INIT;
    assert_int_equal(xml_parse(text, strlen(text), &doc, &err), 0);
    rc =
        gt4job_parse(xmlDocGetRootElement(doc), &job, &factory, &feature, &err);
    xmlFreeDoc(doc);
    return rc;
}

static void
minutes_become_seconds_and_mb_bytes(void **state)
{
    (void)state;
    assert_int_equal(parse("<job xmlns='" GT40_DESC_NS "'><executable>/bin/x"
                           "</executable><maxWallTime>10</maxWallTime>"
                           "<maxCpuTime>2</maxCpuTime><maxMemory>64"
                           "</maxMemory></job>"),
                     0);
    assert_int_equal(job.wall_time, 600);
    assert_int_equal(job.cpu_time, 120);
    assert_int_equal(job.memory_max, 64 << 20);
}

static void
max_time_yields_to_max_wall_time(void **state)
{
    (void)state;
    assert_int_equal(parse("<job><executable>x</executable><maxWallTime>10"
                           "</maxWallTime><maxTime>5</maxTime></job>"),
                     0);
    assert_int_equal(job.wall_time, 600);
}

static void
arguments_keep_their_blanks(void **state)
{
    (void)state;
    assert_int_equal(parse("<job><executable>x</executable><argument> a  b "
                           "</argument><argument/></job>"),
                     0);
    assert_int_equal(job.nargs, 2);
    assert_string_equal(job.args[0], " a  b ");
    assert_string_equal(job.args[1], "");
}

static void
library_paths_are_joined_in_order(void **state)
{
    (void)state;
    assert_int_equal(parse("<job><executable>x</executable><libraryPath>/a"
                           "</libraryPath><libraryPath>/b</libraryPath></job>"),
                     0);
    assert_int_equal(job.nenv, 1);
    assert_string_equal(job.env[0].value, "/a:/b");
}

static void
directory_is_home_unless_said(void **state)
{
    (void)state;
    assert_int_equal(parse("<job><executable>x</executable></job>"), 0);
    assert_string_equal(job.directory, "${GLOBUS_USER_HOME}");
}

static void
transfers_name_the_local_side_as_a_path(void **state)
{
    (void)state;
    assert_int_equal(
        parse("<job " RFT "><executable>x</executable><fileStageIn>"
              "<r:transfer><r:sourceUrl>gsiftp://h/a</r:sourceUrl>"
              "<r:destinationUrl>file:///${GLOBUS_USER_HOME}/a"
              "</r:destinationUrl></r:transfer></fileStageIn><fileStageOut>"
              "<r:transfer><r:sourceUrl>file:///tmp/b</r:sourceUrl>"
              "<r:destinationUrl>gsiftp://h/b</r:destinationUrl></r:transfer>"
              "</fileStageOut><fileCleanUp><r:deletion><r:file>file:///tmp/c"
              "</r:file></r:deletion></fileCleanUp></job>"),
        0);
    assert_string_equal(job.stage_in[0].file, "${GLOBUS_USER_HOME}/a");
    assert_string_equal(job.stage_in[0].url, "gsiftp://h/a");
    assert_string_equal(job.stage_out[0].file, "/tmp/b");
    assert_string_equal(job.clean_up[0], "/tmp/c");
}

static void
a_transfer_without_a_local_side_is_refused(void **state)
{
    (void)state;
    assert_int_equal(
        parse("<job " RFT "><executable>x</executable><fileStageIn>"
              "<r:transfer><r:sourceUrl>gsiftp://h/a</r:sourceUrl>"
              "<r:destinationUrl>gsiftp://h/b</r:destinationUrl></r:transfer>"
              "</fileStageIn></job>"),
        -1);
    assert_int_equal(err.code, ERR_USAGE);
    assert_non_null(strstr(err.text, "destinationUrl is 'gsiftp://h/b'"));
}

static void
an_unknown_element_is_named_with_its_line(void **state)
{
    (void)state;
    assert_int_equal(parse("<job>\n<executable>x</executable>\n<colour>red"
                           "</colour></job>"),
                     -1);
    assert_int_equal(err.code, ERR_UNSUPPORTED);
    assert_string_equal(feature, "{}colour");
    assert_non_null(strstr(err.text, "line 3"));
}

static void
a_multi_job_is_refused_aloud(void **state)
{
    (void)state;
    assert_int_equal(parse("<multiJob/>"), -1);
    assert_int_equal(err.code, ERR_UNSUPPORTED);
}

static void
what_is_written_as_jsdl_reads_back_the_same(void **state)
{
    struct buf out = BUF_INIT;
    char *other = NULL;
    struct job back;
    xmlDoc *doc;

    (void)state;
    assert_int_equal(
        parse("<job " RFT "><executable>/bin/x</executable><directory>/tmp"
              "</directory><argument>a &lt; b</argument><environment><name>N"
              "</name><value>v w</value></environment><stdout>o</stdout>"
              "<count>3</count><queue>long</queue><maxWallTime>1"
              "</maxWallTime><fileStageIn><r:transfer><r:sourceUrl>"
              "gsiftp://h/a</r:sourceUrl><r:destinationUrl>file:///tmp/a"
              "</r:destinationUrl></r:transfer></fileStageIn><fileCleanUp>"
              "<r:deletion><r:file>file:///tmp/c</r:file></r:deletion>"
              "</fileCleanUp></job>"),
        0);
    jsdl_write(&job, &out);
    assert_int_equal(xml_parse(out.data, out.len, &doc, &err), 0);
    if (jsdl_parse(xmlDocGetRootElement(doc), &back, &other, &err) < 0)
        fail_msg("%s", err.text);
    assert_true(job_same(&job, &back));
    assert_string_equal(back.queue, "long");
    assert_int_equal(back.type, JOB_MULTIPLE);
    assert_string_equal(back.clean_up[0], "/tmp/c");
    job_fini(&back);
    free(other);
    xmlFreeDoc(doc);
    buf_fini(&out);
}

static void
an_array_is_an_extension(void **state)
{
    (void)state;
    assert_int_equal(parse("<job><executable>x</executable><extensions><array "
                           "count='200' limit='8'/></extensions></job>"),
                     0);
    assert_int_equal(job.tasks, 200);
    assert_int_equal(job.task_limit, 8);
    assert_int_equal(parse("<job><executable>x</executable><extensions><array "
                           "limit='8'/></extensions></job>"),
                     -1);
    assert_int_equal(err.code, ERR_USAGE);
    assert_int_equal(parse("<job><executable>x</executable><extensions><array "
                           "count='many'/></extensions></job>"),
                     -1);
}

/* Nobody may take CHILD, an element of <job>, for nothing: the error names
 * WHAT.
 */
static void
refused(const char *child, enum err_code code, const char *what)
{
    char *text =
        xasprintf("<job xmlns='" GT40_DESC_NS "' " RFT " xmlns:x='urn:x' "
                  "xmlns:w='http://schemas.xmlsoap.org/ws/2004/03/addressing'>"
                  "<executable>/bin/x</executable>%s</job>",
                  child);

    if (parse(text) == 0)
        fail_msg("taken: %s", child);
    if (err.code != code || strstr(err.text, what) == NULL)
        fail_msg("%s: %d: %s", child, (int)err.code, err.text);
    free(text);
}

#define STAGE_IN(more)                                             \
    "<fileStageIn>" more "<r:transfer><r:sourceUrl>gsiftp://h/a"   \
    "</r:sourceUrl><r:destinationUrl>file:///a</r:destinationUrl>" \
    "</r:transfer></fileStageIn>"
#define TRANSFER(more)                                                  \
    "<fileStageIn><r:transfer><r:sourceUrl>gsiftp://h/a"                \
    "</r:sourceUrl><r:destinationUrl>file:///a</r:destinationUrl>" more \
    "</r:transfer></fileStageIn>"
#define EPR "<w:Address>https://h/</w:Address>"

static void
what_nobody_does_is_refused_by_name(void **state)
{
    static const struct {
        const char *child, *what;
    } of[] = {
        { "<x:project>p</x:project>", "'project'" },
        { "<x:executable>y</x:executable>", "'executable'" },
        { "<jobCredentialEndpoint>" EPR "</jobCredentialEndpoint>",
          "'jobCredentialEndpoint'" },
        { "<stagingCredentialEndpoint>" EPR "</stagingCredentialEndpoint>",
          "'stagingCredentialEndpoint'" },
        { STAGE_IN("<r:transferCredentialEndpoint>" EPR
                   "</r:transferCredentialEndpoint>"),
          "'transferCredentialEndpoint'" },
        { STAGE_IN("<r:finishBy>2030-01-01T00:00:00Z</r:finishBy>"),
          "'finishBy'" },
        { STAGE_IN("<r:allOrNone>true</r:allOrNone>"), "'allOrNone'" },
        { STAGE_IN("<r:rftOptions><r:sourceSubjectName>/CN=x"
                   "</r:sourceSubjectName></r:rftOptions>"),
          "'sourceSubjectName'" },
        { TRANSFER("<r:rftOptions><r:subjectName>/CN=x</r:subjectName>"
                   "</r:rftOptions>"),
          "'subjectName'" },
        { TRANSFER("<r:rftOptions><r:binary>false</r:binary></r:rftOptions>"),
          "'binary'" },
        { TRANSFER("<r:rftOptions><r:dcau>false</r:dcau></r:rftOptions>"),
          "'dcau'" },
        { TRANSFER("<r:colour>red</r:colour>"), "'colour'" },
        { TRANSFER("<r:size>3</r:size>"), "'size'" },
        { "<fileCleanUp><r:deletion><r:file>file:///a</r:file><r:colour/>"
          "</r:deletion></fileCleanUp>",
          "'colour'" },
        { "<fileCleanUp><r:deletion><r:file>file:///a</r:file>"
          "<r:deleteOptions><r:userName>u</r:userName></r:deleteOptions>"
          "</r:deletion></fileCleanUp>",
          "'userName'" },
        { "<environment><name>A</name><value>b</value><colour/></environment>",
          "'colour'" },
        { "<extensions><x:array count='3'/></extensions>", "'array'" },
        { "<factoryEndpoint>" EPR "<w:Policy/></factoryEndpoint>", "'Policy'" },
        { "<jobType>condor</jobType>", "'jobType'" },
        { "<holdState>CleanUp</holdState>", "'holdState'" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(of) / sizeof(of[0]); i++)
        refused(of[i].child, ERR_UNSUPPORTED, of[i].what);
}

static void
a_value_that_is_none_is_refused(void **state)
{
    static const struct {
        const char *child, *what;
    } of[] = {
        { STAGE_IN("<r:maxAttempts>many</r:maxAttempts>"), "maxAttempts" },
        { STAGE_IN("<r:concurrency>0</r:concurrency>"), "concurrency" },
        { TRANSFER("<r:rftOptions><r:notpt>maybe</r:notpt></r:rftOptions>"),
          "notpt" },
        { "<count>0</count>", "count" },
        { "<maxTime>soon</maxTime>", "maxTime" },
        { "<argument>${GLOBUS_LOCATION}/bin</argument>", "${GLOBUS_LOCATION}" },
        { "<environment><name>A</name><value>${B}</value></environment>",
          "${B}" },
        { "<stdout>${GLOBUS_USER_HOME}/${X}</stdout>", "${X}" },
        { STAGE_IN("") "<fileCleanUp><r:deletion><r:file>file:///${X}"
                       "</r:file></r:deletion></fileCleanUp>",
          "${X}" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(of) / sizeof(of[0]); i++)
        refused(of[i].child, ERR_USAGE, of[i].what);
    assert_int_equal(parse("<job><executable>x</executable><argument>${a"
                           "</argument><argument>$</argument></job>"),
                     0);
    assert_string_equal(job.args[0], "${a"); /* it is not closed */
}

static void
what_is_not_as_the_schema_has_it_is_refused(void **state)
{
    static const struct {
        const char *child, *what;
    } of[] = {
        { "<executable>/bin/y</executable>", "a second 'executable'" },
        { "<directory>/a</directory><directory>/b</directory>",
          "a second 'directory'" },
        { "<argument>a<b>c</b></argument>", "'argument' holds text" },
        { "<queue>a<b/></queue>", "'queue' holds text" },
        { "<environment><name>A</name><name>B</name></environment>",
          "a second 'name'" },
        { "<environment><value>b</value></environment>", "no name" },
        { "<count unit='dozen'>1</count>", "attribute 'unit'" },
        { "<environment>A=b</environment>", "text 'A=b'" },
        { TRANSFER("<r:sourceUrl>gsiftp://h/b</r:sourceUrl>"),
          "a second 'sourceUrl'" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(of) / sizeof(of[0]); i++)
        refused(of[i].child, ERR_SYNTAX, of[i].what);
}

static void
hints_of_a_transfer_are_taken(void **state)
{
    (void)state;
    assert_int_equal(
        parse("<job " RFT "><executable>x</executable>" STAGE_IN(
            "<r:concurrency>2</r:concurrency><r:maxAttempts>5</r:maxAttempts>"
            "<r:rftOptions><r:binary>true</r:binary><r:blockSize>65536"
            "</r:blockSize><r:notpt>false</r:notpt><r:parallelStreams>4"
            "</r:parallelStreams><r:dcau>true</r:dcau></r:rftOptions>"
            "<r:allOrNone>false</r:allOrNone>") "</job>"),
        0);
    assert_int_equal(job.nstage_in, 1);
}

static void
the_factory_is_told(void **state)
{
    (void)state;
    assert_int_equal(
        parse("<job xmlns='" GT42_DESC_NS
              "' xmlns:w='http://www.w3.org/2005/08/addressing'>"
              "<factoryEndpoint><w:Address>https://h:8443/x</w:Address>"
              "<w:ReferenceParameters><ResourceID>Fork</ResourceID>"
              "</w:ReferenceParameters></factoryEndpoint>"
              "<executable>x</executable></job>"),
        0);
    assert_string_equal(factory, "https://h:8443/x");
    assert_string_equal(job.scheduler, "fork");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(minutes_become_seconds_and_mb_bytes),
        cmocka_unit_test(max_time_yields_to_max_wall_time),
        cmocka_unit_test(arguments_keep_their_blanks),
        cmocka_unit_test(library_paths_are_joined_in_order),
        cmocka_unit_test(directory_is_home_unless_said),
        cmocka_unit_test(transfers_name_the_local_side_as_a_path),
        cmocka_unit_test(a_transfer_without_a_local_side_is_refused),
        cmocka_unit_test(an_unknown_element_is_named_with_its_line),
        cmocka_unit_test(an_array_is_an_extension),
        cmocka_unit_test(a_multi_job_is_refused_aloud),
        cmocka_unit_test(what_nobody_does_is_refused_by_name),
        cmocka_unit_test(a_value_that_is_none_is_refused),
        cmocka_unit_test(what_is_not_as_the_schema_has_it_is_refused),
        cmocka_unit_test(hints_of_a_transfer_are_taken),
        cmocka_unit_test(the_factory_is_told),
        cmocka_unit_test(what_is_written_as_jsdl_reads_back_the_same),
    };

    return cmocka_run_group_tests_name("gt4job", tests, NULL, NULL);
}
