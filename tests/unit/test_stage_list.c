/* tests/unit/test_stage_list.c - what a staging step moves: URLs, groups and
 * the site's policy; and what gridcp's events say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "gatekeeper/staging/stage_list.h"
#include "gatekeeper/staging/stage_watch.h"

static void
add(struct job *job, bool in, const char *file, const char *url,
    enum job_creation creation, const char *delegation)
{
    struct job_transfer *t =
        in ? job_add_stage_in(job) : job_add_stage_out(job);

    t->file = xstrdup(file);
    t->url = url == NULL ? NULL : xstrdup(url);
    t->creation = creation;
    t->delegation_id = delegation == NULL ? NULL : xstrdup(delegation);
}

static struct stage_job
of(const struct job *job)
{
    return (struct stage_job){
        .id = "id", .session = "/s/a b", .owner = "/CN=x", .job = job
    };
}

static void
transfers_become_pairs_in_groups(void **state)
{
    struct buf text = BUF_INIT;
    struct stage_list l;
    struct job job;
    struct stage_job s = of(&job);

    (void)state;
    job_init(&job);
    job.executable = xstrdup("run me");
    add(&job, true, "run me", "gsiftp://h/p%20q", JOB_OVERWRITE, NULL);
    add(&job, true, "in/b", "http://H:81/x?y=1", JOB_OVERWRITE, "other");
    add(&job, true, "c", "gsiftp://h:2811/c", JOB_DONT_OVERWRITE, NULL);
    add(&job, true, "pushed", NULL, JOB_OVERWRITE, NULL);
    add(&job, true, "/abs/d", "gsiftp://h/d", JOB_OVERWRITE, NULL);
    assert_int_equal(stage_list_make(&l, &s, STAGE_IN, NULL), 0);
    assert_int_equal(l.n, 4);
    assert_int_equal(l.ngroups, 3);
    assert_true(l.move[0].executable);
    assert_false(l.move[1].executable);
    stage_list_text(&l, 0, NULL, &text);
    assert_string_equal(buf_str(&text),
                        "# group 0\ngsiftp://h/p%20q file:///s/a%20b/run%20me\n"
                        "gsiftp://h/d file:///abs/d\n");
    assert_int_equal(stage_list_group(buf_str(&text)), 0);
    buf_clear(&text);
    stage_list_text(&l, 1, NULL, &text);
    assert_string_equal(buf_str(&text),
                        "# group 1\nhttp://H:81/x?y=1 file:///s/a%20b/in/b\n");
    assert_int_equal(l.nendpoints, 2);
    assert_string_equal(l.endpoint[0], "gsiftp://h:2811");
    buf_fini(&text);
    stage_list_fini(&l);
    job_fini(&job);
}

static void
uploads_are_no_pairs(void **state)
{
    struct stage_list l;
    struct job job;
    struct stage_job s = of(&job);
    struct job_transfer *t;

    (void)state;
    job_init(&job);
    job.executable = xstrdup("./bin/x");
    add(&job, true, "a", "gsiftp://h/a", JOB_OVERWRITE, NULL);
    add(&job, true, "./bin//x", NULL, JOB_DONT_OVERWRITE, NULL);
    t = &job.stage_in[1];
    t->upload = true;
    t->bytes = 7;
    assert_int_equal(stage_list_make(&l, &s, STAGE_IN, NULL), 0);
    assert_int_equal(l.n, 1);
    assert_int_equal(l.nuploads, 1);
    assert_string_equal(l.upload[0].file, "bin/x");
    assert_int_equal(l.upload[0].bytes, 7);
    assert_int_equal(l.upload[0].part, 1);
    assert_true(l.upload[0].missing_only);
    stage_list_fini(&l);
    job_fini(&job);
}

static void
stage_out_goes_the_other_way(void **state)
{
    struct buf text = BUF_INIT;
    struct stage_list l;
    struct job job;
    struct stage_job s = of(&job);

    (void)state;
    job_init(&job);
    add(&job, false, "o", "gsiftp://h/o", JOB_OVERWRITE, NULL);
    assert_int_equal(stage_list_make(&l, &s, STAGE_OUT, NULL), 0);
    stage_list_text(&l, 0, NULL, &text);
    assert_string_equal(buf_str(&text),
                        "# group 0\nfile:///s/a%20b/o gsiftp://h/o\n");
    buf_fini(&text);
    stage_list_fini(&l);
    job_fini(&job);
}

static void
cleaning_takes_marked_files_and_the_list(void **state)
{
    struct stage_list l;
    struct job job;
    struct stage_job s = of(&job);

    (void)state;
    job_init(&job);
    add(&job, true, "a", "gsiftp://h/a", JOB_OVERWRITE, NULL);
    add(&job, true, "b", NULL, JOB_OVERWRITE, NULL);
    job.stage_in[1].delete_after = true;
    job_add_clean_up(&job, "/home/x/tmp");
    assert_int_equal(stage_list_make(&l, &s, STAGE_CLEAN, NULL), 0);
    assert_int_equal(l.n, 2);
    assert_string_equal(l.move[0].file, "b");
    assert_string_equal(l.move[1].file, "/home/x/tmp");
    stage_list_fini(&l);
    job_fini(&job);
}

static void
blanks_cannot_make_a_pair(void **state)
{
    static const char *const bad[] = { "gsiftp://h/a b", "gsiftp://h/a\nx",
                                       "gsiftp://h/\"a" };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        struct err err = ERR_INIT;
        struct stage_list l;
        struct job job;
        struct stage_job s = of(&job);

        job_init(&job);
        add(&job, true, "a", bad[i], JOB_OVERWRITE, NULL);
        assert_int_equal(stage_list_make(&l, &s, STAGE_IN, &err), -1);
        assert_int_equal(err.code, ERR_USAGE);
        job_fini(&job);
    }
}

static void
a_list_names_its_group_or_none(void **state)
{
    (void)state;
    assert_int_equal(stage_list_group("# group 12\nx y\n"), 12);
    assert_int_equal(stage_list_group(""), -1);
    assert_int_equal(stage_list_group("x y\n"), -1);
    assert_int_equal(stage_list_group("# group -1\n"), -1);
    assert_int_equal(stage_list_group("# group 1x\n"), -1);
}

static void
the_policy_is_by_scheme_and_host(void **state)
{
    struct conf *c = conf_create();
    struct err err = ERR_INIT;

    (void)state;
    assert_int_equal(stage_list_allowed(c, "gsiftp://any/x", NULL), 0);
    assert_int_equal(stage_list_allowed(c, "file:///etc/passwd", &err), -1);
    assert_int_equal(err.code, ERR_UNSUPPORTED);
    assert_int_equal(conf_set(c,
                              "gatekeeper.staging_allow=https "
                              "gsiftp://data.example.org",
                              NULL),
                     0);
    assert_int_equal(
        stage_list_allowed(c, "gsiftp://DATA.example.org:9/x", NULL), 0);
    assert_int_equal(stage_list_allowed(c, "https://any/", NULL), 0);
    assert_int_equal(stage_list_allowed(c, "http://any/", NULL), -1);
    assert_int_equal(stage_list_allowed(c, "gsiftp://other/x", NULL), -1);
    assert_int_equal(
        stage_list_allowed(c, "gsiftp://data.example.org.evil/x", NULL), -1);
    assert_int_equal(stage_list_allowed(c, "no url", NULL), -1);
    conf_destroy(c);
}

static void
events_add_up_in_any_pieces(void **state)
{
    static const char text[] =
        "{\"event\":\"begin\",\"source\":\"a\",\"destination\":\"b\"}\n"
        "{\"event\":\"progress\",\"source\":\"a\",\"bytes\":5}\n"
        "{\"event\":\"done\",\"source\":\"a\",\"bytes\":10}\n"
        "nonsense\n{\"event\":7}\n[1]\n"
        "{\"event\":\"failed\",\"source\":\"c\",\"destination\":\"d\","
        "\"error\":\"refused\"}\n"
        "{\"event\":\"failed\",\"source\":\"e\",\"error\":\"later\"}\n"
        "{\"event\":\"end\",\"files\":1,\"fai";

    (void)state;
    for (size_t step = 1; step < 40; step++) {
        struct stage_watch w = { .offset = 0 };

        for (size_t i = 0; i < sizeof(text) - 1; i += step)
            stage_watch_add(&w, text + i,
                            sizeof(text) - 1 - i < step ? sizeof(text) - 1 - i
                                                        : step);
        assert_int_equal(w.files, 1);
        assert_int_equal(w.bytes, 10);
        assert_string_equal(w.fault, "cannot copy 'c' to 'd': refused");
        assert_true(w.moved > 0);
        stage_watch_fini(&w);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(transfers_become_pairs_in_groups),
        cmocka_unit_test(uploads_are_no_pairs),
        cmocka_unit_test(stage_out_goes_the_other_way),
        cmocka_unit_test(cleaning_takes_marked_files_and_the_list),
        cmocka_unit_test(blanks_cannot_make_a_pair),
        cmocka_unit_test(a_list_names_its_group_or_none),
        cmocka_unit_test(the_policy_is_by_scheme_and_host),
        cmocka_unit_test(events_add_up_in_any_pieces),
    };

    return cmocka_run_group_tests_name("stage_list", tests, NULL, NULL);
}
