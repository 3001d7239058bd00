/* tests/unit/test_opt.c - option tables in Globus spelling, and their help. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/opt.h"
#include "base/prose.h"

enum {
    O_BATCH = 1,
    O_FILE,
    O_HIDDEN,
    O_HEAD,
};

static const struct opt table[] = {
    { O_BATCH, "batch b", NULL, "Do not wait." },
    { O_HEAD, NULL, NULL, "Where jobs go:" },
    { O_FILE, "job-epr-file j", "FILE", "Read the job's handle.\nFrom FILE." },
    { O_HIDDEN, "hidden", NULL, NULL },
    { 0, NULL, NULL, NULL },
};

/* Scan the NULL-terminated ARGV. */
static struct opt_scan
scan(char *argv[])
{
    struct opt_scan s;
    int argc = 0;

    while (argv[argc] != NULL)
        argc++;
    opt_init(&s, table, argc, argv);
    return s;
}

#define ARGV(...)                             \
    (char *[])                                \
    {                                         \
        (char[]){ "prog" }, __VA_ARGS__, NULL \
    }
#define S(text) \
    (char[])    \
    {           \
        text    \
    }

static void
all_spellings_are_one_option(void **state)
{
    struct err err = ERR_INIT;
    struct opt_scan s =
        scan(ARGV(S("-batch"), S("-b"), S("--batch"), S("--b"), S("-hidden")));
    int i;

    (void)state;
    for (i = 0; i < 4; i++)
        assert_int_equal(opt_next(&s, &err), O_BATCH);
    assert_string_equal(s.name, "--b");
    assert_int_equal(opt_next(&s, &err), O_HIDDEN);
    assert_int_equal(opt_next(&s, &err), 0);
    assert_int_equal(s.at, s.argc);
}

static void
values_come_behind_or_after_equals(void **state)
{
    struct err err = ERR_INIT;
    struct opt_scan s = scan(ARGV(S("-j"), S("-batch"), S("-job-epr-file=a=b"),
                                  S("--j="), S("-j"), S("-")));

    (void)state;
    assert_int_equal(opt_next(&s, &err), O_FILE);
    assert_string_equal(s.arg, "-batch");
    assert_int_equal(opt_next(&s, &err), O_FILE);
    assert_string_equal(s.arg, "a=b");
    assert_int_equal(opt_next(&s, &err), O_FILE);
    assert_string_equal(s.arg, "");
    assert_int_equal(opt_next(&s, &err), O_FILE);
    assert_string_equal(s.arg, "-");
    assert_int_equal(opt_next(&s, &err), 0);
}

static void
operands_end_the_options(void **state)
{
    struct err err = ERR_INIT;
    struct opt_scan s = scan(ARGV(S("-b"), S("file"), S("-b")));

    (void)state;
    assert_int_equal(opt_next(&s, &err), O_BATCH);
    assert_int_equal(opt_next(&s, &err), 0);
    assert_int_equal(s.at, 2);
    s = scan(ARGV(S("--"), S("-b")));
    assert_int_equal(opt_next(&s, &err), 0);
    assert_int_equal(s.at, 2);
    s = scan(ARGV(S("-"), S("-b")));
    assert_int_equal(opt_next(&s, &err), 0);
    assert_int_equal(s.at, 1);
    s = scan(ARGV(S(""), S("-b")));
    assert_int_equal(opt_next(&s, &err), 0);
    assert_int_equal(s.at, 1);
}

static void
mistakes_are_named_and_the_nearest_told(void **state)
{
    static const struct {
        const char *typed, *message;
    } rows[] = {
        { "-bacth", "unknown option '-bacth': did you mean '-batch'?" },
        { "--job-erp-file=x", "did you mean '-job-epr-file'?" },
        { "-quite-other", "unknown option '-quite-other': -help lists" },
        { "-", NULL },
        { "---batch", "unknown option '---batch'" },
        { "-=x", "unknown option '-'" },
        { "-batch=1", "option '-batch' takes no value" },
        { "-j", "option '-j' needs a value: FILE" },
        { "-Batch", "did you mean '-batch'?" },
        { "-%s%s%n", "unknown option '-%s%s%n'" },
    };
    char typed[64];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct err err = ERR_INIT;
        struct opt_scan s;

        snprintf(typed, sizeof(typed), "%s", rows[i].typed);
        s = scan(ARGV(typed));
        assert_int_equal(opt_next(&s, &err), rows[i].message ? -1 : 0);
        if (rows[i].message == NULL)
            continue;
        assert_int_equal(err.code, ERR_USAGE);
        if (strstr(err.text, rows[i].message) == NULL)
            assert_string_equal(err.text, rows[i].message);
    }
}

static void
help_shows_all_but_the_hidden(void **state)
{
    char *text = NULL;
    size_t n;
    FILE *out = open_memstream(&text, &n);

    (void)state;
    opt_help(out, "usage: prog", table);
    fclose(out);
    assert_string_equal(text,
                        "usage: prog\n"
                        "  -batch, -b              Do not wait.\n"
                        "\n"
                        "Where jobs go:\n"
                        "  -job-epr-file, -j FILE  Read the job's handle.\n"
                        "                          From FILE.\n");
    free(text);
}

static void
prose_is_wrapped_at_80(void **state)
{
    char words[1024] = "", *text = NULL;
    size_t n, line, i;
    FILE *out;

    (void)state;
    for (i = 0; i < 100; i++)
        snprintf(words + strlen(words), sizeof(words) - strlen(words), "w%zu ",
                 i);
    out = open_memstream(&text, &n);
    prose_wrap(out, "# ", 0, words);
    prose_wrap(out, "    ", 40, words);
    prose_wrap(out, "", 0, "");
    fclose(out);
    for (i = 0; i < n; i += line + 1) {
        line = strcspn(text + i, "\n");
        assert_true(line <= 80 && (line == 0 || text[i + line - 1] != ' '));
    }
    free(text);
}

static void
distance_counts_single_mistakes(void **state)
{
    (void)state;
    assert_int_equal(prose_distance("same", "same", 5), 0);
    assert_int_equal(prose_distance("smae", "same", 5), 1);
    assert_int_equal(prose_distance("sam", "same", 5), 1);
    assert_int_equal(prose_distance("", "same", 9), 4);
    assert_int_equal(prose_distance("kitten", "sitting", 9), 3);
    assert_int_equal(prose_distance("abcdef", "uvwxyz", 3), 3);
    assert_int_equal(
        prose_distance("a",
                       "a234567890123456789012345678901234567890123456789"
                       "012345678901234567890",
                       7),
        7);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_spellings_are_one_option),
        cmocka_unit_test(values_come_behind_or_after_equals),
        cmocka_unit_test(operands_end_the_options),
        cmocka_unit_test(mistakes_are_named_and_the_nearest_told),
        cmocka_unit_test(help_shows_all_but_the_hidden),
        cmocka_unit_test(prose_is_wrapped_at_80),
        cmocka_unit_test(distance_counts_single_mistakes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
