/* tests/unit/test_rsl.c - what an RSL description becomes in the record. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "jobs/rsl.h"

static struct job job;
static struct err err;

/* Parse TEXT afresh into the statics above. */
static int
parse(const char *text)
{
    job_fini(&job);
    err = (struct err)ERR_INIT;
    return rsl_parse(text, strlen(text), &job, &err);
}

static void
taken(const char *text)
{
    if (parse(text) < 0)
        fail_msg("%s: %s", text, err.text);
}

static void
names_are_compared_without_case_and_underscores(void **state)
{
    (void)state;
    taken("& (Executable = /bin/x) (Max_Wall_Time = 10)(maxmemory=64)\n"
          "(* a comment *) ( HOST_COUNT = 2 ) (count=4)");
    assert_string_equal(job.executable, "/bin/x");
    assert_int_equal(job.wall_time, 600);
    assert_int_equal(job.memory_max, 64 << 20);
    assert_int_equal(job.host_count, 2);
    assert_int_equal(job.type, JOB_MULTIPLE);
    assert_string_equal(job.directory, "${GLOBUS_USER_HOME}");
}

static void
texts_are_quoted_in_three_ways(void **state)
{
    (void)state;
    taken(
        "&(executable=x)(arguments=a \"b \"\"c\"\" $(X)\" 'd''e' ^%f%%g% \"\" "
        "\"h\"#'i' -j/k.l:m,n~o)");
    assert_int_equal(job.nargs, 7);
    assert_string_equal(job.args[0], "a");
    assert_string_equal(job.args[1], "b \"c\" $(X)");
    assert_string_equal(job.args[2], "d'e");
    assert_string_equal(job.args[3], "f%g");
    assert_string_equal(job.args[4], "");
    assert_string_equal(job.args[5], "hi");
    assert_string_equal(job.args[6], "-j/k.l:m,n~o");
}

static void
variables_are_replaced(void **state)
{
    (void)state;
    taken("&(executable=$(BIN)/x)(directory=$(HOME) # \"/a b\")"
          "(arguments=$(LOGNAME) x$(A)y)"
          "(rsl_substitution=(A \"1\")(BIN /opt/$(A)))");
    assert_string_equal(job.executable, "/opt/1/x");
    assert_string_equal(job.directory, "${GLOBUS_USER_HOME}/a b");
    assert_string_equal(job.args[0], "${GLOBUS_USER_NAME}");
    assert_string_equal(job.args[1], "x1y");
}

static void
lists_of_pairs_become_transfers_and_variables(void **state)
{
    (void)state;
    taken("&(executable=x)(environment=(A \"b c\")(D e))(library_path=/a /b)"
          "(file_stage_in=(gsiftp://h/a in/a)(http://h/b b))"
          "(file_stage_out=(c gsiftp://h/c))(file_clean_up=b in/a)");
    assert_string_equal(job.env[0].name, "A");
    assert_string_equal(job.env[0].value, "b c");
    assert_string_equal(job.env[2].value, "/a:/b");
    assert_int_equal(job.nstage_in, 2);
    assert_string_equal(job.stage_in[0].url, "gsiftp://h/a");
    assert_string_equal(job.stage_in[0].file, "in/a");
    assert_string_equal(job.stage_out[0].file, "c");
    assert_int_equal(job.nclean_up, 2);
}

static void
what_nobody_does_is_named_with_its_place(void **state)
{
    static const struct {
        const char *text;
        enum err_code code;
        const char *what;
    } of[] = {
        { "&(executable=x)(colour=red)", ERR_UNSUPPORTED,
          "byte 17: attribute 'colour'" },
        { "&(executable=x)(two_phase=60)", ERR_UNSUPPORTED, "'twophase'" },
        { "&(executable=x)(job_type=condor)", ERR_UNSUPPORTED, "'condor'" },
        { "&(executable=x)(count>3)", ERR_UNSUPPORTED, "'count'" },
        { "&(executable=https://h/x)", ERR_UNSUPPORTED, "https://h/x" },
        { "+(&(executable=x))", ERR_UNSUPPORTED, "several requests" },
        { "|(executable=x)", ERR_UNSUPPORTED, "several requests" },
        { "&(&(executable=x))", ERR_UNSUPPORTED, "inside a request" },
        { "&(executable=x)(count=many)", ERR_USAGE, "count 'many'" },
        { "&(executable=x y)", ERR_USAGE, "executable has one value" },
        { "&(executable=x)(environment=(A))", ERR_USAGE, "list of pairs" },
        { "&(executable=$(NONE))", ERR_USAGE, "$(NONE)" },
        { "&(executable=x)(rsl_substitution=(B $(A))(A 1))", ERR_USAGE,
          "$(A)" },
        { "&(executable=x)(executable=y)", ERR_SYNTAX, "a second" },
        { "&(executable=x", ERR_SYNTAX, "ends inside" },
        { "&(executable=\"x)", ERR_SYNTAX, "no end" },
        { "&(executable=x)(* y", ERR_SYNTAX, "no end" },
        { "&(arguments=x)", ERR_SYNTAX, "no executable" },
        { "&(executable=x) y", ERR_SYNTAX, "begins with '('" },
        { "&((((((((((((((((((((", ERR_UNSUPPORTED, "inside a request" },
        { "&(a=((((((((((((((((((((((", ERR_SYNTAX, "too deep" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(of) / sizeof(of[0]); i++)
        if (parse(of[i].text) == 0 || err.code != of[i].code ||
            strstr(err.text, of[i].what) == NULL)
            fail_msg("%s: %d %s", of[i].text, (int)err.code, err.text);
}

/* Each doubles the one before it. */
static void
variables_do_not_grow_without_end(void **state)
{
    struct buf text = BUF_INIT;

    (void)state;
    buf_adds(&text, "&(executable=x)(rsl_substitution=(V0 0123456789)");
    for (int i = 1; i < 40; i++)
        buf_addf(&text, "(V%d $(V%d)$(V%d))", i, i - 1, i - 1);
    buf_addc(&text, ')');
    assert_int_equal(parse(buf_str(&text)), -1);
    assert_int_equal(err.code, ERR_LIMIT);
    buf_fini(&text);
}

static void
other_texts_are_not_rsl(void **state)
{
    (void)state;
    assert_true(rsl_is(" \n&(executable=x)"));
    assert_true(rsl_is("(* c *)(executable=x)"));
    assert_false(rsl_is("<job/>"));
    assert_false(rsl_is(""));
    assert_int_equal(rsl_parse("&(executable=x)\0", 16, &job, &err), -1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_compared_without_case_and_underscores),
        cmocka_unit_test(texts_are_quoted_in_three_ways),
        cmocka_unit_test(variables_are_replaced),
        cmocka_unit_test(lists_of_pairs_become_transfers_and_variables),
        cmocka_unit_test(what_nobody_does_is_named_with_its_place),
        cmocka_unit_test(variables_do_not_grow_without_end),
        cmocka_unit_test(other_texts_are_not_rsl),
    };

    return cmocka_run_group_tests_name("rsl", tests, NULL, NULL);
}
