/* gridftp/server/ftp_line.c - see ftp_line.h. */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "gridftp/server/ftp_line.h"

int
ftp_line_next(struct buf *in, char **text, size_t *n, size_t *used)
{
    *text = buf_line(in, used);
    if (*text == NULL)
        return in->len >= FTP_RAW_MAX ? -1 : 0;
    *n = *used - 1;
    if (*n > 0 && (*text)[*n - 1] == '\0') /* the CR before the LF */
        --*n;
    return 1;
}

const char *
ftp_line_protected(const char *text)
{
    static const char *const verbs[] = { "ENC ", "CONF ", "MIC " };
    size_t i;

    for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
        if (strncasecmp(text, verbs[i], strlen(verbs[i])) == 0)
            return text + strlen(verbs[i]);
    return NULL;
}

/* Skip Telnet commands: IAC, then IP, DM, ... before an ABOR (RFC 959
 * s.4.1.3). */
static char *
skip_telnet(char *p)
{
    while ((unsigned char)p[0] == 0xff && (unsigned char)p[1] >= 0xf0)
        p += 2;
    if ((unsigned char)p[0] == 0xf2)
        p++;
    return p;
}

/* Append the word at P in capitals to VERB; returns its end, or NULL. */
static char *
take_word(char *p, char verb[FTP_VERB_MAX])
{
    size_t n = strlen(verb), i;

    for (i = 0; isalnum((unsigned char)p[i]) || p[i] == '_'; i++) {
        if (n + 1 >= FTP_VERB_MAX)
            return NULL;
        verb[n++] = (char)toupper((unsigned char)p[i]);
    }
    verb[n] = '\0';
    if (i == 0 || (p[i] != '\0' && p[i] != ' '))
        return NULL;
    return p + i;
}

int
ftp_line_parse(char *text, size_t n, struct ftp_line *line, struct err *err)
{
    char *p;

    line->verb[0] = '\0';
    line->arg = text + n;
    if (memchr(text, '\0', n) != NULL)
        return err_set(err, ERR_SYNTAX, "a NUL in a command");
    p = skip_telnet(text);
    p = take_word(p, line->verb);
    if (p == NULL)
        return err_set(err, ERR_SYNTAX, "no command");
    if (strcmp(line->verb, "SITE") == 0 && *p == ' ' && p[1] != '\0') {
        memcpy(line->verb, "SITE ", sizeof("SITE "));
        p = take_word(p + strspn(p, " "), line->verb);
        if (p == NULL)
            return err_set(err, ERR_SYNTAX, "no SITE command");
    }
    if (*p == ' ')
        line->arg = p + 1;
    return 0;
}
