/* tests/unit/test_sweep.c - JSDL Parameter Sweep (GFD.149): what each task of a
 * document with sweeps has, and what is refused by name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/sweep.h"
#include "base/xml.h"
#include "gatekeeper/supervisor/launch.h"
#include "jobs/jsdl.h"

static struct job job;
static struct err err;
static char *feature;

#define HEAD                                                              \
    "<j:JobDefinition xmlns:j='" JSDL_NS "' xmlns:p='" JSDL_POSIX_NS      \
    "' xmlns:s='" JSDL_SWEEP_NS "' xmlns:f='" JSDL_SWEEP_FUNCTIONS_NS     \
    "' xmlns:g='" JOBS_EXT_NS "'><j:JobDescription>"                      \
    "<j:JobIdentification><j:JobName>n</j:JobName></j:JobIdentification>" \
    "<j:Application><p:POSIXApplication>"                                 \
    "<p:Executable>/bin/echo</p:Executable><p:Argument>one</p:Argument>"  \
    "<p:Argument>size=0815.</p:Argument>"                                 \
    "<p:Environment name='SEED'>0</p:Environment>"                        \
    "</p:POSIXApplication></j:Application></j:JobDescription>"
#define TAIL "</j:JobDefinition>"
#define MATCH(path) \
    "<s:DocumentNode><s:Match>" path "</s:Match></s:DocumentNode>"
#define VALUE(v)         "<f:Value>" v "</f:Value>"
#define FIRST            MATCH("//p:Argument[1]")
#define SECOND           MATCH("//p:Argument[2]")
#define SEED             MATCH("//p:Environment[@name='SEED']")
#define ASSIGN(x)        "<s:Assignment>" x "</s:Assignment>"
#define SWEEP(x)         "<s:Sweep>" x "</s:Sweep>"
#define LIST(x)          "<f:Values>" x "</f:Values>"
#define LOOP(attrs, x)   "<f:LoopInteger " attrs ">" x "</f:LoopInteger>"
#define DOUBLE(attrs, x) "<f:LoopDouble " attrs ">" x "</f:LoopDouble>"

static int
parse_text(const char *text)
{
    xmlDoc *doc;
    int rc;

    job_fini(&job);
    free(feature);
    feature = NULL;
    err = (struct err)ERR_INIT;
    assert_int_equal(xml_parse(text, strlen(text), &doc, &err), 0);
    rc = jsdl_parse(xmlDocGetRootElement(doc), &job, &feature, &err);
    xmlFreeDoc(doc);
    if (rc < 0)
        print_message("# %s\n", err.text);
    return rc;
}

static int
parse(const char *sweeps)
{
    char *text = xasprintf(HEAD "%s" TAIL, sweeps);
    int rc = parse_text(text);

    free(text);
    return rc;
}

/* "one size=0815. 0|..." of all tasks, as the launch file makes them. */
static const char *
all_tasks(void)
{
    static struct buf out;
    struct buf spec = BUF_INIT;

    buf_clear(&out);
    launch_add(&spec, "program", job.executable);
    for (size_t i = 0; i < job.nargs; i++)
        launch_add(&spec, "arg", job.args[i]);
    launch_add_env(&spec, job.env[0].name, job.env[0].value);
    launch_add_number(&spec, "tasks", job.tasks);
    launch_add(&spec, "sweep", job.sweep);
    for (uint32_t i = 0; i < (uint32_t)job.tasks; i++) {
        struct launch l;

        assert_int_equal(launch_parse(spec.data, spec.len, &l, &err), 0);
        assert_int_equal(launch_task(&l, i, 1, &err), 0);
        buf_addf(&out, "%s%s %s %s", i > 0 ? "|" : "", l.argv[1], l.argv[2],
                 launch_env(&l, "SEED"));
        launch_fini(&l);
    }
    buf_fini(&spec);
    return buf_str(&out);
}

static void
makes(const char *sweeps, const char *tasks)
{
    assert_int_equal(parse(sweeps), 0);
    assert_string_equal(all_tasks(), tasks);
}

static void
refused(const char *sweeps, enum err_code code, const char *part)
{
    assert_int_equal(parse(sweeps), -1);
    assert_int_equal(err.code, code);
    assert_non_null(strstr(err.text, part));
}

static void
values_go_to_one_place(void **state)
{
    (void)state;
    makes(SWEEP(ASSIGN(FIRST LIST(VALUE("a") VALUE("b c") VALUE("")))),
          "a size=0815. 0|b c size=0815. 0| size=0815. 0");
    assert_int_equal(job.tasks, 3);
}

static void
one_value_goes_to_several_places(void **state)
{
    (void)state;
    makes(SWEEP(ASSIGN(FIRST SEED LIST(VALUE("a") VALUE("b")))),
          "a size=0815. a|b size=0815. b");
    makes(SWEEP(ASSIGN(MATCH("//p:Argument") LIST(VALUE("x")))), "x x 0");
}

static void
assignments_advance_together(void **state)
{
    (void)state;
    makes(SWEEP(ASSIGN(FIRST LIST(VALUE("a") VALUE("b")))
                    ASSIGN(SEED LOOP("start='7' end='8'", ""))),
          "a size=0815. 7|b size=0815. 8");
    refused(SWEEP(ASSIGN(FIRST LIST(VALUE("a") VALUE("b")))
                      ASSIGN(SEED LOOP("start='7' end='9'", ""))),
            ERR_USAGE, "number 2 has 3");
}

static void
nested_sweeps_are_a_product(void **state)
{
    (void)state;
    makes(SWEEP(ASSIGN(FIRST LIST(VALUE("a") VALUE("b")))
                    SWEEP(ASSIGN(SECOND LIST(VALUE("x") VALUE("y"))))),
          "a x 0|a y 0|b x 0|b y 0");
    /* the inner assignment to a place hides the outer one */
    makes(SWEEP(ASSIGN(FIRST LIST(VALUE("a") VALUE("b")))
                    SWEEP(ASSIGN(FIRST LIST(VALUE("x"))))),
          "x size=0815. 0|x size=0815. 0");
}

static void
sweeps_side_by_side_follow_each_other(void **state)
{
    (void)state;
    makes(SWEEP(ASSIGN(FIRST LIST(VALUE("a") VALUE("b"))))
              SWEEP(ASSIGN(SEED LIST(VALUE("5")))),
          "a size=0815. 0|b size=0815. 0|one size=0815. 5");
    makes(SWEEP(ASSIGN(FIRST LIST(VALUE("a") VALUE("b")))
                    SWEEP(ASSIGN(SECOND LIST(VALUE("x"))))
                        SWEEP(ASSIGN(SEED LIST(VALUE("1") VALUE("2"))))),
          "a x 0|a size=0815. 1|a size=0815. 2|b x 0|b size=0815. 1|b "
          "size=0815. 2");
}

static void
loops_count_and_leave_out(void **state)
{
    (void)state;
    makes(SWEEP(ASSIGN(SEED LOOP("start='1' end='10' step='3'", ""))),
          "one size=0815. 1|one size=0815. 4|one size=0815. 7|one size=0815. "
          "10");
    makes(SWEEP(ASSIGN(SEED LOOP(
              "start='-1' end='3'",
              "<f:Exception>0</f:Exception><f:Exception value='2'/>"))),
          "one size=0815. -1|one size=0815. 1|one size=0815. 3");
    makes(SWEEP(ASSIGN(SEED LOOP("start='2' end='0' step='-1'", ""))),
          "one size=0815. 2|one size=0815. 1|one size=0815. 0");
}

static void
decimals_are_exact(void **state)
{
    (void)state;
    makes(SWEEP(ASSIGN(SEED DOUBLE("start='0' end='0.3' step='0.1'", ""))),
          "one size=0815. 0.0|one size=0815. 0.1|one size=0815. 0.2|one "
          "size=0815. 0.3");
    makes(SWEEP(ASSIGN(SEED DOUBLE("start='-0.25' end='2.5e-1' step='0.25'",
                                   "<f:Exception>0.0</f:Exception>"))),
          "one size=0815. -0.25|one size=0815. 0.25");
    makes(SWEEP(ASSIGN(SEED DOUBLE("start='1e3' end='3e3' step='1e3'", ""))),
          "one size=0815. 1000.0|one size=0815. 2000.0|one size=0815. 3000.0");
}

static void
a_part_of_a_text_is_a_place(void **state)
{
    (void)state;
    makes(SWEEP(ASSIGN(MATCH("substring(//p:Argument[2], 6, 4)")
                           LIST(VALUE("1") VALUE("22222")))),
          "one size=1. 0|one size=22222. 0");
    makes(SWEEP(ASSIGN(MATCH("substring(//p:Argument[2], 6, 2)") LIST(
              VALUE("a"))) ASSIGN(MATCH("substring(//p:Argument[2], 8)")
                                      LIST(VALUE("b")))),
          "one size=ab 0");
    refused(SWEEP(ASSIGN(MATCH("substring(//p:Argument[2], 6, 2)") MATCH(
                "substring(//p:Argument[2], 7, 2)") LIST(VALUE("a")))),
            ERR_UNSUPPORTED, "overlap");
}

static void
prefixes_are_bound_by_the_parameter(void **state)
{
    (void)state;
    makes(SWEEP(ASSIGN("<s:DocumentNode><s:NamespaceBinding ns='" JSDL_POSIX_NS
                       "' prefix='other'/><s:Match>/*//other:Argument[1]/text()"
                       "</s:Match></s:DocumentNode>" LIST(VALUE("a")))),
          "a size=0815. 0");
    refused(SWEEP(ASSIGN(MATCH("//nobody:Argument[1]") LIST(VALUE("a")))),
            ERR_USAGE, "no NamespaceBinding binds");
}

static void
values_are_taken_as_they_are(void **state)
{
    (void)state;
    makes(SWEEP(ASSIGN(FIRST LIST(VALUE(" ${GATEHOUSE_SWEEP_0} &lt;&amp;$")))),
          " ${GATEHOUSE_SWEEP_0} <&$ size=0815. 0");
}

static void
what_cannot_vary_is_named(void **state)
{
    (void)state;
    refused(SWEEP(ASSIGN(MATCH("//j:JobName") LIST(VALUE("a")))),
            ERR_UNSUPPORTED, "'JobName'");
    assert_string_equal(feature, "{" JSDL_NS "}JobName");
    refused(SWEEP(ASSIGN(MATCH("//p:Environment/@name") LIST(VALUE("a")))),
            ERR_UNSUPPORTED, "'Match'");
    refused(SWEEP(ASSIGN(MATCH("//p:Output") LIST(VALUE("a")))), ERR_USAGE,
            "selects nothing");
    refused(SWEEP(ASSIGN(FIRST LIST(VALUE("a")) "<f:Random/>")),
            ERR_UNSUPPORTED, "'Random'");
    refused(SWEEP(ASSIGN(FIRST)), ERR_USAGE, "needs a parameter");
    refused(SWEEP(""), ERR_USAGE, "has no Assignment");
    refused(SWEEP(ASSIGN(SEED LOOP("start='1' end='0'", ""))), ERR_USAGE,
            "do not lead from start to end");
    refused(SWEEP(ASSIGN(SEED LOOP("start='1.5' end='3'", ""))), ERR_USAGE,
            "no whole number");
}

static void
it_is_counted_before_it_is_expanded(void **state)
{
    (void)state;
    refused(SWEEP(ASSIGN(FIRST LOOP("start='1' end='10001'", ""))), ERR_USAGE,
            "at most 10000");
    refused(SWEEP(ASSIGN(FIRST LOOP("start='0' end='99999999999999'", ""))),
            ERR_LIMIT, "more than 1000000 tasks");
    refused(SWEEP(ASSIGN(FIRST LOOP("start='1' end='999999'", ""))
                      SWEEP(ASSIGN(SEED LOOP("start='1' end='999999'", "")))),
            ERR_LIMIT, "more than 1000000 tasks");
}

static void
expressions_are_bounded(void **state)
{
    (void)state;
    refused(SWEEP(ASSIGN(MATCH("//*[//*[//*[//*[//*[//*[//*[1=2]]]]]]]")
                             LIST(VALUE("a")))),
            ERR_USAGE, "");
}

#define OUTPUT(x)                                                     \
    "<j:JobDefinition xmlns:j='" JSDL_NS "' xmlns:p='" JSDL_POSIX_NS  \
    "' xmlns:s='" JSDL_SWEEP_NS "' xmlns:f='" JSDL_SWEEP_FUNCTIONS_NS \
    "'><j:JobDescription><j:Application><p:POSIXApplication>"         \
    "<p:Executable>/bin/x</p:Executable><p:Output>o</p:Output>"       \
    "</p:POSIXApplication></j:Application></j:JobDescription>" SWEEP( \
        ASSIGN(MATCH("//p:Output") LIST(x))) TAIL

static void
tasks_do_not_write_one_file(void **state)
{
    (void)state;
    assert_int_equal(parse_text(OUTPUT(VALUE("a") VALUE("b"))), 0);
    assert_int_equal(parse_text(OUTPUT(VALUE("a") VALUE("b") VALUE("a"))), -1);
    assert_non_null(strstr(err.text, "output 'a' would be written by several"));
    assert_int_equal(parse_text(OUTPUT(VALUE("a") VALUE("../b"))), -1);
    assert_non_null(strstr(err.text, "leaves the session"));
}

static void
it_is_kept_and_written(void **state)
{
    struct job before, back;
    struct buf out = BUF_INIT;
    char *json;
    xmlDoc *doc;

    (void)state;
    assert_int_equal(
        parse(SWEEP(ASSIGN(FIRST LIST(VALUE("a&#10;b") VALUE("&lt;")))
                        SWEEP(ASSIGN(SEED LOOP("start='1' end='2'", ""))))),
        0);
    before = job;
    job_init(&job);
    json = job_to_json(&before);
    assert_int_equal(job_from_json(json, &back, &err), 0);
    assert_true(job_same(&before, &back));
    job_fini(&back);
    free(json);
    jsdl_write(&before, &out);
    assert_int_equal(xml_parse(buf_str(&out), out.len, &doc, &err), 0);
    assert_int_equal(
        jsdl_parse(xmlDocGetRootElement(doc), &back, &feature, &err), 0);
    assert_true(job_same(&before, &back));
    xmlFreeDoc(doc);
    job_fini(&back);
    job_fini(&before);
    buf_fini(&out);
}

static void
damaged_texts_are_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "1:",
        "1:1:a0:",
        "1:1:a0:0:",
        "1:1:a0:1:1:1:1:v1:1:a0:",
        "1:1:a0:1:1:1:0:x1:1:a0:",
        "1:1:a0:1:1:1:0:v1:9:a0:",
        "1:1:a0:1:1:1:0:l0:1:1000000000000000:9:0:0:",
        "1:1:a0:1:1:1:0:l0:1:1:3:2:1:1:0:",
        "1:1:a0:1:1:1:0:v1:1:a0:x"
    };
    struct sweep *s;

    (void)state;
    assert_int_equal(sweep_parse("1:1:a0:1:1:1:0:v1:1:a0:", &s, NULL), 0);
    assert_int_equal(sweep_tasks(s), 1);
    assert_string_equal(sweep_name(s, 0), "a");
    sweep_destroy(s);
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        print_message("# %s\n", texts[i]);
        assert_int_equal(sweep_parse(texts[i], &s, NULL), -1);
    }
}

static int
done(void **state)
{
    (void)state;
    job_fini(&job);
    free(feature);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_go_to_one_place),
        cmocka_unit_test(one_value_goes_to_several_places),
        cmocka_unit_test(assignments_advance_together),
        cmocka_unit_test(nested_sweeps_are_a_product),
        cmocka_unit_test(sweeps_side_by_side_follow_each_other),
        cmocka_unit_test(loops_count_and_leave_out),
        cmocka_unit_test(decimals_are_exact),
        cmocka_unit_test(a_part_of_a_text_is_a_place),
        cmocka_unit_test(prefixes_are_bound_by_the_parameter),
        cmocka_unit_test(values_are_taken_as_they_are),
        cmocka_unit_test(what_cannot_vary_is_named),
        cmocka_unit_test(it_is_counted_before_it_is_expanded),
        cmocka_unit_test(expressions_are_bounded),
        cmocka_unit_test(tasks_do_not_write_one_file),
        cmocka_unit_test(it_is_kept_and_written),
        cmocka_unit_test(damaged_texts_are_refused),
    };

    job_init(&job);
    return cmocka_run_group_tests(tests, NULL, done);
}
