/* gsi/chain/namespaces.c - which names a CA may assign, in EUGridPMA's
 * format. */
#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "gsi/chain/namespaces.h"

#define RULES_MAX      256
#define WORD_MAX       4096
#define EXPRESSION_MAX 1024
#define PLUS_MAX       6
#define WORDS          6 /* TO Issuer X PERMIT Subject Y */

struct rule {
    char *ca; /* dn_key(); NULL means SELF */
    bool deny;
    regex_t subject;
};

struct namespaces {
    struct rule *rule;
    size_t n;
};

void
namespaces_destroy(struct namespaces *ns)
{
    if (ns == NULL)
        return;
    for (size_t i = 0; i < ns->n; i++) {
        free(ns->rule[i].ca);
        regfree(&ns->rule[i].subject);
    }
    free(ns->rule);
    free(ns);
}

static char *
key_of(const struct dn *dn)
{
    struct buf b = BUF_INIT;

    dn_key(dn, &b);
    return b.data != NULL ? buf_detach(&b) : xstrdup("");
}

bool
namespaces_allow(const struct namespaces *ns, const struct dn *ca,
                 const struct dn *subject)
{
    char *who = key_of(ca), *what = key_of(subject);
    bool permitted = false, denied = false;

    for (size_t i = 0; i < ns->n; i++) {
        const struct rule *r = &ns->rule[i];

        if (r->ca != NULL && strcmp(r->ca, who) != 0)
            continue;
        if (regexec(&r->subject, what, 0, NULL, 0) != 0)
            continue;
        if (r->deny)
            denied = true;
        else
            permitted = true;
    }
    free(who);
    free(what);
    return permitted && !denied;
}

/* Translate the expression S over "/C=../CN=x" into one over dn_key() text,
 * where '\1' and the canonical type begin an attribute, so that a slash inside
 * a value never starts a new component. */
static void
add_expression(struct buf *b, const char *s)
{
    const char *type;
    char *word;
    size_t n;

    while (*s != '\0') {
        n = *s == '/' ? strcspn(s + 1, "=/*.\\") : 0;
        word = xasprintf("%.*s", (int)n, s + 1);
        type = n > 0 && s[n + 1] == '=' ? dn_type(word, n) : NULL;
        if (type != NULL) {
            buf_addf(b, "\1%s=", type);
            s += n + 2;
        } else if (*s == '/' && (s[1] == '.' || s[1] == '\0')) {
            buf_addc(b, '\1');
            s++;
        } else if (*s == '\\' && s[1] != '\0') {
            buf_add(b, s, 2);
            s += 2;
        } else if (*s == ' ') {
            s += strspn(s, " ");
            buf_addc(b, ' ');
        } else {
            buf_addc(b, *s++);
        }
        free(word);
    }
}

/* Whether TEXT may cost unlimited memory or time: a count, a back reference, or
 * many '+', because regcomp(3) copies the operand of each '+' and nested ones
 * double the size each time. */
static bool
is_costly(const char *text)
{
    int plus = 0;

    for (; *text != '\0'; text++) {
        plus += *text == '+';
        if (*text == '{' || plus > PLUS_MAX)
            return true;
        if (*text == '\\' && *++text >= '0' && *text <= '9')
            return true;
        if (*text == '\0')
            break;
    }
    return false;
}

static int
compile(const char *text, regex_t *re, struct err *err)
{
    struct buf b = BUF_INIT;
    char why[128];
    int rc;

    if (strlen(text) > EXPRESSION_MAX)
        return err_set(err, ERR_LIMIT, "a subject of more than %d bytes",
                       EXPRESSION_MAX);
    if (is_costly(text))
        return err_set(err, ERR_SYNTAX,
                       "the subject '%s' has a count ('{'), a back reference "
                       "('\\1') or more than %d '+': write it without",
                       text, PLUS_MAX);
    buf_adds(&b, "^(");
    add_expression(&b, text);
    buf_adds(&b, ")$");
    rc = regcomp(re, buf_str(&b), REG_EXTENDED | REG_ICASE | REG_NOSUB);
    buf_fini(&b);
    if (rc == 0)
        return 0;
    regerror(rc, re, why, sizeof(why));
    return err_set(err, ERR_SYNTAX, "the subject '%s' is not an expression: %s",
                   text, why);
}

struct word {
    char text[WORD_MAX];
    bool quoted;
};

/* Read the next word of *S, bare or in double quotes, into W. 0; 1 at the end
 * of the rule (a line end without a backslash before it); -1 with ERR. */
static int
next_word(const char **s, struct word *w, struct err *err)
{
    const char *p = *s;
    size_t n;

    for (;; p++) {
        if (p[0] == '\\' && p[1 + (p[1] == '\r')] == '\n')
            p += 1 + (p[1] == '\r');
        else if (*p == '#')
            p += strcspn(p, "\n") - 1;
        else if (*p != ' ' && *p != '\t' && *p != '\r')
            break;
    }
    *s = p;
    if (*p == '\0' || *p == '\n')
        return 1;
    w->quoted = *p == '"';
    if (w->quoted)
        p++;
    n = strcspn(p, w->quoted ? "\"\n" : " \t\r\n#\"");
    if (w->quoted && p[n] != '"')
        return err_set(err, ERR_SYNTAX, "the closing quote is missing");
    if (n >= sizeof(w->text))
        return err_set(err, ERR_LIMIT, "a name of more than %d bytes",
                       WORD_MAX - 1);
    memcpy(w->text, p, n);
    w->text[n] = '\0';
    *s = p + n + w->quoted;
    return 0;
}

static bool
is(const struct word *w, const char *keyword)
{
    return !w->quoted && strcasecmp(w->text, keyword) == 0;
}

/* Add the complete rule in WORD[0..6). */
static int
add_rule(struct namespaces *ns, const struct word *word, struct err *err)
{
    struct rule r = { .deny = is(&word[3], "DENY") };
    struct dn dn;

    if (!is(&word[0], "TO") || !is(&word[1], "ISSUER") ||
        !is(&word[4], "SUBJECT") || !word[5].quoted ||
        !(r.deny || is(&word[3], "PERMIT")) ||
        !(word[2].quoted || is(&word[2], "SELF")))
        return err_set(err, ERR_SYNTAX,
                       "a rule is: TO Issuer \"NAME\"|SELF PERMIT|DENY Subject "
                       "\"EXPRESSION\"");
    if (ns->n == RULES_MAX)
        return err_set(err, ERR_LIMIT, "more than %d rules in one file",
                       RULES_MAX);
    if (compile(word[5].text, &r.subject, err) < 0)
        return -1;
    if (word[2].quoted) {
        if (dn_parse(word[2].text, &dn, err) < 0) {
            regfree(&r.subject);
            return -1;
        }
        r.ca = key_of(&dn);
        dn_fini(&dn);
    }
    ns->rule = xrealloc(ns->rule, ns->n + 1, sizeof(*ns->rule));
    ns->rule[ns->n++] = r;
    return 0;
}

/* Parse one rule, or an empty line, at *S. */
static int
parse_rule(struct namespaces *ns, const char **s, struct word *word,
           struct err *err)
{
    size_t n = 0;
    int rc;

    while ((rc = next_word(s, &word[n], err)) == 0)
        if (++n == WORDS + 1)
            break;
    if (rc < 0)
        return -1;
    if (n != 0 && n != WORDS)
        return err_set(err, ERR_SYNTAX, "a rule has %d words, this one %s",
                       WORDS, n < WORDS ? "fewer" : "more");
    return n == 0 ? 0 : add_rule(ns, word, err);
}

int
namespaces_parse(const char *text, struct namespaces **ns, struct err *err)
{
    struct word *word = xcalloc(WORDS + 1, sizeof(*word));
    struct namespaces *new = xcalloc(1, sizeof(*new));
    const char *s = text, *at = text;
    int line = 1, rc = 0;

    *ns = NULL;
    while (*s != '\0') {
        for (; at < s; at++)
            line += *at == '\n';
        rc = parse_rule(new, &s, word, err);
        if (rc < 0)
            break;
        s += *s == '\n';
    }
    free(word);
    if (rc < 0) {
        namespaces_destroy(new);
        return err_wrap(err, "line %d", line);
    }
    *ns = new;
    return 0;
}
