/* tests/unit/test_exitrec.c - exit records: there and back, and nothing else.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "gatekeeper/supervisor/exitrec.h"

static void
a_record_comes_back(void **state)
{
    struct exitrec rec = { .why = EXITREC_WALLTIME,
                           .exit_code = 143,
                           .signal = 15,
                           .t_start_ms = 1700000000001,
                           .t_end_ms = 1700000060002,
                           .cpu_user_ms = 12,
                           .cpu_system_ms = 13,
                           .max_rss = 1LL << 40,
                           .text = "wall time limit of 60 s exceeded" };
    struct buf b = BUF_INIT;
    struct exitrec out;

    (void)state;
    exitrec_write(&rec, &b);
    assert_int_equal(exitrec_parse(buf_str(&b), &out, NULL), 0);
    assert_memory_equal(&rec, &out, sizeof(rec));
    buf_fini(&b);
}

static void
text_cannot_forge_a_line(void **state)
{
    struct exitrec rec = { .why = EXITREC_EXITED,
                           .exit_code = 1,
                           .text = "bad\nexit=0\nwhy=exited" };
    struct buf b = BUF_INIT;
    struct exitrec out;

    (void)state;
    exitrec_write(&rec, &b);
    assert_int_equal(exitrec_parse(buf_str(&b), &out, NULL), 0);
    assert_int_equal(out.exit_code, 1);
    assert_string_equal(out.text, "bad exit=0 why=exited");
    buf_fini(&b);
}

static void
half_a_record_is_none(void **state)
{
    static const char *const bad[] = { "",
                                       "why=exited\n",
                                       "exit=0\n",
                                       "why=exited\nexit=256\n",
                                       "why=exited\nexit=-1\n",
                                       "why=magic\nexit=0\n",
                                       "why=exited\nexit=0\nsignal=x\n",
                                       "why=exited\nexit=0\nnonsense\n" };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        struct err err = ERR_INIT;
        struct exitrec out;

        assert_int_equal(exitrec_parse(bad[i], &out, &err), -1);
        assert_int_equal(err.code, ERR_SYNTAX);
    }
}

static void
unknown_keys_are_passed_over(void **state)
{
    struct exitrec out;

    (void)state;
    assert_int_equal(
        exitrec_parse("why=exited\nexit=7\nfuture=1\n", &out, NULL), 0);
    assert_int_equal(out.exit_code, 7);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_comes_back),
        cmocka_unit_test(text_cannot_forge_a_line),
        cmocka_unit_test(half_a_record_is_none),
        cmocka_unit_test(unknown_keys_are_passed_over),
    };

    return cmocka_run_group_tests_name("exitrec", tests, NULL, NULL);
}
