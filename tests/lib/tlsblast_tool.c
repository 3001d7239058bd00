/* tests/lib/tlsblast_tool.c - a hostile TLS client: makes many small records,
 * then sends them as fast as they go.
 *   tlsblast PORT keyupdates|bytes COUNT
 * "blasting" on standard output when the first MiB is on its way, "done" when
 * the last byte is. */
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MARK (1 << 20)

/* A connection to PORT of this host. */
static int
reach(int port)
{
    struct sockaddr_in to = { .sin_family = AF_INET,
                              .sin_port = htons((unsigned short)port),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0)
        return -1;
    return fd;
}

/* COUNT records that bring nothing. */
static int
keyupdates(SSL *ssl, long count)
{
    for (long i = 0; i < count; i++)
        if (SSL_key_update(ssl, SSL_KEY_UPDATE_NOT_REQUESTED) != 1 ||
            SSL_do_handshake(ssl) != 1)
            return -1;
    return 0;
}

/* A request whose COUNT bytes come in as many records. */
static int
bytes(SSL *ssl, long count)
{
    char head[128];
    int n = snprintf(head, sizeof(head),
                     "POST /echo HTTP/1.1\r\nHost: localhost\r\n"
                     "Content-Length: %ld\r\n\r\n",
                     count);

    if (SSL_write(ssl, head, n) != n)
        return -1;
    for (long i = 0; i < count; i++)
        if (SSL_write(ssl, "x", 1) != 1)
            return -1;
    return 0;
}

/* Send what lies in FROM. */
static int
blast(int fd, BIO *from)
{
    char *p;
    long left = BIO_get_mem_data(from, &p), sent = 0;

    while (left > 0) {
        ssize_t n = send(fd, p, left > 65536 ? 65536 : (size_t)left, 0);

        if (n <= 0)
            return -1;
        if (sent < MARK && sent + n >= MARK)
            puts("blasting");
        fflush(stdout);
        sent += n;
        left -= n;
        p += n;
    }
    puts("done");
    return 0;
}

int
main(int argc, char *argv[])
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    SSL *ssl = ctx != NULL ? SSL_new(ctx) : NULL;
    BIO *made = BIO_new(BIO_s_mem());
    int fd = argc == 4 ? reach((int)strtol(argv[1], NULL, 10)) : -1, rc;
    long count;

    signal(SIGPIPE, SIG_IGN);
    if (fd < 0 || ssl == NULL || made == NULL || SSL_set_fd(ssl, fd) != 1 ||
        SSL_connect(ssl) != 1) {
        fputs("tlsblast: no connection\n", stderr);
        return 1;
    }
    SSL_set0_wbio(ssl, made);
    count = strtol(argv[3], NULL, 10);
    rc = strcmp(argv[2], "bytes") == 0 ? bytes(ssl, count)
                                       : keyupdates(ssl, count);
    if (rc == 0)
        rc = blast(fd, made);
    SSL_free(ssl);
    SSL_CTX_free(ctx);
    close(fd);
    return rc == 0 ? 0 : 1;
}
