/* base/conf.c - see conf.h. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ini.h>

#include "base/buf.h"
#include "base/codec.h"
#include "base/conf.h"
#include "base/net.h"
#include "base/prose.h"

#define CONF_FILE_MAX (1u << 20)
#define CONF_LINE_MAX 16384

const struct conf_row conf_rows[] = {
#define CONF(section, key, type, dflt, min, max, units, prose) \
    { #section, #key, CONF_##type, dflt, min, max, units, prose },
#include "base/conf.def"
#undef CONF
};

/* Strings that may only be one of a few words. */
static const struct {
    enum conf_key key;
    const char *words[6];
} conf_choices[] = {
    { CONF_security_crl, { "if-present", "require" } },
    { CONF_security_tls_min, { "1.2", "1.3" } },
    { CONF_gridftp_third_party, { "dcau", "never" } },
    { CONF_mds_anonymous, { "read", "none" } },
    { CONF_log_level, { "error", "warning", "notice", "info", "debug" } },
};
#define CONF_CHOICES (sizeof(conf_choices) / sizeof(conf_choices[0]))

struct conf_value {
    char *text;
    long long number; /* NUMBER, SIZE, BOOL */
    char *split;      /* WORDS: a copy of text, cut up */
    char **words;     /* NULL-terminated */
    bool set;
};

struct conf {
    struct conf_value value[CONF_COUNT];
};

/* One of the words that KEY may be, or no such list. */
static int
check_choice(enum conf_key key, const char *text, struct err *err)
{
    struct buf list = BUF_INIT;
    size_t i, w;

    for (i = 0; i < CONF_CHOICES && conf_choices[i].key != key; i++)
        continue;
    if (i == CONF_CHOICES)
        return 0;
    for (w = 0; w < 6 && conf_choices[i].words[w] != NULL; w++) {
        if (strcmp(conf_choices[i].words[w], text) == 0) {
            buf_fini(&list);
            return 0;
        }
        buf_addf(&list, "%s%s", w > 0 ? ", " : "", conf_choices[i].words[w]);
    }
    err_set(err, ERR_CONFIG, "'%s' is not one of: %s", text, buf_str(&list));
    buf_fini(&list);
    return -1;
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
                       text, row->min, row->max, row->units);
    return 0;
}

static int
check_bool(const char *text, long long *number, struct err *err)
{
    if (strcmp(text, "yes") == 0 || strcmp(text, "true") == 0)
        *number = 1;
    else if (strcmp(text, "no") == 0 || strcmp(text, "false") == 0)
        *number = 0;
    else
        return err_set(err, ERR_CONFIG, "'%s' is neither yes nor no", text);
    return 0;
}

/* Whether TEXT can be the value of KEY; numbers into *NUMBER. */
static int
check(enum conf_key key, const char *text, long long *number, struct err *err)
{
    const struct conf_row *row = &conf_rows[key];
    struct net_addr addr;

    *number = 0;
    switch (row->type) {
    case CONF_NUMBER:
    case CONF_SIZE:
        return check_number(row, text, number, err);
    case CONF_BOOL:
        return check_bool(text, number, err);
    case CONF_PATH:
        if (*text != '\0' && *text != '/')
            return err_set(err, ERR_CONFIG, "'%s' is not an absolute path",
                           text);
        return 0;
    case CONF_ADDR:
        return *text == '\0' ? 0 : net_parse(text, &addr, err);
    case CONF_STRING:
    case CONF_WORDS:
        break;
    }
    return check_choice(key, text, err);
}

/* Cut V's text into words. */
static void
split(struct conf_value *v)
{
    char *at, *word, *rest = NULL;
    size_t n = 0;

    v->split = xstrdup(v->text);
    v->words = xcalloc(1, sizeof(*v->words));
    for (at = v->split; (word = strtok_r(at, " \t,", &rest)); at = NULL) {
        v->words = xrealloc(v->words, n + 2, sizeof(*v->words));
        v->words[n++] = word;
        v->words[n] = NULL;
    }
}

static void
value_fini(struct conf_value *v)
{
    free(v->text);
    free(v->split);
    free(v->words);
    *v = (struct conf_value){ 0 };
}

/* Give KEY the value TEXT. */
static int
assign(struct conf *c, enum conf_key key, const char *text, struct err *err)
{
    struct conf_value *v = &c->value[key];
    struct err why = ERR_INIT;
    long long number;

    if (check(key, text, &number, &why) < 0)
        return err_set(err, ERR_CONFIG, "%s.%s: %s", conf_rows[key].section,
                       conf_rows[key].key, why.text);
    value_fini(v);
    v->text = xstrdup(text);
    v->number = number;
    v->set = true;
    if (conf_rows[key].type == CONF_WORDS)
        split(v);
    return 0;
}

/* SECTION.KEY as a row's number; -1 with ERR, which names the nearest. */
static int
find(const char *section, const char *key, struct err *err)
{
    char want[128], have[128], best[128] = "";
    size_t least = 4, d;
    int i;

    snprintf(want, sizeof(want), "%s.%s", section, key);
    for (i = 0; i < CONF_COUNT; i++) {
        snprintf(have, sizeof(have), "%s.%s", conf_rows[i].section,
                 conf_rows[i].key);
        if (strcmp(want, have) == 0)
            return i;
        d = prose_distance(want, have, least);
        if (d < least) {
            least = d;
            memcpy(best, have, sizeof(best));
        }
    }
    if (best[0] != '\0')
        return err_set(err, ERR_CONFIG, "unknown key '%s': did you mean '%s'?",
                       want, best);
    return err_set(err, ERR_CONFIG, "unknown key '%s': -help lists all", want);
}

struct conf *
conf_create(void)
{
    struct conf *c = xcalloc(1, sizeof(*c));
    struct err err = ERR_INIT;
    int i;

    for (i = 0; i < CONF_COUNT; i++) {
        if (assign(c, (enum conf_key)i, conf_rows[i].dflt, &err) < 0) {
            fprintf(stderr, "conf.def: %s\n", err.text);
            abort();
        }
        c->value[i].set = false;
    }
    return c;
}

void
conf_destroy(struct conf *c)
{
    int saved = errno, i;

    if (c == NULL)
        return;
    for (i = 0; i < CONF_COUNT; i++)
        value_fini(&c->value[i]);
    free(c);
    errno = saved;
}

/* What inih is handed line by line, and the first thing found wrong. */
struct conf_reader {
    struct conf *c;
    const char *at;
    int line;
    int bad_line;
    struct err err;
};

/* fgets() over memory that counts lines: Debian's inih does not tell a handler
 * which line it is in. */
static char *
reader_gets(char *line, int size, void *arg)
{
    struct conf_reader *r = arg;
    size_t n = strcspn(r->at, "\n");

    if (*r->at == '\0')
        return NULL;
    n += r->at[n] == '\n';
    assert(n < (size_t)size);
    r->line++;
    memcpy(line, r->at, n);
    line[n] = '\0';
    r->at += n;
    return line;
}

/* inih's: 1 goes on, 0 is an error. */
static int
reader_pair(void *arg, const char *section, const char *name, const char *value)
{
    struct conf_reader *r = arg;
    int key = find(section, name, &r->err);

    if (key >= 0 && assign(r->c, (enum conf_key)key, value, &r->err) == 0)
        return 1;
    if (r->bad_line == 0)
        r->bad_line = r->line;
    return 0;
}

int
conf_parse(struct conf *c, const char *name, const char *text, struct err *err)
{
    struct conf_reader r = { .c = c, .at = text, .err = ERR_INIT };
    int line, number = 1;
    size_t n;

    /* inih would take the rest of a cut line for the next one. */
    for (; *text != '\0'; text += n + (text[n] == '\n'), number++) {
        n = strcspn(text, "\n");
        if (n > CONF_LINE_MAX - 3)
            return err_set(err, ERR_CONFIG, "%s:%d: longer than %d bytes", name,
                           number, CONF_LINE_MAX - 3);
    }

    ini_allow_multiline = false;
    ini_use_stack = false;
    ini_initial_alloc = CONF_LINE_MAX;
    line = ini_parse_stream(reader_gets, &r, reader_pair, &r);
    if (line == 0)
        return 0;
    if (line < 0)
        return err_set(err, ERR_NOMEM, "%s: out of memory", name);
    if (line == r.bad_line)
        return err_set(err, ERR_CONFIG, "%s:%d: %s", name, line, r.err.text);
    return err_set(err, ERR_CONFIG,
                   "%s:%d: neither '[section]' nor 'key = value'", name, line);
}

int
conf_load(struct conf *c, const char *file, struct err *err)
{
    struct buf text = BUF_INIT;
    int fd = open(file, O_RDONLY | O_CLOEXEC), rc = -1;

    if (fd < 0)
        return err_set(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_CONFIG,
                       "cannot open '%s': %s", file, strerror(errno));
    if (buf_read_fd(&text, fd, CONF_FILE_MAX) < 0)
        err_set(err, ERR_CONFIG, "cannot read '%s': %s", file, strerror(errno));
    else if (strlen(buf_str(&text)) != text.len)
        err_set(err, ERR_CONFIG, "'%s' holds a NUL byte: is it a text?", file);
    else
        rc = conf_parse(c, file, buf_str(&text), err);
    close(fd);
    buf_fini(&text);
    return rc;
}

int
conf_set(struct conf *c, const char *assignment, struct err *err)
{
    const char *dot = strchr(assignment, '.');
    const char *equals = strchr(assignment, '=');
    char section[64], name[64];
    int key;

    if (dot == NULL || equals == NULL || dot > equals)
        return err_set(err, ERR_CONFIG, "'%s' is not section.key=value",
                       assignment);
    snprintf(section, sizeof(section), "%.*s", (int)(dot - assignment),
             assignment);
    snprintf(name, sizeof(name), "%.*s", (int)(equals - dot - 1), dot + 1);
    key = find(section, name, err);
    return key < 0 ? -1 : assign(c, (enum conf_key)key, equals + 1, err);
}

const char *
conf_str(const struct conf *c, enum conf_key key)
{
    return c->value[key].text;
}

long long
conf_num(const struct conf *c, enum conf_key key)
{
    return c->value[key].number;
}

bool
conf_bool(const struct conf *c, enum conf_key key)
{
    return c->value[key].number != 0;
}

bool
conf_is_set(const struct conf *c, enum conf_key key)
{
    return c->value[key].set;
}

const char *
conf_word(const struct conf *c, enum conf_key key, size_t i)
{
    char *const *word = c->value[key].words;

    assert(conf_rows[key].type == CONF_WORDS);
    for (; *word != NULL && i > 0; i--)
        word++;
    return *word;
}
