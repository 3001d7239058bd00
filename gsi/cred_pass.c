/* gsi/cred_pass.c - asking for a pass phrase. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "gsi/gsi_ssl.h"

#define PHRASE_MAX 1024

int
cred_pass_tty(const char *path, struct buf *out, void *arg, struct err *err)
{
    (void)arg;
    /* OpenSSL would fall back to stdin, which would surprise users */
    int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return err_set(err, ERR_AUTHN,
                       "the key in '%s' needs a pass phrase, and there is no "
                       "terminal to ask at (see -pwstdin)",
                       path);
    close(fd);
    char *room = buf_reserve(out, PHRASE_MAX);
    if (EVP_read_pw_string(room, PHRASE_MAX,
                           "Enter GRID pass phrase for this identity:", 0)) {
        ERR_clear_error();
        return err_set(err, ERR_CANCELLED, "no pass phrase given for '%s'",
                       path);
    }
    out->len += strlen(room);
    return 0;
}

int
cred_pass_stdin(const char *path, struct buf *out, void *arg, struct err *err)
{
    char c;
    ssize_t n;
    (void)arg;
    /* byte by byte, because the bytes after the line are for others */
    while ((n = read(STDIN_FILENO, &c, 1)) == 1 && c != '\n') {
        if (out->len >= PHRASE_MAX)
            return err_set(err, ERR_LIMIT, "pass phrase of more than %d bytes",
                           PHRASE_MAX);
        buf_addc(out, c);
    }
    if (n < 0)
        return err_set(err, ERR_IO,
                       "cannot read the pass phrase for '%s' from stdin: %s",
                       path, strerror(errno));
    if (out->len && out->data[out->len - 1] == '\r')
        out->data[--out->len] = '\0';
    return 0;
}
