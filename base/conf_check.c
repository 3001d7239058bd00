/* base/conf_check.c - validate values by type; see conf_check.h. */
#include <arpa/inet.h>
#include <ctype.h>
#include <limits.h>
#include <string.h>
#include <strings.h>

#include "base/codec.h"
#include "base/conf_check.h"
#include "base/net.h"

/* Find word I (from 0) of the blank-separated LIST: returns its length, 0 past
 * the last. */
static size_t
list_word(const char *list, size_t i, const char **word)
{
    size_t n;

    for (;; i--, list += n) {
        list += strspn(list, " ");
        n = strcspn(list, " ");
        if (i == 0 || n == 0)
            break;
    }
    *word = list;
    return n;
}

/* Whether LIST contains the word TEXT of N bytes. */
static bool
list_has(const char *list, const char *text, size_t n)
{
    const char *word;
    size_t i, len;

    for (i = 0; (len = list_word(list, i, &word)) > 0; i++)
        if (len == n && strncasecmp(word, text, n) == 0)
            return true;
    return false;
}

static int
check_any(const struct conf_row *row, const char *text, long long *number,
          struct err *err)
{
    (void)row, (void)text, (void)number, (void)err;
    return 0;
}

static int
check_path(const struct conf_row *row, const char *text, long long *number,
           struct err *err)
{
    (void)row, (void)number;
    if (*text == '/')
        return 0;
    return err_set(err, ERR_CONFIG, "'%s' is not an absolute path", text);
}

static int
check_log(const struct conf_row *row, const char *text, long long *number,
          struct err *err)
{
    (void)row, (void)number;
    if (*text == '/' || strcmp(text, "stderr") == 0 ||
        strcmp(text, "syslog") == 0)
        return 0;
    return err_set(err, ERR_CONFIG,
                   "'%s' is neither an absolute path nor stderr nor syslog",
                   text);
}

static int
check_addr(const struct conf_row *row, const char *text, long long *number,
           struct err *err)
{
    struct net_addr addr;

    (void)row, (void)number;
    return net_parse(text, &addr, err) < 0 ? -1 : 0;
}

/* An IPv4 or IPv6 address as numbers. */
static int
check_host(const struct conf_row *row, const char *text, long long *number,
           struct err *err)
{
    unsigned char address[sizeof(struct in6_addr)];

    (void)row, (void)number;
    if (inet_pton(AF_INET, text, address) == 1 ||
        inet_pton(AF_INET6, text, address) == 1)
        return 0;
    return err_set(err, ERR_CONFIG,
                   "'%s' is not an address (192.0.2.1, 2001:db8::1)", text);
}

static int
check_number(const struct conf_row *row, const char *text, long long *number,
             struct err *err)
{
    int bad = row->type == CONF_SIZE
                  ? size_parse(text, number)
                  : number_parse(text, LLONG_MIN, LLONG_MAX, number);

    if (bad < 0)
        return err_set(err, ERR_CONFIG, "'%s' is not a number%s", text,
                       row->type == CONF_SIZE ? " of bytes (64k, 1M, 2G)" : "");
    if (*number < row->min || *number > row->max)
        return err_set(err, ERR_CONFIG, "%s is not within %lld to %lld %s",
                       text, row->min, row->max, row->values);
    return 0;
}

/* Key size: one of the row's words, or a number of bits within its bounds. */
static int
check_bits(const struct conf_row *row, const char *text, long long *number,
           struct err *err)
{
    if (number_parse(text, LLONG_MIN, LLONG_MAX, number) == 0 &&
        (list_has(row->values, text, strlen(text)) ||
         (*number >= row->min && *number <= row->max)))
        return 0;
    return err_set(err, ERR_CONFIG,
                   "'%s' is neither one of %s nor a number of bits from %lld "
                   "to %lld",
                   text, row->values, row->min, row->max);
}

static int
check_bool(const struct conf_row *row, const char *text, long long *number,
           struct err *err)
{
    (void)row;
    if (strcmp(text, "yes") == 0 || strcmp(text, "true") == 0)
        *number = 1;
    else if (strcmp(text, "no") == 0 || strcmp(text, "false") == 0)
        *number = 0;
    else
        return err_set(err, ERR_CONFIG, "'%s' is neither yes nor no", text);
    return 0;
}

static int
check_choice(const struct conf_row *row, const char *text, long long *number,
             struct err *err)
{
    const char *word;
    char list[256];
    size_t i, n, used = 0;

    (void)number;
    for (i = 0; (n = list_word(row->values, i, &word)) > 0; i++) {
        if (strlen(text) == n && strncmp(word, text, n) == 0)
            return 0;
        used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%.*s",
                                 i > 0 ? ", " : "", (int)n, word);
    }
    return err_set(err, ERR_CONFIG, "'%s' is not one of: %s", text, list);
}

/* LOW,HIGH */
static int
check_ports(const struct conf_row *row, const char *text, long long *number,
            struct err *err)
{
    struct net_ports ports;
    struct err why = ERR_INIT;

    (void)row, (void)number;
    if (net_ports_parse(text, &ports, &why) == 0)
        return 0;
    return err_set(err, ERR_CONFIG, "%s", why.text);
}

/* The name of an account or scheduler: it begins with a letter or "_". */
static int
check_name(const struct conf_row *row, const char *text, long long *number,
           struct err *err)
{
    const char *p = text;

    (void)row, (void)number;
    if (isalpha((unsigned char)*p) || *p == '_')
        for (p++; isalnum((unsigned char)*p) || strchr("_.-", *p) != NULL; p++)
            if (*p == '\0')
                return 0;
    return err_set(err, ERR_CONFIG,
                   "'%s' is not a name: letters, digits, '_', '.' and '-'",
                   text);
}

/* Whether the N bytes TEXT are a valid HOST or HOST:PORT of a URL. */
static bool
is_authority(const char *text, size_t n)
{
    const char *end = text + n, *colon = text;
    long long port;
    char digits[8];

    if (n > 0 && *text == '[')
        while (colon < end && *colon != ']')
            colon++;
    while (colon < end && *colon != ':')
        colon++;
    for (const char *p = text; p < colon; p++)
        if (!isalnum((unsigned char)*p) && strchr("-._[]:", *p) == NULL)
            return false;
    if (colon == text)
        return false;
    if (colon == end)
        return true;
    snprintf(digits, sizeof(digits), "%.*s", (int)(end - colon - 1), colon + 1);
    return (size_t)(end - colon - 1) < sizeof(digits) &&
           number_parse(digits, 1, 65535, &port) == 0;
}

/* SCHEME://HOST[:PORT][/PATH] with one of the row's schemes. */
static int
check_url(const struct conf_row *row, const char *text, long long *number,
          struct err *err)
{
    const char *sep = strstr(text, "://"), *p = text;

    (void)number;
    while (isgraph((unsigned char)*p) && *p != '#')
        p++;
    if (sep != NULL && *p == '\0' &&
        list_has(row->values, text, (size_t)(sep - text)) &&
        is_authority(sep + 3, strcspn(sep + 3, "/?")))
        return 0;
    return err_set(err, ERR_CONFIG,
                   "'%s' is not a URL SCHEME://HOST[:PORT][/PATH] with one of "
                   "these schemes: %s",
                   text, row->values);
}

/* A scheme of the row, or scheme://host. */
static int
check_scheme(const struct conf_row *row, const char *text, long long *number,
             struct err *err)
{
    size_t n = strcspn(text, ":");

    (void)number;
    if (list_has(row->values, text, n) &&
        (text[n] == '\0' || (strncmp(text + n, "://", 3) == 0 &&
                             strchr(text + n + 3, ':') == NULL &&
                             is_authority(text + n + 3, strlen(text + n + 3)))))
        return 0;
    return err_set(err, ERR_CONFIG,
                   "'%s' is neither a scheme nor SCHEME://HOST; the schemes "
                   "are: %s",
                   text, row->values);
}

/* The path of a rule, optionally after one of the row's words. */
static int
check_rule(const struct conf_row *row, const char *text, long long *number,
           struct err *err)
{
    const char *path = strchr(text, '/');
    bool good =
        path != NULL &&
        (path == text || list_has(row->values, text, (size_t)(path - text)));

    (void)number;
    for (; good && path != NULL; path = strchr(path + 1, '/'))
        good =
            strncmp(path, "/..", 3) != 0 || (path[3] != '/' && path[3] != '\0');
    if (good)
        return 0;
    return err_set(err, ERR_CONFIG,
                   "'%s' is not a rule: write an absolute path that holds no "
                   "'..'%s%s",
                   text,
                   *row->values != '\0' ? ", alone or behind one of: "
                                        : ", and nothing before it",
                   row->values);
}

/* By type: the check of a value or list word, and whether the value is a
 * list. */
static const struct {
    int (*check)(const struct conf_row *row, const char *text,
                 long long *number, struct err *err);
    bool list;
    bool needed; /* "" is not allowed */
} conf_types[] = {
    [CONF_STRING] = { check_any, false, false },
    [CONF_PATH] = { check_path, false, false },
    [CONF_LOG] = { check_log, false, true },
    [CONF_ADDR] = { check_addr, false, false },
    [CONF_HOST] = { check_host, false, false },
    [CONF_HOSTS] = { check_host, true, false },
    [CONF_NAME] = { check_name, false, false },
    [CONF_NAMES] = { check_name, true, true },
    [CONF_URL] = { check_url, false, false },
    [CONF_URLS] = { check_url, true, false },
    [CONF_SCHEMES] = { check_scheme, true, false },
    [CONF_RULES] = { check_rule, true, false },
    [CONF_PORTS] = { check_ports, false, false },
    [CONF_CHOICE] = { check_choice, false, true },
    [CONF_NUMBER] = { check_number, false, true },
    [CONF_BITS] = { check_bits, false, true },
    [CONF_SIZE] = { check_number, false, true },
    [CONF_BOOL] = { check_bool, false, true },
};

int
conf_check(const struct conf_row *row, const char *text, long long *number,
           struct err *err)
{
    *number = 0;
    if (*text == '\0' && !conf_types[row->type].needed)
        return 0;
    return conf_types[row->type].check(row, text, number, err);
}

bool
conf_is_list(enum conf_type type)
{
    return conf_types[type].list;
}
