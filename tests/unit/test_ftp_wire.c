/* tests/unit/test_ftp_wire.c - messages between monitor and codec. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/socket.h>
#include <unistd.h>

#include "gridftp/server/ftp_wire.h"

static void
a_message_arrives_with_its_descriptor(void **state)
{
    struct ftp_login_reply reply = { .magic = FTP_LOGIN_MAGIC,
                                     .code = FTP_LOGIN_OK },
                           got;
    int pair[2], fd = -1;

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
    assert_int_equal(
        ftp_message_send(pair[0], &reply, sizeof(reply), pair[1], NULL), 0);
    assert_int_equal(ftp_message_receive(pair[1], &got, sizeof(got), &fd, NULL),
                     1);
    assert_int_equal(got.magic, FTP_LOGIN_MAGIC);
    assert_true(fd >= 0);
    close(fd);
    close(pair[0]);
    close(pair[1]);
}

/* A codec that asks and asks, and reads no answer, must not hold up root. */
static void
who_reads_nothing_is_not_waited_for(void **state)
{
    struct ftp_login_reply reply = { .magic = FTP_LOGIN_MAGIC };
    struct err err = ERR_INIT;
    int pair[2], n = 0;

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
    while (n < 100000 &&
           ftp_message_send(pair[0], &reply, sizeof(reply), -1, &err) == 0)
        n++;
    assert_in_range(n, 1, 99999);
    assert_int_equal(err.code, ERR_IO);
    close(pair[0]);
    close(pair[1]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_arrives_with_its_descriptor),
        cmocka_unit_test(who_reads_nothing_is_not_waited_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
