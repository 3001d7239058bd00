/* gatekeeper/schedulers/batch_answer.c - see batch_answer.h. */
#include "gatekeeper/schedulers/batch_answer.h"

#include <string.h>

#include "gatekeeper/schedulers/batch_line.h"

enum use {
    AFTER_ID,
    AFTER_ARRAY_ID,
    TRANSIENT,
    BEFORE
};

static const struct {
    enum batch_kind kind;
    enum use use;
    const char *text;
} rows[] = {
#define BATCH_ANSWER(kind, use, text) { BATCH_##kind, use, text },
#include "gatekeeper/schedulers/batch_answer.def"
};

#define ROWS (sizeof(rows) / sizeof(*rows))

/* Find the text of a row of KIND and USE, from row *I on, in TEXT; NULL: none
 * is there.  *I is then the row. */
static const char *
find_row(enum batch_kind kind, enum use use, const char *text, size_t *i)
{
    for (; *i < ROWS; ++*i)
        if (rows[*i].kind == kind && rows[*i].use == use) {
            const char *at = strstr(text, rows[*i].text);

            if (at != NULL)
                return at;
        }
    return NULL;
}

int
batch_answer_id(enum batch_kind kind, const char *text, char id[SCHED_ID_MAX])
{
    size_t n = strspn(text, "0123456789"), i = 0;
    const char *rest = text + n;

    if (n == 0 || n >= 20)
        return -1;
    if (find_row(kind, AFTER_ID, rest, &i) == rest)
        rest += strcspn(rest, " \n");
    i = 0;
    if (find_row(kind, AFTER_ARRAY_ID, rest, &i) == rest)
        rest += strspn(rest, ".-:0123456789");
    if (strcmp(rest, "\n") != 0 && *rest != '\0')
        return -1;
    memcpy(id, text, n);
    id[n] = '\0';
    return 0;
}

bool
batch_answer_transient(enum batch_kind kind, const char *diag)
{
    size_t i = 0;

    return find_row(kind, TRANSIENT, diag, &i) != NULL;
}

void
batch_answer_error(enum batch_kind kind, const char *diag, char *out,
                   size_t size)
{
    const char *from = diag, *at;
    size_t n, i = 0;

    at = find_row(kind, BEFORE, diag, &i);
    /* The last message is the most specific. */
    for (; at != NULL; at = strstr(from, rows[i].text))
        from = at + strlen(rows[i].text);
    n = strcspn(from, "\n");
    if (n >= size)
        n = size - 1;
    memcpy(out, from, n);
    out[n] = '\0';
    batch_line_printable(out);
}
