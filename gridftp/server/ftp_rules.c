/* gridftp/server/ftp_rules.c - see ftp_rules.h. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "gridftp/server/ftp_path.h"
#include "gridftp/server/ftp_rules.h"

/* The allowed prefixes of a path, for each key. */
static const struct {
    enum conf_key key;
    const char *before;
    enum ftp_rule_kind kind;
} rule_words[] = {
    { CONF_gridftp_deny, "", FTP_RULE_DENY },
    { CONF_gridftp_allow, "ro:", FTP_RULE_READ_ONLY },
    { CONF_gridftp_allow, "rw:", FTP_RULE_READ_WRITE },
    { CONF_gridftp_allow, "", FTP_RULE_READ_WRITE },
};
#define RULE_WORDS (sizeof(rule_words) / sizeof(rule_words[0]))

static const char *const rule_kind_words[] = {
    [FTP_RULE_DENY] = "deny",
    [FTP_RULE_READ_ONLY] = "allow to read",
    [FTP_RULE_READ_WRITE] = "allow to read and write",
};

/* The absolute PATH without "." and doubled slashes; the caller must free()
 * it.  It has no ".." (CONF_RULES), because that means something else after a
 * link. */
static char *
normalise(const char *path)
{
    struct buf out = BUF_INIT;
    size_t n;

    for (; *path != '\0'; path += n) {
        path += strspn(path, "/");
        n = strcspn(path, "/");
        if (n == 0 || (n == 1 && path[0] == '.'))
            continue;
        buf_addc(&out, '/');
        buf_add(&out, path, n);
    }
    if (out.len == 0)
        buf_addc(&out, '/');
    return buf_detach(&out);
}

/* Parse WORD of KEY into RULE, without following links yet. */
static void
parse(struct ftp_rule *rule, enum conf_key key, const char *word)
{
    size_t i = 0, n;

    while (rule_words[i].key != key ||
           strncmp(word, rule_words[i].before, strlen(rule_words[i].before)) !=
               0)
        i++; /* the last row of a key matches all */
    n = strlen(rule_words[i].before);
    rule->kind = rule_words[i].kind;
    rule->prefix = normalise(word + n);
}

/* Open PATH, absolute, below the root ROOT: a descriptor, or -1. */
static int
reach(int root, const char *path)
{
    struct open_how how = { .flags = O_PATH | O_CLOEXEC,
                            .resolve =
                                RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS };

    return (int)syscall(SYS_openat2, root, path, &how, sizeof(how));
}

/* The real path of what FD has open, below the root ROOT_TEXT ("" for /), with
 * REST appended; NULL. */
static char *
name_of(int fd, const char *root_text, const char *rest)
{
    char link[64], text[PATH_MAX];
    size_t root = strlen(root_text);
    ssize_t n;

    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    n = readlink(link, text, sizeof(text) - 1);
    if (n < 0)
        return NULL;
    text[n] = '\0';
    if (strncmp(text, root_text, root) != 0)
        return NULL;
    if (strcmp(text, "/") == 0)
        text[0] = '\0';
    return xasprintf("%s%s", text + root, rest);
}

/* Follow the links of RULE as far as its path exists; the missing end is kept
 * as written. */
static void
follow(struct ftp_rule *rule, int root, const char *root_text)
{
    char *part = xstrdup(rule->prefix), *slash, *name;
    int fd = reach(root, part);

    rule->absent = fd < 0;
    while (fd < 0 && (slash = strrchr(part, '/')) != NULL && slash != part) {
        *slash = '\0';
        fd = reach(root, part);
    }
    if (fd >= 0) {
        name = name_of(fd, root_text, rule->prefix + strlen(part));
        close(fd);
        if (name != NULL && *name != '\0' && strcmp(name, rule->prefix) != 0)
            rule->true_prefix = name;
        else
            free(name);
    }
    free(part);
}

static void
read_key(struct ftp_rules *rules, const struct conf *conf, enum conf_key key)
{
    const char *word;
    size_t i;

    for (i = 0; (word = conf_word(conf, key, i)) != NULL; i++) {
        rules->of = xrealloc(rules->of, rules->n + 1, sizeof(*rules->of));
        rules->of[rules->n] = (struct ftp_rule){ 0 };
        parse(&rules->of[rules->n++], key, word);
    }
}

int
ftp_rules_read(struct ftp_rules *rules, const struct conf *conf,
               struct err *err)
{
    const char *path = conf_str(conf, CONF_gridftp_root);
    char *root_text;
    size_t i;
    int root;

    *rules = (struct ftp_rules){ 0 };
    rules->allow_all = conf_word(conf, CONF_gridftp_allow, 0) == NULL;
    read_key(rules, conf, CONF_gridftp_deny);
    read_key(rules, conf, CONF_gridftp_allow);
    root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root < 0)
        return err_set(err, ERR_CONFIG, "gridftp.root: cannot enter '%s': %s",
                       path, strerror(errno));
    root_text = name_of(root, "", "");
    for (i = 0; i < rules->n && root_text != NULL; i++)
        follow(&rules->of[i], root, root_text);
    free(root_text);
    close(root);
    return 0;
}

void
ftp_rules_fini(struct ftp_rules *rules)
{
    while (rules->n > 0) {
        rules->n--;
        free(rules->of[rules->n].prefix);
        free(rules->of[rules->n].true_prefix);
    }
    free(rules->of);
    *rules = (struct ftp_rules){ 0 };
}

bool
ftp_rules_any(const struct ftp_rules *rules)
{
    return rules->n > 0;
}

const char *
ftp_rules_prefix(const struct ftp_rules *rules, size_t i)
{
    const struct ftp_rule *rule = &rules->of[i / 2];

    return i % 2 == 0 ? rule->prefix : rule->true_prefix;
}

bool
ftp_rules_allow(const struct ftp_rules *rules, const char *path,
                enum ftp_right right)
{
    bool allowed = rules->allow_all, ro;
    const char *prefix;
    size_t i, n, longest = 0;

    for (i = 0; i < 2 * rules->n; i++) {
        prefix = ftp_rules_prefix(rules, i);
        if (prefix == NULL || !ftp_rules_below(path, prefix))
            continue;
        if (rules->of[i / 2].kind == FTP_RULE_DENY)
            return false;
        n = strlen(prefix);
        if (n < longest)
            continue;
        ro = rules->of[i / 2].kind == FTP_RULE_READ_ONLY;
        allowed = !ro || right != FTP_RIGHT_WRITE || (allowed && n == longest);
        longest = n;
    }
    return allowed;
}

void
ftp_rules_print(const struct ftp_rules *rules, FILE *out)
{
    size_t i;

    for (i = 0; i < rules->n; i++) {
        const struct ftp_rule *rule = &rules->of[i];

        fprintf(out, "gridftp: rule: %s %s%s%s%s\n",
                rule_kind_words[rule->kind], rule->prefix,
                rule->true_prefix != NULL ? ", which is " : "",
                rule->true_prefix != NULL ? rule->true_prefix : "",
                rule->absent ? " (warning: nothing has this name now)" : "");
    }
}

void
ftp_rules_warn(const struct ftp_rules *rules)
{
    size_t i;

    for (i = 0; i < rules->n; i++)
        if (rules->of[i].absent)
            log_event(LOG_WARNING, "ftp.rule.absent", "rule=%s path=%s",
                      rule_kind_words[rules->of[i].kind], rules->of[i].prefix);
}

bool
ftp_rules_below(const char *path, const char *prefix)
{
    size_t n = strlen(prefix);

    while (n > 1 && prefix[n - 1] == '/')
        n--;
    if (n == 1 && *prefix == '/')
        return true;
    return strncmp(path, prefix, n) == 0 && (path[n] == '/' || path[n] == '\0');
}
