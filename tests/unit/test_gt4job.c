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
static char *feature;

/* Parse TEXT afresh into the statics above. */
static int
parse(const char *text)
{
    xmlDoc *doc;
    int rc;

    job_fini(&job);
    free(feature);
    feature = NULL;
    err = (struct err)ERR_INIT;
    assert_int_equal(xml_parse(text, strlen(text), &doc, &err), 0);
    rc = gt4job_parse(xmlDocGetRootElement(doc), &job, &feature, &err);
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
        cmocka_unit_test(what_is_written_as_jsdl_reads_back_the_same),
    };

    return cmocka_run_group_tests_name("gt4job", tests, NULL, NULL);
}
