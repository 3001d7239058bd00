/* gsi/chain/policy.c - signing policies: which names a CA may assign (Globus'
 * HASH.signing_policy, an EACL). */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "gsi/chain/policy.h"
#include "gsi/names/dn_pattern.h"

#define ENTRIES_MAX 64
#define TOKEN_MAX   4096

struct entry {
    char *ca; /* dn_key() */
    char **pattern;
    size_t n;
    bool sign; /* "pos_rights globus CA:sign" was present */
};

struct policy {
    struct entry *entry;
    size_t n;
};

void
policy_destroy(struct policy *policy)
{
    if (!policy)
        return;
    for (size_t i = 0; i < policy->n; i++) {
        struct entry *e = &policy->entry[i];
        for (size_t k = 0; k < e->n; k++)
            free(e->pattern[k]);
        free(e->pattern);
        free(e->ca);
    }
    free(policy->entry);
    free(policy);
}

/* The canonical text to match with patterns: folded as in dn_key(), '\1' before
 * each attribute, so that a slash in a value never starts a new component. */
static char *
subject_key(const struct dn *dn)
{
    struct buf b = BUF_INIT;
    dn_key(dn, &b);
    return b.data ? buf_detach(&b) : xstrdup("");
}

bool
policy_allows(const struct policy *policy, const struct dn *ca,
              const struct dn *subject)
{
    char *who = subject_key(ca), *what = subject_key(subject);
    bool yes = false;
    for (size_t i = 0; i < policy->n && !yes; i++) {
        const struct entry *e = &policy->entry[i];
        if (!e->sign || strcmp(e->ca, who) != 0)
            continue;
        for (size_t k = 0; k < e->n && !yes; k++)
            yes = dn_pattern_matches(e->pattern[k], what);
    }
    free(who);
    free(what);
    return yes;
}

/* Length up to the closing quote, which a blank or the end must follow because
 * names such as O'Neill's may contain the same character.  The whole length
 * when there is none. */
static size_t
quoted_length(const char *s, char quote)
{
    for (size_t i = 0; s[i]; i++)
        if (s[i] == quote && strchr(" \t\r", s[i + 1]))
            return i;
    return strlen(s);
}

/* Read the next word of *S, bare, '...' or "...", into WORD; false at the end
 * of the line. */
static bool
next_word(const char **s, char word[TOKEN_MAX])
{
    const char *p = *s + strspn(*s, " \t\r");
    size_t n;
    if (!*p || *p == '#')
        return false;
    if (*p == '\'' || *p == '"') {
        n = quoted_length(p + 1, *p);
        *s = ++p + n;
        *s += **s != '\0';
    } else {
        n = strcspn(p, " \t\r");
        *s = p + n;
    }
    if (n >= TOKEN_MAX)
        n = TOKEN_MAX - 1;
    memcpy(word, p, n);
    word[n] = '\0';
    return true;
}

static int
add_ca(struct policy *p, const char *name, struct err *err)
{
    struct dn dn;
    if (p->n == ENTRIES_MAX)
        return err_set(err, ERR_LIMIT, "more than %d CAs in one file",
                       ENTRIES_MAX);
    if (dn_parse(name, &dn, err))
        return -1;
    p->entry = xrealloc(p->entry, p->n + 1, sizeof *p->entry);
    p->entry[p->n++] = (struct entry){ .ca = subject_key(&dn) };
    dn_fini(&dn);
    return 0;
}

/* Parse the conditions: patterns in double quotes inside single quotes. */
static int
add_patterns(struct entry *e, const char *list, struct err *err)
{
    char word[TOKEN_MAX];
    bool one = !strpbrk(list, "\"'");
    while (one ? *list != '\0' : next_word(&list, word)) {
        char *key = dn_pattern(one ? list : word);
        if (!key)
            return err_set(err, ERR_SYNTAX, "no name pattern in '%s'", list);
        e->pattern = xrealloc(e->pattern, e->n + 1, sizeof *e->pattern);
        e->pattern[e->n++] = key;
        if (one)
            break;
    }
    return 0;
}

static int
parse_line(struct policy *p, const char *line, struct err *err)
{
    char key[TOKEN_MAX], authority[TOKEN_MAX], value[TOKEN_MAX];
    if (!next_word(&line, key))
        return 0;
    if (!next_word(&line, authority) || !next_word(&line, value))
        return err_set(err, ERR_SYNTAX, "'%s' needs two words", key);
    if (strcmp(key, "access_id_CA") == 0)
        return add_ca(p, value, err);
    if (!p->n)
        return err_set(err, ERR_SYNTAX, "'%s' before any access_id_CA", key);
    struct entry *e = &p->entry[p->n - 1];
    if (strcmp(authority, "globus") != 0)
        return 0; /* a condition for another system */
    if (strcmp(key, "pos_rights") == 0) {
        e->sign = e->sign || strcmp(value, "CA:sign") == 0;
        return 0;
    }
    if (strcmp(key, "cond_subjects") == 0)
        return add_patterns(e, value, err);
    return err_set(err, ERR_SYNTAX, "'%s' is not understood", key);
}

int
policy_parse(const char *text, struct policy **policy, struct err *err)
{
    struct policy *p = xcalloc(1, sizeof *p);
    struct buf line = BUF_INIT;
    int number = 0;
    *policy = NULL;
    for (const char *s = text; *s;) {
        size_t n = strcspn(s, "\n");
        buf_clear(&line);
        buf_add(&line, s, n);
        s += n + (s[n] == '\n');
        number++;
        if (parse_line(p, buf_str(&line), err)) {
            err_wrap(err, "line %d", number);
            policy_destroy(p);
            buf_fini(&line);
            return -1;
        }
    }
    buf_fini(&line);
    *policy = p;
    return 0;
}
