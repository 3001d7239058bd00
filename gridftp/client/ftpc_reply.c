/* gridftp/client/ftpc_reply.c - see ftpc_reply.h. */
#include <ctype.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include "gridftp/client/ftpc_reply.h"

/* Parse "ddd" at the front of LINE; 0 when there is none. */
static int
code_of(const char *line)
{
    if (line[0] < '1' || line[0] > '6' || !isdigit((unsigned char)line[1]) ||
        !isdigit((unsigned char)line[2]))
        return 0;
    return (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
}

/* Find the end of the reply at the front of IN: *END is after its last line. 1,
 * 0 when incomplete, -1 with ERR. */
static int
find_end(const struct buf *in, size_t *end, struct err *err)
{
    size_t at = 0, n;
    const char *line, *nl;
    int first = 0, code;

    for (;; at += n + 1) {
        line = in->data + at;
        nl = memchr(line, '\n', in->len - at);
        n = nl != NULL ? (size_t)(nl - line) : in->len - at;
        if (n > FTPC_LINE_MAX || at > FTPC_REPLY_MAX)
            return err_set(err, ERR_LIMIT, "the server's reply is too long");
        if (nl == NULL)
            return 0;
        code = n >= 3 ? code_of(line) : 0;
        if (at == 0 && code == 0)
            return err_set(err, ERR_PROTOCOL,
                           "the server does not speak FTP: '%.*s'",
                           (int)(n < 60 ? n : 60), line);
        if (at == 0)
            first = code;
        if (at == 0 ? line[3] != '-' : code == first && line[3] == ' ') {
            *end = at + n + 1;
            return 1;
        }
    }
}

/* Append the N bytes of LINE without code and CR. */
static void
add_line(struct buf *text, const char *line, size_t n, int code)
{
    if (n > 0 && line[n - 1] == '\r')
        n--;
    if (n >= 3 && code_of(line) == code &&
        (n == 3 || line[3] == ' ' || line[3] == '-')) {
        line += n == 3 ? 3 : 4;
        n -= n == 3 ? 3 : 4;
    }
    if (text->len > 0)
        buf_addc(text, '\n');
    buf_add(text, line, n);
}

int
ftpc_reply_take(struct buf *in, struct ftpc_reply *r, struct err *err)
{
    size_t at, end = 0;
    const char *nl;
    int rc = in->len > 0 ? find_end(in, &end, err) : 0;

    if (rc <= 0)
        return rc;
    r->code = code_of(in->data);
    buf_clear(&r->text);
    for (at = 0; at < end; at = (size_t)(nl - in->data) + 1) {
        nl = memchr(in->data + at, '\n', end - at);
        if (nl == NULL)
            break;
        add_line(&r->text, in->data + at, (size_t)(nl - in->data) - at,
                 r->code);
    }
    buf_drop(in, end);
    return 1;
}

void
ftpc_reply_fini(struct ftpc_reply *r)
{
    buf_fini(&r->text);
}

int
ftpc_reply_class(const struct ftpc_reply *r)
{
    return r->code / 100;
}

/* Phrases that servers use, and our error codes; the first match counts. */
static const struct {
    const char *words;
    enum err_code code;
} meanings[] = {
    { "did not answer in time", ERR_TIMEOUT },
    { "No such file", ERR_NOT_FOUND },
    { "PATH_NOT_FOUND", ERR_NOT_FOUND },
    { "not found", ERR_NOT_FOUND },
    { "does not exist", ERR_NOT_FOUND },
    { "Permission denied", ERR_AUTHZ },
    { "PERMISSION_DENIED", ERR_AUTHZ },
    { "not permitted", ERR_AUTHZ },
    { "Read-only file system", ERR_AUTHZ },
    { "File exists", ERR_EXISTS },
    { "PATH_EXISTS", ERR_EXISTS },
    { "No space left", ERR_NOSPACE },
    { "quota exceeded", ERR_NOSPACE },
    { "uthentication", ERR_AUTHN },
    { "Login incorrect", ERR_AUTHZ },
    { "Is a directory", ERR_EXISTS },
    { "Not a directory", ERR_NOT_FOUND },
    { "nknown checksum", ERR_UNSUPPORTED },
};

/* The error code by the reply number alone. */
static enum err_code
code_by_number(int code)
{
    switch (code) {
    case 421:
    case 425:
    case 426: /* the data connection was lost: not a local fault */
        return ERR_UNREACHABLE;
    case 452:
    case 552:
        return ERR_NOSPACE;
    case 502:
    case 504:
    case 536:
        return ERR_UNSUPPORTED;
    case 530:
        return ERR_AUTHZ;
    case 535:
        return ERR_AUTHN;
    case 553:
        return ERR_EXISTS;
    default:
        return ERR_REMOTE;
    }
}

static enum err_code
code_of_reply(const struct ftpc_reply *r)
{
    const char *text = buf_str(&r->text);
    size_t i;

    /* A 421 ends the session and tells nothing about a file, whatever its
     * words. */
    if (r->code == 421)
        return ERR_UNREACHABLE;
    for (i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
        if (strcasestr(text, meanings[i].words) != NULL)
            return meanings[i].code;
    return code_by_number(r->code);
}

/* The part of LINE[0..*N) that is useful to a person, without Globus' chain of
 * modules ("globus_xio: A system call failed: "). */
static const char *
heart(const char *line, size_t *n)
{
    static const char *const chaff[] = {
        "A system call failed: ",
        "System error in ",
        "-Error-String: ",
        "-Reason: ",
    };
    const char *p;
    size_t i;

    for (i = 0; i < sizeof(chaff) / sizeof(chaff[0]); i++) {
        p = memmem(line, *n, chaff[i], strlen(chaff[i]));
        if (p == NULL)
            continue;
        p += strlen(chaff[i]);
        *n -= (size_t)(p - line);
        return p;
    }
    while (*n > 7 && memcmp(line, "globus_", 7) == 0 &&
           (p = memmem(line, *n, ": ", 2)) != NULL) {
        *n -= (size_t)(p + 2 - line);
        line = p + 2;
    }
    return line;
}

/* Whether a line has no information: "End.", blank, or a fact for programs. */
static bool
is_chaff(const char *line, size_t n)
{
    return n == 0 || (n <= 4 && strncasecmp(line, "end.", n) == 0) ||
           (n > 16 && memcmp(line, "-GridFTP-Errno: ", 16) == 0) ||
           (n > 13 && memcmp(line, "-GlobusError: ", 13) == 0) ||
           (n > 12 && memcmp(line, "GlobusError: ", 12) == 0);
}

/* The last informative line of TEXT. */
static const char *
telling_line(const char *text, size_t *n)
{
    const char *best = text, *line = text;
    size_t len;

    *n = strcspn(text, "\n");
    for (; *line != '\0'; line += len + (line[len] == '\n')) {
        len = strcspn(line, "\n");
        if (!is_chaff(line, len)) {
            best = line;
            *n = len;
        }
    }
    return heart(best, n);
}

int
ftpc_reply_error(const struct ftpc_reply *r, struct err *err, const char *what,
                 ...)
{
    struct buf head = BUF_INIT;
    const char *line;
    size_t n, i;
    va_list ap;

    va_start(ap, what);
    buf_vaddf(&head, what, ap);
    va_end(ap);
    line = telling_line(buf_str(&r->text), &n);
    buf_adds(&head, ": ");
    for (i = 0; i < n && i < 300; i++)
        buf_addc(&head, iscntrl((unsigned char)line[i]) ? ' ' : line[i]);
    while (head.len > 0 && strchr(". ", head.data[head.len - 1]) != NULL)
        head.data[--head.len] = '\0';
    err_set(err, code_of_reply(r), "%s (%d)", buf_str(&head), r->code);
    buf_fini(&head);
    return -1;
}

int
ftpc_reply_transient(const struct ftpc_reply *r)
{
    enum err_code code = code_of_reply(r);

    return r->code / 100 == 4 && code != ERR_NOSPACE && code != ERR_NOT_FOUND &&
           code != ERR_AUTHZ && code != ERR_EXISTS;
}
