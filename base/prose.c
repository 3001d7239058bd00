/* base/prose.c - see prose.h. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/prose.h"
#include "base/utf8.h"

#define WORD_MAX 64

void
prose_wrap(FILE *out, const char *prefix, size_t at, const char *text)
{
    size_t margin = strlen(prefix), word;
    const char *gap = "";

    if (at == 0) {
        fputs(prefix, out);
        at = margin;
    }
    while (*text != '\0') {
        text += strspn(text, " ");
        word = strcspn(text, " \n");
        if (*gap != '\0' && word > 0 && at + 1 + word >= PROSE_COLUMNS) {
            fprintf(out, "\n%s", prefix);
            at = margin;
            gap = "";
        }
        if (word > 0) {
            fprintf(out, "%s%.*s", gap, (int)word, text);
            at += strlen(gap) + word;
            gap = " ";
            text += word;
        }
        if (*text == '\n') {
            text++;
            fprintf(out, "\n%s", *text != '\0' ? prefix : "");
            at = margin;
            gap = "";
            if (*text == '\0')
                return;
        }
    }
    fputc('\n', out);
}

void
prose_plain(char *text, bool lines)
{
    size_t left = strlen(text), n;
    uint32_t c;

    for (; left > 0; text += n, left -= n) {
        n = utf8_decode(text, left, &c);
        if (n ==
            0) { /* a terminal with an 8-bit character set may interpret it */
            c = (unsigned char)*text;
            n = 1;
        }
        if (!utf8_is_plain(c) && !(lines && (c == '\n' || c == '\t')))
            memset(text, '?', n);
    }
}

void
prose_show(FILE *f, const char *text)
{
    char *copy;

    if (!isatty(fileno(f))) {
        fputs(text, f);
        return;
    }
    copy = xstrdup(text);
    prose_plain(copy, true);
    fputs(copy, f);
    free(copy);
}

static size_t
least(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t
prose_distance(const char *a, const char *b, size_t limit)
{
    /* The last three rows of the usual table (optimal string alignment). */
    size_t row[3][WORD_MAX + 1];
    size_t na = strlen(a), nb = strlen(b), i, j, v;
    size_t *now = row[0], *last = row[1], *before = row[2], *spare;

    if (na >= WORD_MAX || nb >= WORD_MAX)
        return limit;
    for (j = 0; j <= nb; j++) {
        now[j] = j;
        last[j] = j;
    }
    for (i = 1; i <= na; i++) {
        spare = before;
        before = last;
        last = now;
        now = spare;
        now[0] = i;
        for (j = 1; j <= nb; j++) {
            v = least(last[j], now[j - 1]) + 1;
            v = least(v, last[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                v = least(v, before[j - 2] + 1);
            now[j] = v;
        }
    }
    return least(now[nb], limit);
}
