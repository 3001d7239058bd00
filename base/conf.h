/* base/conf.h - gatehouse.conf.  One table (conf.def) gives the parser, the
 * defaults, --help and the manual page of every daemon. */
#ifndef BASE_CONF_H
#define BASE_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/err.h"

enum conf_type {
    CONF_STRING,  /* any text */
    CONF_PATH,    /* absolute path */
    CONF_LOG,     /* absolute path, stderr or syslog */
    CONF_ADDR,    /* address:port, [v6]:port; port 0 = any free one */
    CONF_HOST,    /* address */
    CONF_HOSTS,   /* addresses */
    CONF_NAME,    /* account name */
    CONF_NAMES,   /* scheduler names, at least one */
    CONF_URL,     /* scheme://host[:port][/path], the scheme one of the row's */
    CONF_URLS,    /* several */
    CONF_SCHEMES, /* schemes from the row, or scheme://host */
    CONF_RULES,  /* absolute paths, each optionally after a word from the row */
    CONF_PORTS,  /* low,high */
    CONF_CHOICE, /* one of the row's words */
    CONF_NUMBER, /* min..max, in the row's units */
    CONF_BITS,   /* one of the row's words, or min..max */
    CONF_SIZE,   /* bytes; 64k, 1M, 2G */
    CONF_BOOL,   /* yes | no */
};

/* CONF_gatekeeper_listen and so on, one for each row of conf.def. */
enum conf_key {
#define CONF(section, key, type, dflt, min, max, values, prose) \
    CONF_##section##_##key,
#include "base/conf.def"
#undef CONF
    CONF_COUNT
};

/* The file of a host that names no other. */
#ifndef GATEHOUSE_CONF
#define GATEHOUSE_CONF "/etc/gatehouse/gatehouse.conf"
#endif

struct conf_row {
    const char *section, *key;
    enum conf_type type;
    const char *dflt; /* "" = not set */
    long long min, max;
    const char *values; /* unit of a number; allowed words or schemes */
    const char *prose;
};

/* The table, CONF_COUNT rows. */
extern const struct conf_row conf_rows[];

struct conf;

/* All defaults. */
struct conf *conf_create(void);
void conf_destroy(struct conf *c);
/* Read an INI file (inih).  The whole file is read: ERR has the first fault,
 * conf_fault() gives each.  Unknown sections and keys are errors. -1 with ERR:
 * CONFIG "FILE:LINE: reason", NOT_FOUND. */
int conf_load(struct conf *c, const char *file, struct err *err);
/* The same for TEXT, which messages call NAME; TEXT must not contain NUL. */
int conf_parse(struct conf *c, const char *name, const char *text,
               struct err *err);
/* Set one "section.key=value", as given with -o. -1 with ERR: CONFIG. */
int conf_set(struct conf *c, const char *assignment, struct err *err);

/* Fault number I (from 0) of everything read and set so far, as "FILE:LINE:
 * reason" or as conf_set() reported it.  Owned by C; NULL past the last. */
const char *conf_fault(const struct conf *c, size_t i);

/* Values.  Strings belong to C and are valid until the key is set again. */
const char *conf_str(const struct conf *c, enum conf_key key);
long long conf_num(const struct conf *c, enum conf_key key);
bool conf_bool(const struct conf *c, enum conf_key key);
/* Whether a file or an option set KEY. */
bool conf_is_set(const struct conf *c, enum conf_key key);
/* Word I of a value that is a list, NULL past the end. */
const char *conf_word(const struct conf *c, enum conf_key key, size_t i);

/* Write the whole table as a commented sample configuration. */
void conf_write_sample(FILE *out);
/* Write the rows of SECTION (NULL: all) as a --help text. */
void conf_write_help(FILE *out, const char *section);

#endif
