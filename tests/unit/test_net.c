/* tests/unit/test_net.c - addresses in text, listening, connecting in time. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/net.h"

static struct net_addr
addr(const char *text)
{
    struct err err = ERR_INIT;
    struct net_addr a;

    assert_int_equal(net_parse(text, &a, &err), 0);
    return a;
}

static void
text_and_back(void **state)
{
    static const char *const texts[] = { "127.0.0.1:80", "0.0.0.0:0",
                                         "[::1]:65535",
                                         "[2001:db8::1:2]:2811" };
    char text[NET_TEXT];
    struct net_addr a;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        a = addr(texts[i]);
        assert_string_equal(net_text(&a, text), texts[i]);
    }
    a = addr("[::ffff:10.1.2.3]:5");
    assert_string_equal(net_text(&a, text), "10.1.2.3:5");
    assert_string_equal(net_host_text(&a, text), "10.1.2.3");
    net_set_port(&a, 7);
    assert_int_equal(net_port(&a), 7);
    a = (struct net_addr){ 0 };
    assert_string_equal(net_text(&a, text), "?:0");
}

static void
private_addresses_are_known(void **state)
{
    static const char *const inside[] = { "10.1.2.3:1",         "172.31.0.1:1",
                                          "192.168.1.1:1",      "100.64.0.1:1",
                                          "127.0.0.1:1",        "[fd00::1]:1",
                                          "[fe80::1]:1",        "[::1]:1",
                                          "[::ffff:10.0.0.1]:1" };
    static const char *const outside[] = { "11.0.0.1:1", "172.32.0.1:1",
                                           "192.169.0.1:1", "100.128.0.1:1",
                                           "[2001:db8::1]:1" };
    struct net_addr a;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(inside) / sizeof(inside[0]); i++) {
        a = addr(inside[i]);
        assert_true(net_is_private(&a));
    }
    for (i = 0; i < sizeof(outside) / sizeof(outside[0]); i++) {
        a = addr(outside[i]);
        assert_false(net_is_private(&a));
    }
}

static int
tcp_option(int fd, int option)
{
    socklen_t len = sizeof(int);
    int value = -1;

    assert_int_equal(getsockopt(fd, IPPROTO_TCP, option, &value, &len), 0);
    return value;
}

static void
keepalive_probes_begin_in_time_and_go_on_for_ten_minutes(void **state)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0), seconds, on;
    socklen_t len = sizeof(on);

    (void)state;
    assert_true(fd >= 0);
    for (seconds = 1; seconds <= 3600; seconds *= 60) {
        net_keepalive(fd, seconds);
        assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, &len),
                         0);
        assert_int_equal(on, 1);
        assert_int_equal(tcp_option(fd, TCP_KEEPIDLE), seconds);
        assert_int_equal(tcp_option(fd, TCP_KEEPINTVL), seconds);
        assert_true(seconds == 1 ||
                    tcp_option(fd, TCP_KEEPCNT) * seconds >= 600);
    }
    net_keepalive(fd, 0);
    assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, &len), 0);
    assert_int_equal(on, 0);
    close(fd);
}

static void
only_literal_addresses_are_taken(void **state)
{
    static const char *const bad[] = {
        "",
        "80",
        ":80",
        "127.0.0.1",
        "127.0.0.1:",
        "127.0.0.1:x",
        "127.0.0.1:-1",
        "127.0.0.1:65536",
        "127.0.0.1: 80",
        "localhost:80",
        "::1:80",
        "[::1:80",
        "[]:80",
        "[::1]80",
        "[127.0.0.1]:80",
        "256.0.0.1:80",
        "[::1]:80 ",
        "]:80",
        "[:80",
        "1111111111111111111111111111111111111111111111111111111111111111:1",
    };
    struct net_addr a;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct err err = ERR_INIT;

        if (net_parse(bad[i], &a, &err) == 0)
            assert_string_equal(bad[i], "refused");
        assert_int_equal(err.code, ERR_SYNTAX);
    }
}

static void
hosts_compare_without_ports(void **state)
{
    struct net_addr v4 = addr("10.1.2.3:1"),
                    mapped = addr("[::ffff:10.1.2.3]:2");
    struct net_addr other = addr("10.1.2.4:1"), v6 = addr("[::1]:1");
    struct net_addr none = { 0 };

    (void)state;
    assert_true(net_same_host(&v4, &mapped));
    assert_true(net_same_host(&v6, &v6));
    assert_false(net_same_host(&v4, &other));
    assert_false(net_same_host(&v4, &v6));
    assert_false(net_same_host(&none, &none));
}

static void
a_listener_is_reached(void **state)
{
    struct net_addr a = addr("127.0.0.1:0");
    struct err err = ERR_INIT;
    int one = 0, client, server, fd;
    socklen_t len = sizeof(one);
    char c;

    (void)state;
    fd = net_listen(&a, 5, &err);
    assert_true(fd >= 0 && net_port(&a) != 0);
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    client = net_connect("localhost", net_port(&a), 5000, &err);
    assert_true(client >= 0);
    assert_int_equal(fcntl(client, F_GETFL) & O_NONBLOCK, 0);
    assert_true(fcntl(client, F_GETFD) & FD_CLOEXEC);
    assert_int_equal(getsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, &len),
                     0);
    assert_int_equal(one, 1);
    server = accept(fd, NULL, NULL);
    assert_int_equal(net_wait(server, POLLIN, 0), 0);
    assert_int_equal(write(client, "x", 1), 1);
    assert_int_equal(net_wait(server, POLLIN, -1), 1);
    assert_int_equal(read(server, &c, 1), 1);
    close(client);
    close(server);

    client = net_connect_addr(&a, 5000, &err);
    assert_true(client >= 0);
    close(client);
    /* The same port twice is said, with the address. */
    assert_int_equal(net_listen(&a, 5, &err), -1);
    assert_int_equal(err.code, ERR_IO);
    assert_non_null(strstr(err.text, "cannot listen on 127.0.0.1:"));
    close(fd);
}

static void
nobody_there_is_unreachable(void **state)
{
    struct net_addr a = addr("127.0.0.1:0");
    struct err err = ERR_INIT;
    int fd = net_listen(&a, 1, &err);

    (void)state;
    close(fd);
    assert_int_equal(net_connect("127.0.0.1", net_port(&a), 5000, &err), -1);
    assert_int_equal(err.code, ERR_UNREACHABLE);
    assert_non_null(strstr(err.text, "'127.0.0.1' port "));
    err = (struct err)ERR_INIT;
    assert_int_equal(net_connect_addr(&a, 5000, &err), -1);
    assert_int_equal(err.code, ERR_UNREACHABLE);
    err = (struct err)ERR_INIT;
    assert_int_equal(net_connect("no such host", 1, 5000, &err), -1);
    assert_int_equal(err.code, ERR_UNREACHABLE);
}

static void
a_silent_peer_times_out(void **state)
{
    struct net_addr a = addr("127.0.0.1:0");
    struct net_how usual = { 0 };
    int fd[64], i, n = 0, listener, stop[2];
    struct err err = ERR_INIT;

    (void)state;
    listener = net_listen(&a, 0, &err);
    /* The kernel drops further connections once its backlog is full. */
    for (i = 0; i < 64; i++) {
        fd[i] = net_connect_addr(&a, 50, &err);
        if (fd[i] < 0)
            break;
        n++;
    }
    assert_int_equal(err.code, ERR_TIMEOUT);
    /* Nor is it waited for by who is told to stop. */
    assert_int_equal(pipe(stop), 0);
    close(stop[1]);
    err = (struct err)ERR_INIT;
    assert_int_equal(net_connect_until(&a, &usual, -1, stop[0], &err), -1);
    assert_int_equal(err.code, ERR_UNREACHABLE);
    close(stop[0]);
    for (i = 0; i < n; i++)
        close(fd[i]);
    close(listener);
}

static void
the_host_has_a_name(void **state)
{
    (void)state;
    assert_true(net_hostname()[0] != '\0');
    assert_ptr_equal(net_hostname(), net_hostname());
}

/* The congestion control of FD. */
static const char *
control_of(int fd, char name[16])
{
    socklen_t len = 16;

    memset(name, 0, 16);
    assert_int_equal(getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, &len),
                     0);
    return name;
}

static void
within_the_host_no_pace_is_kept(void **state)
{
    struct net_addr a = addr("127.0.0.1:0");
    struct err err = ERR_INIT;
    char name[16];
    int l = net_listen(&a, 1, &err), fd, c;

    (void)state;
    assert_true(l >= 0);
    net_unpace(l);
    fd = net_connect_addr(&a, 1000, &err);
    c = accept(l, NULL, NULL);
    assert_true(fd >= 0 && c >= 0);
    assert_string_equal(control_of(fd, name), "reno");
    assert_string_equal(control_of(c, name), "reno");
    close(fd);
    close(c);
    close(l);
}

/* Both ends of a connection. */
static void
make_pair(int fd[2])
{
    struct net_addr a = addr("127.0.0.1:0");
    struct err err = ERR_INIT;
    int listener = net_listen(&a, 5, &err);

    assert_true(listener >= 0);
    fd[0] = net_connect_addr(&a, 5000, &err);
    fd[1] = accept(listener, NULL, NULL);
    assert_true(fd[0] >= 0 && fd[1] >= 0);
    close(listener);
}

static void
a_close_may_be_a_reset(void **state)
{
    int fd[2];
    char c;

    (void)state;
    make_pair(fd);
    net_reset_on_close(fd[0], true);
    assert_true(net_resets_on_close(fd[0]));
    close(fd[0]);
    assert_int_equal(recv(fd[1], &c, 1, 0), -1);
    assert_true(net_is_socket_error(errno));
    close(fd[1]);
    make_pair(fd);
    net_reset_on_close(fd[0], true);
    net_reset_on_close(fd[0], false);
    assert_false(net_resets_on_close(fd[0]));
    close(fd[0]);
    assert_int_equal(recv(fd[1], &c, 1, 0), 0);
    close(fd[1]);
    assert_false(net_is_socket_error(EIO));
}

static void
a_reset_is_noticed_at_both_ends(void **state)
{
    struct pollfd p = { .events = POLLIN };
    int fd[2];
    char c;

    (void)state;
    make_pair(fd);
    net_reset(fd[0]);
    assert_int_equal(recv(fd[1], &c, 1, 0), -1);
    p.fd = fd[0];
    assert_int_equal(poll(&p, 1, 0), 1);
    assert_int_equal(send(fd[0], "x", 1, MSG_NOSIGNAL), -1);
    close(fd[0]);
    close(fd[1]);
}

static void
ranges_of_ports_are_read(void **state)
{
    static const char *const bad[] = {
        "5,4", "5", "0,5", "a,b", "5,", "1,65536"
    };
    struct net_ports p;
    struct err err = ERR_INIT;
    size_t i;

    (void)state;
    assert_int_equal(net_ports_parse("50000,50100", &p, &err), 0);
    assert_true(p.low == 50000 && p.high == 50100);
    assert_int_equal(net_ports_parse("5-6", &p, &err), 0);
    assert_true(p.low == 5 && p.high == 6);
    assert_int_equal(net_ports_parse("", &p, &err), 0);
    assert_true(p.low == 0 && p.high == 0);
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(net_ports_parse(bad[i], &p, NULL), -1);
    setenv("TEST_PORTS", "7 9", 1);
    assert_int_equal(net_ports_env("TEST_PORTS", &p, &err), 0);
    assert_true(p.low == 7 && p.high == 9);
    setenv("TEST_PORTS", "nonsense", 1);
    assert_int_equal(net_ports_env("TEST_PORTS", &p, &err), -1);
    assert_non_null(strstr(err.text, "TEST_PORTS"));
    unsetenv("TEST_PORTS");
    assert_int_equal(net_ports_env("TEST_PORTS", &p, NULL), 0);
}

/* The next one of a range where the first is taken. */
static void
a_port_of_a_range_is_connected_from(void **state)
{
    struct net_addr a = addr("127.0.0.1:0"), taken = addr("127.0.0.1:0"), from;
    struct net_ports range;
    struct net_how how = { .from = &range };
    struct err err = ERR_INIT;
    int listener, blocker, fd;

    (void)state;
    listener = net_listen(&a, 5, &err);
    blocker = net_listen(&taken, 5, &err);
    assert_true(listener >= 0 && blocker >= 0);
    range.low = range.high = net_port(&taken);
    fd = net_connect_until(&a, &how, 5000, -1, &err);
    assert_int_equal(fd, -1);
    close(blocker);
    fd = net_connect_until(&a, &how, 5000, -1, NULL);
    assert_true(fd >= 0);
    from = (struct net_addr){ .len = sizeof(from.sa) };
    assert_int_equal(getsockname(fd, (struct sockaddr *)&from.sa, &from.len),
                     0);
    assert_int_equal(net_port(&from), range.low);
    close(fd);
    close(listener);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_and_back),
        cmocka_unit_test(private_addresses_are_known),
        cmocka_unit_test(
            keepalive_probes_begin_in_time_and_go_on_for_ten_minutes),
        cmocka_unit_test(only_literal_addresses_are_taken),
        cmocka_unit_test(hosts_compare_without_ports),
        cmocka_unit_test(a_listener_is_reached),
        cmocka_unit_test(nobody_there_is_unreachable),
        cmocka_unit_test(a_silent_peer_times_out),
        cmocka_unit_test(within_the_host_no_pace_is_kept),
        cmocka_unit_test(a_close_may_be_a_reset),
        cmocka_unit_test(a_reset_is_noticed_at_both_ends),
        cmocka_unit_test(ranges_of_ports_are_read),
        cmocka_unit_test(a_port_of_a_range_is_connected_from),
        cmocka_unit_test(the_host_has_a_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
