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
#include "base/conf_check.h"
#include "base/prose.h"

#define CONF_FILE_MAX (1u << 20)
#define CONF_LINE_MAX 16384

const struct conf_row conf_rows[] = {
#define CONF(section, key, type, dflt, min, max, values, prose) \
    { #section, #key, CONF_##type, dflt, min, max, values, prose },
#include "base/conf.def"
#undef CONF
};

struct conf_value {
    char *text;
    long long number; /* NUMBER, SIZE, BOOL */
    char *split;      /* lists: a copy of text, split at its separators */
    char **words;     /* NULL-terminated */
    bool set;
};

struct conf {
    struct conf_value value[CONF_COUNT];
    char **faults;
    size_t nfaults;
};

/* Split V's text into words. */
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

/* Split V's text into the words of KEY's list and validate each. */
static int
assign_list(struct conf_value *v, enum conf_key key, struct err *err)
{
    long long number;
    size_t i;

    split(v);
    if (v->words[0] == NULL)
        return conf_check(&conf_rows[key], "", &number, err);
    for (i = 0; v->words[i] != NULL; i++)
        if (conf_check(&conf_rows[key], v->words[i], &number, err) < 0)
            return -1;
    return 0;
}

/* Set KEY to TEXT; an invalid TEXT leaves the old value. */
static int
assign(struct conf *c, enum conf_key key, const char *text, struct err *err)
{
    const struct conf_row *row = &conf_rows[key];
    struct conf_value v = { .text = xstrdup(text), .set = true };
    struct err why = ERR_INIT;
    int rc = conf_is_list(row->type) ? assign_list(&v, key, &why)
                                     : conf_check(row, text, &v.number, &why);

    if (rc < 0) {
        value_fini(&v);
        return err_set(err, ERR_CONFIG, "%s.%s: %s", row->section, row->key,
                       why.text);
    }
    value_fini(&c->value[key]);
    c->value[key] = v;
    return 0;
}

/* Record a fault; ERR keeps the first. */
static int
fault(struct conf *c, struct err *err, const char *text)
{
    c->faults = xrealloc(c->faults, c->nfaults + 1, sizeof(*c->faults));
    c->faults[c->nfaults++] = xstrdup(text);
    return err_set(err, ERR_CONFIG, "%s", text);
}

/* Find the row of SECTION.KEY; -1 with ERR, which names the closest key. */
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
    while (c->nfaults > 0)
        free(c->faults[--c->nfaults]);
    free(c->faults);
    free(c);
    errno = saved;
}

/* Most unparsable lines reported for one file. */
#define CONF_UNPARSABLE_MAX 32

/* State of reading a file through inih's callbacks. */
struct conf_reader {
    struct conf *c;
    const char *name; /* file name for messages */
    const char *at;
    int line;                            /* line passed last */
    int unparsable[CONF_UNPARSABLE_MAX]; /* lines that are neither section nor
                                          pair, ascending */
    size_t nunparsable;
    bool reporting; /* false while searching for unparsable lines */
    struct err *err;
};

/* Report a fault in R's current line. */
static void
reader_fault(const struct conf_reader *r, const char *why)
{
    char *text = xasprintf("%s:%d: %s", r->name, r->line, why);

    fault(r->c, r->err, text);
    free(text);
}

/* Whether R's current line is a known unparsable line. */
static bool
reader_skips(const struct conf_reader *r)
{
    size_t i;

    for (i = 0; i < r->nunparsable && r->unparsable[i] != r->line; i++)
        continue;
    return i < r->nunparsable;
}

/* fgets() over memory that counts lines, because Debian's inih does not pass
 * the line number to the handler. */
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
    if (reader_skips(r)) {
        line[0] = '\0';
        if (r->reporting)
            reader_fault(r, "neither '[section]' nor 'key = value'");
    }
    return line;
}

/* inih's handler; returns 1 to continue. */
static int
reader_pair(void *arg, const char *section, const char *name, const char *value)
{
    const struct conf_reader *r = arg;
    const char *hash = strchr(value, '#');
    struct err why = ERR_INIT;
    int key;

    if (!r->reporting)
        return 1;
    key = find(section, name, &why);
    if (hash != NULL && (hash == value || hash[-1] == ' ' || hash[-1] == '\t'))
        err_set(&why, ERR_CONFIG,
                "%s.%s: '%s' would be part of the value: a comment needs a "
                "line of its own",
                section, name, hash);
    if (why.code != ERR_OK || assign(r->c, (enum conf_key)key, value, &why) < 0)
        reader_fault(r, why.text);
    return 1;
}

/* Parse TEXT once; returns the first line that inih cannot parse, 0 for
 * none. */
static int
read_text(struct conf_reader *r, const char *text)
{
    r->at = text;
    r->line = 0;
    return ini_parse_stream(reader_gets, r, reader_pair, r);
}

/* inih reports only one unparsable line per pass. */
static void
find_unparsable(struct conf_reader *r, const char *text)
{
    int line;

    while (r->nunparsable < CONF_UNPARSABLE_MAX &&
           (line = read_text(r, text)) > 0)
        r->unparsable[r->nunparsable++] = line;
}

/* Reject overlong lines: inih would treat the rest of one as the next line. */
static int
check_lengths(struct conf_reader *r, const char *text)
{
    size_t n;

    for (r->line = 1; *text != '\0'; text += n + (text[n] == '\n'), r->line++) {
        n = strcspn(text, "\n");
        if (n > CONF_LINE_MAX - 3) {
            reader_fault(r, "longer than 16381 bytes");
            return -1;
        }
    }
    return 0;
}

int
conf_parse(struct conf *c, const char *name, const char *text, struct err *err)
{
    struct conf_reader r = { .c = c, .name = name, .err = err };
    size_t before = c->nfaults;

    if (check_lengths(&r, text) < 0)
        return -1;
    ini_allow_multiline = false;
    ini_use_stack = false;
    ini_initial_alloc = CONF_LINE_MAX;
    find_unparsable(&r, text);
    r.reporting = true;
    if (read_text(&r, text) < 0)
        return err_set(err, ERR_NOMEM, "%s: out of memory", name);
    return c->nfaults > before ? -1 : 0;
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
    struct err why = ERR_INIT;
    char section[64], name[64];
    int key;

    if (dot == NULL || equals == NULL || dot > equals) {
        err_set(&why, ERR_CONFIG, "'%s' is not section.key=value", assignment);
        return fault(c, err, why.text);
    }
    snprintf(section, sizeof(section), "%.*s", (int)(dot - assignment),
             assignment);
    snprintf(name, sizeof(name), "%.*s", (int)(equals - dot - 1), dot + 1);
    key = find(section, name, &why);
    if (key >= 0 && assign(c, (enum conf_key)key, equals + 1, &why) == 0)
        return 0;
    return fault(c, err, why.text);
}

const char *
conf_fault(const struct conf *c, size_t i)
{
    return i < c->nfaults ? c->faults[i] : NULL;
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

    assert(conf_is_list(conf_rows[key].type));
    for (; *word != NULL && i > 0; i--)
        word++;
    return *word;
}
