/* tests/lib/bareloop_tool.c - the least that moving a file costs: a loop of the
 * calls that the server makes, to hold benchmarks against.
 *
 *   bareloop serve get|put|tls-get|tls-put FILE [CERT KEY]
 *       prints its port, then for each connection "cpu SECONDS bytes N"
 *   bareloop peer get|put|tls-get|tls-put PORT FILE
 *       the other end: takes into FILE, or brings FILE
 *
 * get: sendfile().  put: splice() through a pipe.  TLS: pread(), SSL_write()
 * and SSL_read(), pwrite(); AES-128-GCM. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK (256 * 1024)
#define PIPE  (1024 * 1024)

static char block[BLOCK];

static void
die(const char *what)
{
    perror(what);
    exit(1);
}

static double
cpu_now(void)
{
    struct rusage r;

    getrusage(RUSAGE_SELF, &r);
    return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) +
           (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e6;
}

static SSL *
handshake(SSL_CTX *ctx, int fd, int server)
{
    SSL *ssl = SSL_new(ctx);

    SSL_set_fd(ssl, fd);
    if ((server ? SSL_accept(ssl) : SSL_connect(ssl)) != 1) {
        fprintf(stderr, "no TLS handshake\n");
        exit(1);
    }
    return ssl;
}

/* File FD goes out. */
static long long
bring(int sock, SSL *ssl, int fd)
{
    long long total = 0;
    ssize_t n;
    off_t at = 0;

    if (ssl == NULL) {
        while ((n = sendfile(sock, fd, &at, 1 << 30)) > 0)
            total += n;
        return n < 0 ? -1 : total;
    }
    while ((n = pread(fd, block, BLOCK, at)) > 0) {
        if (SSL_write(ssl, block, (int)n) != (int)n)
            return -1;
        at += n;
    }
    return n < 0 ? -1 : (long long)at;
}

/* What comes in goes to file FD, and through no memory of ours. */
static long long
take_pipe(int sock, int fd)
{
    off_t at = 0;
    int p[2];
    ssize_t n, left, put;

    if (pipe2(p, O_CLOEXEC) < 0)
        die("pipe");
    (void)fcntl(p[1], F_SETPIPE_SZ, PIPE);
    while ((n = splice(sock, NULL, p[1], NULL, PIPE, SPLICE_F_MOVE)) > 0)
        for (left = n; left > 0; left -= put)
            if ((put = splice(p[0], NULL, fd, &at, (size_t)left,
                              SPLICE_F_MOVE)) <= 0)
                die("splice");
    if (n < 0)
        die("splice");
    close(p[0]);
    close(p[1]);
    return (long long)at;
}

/* What comes in goes to file FD. */
static long long
take(int sock, SSL *ssl, int fd, int server)
{
    struct stat st;
    off_t at = 0;
    ssize_t n;
    int plain = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);

    if (ssl == NULL && plain && server)
        return take_pipe(sock, fd);
    for (;;) {
        n = ssl == NULL ? read(sock, block, BLOCK)
                        : SSL_read(ssl, block, BLOCK);
        if (n <= 0)
            break;
        if ((plain ? pwrite(fd, block, (size_t)n, at)
                   : write(fd, block, (size_t)n)) != n)
            return -1;
        at += n;
    }
    return ssl == NULL && n < 0 ? -1 : (long long)at;
}

static long long
move(int sock, SSL_CTX *ctx, int server, int out, const char *file)
{
    SSL *ssl = ctx != NULL ? handshake(ctx, sock, server) : NULL;
    int fd = open(
        file, out ? O_RDONLY : O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    long long n;

    if (fd < 0)
        die(file);
    n = out ? bring(sock, ssl, fd) : take(sock, ssl, fd, server);
    if (n < 0)
        die("transfer");
    if (ssl != NULL) {
        SSL_shutdown(ssl);
        SSL_free(ssl);
    }
    close(fd);
    return n;
}

static SSL_CTX *
context(int server, const char *cert, const char *key)
{
    SSL_CTX *ctx =
        SSL_CTX_new(server ? TLS_server_method() : TLS_client_method());

    SSL_CTX_set_num_tickets(ctx, 0);
    SSL_CTX_set_ciphersuites(ctx, "TLS_AES_128_GCM_SHA256");
    if (server &&
        (SSL_CTX_use_certificate_chain_file(ctx, cert) != 1 ||
         SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1)) {
        fprintf(stderr, "cannot load '%s', '%s'\n", cert, key);
        exit(1);
    }
    return ctx;
}

/* As the server has it for what stays within a host: no pace. */
static int
tcp_socket(void)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "reno", 4) < 0)
        die("socket");
    return fd;
}

static void
serve(SSL_CTX *ctx, int out, const char *file)
{
    struct sockaddr_in a = { .sin_family = AF_INET,
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof(a);
    int l = tcp_socket(), c;
    double before;
    long long n;

    if (bind(l, (struct sockaddr *)&a, len) < 0 || listen(l, 16) < 0 ||
        getsockname(l, (struct sockaddr *)&a, &len) < 0)
        die("listen");
    printf("%d\n", ntohs(a.sin_port));
    fflush(stdout);
    while ((c = accept(l, NULL, NULL)) >= 0) {
        before = cpu_now();
        n = move(c, ctx, 1, out, file);
        close(c);
        printf("cpu %.6f bytes %lld\n", cpu_now() - before, n);
        fflush(stdout);
    }
}

static void
peer(SSL_CTX *ctx, int out, int port, const char *file)
{
    struct sockaddr_in a = { .sin_family = AF_INET,
                             .sin_port = htons((unsigned short)port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int s = tcp_socket();
    char byte;

    if (connect(s, (struct sockaddr *)&a, sizeof(a)) < 0)
        die("connect");
    move(s, ctx, 0, out, file);
    shutdown(s, SHUT_WR);
    (void)!read(s, &byte, 1);
    close(s);
}

int
main(int argc, char **argv)
{
    int tls = argc > 2 && strncmp(argv[2], "tls-", 4) == 0;
    int get = argc > 2 && strcmp(argv[2] + (tls ? 4 : 0), "get") == 0;

    if (argc == (tls ? 6 : 4) && strcmp(argv[1], "serve") == 0)
        serve(tls ? context(1, argv[4], argv[5]) : NULL, get, argv[3]);
    else if (argc == 5 && strcmp(argv[1], "peer") == 0)
        peer(tls ? context(0, NULL, NULL) : NULL, !get,
             (int)strtol(argv[3], NULL, 10), argv[4]);
    else
        return 64;
    return 0;
}
