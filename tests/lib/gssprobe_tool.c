/* tests/lib/gssprobe_tool.c - either end of a GridFTP control channel's login,
 * to try the tokens against the Globus programs (RFC 2228, GFD.20).
 *
 *   gssprobe login HOST PORT none|limited|full [COMMAND...]
 *       log in and print the replies; 0 when logged in.  COMMAND "get PATH" and
 *       "portget PATH" fetch a file over a passive or active data channel with
 *       DCAU A and print how many bytes came; "prot C" or "prot P" before them
 *   gssprobe serve CERT KEY TRUSTDIR BITS
 *       print "port N", serve one login and print who came
 * TLS12=1 in the environment keeps to TLS 1.2. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gsi/tls/tls_conn.h"

#include "base/codec.h"
#include "base/net.h"
#include "gsi/gsi_data.h"
#include "gsi/gss.h"
#include "tests/lib/lib_testcred.h"

#define TIMEOUT_MS 30000

struct probe {
    int fd;
    struct buf in; /* read, not used yet */
    struct gss *gss;
    bool wrapped;
    struct cred *cred; /* ours, on data channels too */
    struct trust *trust;
    bool private; /* PROT P */
};

static void
die(const struct err *err)
{
    printf("error: %s\n", err->text);
    fflush(stdout);
    exit(err_exit_status(err->code));
}

static void
probe_fini(struct probe *p)
{
    gss_destroy(p->gss);
    buf_fini(&p->in);
    cred_unref(p->cred);
    trust_close(p->trust);
    close(p->fd);
}

static void
send_line(const struct probe *p, const char *verb, const struct buf *token)
{
    struct buf line = BUF_INIT;

    buf_adds(&line, verb);
    if (token != NULL)
        base64_encode(&line, token->data, token->len);
    buf_adds(&line, "\r\n");
    if (send(p->fd, line.data, line.len, MSG_NOSIGNAL) != (ssize_t)line.len)
        perror("send");
    buf_fini(&line);
}

/* The next line, the caller's; NULL at the end. */
static char *
read_line(struct probe *p)
{
    size_t used;
    char *line, *copy;
    ssize_t n;

    while ((line = buf_line(&p->in, &used)) == NULL) {
        n = recv(p->fd, buf_reserve(&p->in, 4096), 4095, 0);
        if (n <= 0)
            return NULL;
        p->in.len += (size_t)n;
        p->in.data[p->in.len] = '\0';
    }
    copy = xstrdup(line);
    buf_drop(&p->in, used);
    return copy;
}

/* The base64 after PREFIX of LINE, decoded. */
static void
token_of(const char *line, size_t prefix, struct buf *token)
{
    buf_clear(token);
    if (strlen(line) > prefix &&
        base64_decode(token, line + prefix, strlen(line + prefix)) == -1)
        printf("error: bad base64\n");
}

/* One whole reply, unwrapped and printed; its code. */
static int
read_reply(struct probe *p, struct buf *text)
{
    struct buf token = BUF_INIT;
    struct err err = ERR_INIT;
    bool last = false;
    char *line;
    int code = 0;

    buf_clear(text);
    while (!last && (line = read_line(p)) != NULL) {
        last = strlen(line) > 3 && line[3] == ' ' && line[0] != ' ';
        if (p->wrapped && line[0] == '6') {
            token_of(line, 4, &token);
            if (gss_unwrap(p->gss, token.data, token.len, text, &err) == -1)
                die(&err);
        } else {
            buf_addf(text, "%s\r\n", line);
        }
        free(line);
    }
    if (text->len >= 3)
        code = (int)strtol(buf_str(text), NULL, 10);
    printf("%.200s%s", buf_str(text), text->len > 200 ? "...\n" : "");
    buf_fini(&token);
    return code;
}

static void
send_command(const struct probe *p, const char *text)
{
    struct buf plain = BUF_INIT, token = BUF_INIT;
    struct err err = ERR_INIT;

    printf("> %s\n", text);
    buf_addf(&plain, "%s\r\n", text);
    if (gss_wrap(p->gss, plain.data, plain.len, &token, &err) == -1)
        die(&err);
    send_line(p, "ENC ", &token);
    buf_fini(&plain);
    buf_fini(&token);
}

static int
command(struct probe *p, const char *text, struct buf *reply)
{
    if (p->wrapped) {
        send_command(p, text);
    } else {
        printf("> %s\n", text);
        send_line(p, text, NULL);
    }
    return read_reply(p, reply);
}

/* ADAT until the context stands. */
static void
authenticate(struct probe *p)
{
    struct buf token = BUF_INIT, out = BUF_INIT, reply = BUF_INIT;
    struct err err = ERR_INIT;
    int rc, code = 0;

    do {
        rc = gss_step(p->gss, token.data, token.len, &out, &err);
        if (rc == -1)
            die(&err);
        printf("> ADAT (%zu bytes)\n", out.len);
        send_line(p, "ADAT ", &out);
        buf_clear(&out);
        code = read_reply(p, &reply);
        if (code == 335 && strncmp(buf_str(&reply), "335 ADAT=", 9) == 0) {
            reply.data[strcspn(reply.data, "\r\n")] = '\0';
            token_of(reply.data, 9, &token);
        }
    } while (rc == 0 && code == 335);
    if (rc != 1 || code != 235) {
        err_set(&err, ERR_AUTHN, "login refused");
        die(&err);
    }
    p->wrapped = true;
    buf_fini(&token);
    buf_fini(&out);
    buf_fini(&reply);
}

static void
make_context(bool server, struct cred *cred, struct trust *trust,
             struct tls_ctx **ctx)
{
    struct err err = ERR_INIT;

    if (tls_ctx_create(server, cred, trust, server ? TLS_REQUEST_PEER : 0,
                       "1.2", ctx, &err) == -1)
        die(&err);
    if (getenv("TLS12") != NULL)
        SSL_CTX_set_max_proto_version((*ctx)->ssl, TLS1_2_VERSION);
}

/* ---- data channels ---- */

/* Where the server listens: "227 ... (h,h,h,h,p,p)". */
static int
connect_passive(const char *reply)
{
    const char *open = strchr(reply, '(');
    unsigned h[4], p[2];
    struct net_addr a;
    struct err err = ERR_INIT;
    char *text;
    int fd;

    if (open == NULL || sscanf(open, "(%u,%u,%u,%u,%u,%u", &h[0], &h[1], &h[2],
                               &h[3], &p[0], &p[1]) != 6)
        return -1;
    text =
        xasprintf("%u.%u.%u.%u:%u", h[0], h[1], h[2], h[3], p[0] << 8 | p[1]);
    if (net_parse(text, &a, &err) == -1 ||
        (fd = net_connect_addr(&a, TIMEOUT_MS, &err)) == -1)
        die(&err);
    free(text);
    return fd;
}

/* Read to the end, clear or by TLS; how many bytes. */
static size_t
drain(int fd, struct tls *tls)
{
    char waste[65536];
    struct err err = ERR_INIT;
    size_t total = 0;
    ssize_t n;

    while ((n = tls != NULL
                    ? tls_read_wait(tls, waste, sizeof(waste), TIMEOUT_MS, &err)
                    : recv(fd, waste, sizeof(waste), 0)) > 0)
        total += (size_t)n;
    if (err.code != ERR_OK)
        die(&err);
    return total;
}

/* The data connection FD is there: authenticate as DCAU A wants, and read. */
static void
receive(const struct probe *p, int fd, bool connector)
{
    struct tls_ctx *ctx = NULL;
    struct err err = ERR_INIT;
    struct tls *tls = NULL;
    struct peer peer = { 0 };
    const char *who;

    if (tls_ctx_create(!connector, p->cred, p->trust, TLS_GSI_DATA, "1.2", &ctx,
                       &err) == -1)
        die(&err);
    if (getenv("TLS12") != NULL)
        SSL_CTX_set_max_proto_version(ctx->ssl, TLS1_2_VERSION);
    if (!p->private) {
        if (gsi_data_auth(fd, ctx, connector, TIMEOUT_MS, &peer, &err) == -1)
            die(&err);
        who = peer.identity;
    } else {
        if (tls_create(ctx, fd, NULL, &tls, &err) == -1 ||
            tls_handshake_wait(tls, TIMEOUT_MS, &err) == -1)
            die(&err);
        who = tls_peer(tls)->identity;
    }
    printf("data peer %s\n", who);
    printf("received %zu bytes %s\n", drain(fd, tls),
           tls != NULL ? "in private" : "in clear");
    tls_destroy(tls);
    tls_ctx_unref(ctx);
    peer_fini(&peer);
    close(fd);
}

static void
get(struct probe *p, const char *path, bool active)
{
    char *retr = xasprintf("RETR %s", path), *port;
    struct buf reply = BUF_INIT;
    struct net_addr a;
    struct err err = ERR_INIT;
    int fd, lfd = -1;

    command(p, "TYPE I", &reply);
    if (active) {
        if (net_parse("127.0.0.1:0", &a, &err) == -1 ||
            (lfd = net_listen(&a, 1, &err)) == -1)
            die(&err);
        port = xasprintf("PORT 127,0,0,1,%u,%u", net_port(&a) >> 8,
                         net_port(&a) & 255);
        command(p, port, &reply);
        free(port);
        send_command(p, retr);
        fd = accept(lfd, NULL, NULL);
        close(lfd);
    } else {
        command(p, "PASV", &reply);
        fd = connect_passive(buf_str(&reply));
        send_command(p, retr);
    }
    receive(p, fd, !active);
    while (read_reply(p, &reply) < 200)
        ;
    buf_fini(&reply);
    free(retr);
}

static void
run_command(struct probe *p, const char *text)
{
    struct buf reply = BUF_INIT;
    char *upper;

    if (strncmp(text, "get ", 4) == 0) {
        get(p, text + 4, false);
    } else if (strncmp(text, "portget ", 8) == 0) {
        get(p, text + 8, true);
    } else if (strncmp(text, "prot ", 5) == 0) {
        p->private = text[5] == 'P';
        upper = xasprintf("PROT %c", text[5]);
        command(p, "PBSZ 16384", &reply);
        command(p, upper, &reply);
        free(upper);
    } else {
        command(p, text, &reply);
    }
    buf_fini(&reply);
}

static int
login(char *argv[])
{
    enum gss_delegate how = strcmp(argv[4], "full") == 0 ? GSS_DELEG_FULL
                            : strcmp(argv[4], "limited") == 0
                                ? GSS_DELEG_LIMITED
                                : GSS_DELEG_NONE;
    struct probe p = { 0 };
    struct buf reply = BUF_INIT;
    struct err err = ERR_INIT;
    struct tls_ctx *ctx = NULL;
    char *trusted = cred_trust_dir();
    int code;

    if (cred_find_user(NULL, &p.cred, NULL, &err) == -1 ||
        trust_open(trusted, TRUST_CRL_IF_PRESENT, &p.trust, &err) == -1)
        die(&err);
    make_context(false, p.cred, p.trust, &ctx);
    if (gss_init_create(ctx, argv[2], how, p.cred, &p.gss, &err) == -1 ||
        (p.fd = net_connect(argv[2], (unsigned)strtoul(argv[3], NULL, 10),
                            TIMEOUT_MS, &err)) == -1)
        die(&err);
    read_reply(&p, &reply);
    command(&p, "AUTH GSSAPI", &reply);
    authenticate(&p);
    printf("established %s with %s\n", gss_description(p.gss),
           gss_peer(p.gss)->identity);
    command(&p, "USER :globus-mapping:", &reply);
    code = command(&p, "PASS dummy", &reply);
    for (argv += 5; *argv != NULL; argv++)
        run_command(&p, *argv);
    tls_ctx_unref(ctx);
    buf_fini(&reply);
    free(trusted);
    probe_fini(&p);
    return code == 230 ? 0 : 1;
}

/* Answer WORDS, wrapped when the context stands. */
static void
answer(struct probe *p, const char *words)
{
    struct buf token = BUF_INIT;
    struct err err = ERR_INIT;
    char *line = xasprintf("%s\r\n", words);

    if (!p->wrapped) {
        send_line(p, words, NULL);
    } else {
        if (gss_wrap(p->gss, line, strlen(line), &token, &err) == -1)
            die(&err);
        send_line(p, "632 ", &token);
    }
    buf_fini(&token);
    free(line);
}

/* One ADAT of the client's. */
static void
serve_token(struct probe *p, const char *line)
{
    struct buf token = BUF_INIT, out = BUF_INIT;
    struct err err = ERR_INIT;
    int rc;

    token_of(line, 5, &token);
    rc = gss_step(p->gss, token.data, token.len, &out, &err);
    if (rc == -1)
        die(&err);
    if (rc == 0)
        send_line(p, "335 ADAT=", &out);
    else
        answer(p, "235 GSSAPI Authentication successful.");
    p->wrapped = rc == 1;
    buf_fini(&token);
    buf_fini(&out);
}

static void
print_client(const struct probe *p)
{
    const struct buf *pem = gss_delegated(p->gss);
    struct err err = ERR_INIT;
    struct cred *got = NULL;

    printf("peer %s %s\n", gss_peer(p->gss)->identity, gss_description(p->gss));
    if (pem != NULL && cred_from_pem(pem->data, pem->len, &got, &err) < 0)
        printf("delegated what cannot be read: %s\n", err.text);
    if (got != NULL)
        printf("delegated %s %s %d: %s\n", testcred_key_type(got),
               cred_type(got) == CRED_LIMITED ? "limited" : "full",
               cred_key_bits(got), cred_subject(got));
    cred_unref(got);
}

/* One clear or unwrapped command line. */
static void
serve_command(struct probe *p, const char *line)
{
    printf("< %.60s\n", line);
    if (strcmp(line, "AUTH GSSAPI") == 0)
        answer(p, "334 Using authentication type; ADAT must follow.");
    else if (strncmp(line, "ADAT ", 5) == 0)
        serve_token(p, line);
    else if (strncmp(line, "USER", 4) == 0)
        answer(p, "331 Password required.");
    else if (strncmp(line, "PASS", 4) == 0)
        answer(p, "230 User logged in.");
    else if (strcmp(line, "QUIT") == 0)
        answer(p, "221 Goodbye.");
    else
        answer(p, "500 Not here.");
}

static void
serve_lines(struct probe *p)
{
    struct buf token = BUF_INIT, plain = BUF_INIT;
    struct err err = ERR_INIT;
    bool was = false;
    char *line;

    while ((line = read_line(p)) != NULL) {
        if (p->wrapped && strncmp(line, "ENC ", 4) == 0) {
            token_of(line, 4, &token);
            buf_clear(&plain);
            if (gss_unwrap(p->gss, token.data, token.len, &plain, &err) == -1)
                die(&err);
            plain.data[strcspn(plain.data, "\r\n")] = '\0';
            serve_command(p, plain.data);
        } else {
            serve_command(p, line);
        }
        if (p->wrapped && !was)
            print_client(p);
        was = p->wrapped;
        free(line);
    }
    buf_fini(&token);
    buf_fini(&plain);
}

static int
serve(char *argv[])
{
    struct probe p = { 0 };
    struct net_addr a;
    struct err err = ERR_INIT;
    struct tls_ctx *ctx = NULL;
    int fd, rc;

    if (cred_load(argv[2], argv[3], NULL, NULL, &p.cred, &err) == -1 ||
        trust_open(argv[4], TRUST_CRL_IF_PRESENT, &p.trust, &err) == -1)
        die(&err);
    make_context(true, p.cred, p.trust, &ctx);
    if (gss_accept_create(ctx, (int)strtol(argv[5], NULL, 10), &p.gss, &err) ==
            -1 ||
        net_parse("127.0.0.1:0", &a, &err) == -1 ||
        (fd = net_listen(&a, 5, &err)) == -1)
        die(&err);
    printf("port %u\n", net_port(&a));
    fflush(stdout);
    p.fd = accept(fd, NULL, NULL);
    answer(&p, "220 probe ready.");
    close(fd);
    serve_lines(&p);
    rc = p.wrapped ? 0 : 1;
    tls_ctx_unref(ctx);
    probe_fini(&p);
    return rc;
}

int
main(int argc, char *argv[])
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (argc >= 5 && strcmp(argv[1], "login") == 0)
        return login(argv);
    if (argc == 6 && strcmp(argv[1], "serve") == 0)
        return serve(argv);
    fprintf(stderr, "usage: gssprobe login HOST PORT none|limited|full "
                    "[COMMAND...]\n       gssprobe serve CERT KEY TRUSTDIR "
                    "BITS\n");
    return 64;
}
