/* tests/unit/test_job.c - the job record: its JSON, comparison, limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "jobs/job.h"

static void
fill(struct job *job)
{
    struct job_transfer *t;

    job_init(job);
    job->executable = xstrdup("/bin/\"x\"");
    job->delegation_id = xstrdup("d1");
    job->count = 2;
    job->limit_nofile = 0;
    job->type = JOB_MPI;
    job->hold = true;
    for (int i = 0; i < 20; i++)
        job_add_arg(job, i % 2 ? "" : "\xc3\xa4 \n");
    job_add_env(job, "A", "=");
    job_add_clean_up(job, "c");
    job_add_annotation(job, "note");
    t = job_add_stage_in(job);
    t->file = xstrdup("f");
    t->url = xstrdup("u");
    t->creation = JOB_DONT_OVERWRITE;
    t->executable = true;
    t->delegation_id = xstrdup("d2");
    t = job_add_stage_in(job);
    t->file = xstrdup("brought");
    t->upload = true;
    t->bytes = 0;
    t = job_add_stage_out(job);
    t->file = xstrdup("g");
    t->url = xstrdup("v");
    t->delete_after = true;
}

static void
json_keeps_everything(void **state)
{
    struct err err = ERR_INIT;
    struct job a, b;
    char *x, *y;

    (void)state;
    fill(&a);
    x = job_to_json(&a);
    assert_int_equal(job_from_json(x, &b, &err), 0);
    y = job_to_json(&b);
    assert_string_equal(x, y);
    assert_int_equal(b.limit_nofile, 0);
    assert_int_equal(b.limit_core, -1);
    assert_int_equal(b.nargs, 20);
    assert_string_equal(b.stage_in[0].delegation_id, "d2");
    assert_true(b.stage_in[1].upload);
    assert_null(b.stage_in[1].url);
    assert_true(job_same(&a, &b));
    job_fini(&a);
    job_fini(&b);
    free(x);
    free(y);
}

static void
bad_json_is_refused(void **state)
{
    static const char *const bad[] = { "", "[]", "{", "{\"a\":1,\"a\":2}",
                                       "nul" };
    struct job job;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct err err = ERR_INIT;

        assert_int_equal(job_from_json(bad[i], &job, &err), -1);
        assert_int_equal(err.code, ERR_SYNTAX);
        job_fini(&job);
    }
}

static void
what_a_record_says_and_this_build_does_not_know_is_named(void **state)
{
    static const struct {
        const char *text, *named;
    } bad[] = {
        { "{}", "version" },
        { "{\"version\":2}", "2" },
        { "{\"version\":1,\"type\":\"array\",\"sweeps\":10000}", "sweeps" },
        { "{\"version\":1,\"type\":\"array\"}", "array" },
        { "{\"version\":1,\"hold\":\"yes\"}", "hold" },
        { "{\"version\":1,\"count\":\"4\"}", "count" },
        { "{\"version\":1,\"args\":[\"a\",7]}", "args" },
        { "{\"version\":1,\"env\":[[\"A\"]]}", "env" },
        { "{\"version\":1,\"stage_in\":[{\"file\":\"a\"}]}", "url" },
        { "{\"version\":1,\"stage_in\":[{\"file\":\"a\",\"url\":\"b\","
          "\"tries\":9}]}",
          "tries" },
        { "{\"version\":1,\"stage_out\":[{\"file\":\"a\",\"url\":\"b\","
          "\"creation\":\"merge\"}]}",
          "merge" },
    };
    struct job job;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct err err = ERR_INIT;

        assert_int_equal(job_from_json(bad[i].text, &job, &err), -1);
        assert_int_equal(err.code, ERR_SYNTAX);
        if (strstr(err.text, bad[i].named) == NULL)
            fail_msg("%s: %s", bad[i].text, err.text);
        job_fini(&job);
    }
}

static void
credentials_are_not_compared(void **state)
{
    struct job a, b;

    (void)state;
    fill(&a);
    fill(&b);
    free(b.delegation_id);
    b.delegation_id = NULL;
    free(b.stage_in[0].delegation_id);
    b.stage_in[0].delegation_id = xstrdup("another");
    assert_true(job_same(&a, &b));
    job_add_arg(&b, "");
    assert_false(job_same(&a, &b));
    job_fini(&a);
    job_fini(&b);
}

/* The record that SPOIL makes of a good one is refused. */
static void
refuses(void (*spoil)(struct job *))
{
    struct err err = ERR_INIT;
    struct job job;

    fill(&job);
    assert_int_equal(job_check(&job, &err), 0);
    spoil(&job);
    assert_int_equal(job_check(&job, &err), -1);
    assert_int_equal(err.code, ERR_USAGE);
    job_fini(&job);
}

static void
no_executable(struct job *job)
{
    job->executable[0] = '\0';
}

static void
no_utf8(struct job *job)
{
    job_add_arg(job, "\xc3");
}

static void
control_in_queue(struct job *job)
{
    job->queue = xstrdup("a\nb");
}

static void
equals_in_name(struct job *job)
{
    job_add_env(job, "A=B", "");
}

static void
no_count(struct job *job)
{
    job->count = 0;
}

static void
climbs_out(struct job *job)
{
    job->output = xstrdup("a/.././../b");
}

static void
cleans_outside(struct job *job)
{
    job_add_clean_up(job, "..");
}

static void
no_url(struct job *job)
{
    job->stage_in[0].url[0] = '\0';
}

static void
nonsense_is_refused(void **state)
{
    (void)state;
    refuses(no_executable);
    refuses(no_utf8);
    refuses(control_in_queue);
    refuses(equals_in_name);
    refuses(no_count);
    refuses(climbs_out);
    refuses(cleans_outside);
    refuses(no_url);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_keeps_everything),
        cmocka_unit_test(bad_json_is_refused),
        cmocka_unit_test(
            what_a_record_says_and_this_build_does_not_know_is_named),
        cmocka_unit_test(credentials_are_not_compared),
        cmocka_unit_test(nonsense_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
