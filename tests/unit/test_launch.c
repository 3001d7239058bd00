/* tests/unit/test_launch.c - launch files: what is written is read, what is odd
 * is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "gatekeeper/supervisor/launch.h"
#include "gatekeeper/supervisor/runfile.h"

static void
everything_written_is_read(void **state)
{
    struct err err = ERR_INIT;
    struct buf b = BUF_INIT;
    struct launch l;

    (void)state;
    launch_add(&b, "program", "./a b");
    launch_add(&b, "arg", "");
    launch_add(&b, "arg", "x=y\n\"$(id)\"");
    launch_add_env(&b, "A", "1");
    launch_add_env(&b, "B", "=");
    launch_add_number(&b, "count", 3);
    launch_add_number(&b, "wall", 60);
    launch_add_limit(&b, LAUNCH_nofile, 64);
    launch_add_limit(&b, LAUNCH_core, -1);
    launch_add(&b, "output", "o");
    assert_int_equal(launch_parse(b.data, b.len, &l, &err), 0);
    assert_string_equal(l.program, "./a b");
    assert_int_equal(l.argc, 3);
    assert_string_equal(l.argv[0], "./a b");
    assert_string_equal(l.argv[1], "");
    assert_string_equal(l.argv[2], "x=y\n\"$(id)\"");
    assert_null(l.argv[3]);
    assert_string_equal(launch_env(&l, "B"), "=");
    assert_null(l.envp[2]);
    assert_int_equal(l.count, 3);
    assert_int_equal(l.wall, 60);
    assert_int_equal(l.limit[LAUNCH_nofile], 64);
    assert_int_equal(l.limit[LAUNCH_core], -1);
    assert_string_equal(l.output, "o");
    assert_null(l.input);
    launch_fini(&l);
    buf_fini(&b);
}

static void
the_last_variable_of_a_name_counts(void **state)
{
    struct buf b = BUF_INIT;
    struct launch l;

    (void)state;
    launch_add(&b, "program", "x");
    launch_add_env(&b, "PATH", "/bin");
    launch_add_env(&b, "PATHS", "other");
    launch_add_env(&b, "PATH", "/usr/bin");
    assert_int_equal(launch_parse(b.data, b.len, &l, NULL), 0);
    assert_int_equal(l.nenv, 2);
    assert_string_equal(launch_env(&l, "PATH"), "/usr/bin");
    assert_string_equal(launch_env(&l, "PATHS"), "other");
    assert_null(launch_env(&l, "PAT"));
    launch_fini(&l);
    buf_fini(&b);
}

static void
what_is_odd_is_refused(void **state)
{
    static const struct {
        const char *text;
        size_t n;
    } bad[] = {
#define BAD(s) { s, sizeof(s) - 1 }
        BAD(""),
        BAD("program=x"),
        BAD("\0"),
        BAD("arg=x\0"),
        BAD("program=x\0program=y\0"),
        BAD("program=\0"),
        BAD("program=x\0count=0\0"),
        BAD("program=x\0count=1025\0"),
        BAD("program=x\0wall=1x\0"),
        BAD("program=x\0wall=-1\0"),
        BAD("program=x\0limit.none=1\0"),
        BAD("program=x\0env=A\0"),
        BAD("program=x\0env==A\0"),
        BAD("program=x\0shell=sh\0"),
        BAD("program=x\0noequals\0"),
        BAD("program=x\0aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa=1\0"),
#undef BAD
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        struct err err = ERR_INIT;
        struct launch l;

        assert_int_equal(launch_parse(bad[i].text, bad[i].n, &l, &err), -1);
        assert_int_equal(err.code, ERR_SYNTAX);
    }
}

static void
limits_are_those_of_the_system(void **state)
{
    (void)state;
    assert_int_equal(launch_resource(LAUNCH_cpu), RLIMIT_CPU);
    assert_int_equal(launch_resource(LAUNCH_memory), RLIMIT_AS);
}

static const char array[] =
    "program=bin/${GATEHOUSE_TASK}\0arg=a${GATEHOUSE_TASK}b${GATEHOUSE_TASK}\0"
    "env=GATEHOUSE_RUN=J/0\0env=SEED=${GATEHOUSE_TASK}\0error=e\0tasks=20\0";

static void
each_task_of_an_array_has_its_own(void **state)
{
    struct err err = ERR_INIT;
    struct launch l;

    (void)state;
    assert_int_equal(launch_parse(array, sizeof(array) - 1, &l, &err), 0);
    assert_int_equal(launch_task(&l, 17, 1, &err), 0);
    assert_string_equal(l.program, "bin/17");
    assert_string_equal(l.argv[1], "a17b17");
    assert_string_equal(l.output, "stdout.17");
    assert_string_equal(l.error, "e");
    assert_string_equal(launch_env(&l, "SEED"), "17");
    assert_string_equal(launch_env(&l, LAUNCH_TASK), "17");
    assert_string_equal(launch_env(&l, LAUNCH_TASKS), "20");
    /* What one task started is told from what another did. */
    assert_string_equal(launch_env(&l, "GATEHOUSE_RUN"), "J/0/17.1");
    launch_fini(&l);
}

static void
a_launch_file_is_for_every_attempt(void **state)
{
    struct err err = ERR_INIT;
    struct launch l;

    (void)state;
    assert_int_equal(launch_parse(array, sizeof(array) - 1, &l, &err), 0);
    assert_int_equal(launch_task(&l, 20, 1, &err), -1);
    assert_int_equal(err.code, ERR_STATE);
    err = (struct err)ERR_INIT;
    assert_int_equal(launch_task(&l, 17, 2, &err), 0);
    assert_string_equal(launch_env(&l, "GATEHOUSE_RUN"), "J/0/17.2");
    launch_fini(&l);
}

static void
files_of_an_attempt_say_so(void **state)
{
    uint32_t task = 0, attempt = 0;
    struct runfiles f;

    (void)state;
    runfile_names(&f, 0, 0);
    assert_string_equal(f.name[RUNFILE_STARTED], "started");
    runfile_names(&f, 17, 2);
    assert_string_equal(f.name[RUNFILE_LAUNCH], "launch");
    assert_string_equal(f.name[RUNFILE_STARTED], "started.17.2");
    assert_int_equal(runfile_parse("id.17.2", RUNFILE_ID, &task, &attempt), 0);
    assert_int_equal(task, 17);
    assert_int_equal(attempt, 2);
    assert_int_equal(runfile_parse("id.17.0", RUNFILE_ID, &task, &attempt), -1);
    assert_int_equal(runfile_parse("id.17.2x", RUNFILE_ID, &task, &attempt),
                     -1);
    assert_int_equal(runfile_parse("id.017.2", RUNFILE_ID, &task, &attempt),
                     -1);
    assert_int_equal(runfile_parse("id", RUNFILE_ID, &task, &attempt), -1);
    assert_int_equal(runfile_parse("exit.1.1", RUNFILE_ID, &task, &attempt),
                     -1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_written_is_read),
        cmocka_unit_test(the_last_variable_of_a_name_counts),
        cmocka_unit_test(what_is_odd_is_refused),
        cmocka_unit_test(each_task_of_an_array_has_its_own),
        cmocka_unit_test(a_launch_file_is_for_every_attempt),
        cmocka_unit_test(files_of_an_attempt_say_so),
        cmocka_unit_test(limits_are_those_of_the_system),
    };

    return cmocka_run_group_tests_name("launch", tests, NULL, NULL);
}
