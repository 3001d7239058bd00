/* tests/unit/test_jsdl.c - what a JSDL document becomes in the record, and what
 * is refused by name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/lib_jsdlcase.h"

static void
posix_application_is_read(void **state)
{
    (void)state;
    assert_int_equal(
        jsdlcase_parse(
            "<j:JobIdentification><j:JobName>n</j:JobName><j:JobAnnotation>a"
            "</j:JobAnnotation><j:JobProject>p1</j:JobProject><j:JobProject>"
            "p2</j:JobProject></j:JobIdentification>" POSIX(
                EXE "<p:Argument>  a\tb\n</p:Argument><p:Argument/>"
                    "<p:Input>in</p:Input><p:Output>out</p:Output><p:Error>"
                    "err</p:Error><p:WorkingDirectory>d</p:WorkingDirectory>"
                    "<p:Environment name='A'>1\n2</p:Environment>"
                    "<p:WallTimeLimit>60</p:WallTimeLimit><p:MemoryLimit>"
                    "1048576</p:MemoryLimit><p:UserName>u</p:UserName>")),
        0);
    assert_string_equal(jsdlcase.job.name, "n");
    assert_string_equal(jsdlcase.job.project, "p1");
    assert_int_equal(jsdlcase.job.nannotations, 2);
    assert_string_equal(jsdlcase.job.executable, "/bin/x");
    assert_int_equal(jsdlcase.job.nargs, 2);
    /* xsd:normalizedString: blanks stay, tabs and line ends become blanks. */
    assert_string_equal(jsdlcase.job.args[0], "  a b ");
    assert_string_equal(jsdlcase.job.args[1], "");
    assert_string_equal(jsdlcase.job.env[0].name, "A");
    assert_string_equal(jsdlcase.job.env[0].value, "1\n2");
    assert_string_equal(jsdlcase.job.directory, "d");
    assert_int_equal(jsdlcase.job.wall_time, 60);
    assert_int_equal(jsdlcase.job.memory_max, 1048576);
    assert_string_equal(jsdlcase.job.local_user, "u");
    assert_int_equal(jsdlcase.job.type, JOB_SINGLE);
    assert_int_equal(jsdlcase.job.count, -1);
}

static void
cdata_comments_and_entities_are_text(void **state)
{
    (void)state;
    assert_int_equal(
        jsdlcase_parse(
            POSIX(EXE "<p:Argument><![CDATA[<x>&]]></p:Argument>"
                      "<p:Argument>a<!-- no -->b&lt;&#x41;</p:Argument>")),
        0);
    assert_string_equal(jsdlcase.job.args[0], "<x>&");
    assert_string_equal(jsdlcase.job.args[1], "ab<A");
}

static void
hpc_profile_application_is_read(void **state)
{
    (void)state;
    assert_int_equal(
        jsdlcase_parse(
            "<j:Application><h:HPCProfileApplication name='x'>"
            "<h:Executable>run</h:Executable><h:Argument>a\tb</h:Argument>"
            "</h:HPCProfileApplication></j:Application>"),
        0);
    assert_string_equal(jsdlcase.job.executable, "run");
    assert_string_equal(jsdlcase.job.args[0], "a\tb");
    jsdlcase_refused("<j:Application><h:HPCProfileApplication><h:Executable>run"
                     "</h:Executable><h:WallTimeLimit>1</h:WallTimeLimit>"
                     "</h:HPCProfileApplication></j:Application>",
                     ERR_UNSUPPORTED, "{" JSDL_HPCPA_NS "}WallTimeLimit");
}

static void
spmd_application_is_read(void **state)
{
    (void)state;
    assert_int_equal(
        jsdlcase_parse(
            "<j:Application><s:SPMDApplication>" EXE
            "<s:NumberOfProcesses>8</s:NumberOfProcesses><s:ProcessesPerHost>"
            "4</s:ProcessesPerHost><s:SPMDVariation>http://www.ogf.org/jsdl/"
            "2007/02/jsdl-spmd/OpenMPI</s:SPMDVariation></s:SPMDApplication>"
            "</j:Application>"),
        0);
    assert_int_equal(jsdlcase.job.type, JOB_MPI);
    assert_int_equal(jsdlcase.job.count, 8);
    assert_int_equal(jsdlcase.job.procs_per_host, 4);
    jsdlcase_refused(
        "<j:Application><s:SPMDApplication>" EXE
        "<s:SPMDVariation>http://www.ogf.org/jsdl/2007/02/jsdl-spmd/PVM"
        "</s:SPMDVariation></s:SPMDApplication></j:Application>",
        ERR_UNSUPPORTED, "{" JSDL_SPMD_NS "}SPMDVariation");
}

static void
what_stands_in_a_staging_is_understood_or_refused(void **state)
{
    static const struct {
        const char *xml;
        enum err_code code;
        const char *blamed;
    } rows[] = {
        { "<j:FileName colour='red'>f</j:FileName>", ERR_SYNTAX,
          "{" JSDL_NS "}FileName" },
        { "<j:FileName>f</j:FileName>loose", ERR_SYNTAX,
          "{" JSDL_NS "}DataStaging" },
        { "<j:FileName>f</j:FileName><j:FileName>g</j:FileName>", ERR_SYNTAX,
          "{" JSDL_NS "}FileName" },
        { "<j:FileName>f</j:FileName><j:Source>at<j:URI>http://h/</j:URI>"
          "</j:Source>",
          ERR_SYNTAX, "{" JSDL_NS "}Source" },
        { "<j:FileName>f</j:FileName><j:Source "
          "weak='1'><j:URI>http://h/</j:URI>"
          "</j:Source>",
          ERR_SYNTAX, "{" JSDL_NS "}Source" },
        { "<j:FileName>f</j:FileName><j:Source><j:URI x='1'>http://h/</j:URI>"
          "</j:Source>",
          ERR_SYNTAX, "{" JSDL_NS "}URI" },
        { "<j:FileName>f</j:FileName><j:Source><j:URI>http://h/</j:URI><j:URI>"
          "http://h/2</j:URI></j:Source>",
          ERR_SYNTAX, "{" JSDL_NS "}URI" },
        { "<j:FileName>f</j:FileName><j:CreationFlag>append</j:CreationFlag>"
          "<j:CreationFlag>overwrite</j:CreationFlag>",
          ERR_SYNTAX, "{" JSDL_NS "}CreationFlag" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char *body = xasprintf(POSIX(EXE) "<j:DataStaging>%s</j:DataStaging>",
                               rows[i].xml);

        jsdlcase_refused(body, rows[i].code, rows[i].blamed);
        free(body);
    }
}

#define XSI "xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' "

static void
nothing_is_taken_away_by_an_attribute(void **state)
{
    (void)state;
    jsdlcase_refused(
        POSIX(EXE "<p:WallTimeLimit " XSI "xsi:nil='true'/>"), ERR_UNSUPPORTED,
        "{" JSDL_POSIX_NS "}WallTimeLimit/@{http://www.w3.org/2001/"
        "XMLSchema-instance}nil");
    jsdlcase_refused(POSIX(EXE "<p:WallTimeLimit xml:base='http://x/'>1"
                               "</p:WallTimeLimit>"),
                     ERR_UNSUPPORTED, NULL);
    assert_int_equal(
        jsdlcase_parse(POSIX("<p:Executable " XSI "xsi:nil='false' "
                             "xsi:type='p:FileName_Type' xml:lang='en'>"
                             "/bin/x</p:Executable>")),
        0);
}

static void
a_document_has_an_id_and_no_more(void **state)
{
#define ROOT(attrs)                                                            \
    "<j:JobDefinition " attrs " xmlns:j='" JSDL_NS "' xmlns:p='" JSDL_POSIX_NS \
    "'><j:JobDescription>" POSIX(EXE) "</j:JobDescription></j:JobDefinition>"
    (void)state;
    assert_int_equal(jsdlcase_parse_all(ROOT("id='mine'")), 0);
    assert_int_equal(jsdlcase_parse_all(ROOT("name='mine'")), -1);
    assert_string_equal(jsdlcase.feature, "{" JSDL_NS "}JobDefinition");
}

static void
bad_documents_are_refused(void **state)
{
    static const struct {
        const char *xml;
        enum err_code code;
    } rows[] = {
        { POSIX(EXE EXE), ERR_SYNTAX },
        { POSIX(EXE) POSIX(EXE), ERR_SYNTAX },
        { POSIX("<p:Executable><b/></p:Executable>"), ERR_SYNTAX },
        { POSIX("loose text" EXE), ERR_SYNTAX },
        { POSIX("<p:Executable/>"), ERR_USAGE },
        { POSIX(""), ERR_USAGE },
        { "", ERR_USAGE },
        { POSIX(EXE "<p:Environment>x</p:Environment>"), ERR_SYNTAX },
        { POSIX(EXE "<p:Environment name='A=B'>x</p:Environment>"), ERR_USAGE },
        { POSIX(EXE "<p:WallTimeLimit>-1</p:WallTimeLimit>"), ERR_USAGE },
        { POSIX(EXE "<p:WallTimeLimit>1.5</p:WallTimeLimit>"), ERR_USAGE },
        { POSIX(EXE "<p:WallTimeLimit>99999999999999999999</p:WallTimeLimit>"),
          ERR_USAGE },
        { POSIX(EXE "<p:Output>../x</p:Output>"), ERR_USAGE },
        { POSIX(EXE "<p:Output>a/../../x</p:Output>"), ERR_USAGE },
        { POSIX(EXE "<p:Output>a\nb</p:Output>"), ERR_USAGE },
        { POSIX("<p:Executable name='x'>/bin/x</p:Executable>"), ERR_SYNTAX },
        { POSIX(EXE) "<j:Resources><j:TotalCPUCount><j:Exact>nan</j:Exact>"
                     "</j:TotalCPUCount></j:Resources>",
          ERR_USAGE },
        { POSIX(EXE) "<j:Resources><j:TotalCPUCount><j:Exact>0x10</j:Exact>"
                     "</j:TotalCPUCount></j:Resources>",
          ERR_USAGE },
        { POSIX(EXE) "<j:Resources><j:TotalCPUCount><j:Exact>1e300</j:Exact>"
                     "</j:TotalCPUCount></j:Resources>",
          ERR_USAGE },
        { POSIX(EXE) "<j:Resources><j:TotalCPUCount/></j:Resources>",
          ERR_USAGE },
        { POSIX(EXE) "<j:Resources><j:TotalCPUCount><j:Range><j:LowerBound>5"
                     "</j:LowerBound><j:UpperBound>4</j:UpperBound></j:Range>"
                     "</j:TotalCPUCount></j:Resources>",
          ERR_USAGE },
        { POSIX(EXE) "<j:DataStaging><j:CreationFlag>overwrite"
                     "</j:CreationFlag></j:DataStaging>",
          ERR_SYNTAX },
        { POSIX(EXE) "<j:DataStaging><j:FileName>f</j:FileName><j:CreationFlag>"
                     "maybe</j:CreationFlag></j:DataStaging>",
          ERR_USAGE },
        { POSIX(EXE) "<g:Extension xmlns:g='" JOBS_EXT_NS "'><g:JobType>many"
                     "</g:JobType></g:Extension>",
          ERR_USAGE },
        { POSIX(EXE) "<j:DataStaging><j:FileName>f</j:FileName><j:Source/>"
                     "</j:DataStaging>",
          ERR_SYNTAX },
        { POSIX(EXE) "<j:DataStaging><j:FileName>../f</j:FileName><j:Source>"
                     "<j:URI>http://h/</j:URI></j:Source></j:DataStaging>",
          ERR_USAGE },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        jsdlcase_refused(rows[i].xml, rows[i].code, NULL);
}

static void
wrong_root_is_no_document(void **state)
{
    (void)state;
    assert_int_equal(jsdlcase_parse_all("<JobDefinition xmlns='urn:other'/>"),
                     -1);
    assert_int_equal(jsdlcase.err.code, ERR_SYNTAX);
    assert_int_equal(
        jsdlcase_parse_all("<j:JobDefinition xmlns:j='" JSDL_NS "'/>"), -1);
    assert_int_equal(jsdlcase.err.code, ERR_SYNTAX);
}

static void
staging_goes_in_and_out(void **state)
{
    (void)state;
    assert_int_equal(
        jsdlcase_parse(
            POSIX(EXE) "<j:DataStaging><j:FileName>in</j:FileName>"
                       "<j:CreationFlag>dontOverwrite</j:CreationFlag>"
                       "<j:Source><j:URI>gsiftp://h/in</j:URI></j:Source>"
                       "</j:DataStaging><j:DataStaging name='both'>"
                       "<j:FileName>b</j:FileName><j:CreationFlag>append"
                       "</j:CreationFlag><j:DeleteOnTermination>true"
                       "</j:DeleteOnTermination><j:Source><j:URI>http://h/b"
                       "</j:URI></j:Source><j:Target><j:URI>http://h/c"
                       "</j:URI></j:Target></j:DataStaging><j:DataStaging>"
                       "<j:FileName>tmp</j:FileName><j:CreationFlag>overwrite"
                       "</j:CreationFlag><j:DeleteOnTermination>1"
                       "</j:DeleteOnTermination></j:DataStaging>"),
        0);
    assert_int_equal(jsdlcase.job.nstage_in, 2);
    assert_int_equal(jsdlcase.job.stage_in[0].creation, JOB_DONT_OVERWRITE);
    assert_string_equal(jsdlcase.job.stage_in[0].url, "gsiftp://h/in");
    assert_int_equal(jsdlcase.job.nstage_out, 1);
    assert_string_equal(jsdlcase.job.stage_out[0].url, "http://h/c");
    assert_true(jsdlcase.job.stage_out[0].delete_after);
    assert_false(jsdlcase.job.stage_in[1].delete_after);
    assert_int_equal(jsdlcase.job.nclean_up, 1);
    assert_string_equal(jsdlcase.job.clean_up[0], "tmp");
}

static void
file_systems_are_places(void **state)
{
    (void)state;
    assert_int_equal(
        jsdlcase_parse(POSIX(
            "<p:Executable filesystemName='HOME'>bin/x</p:Executable>"
            "<p:Input filesystemName='DATA'>/in</p:Input>"
            "<p:Output filesystemName='ROOT'>tmp/o</p:Output>") "<j:Resources><"
                                                                "j:FileSystem "
                                                                "name='DATA'><"
                                                                "j:MountPoint>/"
                                                                "data"
                                                                "</"
                                                                "j:MountPoint><"
                                                                "/j:FileSystem>"
                                                                "</"
                                                                "j:Resources>"),
        0);
    assert_string_equal(jsdlcase.job.executable, "${GLOBUS_USER_HOME}/bin/x");
    assert_string_equal(jsdlcase.job.input, "/data/in");
    assert_string_equal(jsdlcase.job.output, "/tmp/o");
    jsdlcase_refused(
        POSIX(EXE "<p:Input filesystemName='NOWHERE'>in</p:Input>"),
        ERR_UNSUPPORTED, "{" JSDL_POSIX_NS "}Input");
}

static void
extension_says_the_rest(void **state)
{
    (void)state;
    assert_int_equal(
        jsdlcase_parse(
            POSIX(EXE) "<j:DataStaging><j:FileName>x</j:FileName>"
                       "<j:CreationFlag>overwrite</j:CreationFlag><j:Source>"
                       "<j:URI>http://h/x</j:URI></j:Source></j:DataStaging>"
                       "<g:Extension><g:Queue>long</g:Queue><g:Hold>true"
                       "</g:Hold><g:CleanUp>t</g:CleanUp><g:Executable>x"
                       "</g:Executable><g:TransferCredential"
                       " delegationID='d'>x</g:TransferCredential>"
                       "</g:Extension>"),
        0);
    assert_string_equal(jsdlcase.job.queue, "long");
    assert_true(jsdlcase.job.hold);
    assert_true(jsdlcase.job.stage_in[0].executable);
    assert_string_equal(jsdlcase.job.stage_in[0].delegation_id, "d");
    jsdlcase_refused(
        POSIX(EXE) "<g:Extension><g:Colour>red</g:Colour></g:Extension>",
        ERR_UNSUPPORTED, "{" JOBS_EXT_NS "}Colour");
    jsdlcase_refused(POSIX(EXE) "<g:Extension><g:Executable>no</g:Executable>"
                                "</g:Extension>",
                     ERR_USAGE, "{" JOBS_EXT_NS "}Executable");
}

static void
an_array_says_how_many(void **state)
{
    (void)state;
    assert_int_equal(
        jsdlcase_parse(POSIX(EXE) "<g:Extension><g:Tasks count='200'"
                                  " limit='8'/></g:Extension>"),
        0);
    assert_int_equal(jsdlcase.job.tasks, 200);
    assert_int_equal(jsdlcase.job.task_limit, 8);
    jsdlcase_refused(
        POSIX(EXE) "<g:Extension><g:Tasks count='0'/></g:Extension>", ERR_USAGE,
        NULL);
    jsdlcase_refused(
        POSIX(EXE) "<g:Extension><g:Tasks count='10001'/></g:Extension>",
        ERR_USAGE, NULL);
    jsdlcase_refused(
        POSIX(EXE) "<g:Extension><g:Tasks limit='8'/></g:Extension>", ERR_USAGE,
        NULL);
    jsdlcase_refused(POSIX(EXE) "<g:Extension><g:Tasks count='2' step='1'/>"
                                "</g:Extension>",
                     ERR_SYNTAX, NULL);
    /* One file cannot take what all tasks write. */
    jsdlcase_refused(
        POSIX(EXE "<p:Output>out</p:Output>") "<g:Extension><g:Tasks"
                                              " count='2'/></g:Extension>",
        ERR_USAGE, NULL);
    assert_int_equal(
        jsdlcase_parse(POSIX(EXE "<p:Output>out.${GATEHOUSE_TASK}"
                                 "</p:Output>") "<g:Extension><g:Tasks"
                                                " count='2'/>"
                                                "</g:Extension>"),
        0);
}

static void
record_survives_the_document(void **state)
{
    struct buf out = BUF_INIT;
    struct job before;
    struct job_transfer *t;

    (void)state;
    job_init(&before);
    before.executable = xstrdup("run & <go>");
    before.tasks = 20;
    before.task_limit = 3;
    before.name = xstrdup("n \"x\"");
    before.queue = xstrdup("q");
    before.scheduler = xstrdup("slurm");
    before.hold = true;
    before.type = JOB_MULTIPLE;
    before.threads = 2;
    before.count = 3;
    before.wall_time = 60;
    before.memory_max = 1 << 30;
    before.memory_min = 1 << 20;
    before.virtual_min = 1 << 19;
    job_add_arg(&before, "two\nlines");
    job_add_arg(&before, "");
    job_add_arg(&before, " blanks ");
    job_add_env(&before, "A", "x\ty");
    job_add_clean_up(&before, "t/u");
    t = job_add_stage_in(&before);
    t->file = xstrdup("f");
    t->url = xstrdup("gsiftp://h/%20f?a=b&c");
    t->executable = true;
    t = job_add_stage_in(&before);
    t->file = xstrdup("brought");
    t->upload = true;
    t->bytes = 1LL << 40;
    t->executable = true;
    t->delete_after = true;
    t = job_add_stage_out(&before);
    t->file = xstrdup("o");
    t->url = xstrdup("http://h/o");
    t->creation = JOB_APPEND;
    t->delete_after = true;
    jsdl_write(&before, &out);
    assert_int_equal(jsdlcase_parse_all(buf_str(&out)), 0);
    assert_true(job_same(&before, &jsdlcase.job));
    job_fini(&before);
    buf_fini(&out);
}

#define BROUGHT(inner)                                          \
    POSIX(EXE)                                                  \
    "<j:DataStaging><j:FileName>f</j:FileName><j:CreationFlag>" \
    "overwrite</j:CreationFlag>" inner "</j:DataStaging>"

static void
an_upload_has_a_size_and_no_source(void **state)
{
    (void)state;
    assert_int_equal(jsdlcase_parse(BROUGHT("<g:Upload bytes='0'/>")), 0);
    assert_int_equal(jsdlcase.job.nstage_in, 1);
    assert_true(jsdlcase.job.stage_in[0].upload);
    assert_null(jsdlcase.job.stage_in[0].url);
    assert_int_equal(jsdlcase.job.stage_in[0].bytes, 0);
    assert_int_equal(jsdlcase.job.nclean_up, 0);
    jsdlcase_refused(BROUGHT("<g:Upload/>"), ERR_SYNTAX, NULL);
    jsdlcase_refused(BROUGHT("<g:Upload bytes='-1'/>"), ERR_USAGE, NULL);
    jsdlcase_refused(BROUGHT("<g:Upload bytes='9223372036854775808'/>"),
                     ERR_USAGE, NULL);
    jsdlcase_refused(BROUGHT("<g:Upload bytes='1'><g:More/></g:Upload>"),
                     ERR_USAGE, NULL);
    jsdlcase_refused(BROUGHT("<g:Upload bytes='1'/><g:Upload bytes='1'/>"),
                     ERR_SYNTAX, NULL);
    jsdlcase_refused(BROUGHT("<j:Source><j:URI>http://h/x</j:URI></j:Source>"
                             "<g:Upload bytes='1'/>"),
                     ERR_SYNTAX, NULL);
    assert_int_equal(jsdlcase_parse(BROUGHT("")), 0);
    assert_int_equal(jsdlcase.job.nstage_in, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(posix_application_is_read),
        cmocka_unit_test(cdata_comments_and_entities_are_text),
        cmocka_unit_test(hpc_profile_application_is_read),
        cmocka_unit_test(spmd_application_is_read),
        cmocka_unit_test(what_stands_in_a_staging_is_understood_or_refused),
        cmocka_unit_test(nothing_is_taken_away_by_an_attribute),
        cmocka_unit_test(a_document_has_an_id_and_no_more),
        cmocka_unit_test(bad_documents_are_refused),
        cmocka_unit_test(wrong_root_is_no_document),
        cmocka_unit_test(staging_goes_in_and_out),
        cmocka_unit_test(file_systems_are_places),
        cmocka_unit_test(extension_says_the_rest),
        cmocka_unit_test(an_array_says_how_many),
        cmocka_unit_test(record_survives_the_document),
        cmocka_unit_test(an_upload_has_a_size_and_no_source),
    };

    return cmocka_run_group_tests(tests, NULL, jsdlcase_tidy);
}
