/* tests/unit/test_jsdl_resource.c - what JSDL's Resources become in the record,
 * and what of them cannot be promised. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/lib_jsdlcase.h"

static void
resources_are_counts_and_amounts(void **state)
{
    (void)state;
    assert_int_equal(
        jsdlcase_parse(
            POSIX(EXE) "<j:Resources><j:TotalCPUCount><j:Exact>4</j:Exact>"
                       "</j:TotalCPUCount><j:IndividualPhysicalMemory>"
                       "<j:Range><j:LowerBound>1e6</j:LowerBound>"
                       "<j:UpperBound exclusiveBound='true'>2000001"
                       "</j:UpperBound></j:Range></j:IndividualPhysicalMemory>"
                       "<j:TotalCPUTime><j:UpperBoundedRange>99.5"
                       "</j:UpperBoundedRange></j:TotalCPUTime>"
                       "<j:OperatingSystem><j:OperatingSystemType>"
                       "<j:OperatingSystemName>LINUX</j:OperatingSystemName>"
                       "</j:OperatingSystemType></j:OperatingSystem>"
                       "<j:ExclusiveExecution>false</j:ExclusiveExecution>"
                       "</j:Resources>"),
        0);
    assert_int_equal(jsdlcase.job.count, 4);
    assert_int_equal(jsdlcase.job.memory_min, 1000000);
    assert_int_equal(jsdlcase.job.memory_max, 2000000);
    assert_int_equal(jsdlcase.job.cpu_time_total, 100);
}

static void
what_cannot_be_promised_is_named(void **state)
{
    static const struct {
        const char *xml, *feature;
    } rows[] = {
        { "<j:CandidateHosts><j:HostName>h</j:HostName></j:CandidateHosts>",
          "{" JSDL_NS "}CandidateHosts" },
        { "<j:ExclusiveExecution>true</j:ExclusiveExecution>",
          "{" JSDL_NS "}ExclusiveExecution" },
        { "<j:OperatingSystem><j:OperatingSystemType><j:OperatingSystemName>"
          "WINNT</j:OperatingSystemName></j:OperatingSystemType>"
          "</j:OperatingSystem>",
          "{" JSDL_NS "}OperatingSystemName" },
        { "<j:CPUArchitecture><j:CPUArchitectureName>sparc"
          "</j:CPUArchitectureName></j:CPUArchitecture>",
          "{" JSDL_NS "}CPUArchitectureName" },
        { "<j:IndividualDiskSpace><j:Exact>1</j:Exact></j:IndividualDiskSpace>",
          "{" JSDL_NS "}IndividualDiskSpace" },
        { "<j:FileSystem name='TAPE'/>", "{" JSDL_NS "}FileSystem" },
        { "<x:Gpu xmlns:x='urn:x'>1</x:Gpu>", "{urn:x}Gpu" },
        { "<j:TotalCPUCount><j:Exact>1</j:Exact><j:Exact>2</j:Exact>"
          "</j:TotalCPUCount>",
          "{" JSDL_NS "}TotalCPUCount" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char *body =
            xasprintf(POSIX(EXE) "<j:Resources>%s</j:Resources>", rows[i].xml);

        jsdlcase_refused(body, ERR_UNSUPPORTED, rows[i].feature);
        free(body);
    }
    jsdlcase_refused(POSIX(EXE "<p:GroupName>g</p:GroupName>"), ERR_UNSUPPORTED,
                     "{" JSDL_POSIX_NS "}GroupName");
    jsdlcase_refused(POSIX(EXE "<p:ThreadCountLimit>1</p:ThreadCountLimit>"),
                     ERR_UNSUPPORTED, "{" JSDL_POSIX_NS "}ThreadCountLimit");
    jsdlcase_refused(
        "<j:Application><j:ApplicationName>blast</j:ApplicationName>"
        "</j:Application>",
        ERR_UNSUPPORTED, "{" JSDL_NS "}ApplicationName");
    jsdlcase_refused(
        POSIX(EXE) "<w:Sweep xmlns:w='http://schemas.ogf.org/jsdl/2009/03/"
                   "sweep'/>",
        ERR_UNSUPPORTED, "{http://schemas.ogf.org/jsdl/2009/03/sweep}Sweep");
    jsdlcase_refused(
        POSIX("<p:Executable x:tape='1' xmlns:x='urn:x'>a</p:Executable>"),
        ERR_UNSUPPORTED, "{" JSDL_POSIX_NS "}Executable/@{urn:x}tape");
}

#define RANGE(element, x) "<j:" element ">" x "</j:" element ">"
#define CPUS(x)           RANGE("TotalCPUCount", x)
#define MEMORY(x)         RANGE("IndividualPhysicalMemory", x)

/* RESOURCES are read, or refused with CODE for the sake of BLAMED. */
static void
resources(const char *xml, enum err_code code, const char *blamed)
{
    char *body = xasprintf(POSIX(EXE) "<j:Resources>%s</j:Resources>", xml);

    if (code == ERR_OK)
        assert_int_equal(jsdlcase_parse(body), 0);
    else
        jsdlcase_refused(body, code, blamed);
    free(body);
}

static void
what_is_asked_exactly_is_whole(void **state)
{
    (void)state;
    resources(CPUS("<j:Exact>1.5</j:Exact>"), ERR_USAGE, "{" JSDL_NS "}Exact");
    resources(MEMORY("<j:Exact>1.5</j:Exact>"), ERR_USAGE,
              "{" JSDL_NS "}Exact");
    resources(CPUS("<j:Range><j:LowerBound>1.2</j:LowerBound><j:UpperBound>1.8"
                   "</j:UpperBound></j:Range>"),
              ERR_USAGE, "{" JSDL_NS "}Range");
    resources(CPUS("<j:Exact epsilon='0.5'>1.5</j:Exact>"), ERR_OK, NULL);
    assert_int_equal(jsdlcase.job.count, 1);
    resources(CPUS("<j:LowerBoundedRange>1.5</j:LowerBoundedRange>"), ERR_OK,
              NULL);
    assert_int_equal(jsdlcase.job.count, 2);
    resources(CPUS("<j:LowerBoundedRange exclusiveBound='1'>1.5"
                   "</j:LowerBoundedRange>"),
              ERR_OK, NULL);
    assert_int_equal(jsdlcase.job.count, 2);
    /* one is no more than four */
    resources(CPUS("<j:UpperBoundedRange>4</j:UpperBoundedRange>"), ERR_OK,
              NULL);
    assert_int_equal(jsdlcase.job.count, -1);
    resources(CPUS("<j:UpperBoundedRange exclusiveBound='true'>1"
                   "</j:UpperBoundedRange>"),
              ERR_USAGE, "{" JSDL_NS "}TotalCPUCount");
    resources(RANGE("IndividualVirtualMemory", "<j:Exact>4096</j:Exact>"),
              ERR_OK, NULL);
    assert_int_equal(jsdlcase.job.virtual_memory, 4096);
    assert_int_equal(jsdlcase.job.virtual_min, 4096);
}

static void
what_stands_in_a_range_is_understood_or_refused(void **state)
{
    (void)state;
    resources(CPUS("<j:UpperBoundedRange exclusiveBound='maybe'>4"
                   "</j:UpperBoundedRange>"),
              ERR_USAGE, "{" JSDL_NS "}UpperBoundedRange");
    resources(CPUS("<j:Exact epsilon='x'>4</j:Exact>"), ERR_USAGE,
              "{" JSDL_NS "}Exact");
    resources(CPUS("<j:Exact about='1'>4</j:Exact>"), ERR_SYNTAX,
              "{" JSDL_NS "}Exact");
    resources(CPUS("about <j:Exact>4</j:Exact>"), ERR_SYNTAX,
              "{" JSDL_NS "}TotalCPUCount");
    resources(CPUS("<j:Range>about<j:LowerBound>1</j:LowerBound><j:UpperBound>2"
                   "</j:UpperBound></j:Range>"),
              ERR_SYNTAX, "{" JSDL_NS "}Range");
    resources(CPUS("<j:Range><j:LowerBound>1</j:LowerBound><j:UpperBound>2"
                   "</j:UpperBound><j:Middle>1</j:Middle></j:Range>"),
              ERR_UNSUPPORTED, "{" JSDL_NS "}Middle");
    resources(CPUS("<j:Range><j:LowerBound x='1'>1</j:LowerBound><j:UpperBound>"
                   "2</j:UpperBound></j:Range>"),
              ERR_SYNTAX, "{" JSDL_NS "}LowerBound");
    resources(CPUS("<j:Range><j:LowerBound>1</j:LowerBound></j:Range>"),
              ERR_USAGE, "{" JSDL_NS "}Range");
}

static void
none_at_all_is_no_amount(void **state)
{
    static const char *const limits[] = { "WallTimeLimit", "CPUTimeLimit",
                                          "MemoryLimit", "VirtualMemoryLimit" };

    (void)state;
    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
        char *body =
            xasprintf(POSIX(EXE "<p:%s>0</p:%s>"), limits[i], limits[i]);

        jsdlcase_refused(body, ERR_USAGE, NULL);
        free(body);
    }
    resources(RANGE("TotalCPUTime", "<j:Exact>0</j:Exact>"), ERR_USAGE, NULL);
    assert_int_equal(
        jsdlcase_parse(POSIX(EXE "<p:CoreDumpLimit>0</p:CoreDumpLimit>")), 0);
}

static void
a_refusal_says_what_there_is(void **state)
{
    (void)state;
    resources("<j:OperatingSystem><j:OperatingSystemType><j:OperatingSystemName"
              ">WINNT</j:OperatingSystemName></j:OperatingSystemType>"
              "</j:OperatingSystem>",
              ERR_UNSUPPORTED, NULL);
    assert_non_null(strstr(jsdlcase.err.text, "LINUX"));
    resources("<j:FileSystem name='TAPE'/>", ERR_UNSUPPORTED, NULL);
    assert_non_null(strstr(jsdlcase.err.text, "SCRATCH"));
    resources("<j:CPUArchitecture><j:CPUArchitectureName>parisc"
              "</j:CPUArchitectureName></j:CPUArchitecture>",
              ERR_UNSUPPORTED, NULL);
    assert_non_null(strstr(jsdlcase.err.text, "this site has "));
    assert_null(strstr(jsdlcase.err.text, "another"));
#ifdef __x86_64__
    resources("<j:CPUArchitecture><j:CPUArchitectureName>x86"
              "</j:CPUArchitectureName></j:CPUArchitecture>",
              ERR_OK, NULL);
#endif
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(resources_are_counts_and_amounts),
        cmocka_unit_test(what_cannot_be_promised_is_named),
        cmocka_unit_test(what_is_asked_exactly_is_whole),
        cmocka_unit_test(what_stands_in_a_range_is_understood_or_refused),
        cmocka_unit_test(none_at_all_is_no_amount),
        cmocka_unit_test(a_refusal_says_what_there_is),
    };

    return cmocka_run_group_tests(tests, NULL, jsdlcase_tidy);
}
