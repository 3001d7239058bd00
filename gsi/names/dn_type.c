/* gsi/names/dn_type.c - the attribute types of names and their spellings (RFC
 * 4519, PKCS #9). */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "gsi/names/dn.h"

static const struct {
    const char *name;
    const char *oid;
    const char *also;
} types[] = {
#define TYPE(name, oid, also) { #name, oid, also },
#include "gsi/names/dn_type.def"
#undef TYPE
};

static bool
same(const char *word, size_t n, const char *type, size_t len)
{
    return n == len && strncasecmp(word, type, n) == 0;
}

/* Whether TYPE is one of the blank-separated WORDS. */
static bool
among(const char *words, const char *type, size_t len)
{
    while (*words) {
        size_t n = strcspn(words, " ");
        if (same(words, n, type, len))
            return true;
        words += n + (words[n] == ' ');
    }
    return false;
}

/* Whether TYPE is a dotted OID of at least two numbers. */
static bool
is_oid(const char *type, size_t len)
{
    bool dot = false;
    if (!len || !isdigit((unsigned char)type[0]) || type[len - 1] == '.')
        return false;
    for (size_t i = 0; i < len; i++) {
        if (type[i] == '.' && type[i - 1] != '.')
            dot = true;
        else if (!isdigit((unsigned char)type[i]))
            return false;
    }
    return dot;
}

const char *
dn_type(const char *type, size_t len)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (same(types[i].name, strlen(types[i].name), type, len) ||
            same(types[i].oid, strlen(types[i].oid), type, len) ||
            among(types[i].also, type, len))
            return types[i].name;
    return is_oid(type, len) ? type : NULL;
}
