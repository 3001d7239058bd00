/* clients/gridrun/upload_list.c - see upload_list.h. */
#include "clients/gridrun/upload_list.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/codec.h"

/* Copy the value of the fact NAME in FACTS[0..N) ("a=1;b=2;") to VALUE; false
 * if it is absent or too long. */
static bool
fact(const char *facts, size_t n, const char *name, char value[24])
{
    size_t len = strlen(name);

    while (n > 0) {
        const char *end = memchr(facts, ';', n);
        size_t all = end != NULL ? (size_t)(end - facts) : n;

        if (all > len && facts[len] == '=' && memcmp(facts, name, len) == 0 &&
            all - len - 1 < 24) {
            memcpy(value, facts + len + 1, all - len - 1);
            value[all - len - 1] = '\0';
            return true;
        }
        all += end != NULL;
        facts += all;
        n -= all;
    }
    return false;
}

/* Parse one LINE of N bytes; false if it is malformed. */
static bool
read_line(const char *line, size_t n, struct upload_entry *e)
{
    const char *blank = memchr(line, ' ', n);
    size_t facts = blank != NULL ? (size_t)(blank - line) : 0;
    char value[24];

    if (blank == NULL || facts + 1 == n)
        return false;
    if (!fact(line, facts, "size", value) ||
        number_parse(value, 0, LLONG_MAX, &e->size) < 0 ||
        !fact(line, facts, "received", value) ||
        number_parse(value, 0, e->size, &e->received) < 0 ||
        !fact(line, facts, "complete", value))
        return false;
    e->complete = strcmp(value, "yes") == 0;
    e->name = xasprintf("%.*s", (int)(n - facts - 1), blank + 1);
    return percent_decode(e->name) == 0;
}

int
upload_list_parse(const char *text, struct upload_list *l, struct err *err)
{
    *l = (struct upload_list){ .n = 0 };
    while (*text != '\0') {
        size_t n = strcspn(text, "\n");
        struct upload_entry e = { .name = NULL };

        if (!read_line(text, n, &e)) {
            free(e.name);
            upload_list_fini(l);
            return err_set(err, ERR_PROTOCOL,
                           "the site's list of uploads has the line '%.*s'",
                           n < 200 ? (int)n : 200, text);
        }
        if ((l->n & (l->n - 1)) == 0)
            l->of = xrealloc(l->of, l->n == 0 ? 1 : 2 * l->n, sizeof(*l->of));
        l->of[l->n++] = e;
        text += n + (text[n] == '\n');
    }
    return 0;
}

void
upload_list_fini(struct upload_list *l)
{
    for (size_t i = 0; i < l->n; i++)
        free(l->of[i].name);
    free(l->of);
    *l = (struct upload_list){ .n = 0 };
}
