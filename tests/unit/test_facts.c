/* tests/unit/test_facts.c - MLSx lines of the Globus server and our own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gridftp/proto/facts.h"

static void
a_line_of_the_globus_server_is_read(void **state)
{
    struct facts f;
    struct err err = ERR_INIT;

    (void)state;
    assert_int_equal(
        facts_parse("Type=file;Modify=20261123024451;Size=5;Perm=awrfd;"
                    "UNIX.mode=0644;UNIX.owner=al;UNIX.uid=1000;UNIX.group=g;"
                    "UNIX.gid=100;Unique=801-1; a b;c",
                    &f, &err),
        0);
    assert_int_equal(f.type, FACTS_FILE);
    assert_int_equal(f.size, 5);
    assert_true(f.modify == 1795401891);
    assert_int_equal(f.mode, 0644);
    assert_string_equal(f.owner, "al");
    assert_int_equal(f.uid, 1000);
    assert_string_equal(f.name, "a b;c");
    facts_fini(&f);
}

static void
what_we_write_we_read(void **state)
{
    char owner[] = "o", group[] = "g", perm[] = "r", unique[] = "1-2",
         slink[] = "a b;c%", name[] = " x\xff\r\ny";
    struct facts in = { FACTS_SLINK, 12,    86400, 0755,   1,     2,
                        owner,       group, perm,  unique, slink, name },
                 out;
    struct buf line = BUF_INIT;
    struct err err = ERR_INIT;

    (void)state;
    buf_addc(&line, ' ');
    facts_write(&in, FACT_ALL, &line);
    assert_int_equal(facts_parse(buf_str(&line), &out, &err), 0);
    assert_int_equal(out.type, FACTS_SLINK);
    assert_string_equal(out.slink, slink);
    assert_string_equal(out.name, name);
    assert_true(out.modify == 86400 && out.size == 12 && out.mode == 0755);
    facts_fini(&out);
    buf_fini(&line);
}

static void
only_what_was_asked_for_is_written(void **state)
{
    char name[] = "n";
    struct facts f = { .type = FACTS_DIR, .size = 7, .name = name };
    struct buf line = BUF_INIT;

    (void)state;
    facts_write(&f, FACT_TYPE | FACT_SIZE, &line);
    assert_string_equal(buf_str(&line), "Type=dir;Size=7; n");
    buf_clear(&line);
    facts_write(&f, 0, &line);
    assert_string_equal(buf_str(&line), " n");
    buf_fini(&line);
}

static void
malformed_lines_are_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "nothing",
        "Type=file;Size=5;",
        "Type=file n",
        "Size=x; n",
        "Size=-1; n",
        "Modify=2026; n",
        "Type; n",
        "=;; n",
        "UNIX.mode=9; n",
        "UNIX.slink=%0; n",
        "Modify=20261323024451; n",
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct facts f;
        struct err err = ERR_INIT;

        assert_int_equal(facts_parse(bad[i], &f, &err), -1);
        assert_int_equal(err.code, ERR_SYNTAX);
    }
}

static void
unknown_facts_are_passed_over(void **state)
{
    struct facts f;
    struct err err = ERR_INIT;

    (void)state;
    assert_int_equal(
        facts_parse("x.y=z;TYPE=Dir;Modify=20260101000000.5; n", &f, &err), 0);
    assert_int_equal(f.type, FACTS_DIR);
    assert_int_equal(f.size, -1);
    facts_fini(&f);
    assert_int_equal(facts_parse(" a=b c", &f, &err), 0);
    assert_string_equal(f.name, "a=b c");
    facts_fini(&f);
}

static void
what_is_no_file_is_told_apart(void **state)
{
    static const struct {
        const char *line;
        enum facts_type type;
        bool special;
    } row[] = {
        { "Type=OS.unix=pipe; x", FACTS_PIPE, true },
        { "Type=OS.unix=fifo; x", FACTS_PIPE, true },
        { "Type=OS.unix=chr-13/29; x", FACTS_CHR, true },
        { "Type=OS.unix=blk; x", FACTS_BLK, true },
        { "Type=OS.unix=other; x", FACTS_SPECIAL, true },
        { "Type=OS.unix=socket; x", FACTS_SPECIAL, true },
        { "Type=OS.unix=slink:y; x", FACTS_SLINK, false },
        { "Type=file; x", FACTS_FILE, false },
        { "Type=archive; x", FACTS_OTHER, false },
        { "Size=1; x", FACTS_OTHER, false },
    };
    struct facts f;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        assert_int_equal(facts_parse(row[i].line, &f, NULL), 0);
        assert_int_equal(f.type, row[i].type);
        assert_int_equal(facts_special(f.type), row[i].special);
        facts_fini(&f);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_of_the_globus_server_is_read),
        cmocka_unit_test(what_we_write_we_read),
        cmocka_unit_test(only_what_was_asked_for_is_written),
        cmocka_unit_test(malformed_lines_are_refused),
        cmocka_unit_test(what_is_no_file_is_told_apart),
        cmocka_unit_test(unknown_facts_are_passed_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
