/* tests/unit/test_ftp_port.c - addresses of PORT and EPRT. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "gridftp/server/ftp_port.h"

static void
an_address_comes_back(void **state)
{
    const char *text = "127,0,0,1,132,97 127,0,0,2,0,1", *p = text;
    struct buf out = BUF_INIT;
    struct net_addr a;
    struct err err = ERR_INIT;

    (void)state;
    assert_int_equal(ftp_port_parse(&p, &a, &err), 0);
    assert_int_equal(p - text, 16);
    assert_int_equal(net_port(&a), 33889);
    assert_int_equal(ftp_port_text(&a, &out), 0);
    assert_string_equal(buf_str(&out), "127,0,0,1,132,97");
    buf_fini(&out);
}

static void
bad_addresses_are_refused(void **state)
{
    static const char *const port[] = {
        "",
        "1,2,3,4,5",
        "1,2,3,4,5,256",
        "1,2,3,4,5,6,7",
        "-1,2,3,4,5,6",
        "1,2,3,4,5,6x",
        "1, 2,3,4,5,6",
        "00001,2,3,4,5,6",
    };
    static const char *const eprt[] = {
        "",
        "|",
        "|1|",
        "|1|127.0.0.1|",
        "|1|127.0.0.1|80",
        "|1|127.0.0.1|x|",
        "|1|::1|80|",
        "|2|127.0.0.1|80|",
        "|3|127.0.0.1|80|",
        "|1|127.0.0.1|65536|",
        "|1|127.0.0.1|80|x",
        "||127.0.0.1|80|",
    };
    struct net_addr a;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(port) / sizeof(port[0]); i++) {
        const char *p = port[i];

        assert_int_equal(ftp_port_parse(&p, &a, NULL), -1);
    }
    for (i = 0; i < sizeof(eprt) / sizeof(eprt[0]); i++)
        assert_int_equal(ftp_port_parse_eprt(eprt[i], &a, NULL), -1);
}

static void
eprt_takes_both_families_and_any_delimiter(void **state)
{
    struct net_addr a;
    char text[NET_TEXT];

    (void)state;
    assert_int_equal(ftp_port_parse_eprt("|2|::1|5282|", &a, NULL), 0);
    assert_string_equal(net_text(&a, text), "[::1]:5282");
    assert_int_equal(ftp_port_parse_eprt("!1!132.235.1.2!6275!", &a, NULL), 0);
    assert_string_equal(net_text(&a, text), "132.235.1.2:6275");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_comes_back),
        cmocka_unit_test(bad_addresses_are_refused),
        cmocka_unit_test(eprt_takes_both_families_and_any_delimiter),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
