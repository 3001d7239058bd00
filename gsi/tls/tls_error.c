/* gsi/tls/tls_error.c - TLS failures as sentences: alerts of the peer (RFC 8446
 * s.6), OpenSSL's reasons, lost connections. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "gsi/tls/tls_conn.h"

enum about {
    ABOUT_OTHER,
    ABOUT_CERT
};

static const struct {
    int number;
    enum about about;
    const char *words;
    const char *server_said; /* advice when a server sent it to us */
    const char *client_said;
} alerts[] = {
#define SAID_CERT(who, words)  "the " who " refused our certificate: " words
#define SAID_OTHER(who, words) "the " who " ended TLS: " words
#define ALERT(number, about, words, advice)                               \
    { number, ABOUT_##about, words, SAID_##about("server", words) advice, \
      SAID_##about("client", words) },
#include "gsi/tls/tls_alert.def"
#undef ALERT
};

/* OpenSSL's reasons that users meet, reworded. */
static const struct {
    int reason;
    enum err_code code;
    const char *words;
} reasons[] = {
    { SSL_R_WRONG_VERSION_NUMBER, ERR_PROTOCOL, "the peer does not speak TLS" },
    { SSL_R_UNKNOWN_PROTOCOL, ERR_PROTOCOL, "the peer does not speak TLS" },
    { SSL_R_PACKET_LENGTH_TOO_LONG, ERR_PROTOCOL,
      "the peer does not speak TLS" },
    { SSL_R_HTTP_REQUEST, ERR_PROTOCOL,
      "the peer speaks plain HTTP: it should use https" },
    { SSL_R_UNSUPPORTED_PROTOCOL, ERR_PROTOCOL,
      "the peer's TLS version is too old" },
    { SSL_R_NO_SHARED_CIPHER, ERR_PROTOCOL, "no cipher in common" },
    { SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE, ERR_AUTHN,
      "the peer showed no certificate" },
    { SSL_R_DECRYPTION_FAILED_OR_BAD_RECORD_MAC, ERR_PROTOCOL,
      "a damaged or forged record" },
    { SSL_R_EXCESSIVE_MESSAGE_SIZE, ERR_LIMIT,
      "the peer's certificate chain is too long" },
    { SSL_R_UNEXPECTED_EOF_WHILE_READING, ERR_IO,
      "the peer closed the connection" },
};

static size_t
alert_row(int number)
{
    size_t i;

    for (i = 0; i < sizeof(alerts) / sizeof(alerts[0]); i++)
        if (alerts[i].number == number)
            break;
    return i;
}

const char *
tls_alert_words(int alert)
{
    size_t i = alert_row(alert);

    return i < sizeof(alerts) / sizeof(alerts[0]) ? alerts[i].words : NULL;
}

void
tls_judge_alert(struct tls_judge *j, int alert)
{
    size_t i = alert_row(alert);

    if (i == sizeof(alerts) / sizeof(alerts[0]))
        return;
    err_set(tls_judge_err(j),
            alerts[i].about == ABOUT_CERT ? ERR_AUTHN : ERR_PROTOCOL, "%s",
            j->server ? alerts[i].client_said : alerts[i].server_said);
}

/* Set ERR from OpenSSL's error queue. */
static int
explain_queue(const char *what, struct err *err)
{
    unsigned long e = ERR_peek_error();
    const char *words = ERR_reason_error_string(e);
    size_t i;

    if (e == 0)
        return err_set(err, ERR_PROTOCOL, "%s: failed", what);
    if (ERR_GET_LIB(e) == ERR_LIB_SSL)
        for (i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
            if (reasons[i].reason == ERR_GET_REASON(e))
                return err_set(err, reasons[i].code, "%s: %s", what,
                               reasons[i].words);
    return err_set(err, ERR_PROTOCOL, "%s: %s", what,
                   words != NULL ? words : "failed");
}

int
tls_explain(const struct tls_judge *j, int ssl_error, const char *what,
            struct err *err)
{
    int saved = errno;

    if (j->err != NULL && j->err->code != ERR_OK)
        err_set(err, j->err->code, "%s", j->err->text);
    else if (ssl_error == SSL_ERROR_ZERO_RETURN)
        err_set(err, ERR_IO, "%s: the peer ended the connection", what);
    else if (ssl_error == SSL_ERROR_SYSCALL && saved != 0)
        err_set(err, ERR_IO, "%s: %s", what, strerror(saved));
    else if (ssl_error == SSL_ERROR_SYSCALL)
        err_set(err, ERR_IO, "%s: the peer closed the connection", what);
    else
        explain_queue(what, err);
    ERR_clear_error();
    errno = saved;
    return -1;
}

struct err *
tls_judge_err(struct tls_judge *j)
{
    if (j->err == NULL)
        j->err = xcalloc(1, sizeof(*j->err));
    return j->err;
}
