/* gsi/names/dn_value.c - see dn_value.h; also dn_add() and dn_fini(). */
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "gsi/names/dn_value.h"

void
dn_add(struct dn *dn, const char *type, const char *value, bool joined)
{
    const char *name = dn_type(type, strlen(type));

    dn->attr = xrealloc(dn->attr, dn->n + 1, sizeof *dn->attr);
    dn->attr[dn->n] = (struct dn_attr){ xstrdup(name ? name : type),
                                        xstrdup(value), joined && dn->n > 0 };
    dn->n++;
}

void
dn_fini(struct dn *dn)
{
    for (size_t i = 0; i < dn->n; i++) {
        free(dn->attr[i].type);
        free(dn->attr[i].value);
    }
    free(dn->attr);
    *dn = (struct dn){ NULL, 0 };
}

int
dn_value_add(struct dn *dn, const char *type, size_t type_len,
             const struct buf *value, bool joined, struct err *err)
{
    const char *s = buf_str(value);
    for (size_t i = 0; i < value->len;) {
        uint32_t c;
        size_t used = utf8_decode(s + i, value->len - i, &c);
        if (!used || c < 0x20 || (c >= 0x7f && c < 0xa0))
            return err_set(err, ERR_SYNTAX,
                           "byte %zu of the %.*s in a certificate name is not "
                           "printable UTF-8",
                           i + 1, (int)type_len, type);
        i += used;
    }
    if (dn->n >= DN_RDNS_MAX)
        return err_set(err, ERR_SYNTAX,
                       "certificate name of more than %d parts", DN_RDNS_MAX);
    char *word = xasprintf("%.*s", (int)type_len, type);
    dn_add(dn, word, s, joined);
    free(word);
    return 0;
}

int
dn_hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}
