/* tests/unit/test_ftpc_reply.c - replies, markers and addresses as servers
 * send them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "gridftp/client/ftpc_marker.h"
#include "gridftp/client/ftpc_reply.h"
#include "gridftp/client/ftpc_session.h"

static const char refusal[] =
    "500-Command failed. : globus_l_gfs_file_open failed.\r\n"
    "500-globus_xio: Unable to open file /nope\r\n"
    "500-globus_xio: System error in open: No such file or directory\r\n"
    "500-globus_xio: A system call failed: No such file or directory\r\n"
    "500 End.\r\n";

/* The one reply in TEXT. */
static struct ftpc_reply
reply(const char *text)
{
    struct ftpc_reply r = { 0 };
    struct buf in = BUF_INIT;
    struct err err = ERR_INIT;

    buf_adds(&in, text);
    assert_int_equal(ftpc_reply_take(&in, &r, &err), 1);
    assert_int_equal(in.len, 0);
    buf_fini(&in);
    return r;
}

static void
lines_may_be_cut_anywhere(void **state)
{
    static const char text[] = "150 Beginning.\r\n211-Extensions\r\n DCAU\r\n"
                               "211x no end\r\n211 End.\r\n226 Done\n";
    struct ftpc_reply r = { 0 };
    struct buf in = BUF_INIT;
    struct err err = ERR_INIT;
    int codes[3], n = 0;
    size_t i;

    (void)state;
    for (i = 0; text[i] != '\0'; i++) {
        buf_addc(&in, text[i]);
        if (ftpc_reply_take(&in, &r, &err) == 0)
            continue;
        codes[n++] = r.code;
        if (r.code == 211)
            assert_string_equal(buf_str(&r.text),
                                "Extensions\n DCAU\n211x no end\nEnd.");
    }
    assert_int_equal(n, 3);
    assert_int_equal(codes[0], 150);
    assert_int_equal(codes[1], 211);
    assert_int_equal(codes[2], 226);
    buf_fini(&in);
    ftpc_reply_fini(&r);
}

static void
several_replies_come_one_by_one(void **state)
{
    struct ftpc_reply r = { 0 };
    struct buf in = BUF_INIT;

    (void)state;
    buf_adds(&in, "150 a\r\n226 b\r\n2");
    assert_int_equal(ftpc_reply_take(&in, &r, NULL), 1);
    assert_int_equal(r.code, 150);
    assert_int_equal(ftpc_reply_take(&in, &r, NULL), 1);
    assert_int_equal(r.code, 226);
    assert_int_equal(ftpc_reply_take(&in, &r, NULL), 0);
    assert_string_equal(in.data, "2");
    buf_fini(&in);
    ftpc_reply_fini(&r);
}

static void
what_is_no_ftp_is_refused(void **state)
{
    static const char *const bad[] = {
        "HTTP/1.1 400 Bad\r\n", "\r\n",      "99 x\r\n",
        "SSH-2.0-x\r\n",        "12a x\r\n", "700 x\r\n"
    };
    struct ftpc_reply r = { 0 };
    struct buf in = BUF_INIT;
    struct err err;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        err = (struct err)ERR_INIT;
        buf_clear(&in);
        buf_adds(&in, bad[i]);
        assert_int_equal(ftpc_reply_take(&in, &r, &err), -1);
        assert_int_equal(err.code, ERR_PROTOCOL);
    }
    buf_fini(&in);
    ftpc_reply_fini(&r);
}

static void
a_line_without_end_is_refused(void **state)
{
    struct ftpc_reply r = { 0 };
    struct buf in = BUF_INIT;
    struct err err = ERR_INIT;
    int rc = 0;

    (void)state;
    buf_adds(&in, "220 ");
    while (rc == 0 && in.len < 10 * FTPC_LINE_MAX) {
        memset(buf_reserve(&in, 65536), 'x', 65536);
        in.len += 65536;
        rc = ftpc_reply_take(&in, &r, &err);
    }
    assert_int_equal(rc, -1);
    assert_int_equal(err.code, ERR_LIMIT);
    buf_fini(&in);
    ftpc_reply_fini(&r);
}

static void
a_refusal_becomes_one_sentence(void **state)
{
    static const struct {
        const char *reply, *text;
        enum err_code code;
        int transient;
    } rows[] = {
        { refusal, "/nope: No such file or directory (500)", ERR_NOT_FOUND, 0 },
        { "550 x : Permission denied.\r\n",
          "/nope: x : Permission denied (550)", ERR_AUTHZ, 0 },
        { "553-GlobusError: v=1 c=PATH_EXISTS\r\n553-GridFTP-Errno: 17\r\n"
          "553-GridFTP-Reason: x\r\n553-GridFTP-Error-String: File exists\r\n"
          "553 End.\r\n",
          "/nope: File exists (553)", ERR_EXISTS, 0 },
        { "425 Can't open data connection.\r\n",
          "/nope: Can't open data connection (425)", ERR_UNREACHABLE, 1 },
        { "425-Command failed. : data channel authentication: the peer did "
          "not answer in time\r\n425 End.\r\n",
          "/nope: Command failed. : data channel authentication: the peer did "
          "not answer in time (425)",
          ERR_TIMEOUT, 1 },
        { "452 No space left on device\r\n",
          "/nope: No space left on device (452)", ERR_NOSPACE, 0 },
        { "451 try\a later\r\n", "/nope: try  later (451)", ERR_REMOTE, 1 },
        { "500\r\n", "/nope: (500)", ERR_REMOTE, 0 },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct ftpc_reply r = reply(rows[i].reply);
        struct err err = ERR_INIT;

        assert_int_equal(ftpc_reply_error(&r, &err, "%s", "/nope"), -1);
        assert_string_equal(err.text, rows[i].text);
        assert_int_equal(err.code, rows[i].code);
        assert_int_equal(ftpc_reply_transient(&r), rows[i].transient);
        ftpc_reply_fini(&r);
    }
}

static void
markers_tell_what_arrived(void **state)
{
    struct ftpc_reply r = reply("112-Perf Marker\r\n Timestamp:  1.0\r\n"
                                " Stripe Index: 0\r\n"
                                " Stripe Bytes Transferred: 65536\r\n"
                                " Total Stripe Count: 1\r\n112 End.\r\n");
    struct ranges have = { 0 };
    struct buf text = BUF_INIT;
    int64_t bytes = 10;

    (void)state;
    ftpc_marker_use(&r, &have, &bytes);
    assert_int_equal(bytes, 65536);
    ftpc_reply_fini(&r);
    r = reply("111 Range Marker 0-65536,131072-196608\r\n");
    ftpc_marker_use(&r, &have, &bytes);
    ranges_text(&have, &text);
    assert_string_equal(buf_str(&text), "0-65536,131072-196608");
    ftpc_reply_fini(&r);
    r = reply("111 Range Marker 5-3\r\n");
    ftpc_marker_use(&r, &have, &bytes);
    assert_int_equal(ranges_total(&have), 131072);
    ftpc_reply_fini(&r);
    ranges_fini(&have);
    buf_fini(&text);
}

static void
addresses_of_passive_servers_are_read(void **state)
{
    static const struct {
        int code;
        const char *text, *address;
    } rows[] = {
        { 227, "Entering Passive Mode (127,0,0,1,132,97)", "127.0.0.1:33889" },
        { 227, "Entering Passive Mode 10,1,2,3,0,21.", "10.1.2.3:21" },
        { 229, "Entering Extended Passive Mode (|||55441|)",
          "192.0.2.1:55441" },
        { 229, "ok (|2|2001:db8::1|80|)", "[2001:db8::1]:80" },
        { 229, "ok (!1!10.0.0.1!80!)", "10.0.0.1:80" },
        { 227, "Entering Passive Mode (256,0,0,1,1,1)", NULL },
        { 227, "Entering Passive Mode (1,2,3,4,5)", NULL },
        { 227, "no", NULL },
        { 229, "(|||0|)", NULL },
        { 229, "(|||70000|)", NULL },
        { 229, "(||)", NULL },
        { 229, "(|2|localhost|80|)", NULL },
        { 229, "", NULL },
    };
    struct net_addr control, a;
    char text[NET_TEXT];
    size_t i;

    (void)state;
    assert_int_equal(net_parse("192.0.2.1:2811", &control, NULL), 0);
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int rc =
            ftpc_passive_parse(rows[i].code, rows[i].text, &control, &a, NULL);

        assert_int_equal(rc, rows[i].address != NULL ? 0 : -1);
        if (rc == 0)
            assert_string_equal(net_text(&a, text), rows[i].address);
    }
}

static void
spas_names_each_stripe(void **state)
{
    struct net_addr a[2];
    char text[NET_TEXT];

    (void)state;
    assert_int_equal(
        ftpc_passive_stripes("Entering Striped Passive Mode.\n 127,0,0,1,1,2\n"
                             " 127,0,0,2,1,3\nEnd",
                             a, 2, NULL),
        2);
    assert_string_equal(net_text(&a[1], text), "127.0.0.2:259");
    assert_int_equal(
        ftpc_passive_stripes("x\n 1,2,3,4,5,6\n 1,2,3,4,5,6\n 1,2,3,4,5,6\nEnd",
                             a, 2, NULL),
        -1);
    assert_int_equal(ftpc_passive_stripes("Entering\nEnd", a, 2, NULL), -1);
    assert_int_equal(ftpc_passive_stripes("x\n 1,2,3\nEnd", a, 2, NULL), -1);
}

static void
port_commands_name_our_address(void **state)
{
    struct buf out = BUF_INIT;
    struct net_addr a;

    (void)state;
    assert_int_equal(net_parse("127.0.0.1:33889", &a, NULL), 0);
    ftpc_port_command(&a, 1, false, &out);
    assert_string_equal(buf_str(&out), "PORT 127,0,0,1,132,97");
    buf_clear(&out);
    ftpc_port_command(&a, 1, true, &out);
    assert_string_equal(buf_str(&out), "SPOR 127,0,0,1,132,97");
    buf_clear(&out);
    assert_int_equal(net_parse("[::1]:80", &a, NULL), 0);
    ftpc_port_command(&a, 1, false, &out);
    assert_string_equal(buf_str(&out), "EPRT |2|::1|80|");
    buf_fini(&out);
}

static void
features_are_whole_words(void **state)
{
    (void)state;
    assert_int_equal(
        ftpc_features_parse("Extensions supported\n PARALLEL\n DCAU\n"
                            " REST STREAM\n MLST Type*;Size*;\n"
                            " CKSM MD5:10;\n SIZEABLE\nEnd."),
        FTPCLIENT_PARALLEL | FTPCLIENT_DCAU | FTPCLIENT_REST | FTPCLIENT_MLST |
            FTPCLIENT_CKSM);
    assert_int_equal(ftpc_features_parse(""), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_may_be_cut_anywhere),
        cmocka_unit_test(several_replies_come_one_by_one),
        cmocka_unit_test(what_is_no_ftp_is_refused),
        cmocka_unit_test(a_line_without_end_is_refused),
        cmocka_unit_test(a_refusal_becomes_one_sentence),
        cmocka_unit_test(markers_tell_what_arrived),
        cmocka_unit_test(addresses_of_passive_servers_are_read),
        cmocka_unit_test(spas_names_each_stripe),
        cmocka_unit_test(port_commands_name_our_address),
        cmocka_unit_test(features_are_whole_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
