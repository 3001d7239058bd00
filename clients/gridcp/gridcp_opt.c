/* clients/gridcp/gridcp_opt.c - see gridcp_opt.h. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/codec.h"
#include "base/opt.h"
#include "clients/gridcp/gridcp_opt.h"

/* 23 days in milliseconds fit into an int. */
#define SECONDS_MAX    (23 * 86400LL)
#define TCP_BUFFER_MAX (1LL << 30)

/* A row's id is its position in the file. */
enum {
    FLAG = 1,
    TEXT,
    INT,
    SIZE,
    NEVER
};

static const struct {
    int kind;
    size_t at; /* offset of the field */
    const char *why;
} rows[] = {
    { 0, 0, NULL },
#define HEAD(text) { 0, 0, NULL },
#define OPT(names, arg, kind, field, help) \
    { kind, offsetof(struct gridcp_opt, field), NULL },
#define NOT(names, arg, why) { NEVER, 0, why },
#include "clients/gridcp/gridcp_opt.def"
#undef HEAD
#undef OPT
#undef NOT
};

/* Ids are assigned by counting rows, because line numbers of the def file would
 * include its leading comment. */
#define ROWS (sizeof(rows) / sizeof(rows[0]))
static struct opt options[] = {
#define HEAD(text)                         { 1, NULL, NULL, text },
#define OPT(names, arg, kind, field, help) { 1, names, arg, help },
#define NOT(names, arg, why)               { 1, names, arg, NULL },
#include "clients/gridcp/gridcp_opt.def"
#undef HEAD
#undef OPT
#undef NOT
    { 0, NULL, NULL, NULL },
};

static void
number_rows(void)
{
    size_t i;

    for (i = 0; i + 1 < ROWS; i++)
        options[i].id = (int)i + 1;
}

/* Store the argument of row ID in its field. */
static int
take(struct gridcp_opt *o, int id, const struct opt_scan *s, struct err *err)
{
    char *field = (char *)o + rows[id].at;

    switch (rows[id].kind) {
    case FLAG:
        *(bool *)(void *)field = true;
        return 0;
    case TEXT:
        *(const char **)(void *)field = s->arg;
        return 0;
    case INT:
        /* -1 is the default of -len, also in globus-url-copy */
        if (number_parse(s->arg, field == (char *)&o->length ? -1 : 0,
                         INT64_MAX, (long long *)(void *)field) < 0)
            return err_set(err, ERR_USAGE, "'%s %s': a whole number is needed",
                           s->name, s->arg);
        return 0;
    case SIZE:
        if (size_parse(s->arg, (long long *)(void *)field) < 0)
            return err_set(err, ERR_USAGE,
                           "'%s %s': a size is needed, 65536 or 64k", s->name,
                           s->arg);
        return 0;
    default:
        return err_set(err, ERR_UNSUPPORTED, "'%s': %s", s->name, rows[id].why);
    }
}

/* Check for contradicting options. */
static int
check(const struct gridcp_opt *o, struct err *err)
{
    bool from_file = o->list != NULL || o->dump != NULL;

    if (o->help || o->version)
        return 0;
    if (o->listing != NULL
            ? o->operands != 0 || from_file
            : o->operands < 2 && (!from_file || o->operands != 0))
        return err_set(err, ERR_USAGE,
                       "give 'SOURCE.. DESTINATION', '-f FILE' or '-list URL': "
                       "-help shows the options");
    if (o->operands > 0 && o->list != NULL)
        return err_set(err, ERR_USAGE, "'-f %s' and URLs exclude each other",
                       o->list);
    if (o->dump != NULL && o->dump_only != NULL)
        return err_set(err, ERR_USAGE, "-df and -do exclude each other");
    if (o->no_dcau && (o->safe || o->private_data))
        return err_set(err, ERR_USAGE,
                       "-nodcau and a protected data channel exclude each "
                       "other");
    if (o->ascii && (o->offset >= 0 || o->length >= 0 || o->verify))
        return err_set(err, ERR_USAGE,
                       "-ascii changes the bytes: no parts, no checksums");
    if (o->sync_level > 3)
        return err_set(err, ERR_USAGE, "-sync-level is 0, 1, 2 or 3");
    if (o->parallel > 64 || o->concurrency > 64 || o->parallel == 0 ||
        o->concurrency == 0)
        return err_set(err, ERR_USAGE, "-p and -cc go from 1 to 64");
    return 0;
}

/* Lower each value to the largest supported one. */
static void
clamp(struct gridcp_opt *o)
{
    long long *seconds[] = { &o->interval, &o->rst_timeout, &o->stall,
                             &o->reply,    &o->connect,     &o->keepalive,
                             &o->run_time };
    size_t i;

    for (i = 0; i < sizeof(seconds) / sizeof(seconds[0]); i++)
        if (*seconds[i] > SECONDS_MAX)
            *seconds[i] = SECONDS_MAX;
    if (o->tcp_buffer > TCP_BUFFER_MAX)
        o->tcp_buffer = TCP_BUFFER_MAX;
}

int
gridcp_opt_parse(struct gridcp_opt *o, int argc, char *const argv[],
                 struct err *err)
{
    struct opt_scan s;
    int id;

    *o = (struct gridcp_opt){ .offset = -1,
                              .length = -1,
                              .sync_level = -1,
                              .retries = -1,
                              .interval = 0,
                              .stall = 600,
                              .connect = 30,
                              .reply = 20,
                              .keepalive = 30,
                              .parallel = -1,
                              .stripe_block = -1,
                              .concurrency = -1 };
    number_rows();
    opt_init(&s, options, argc, argv);
    while ((id = opt_next(&s, err)) > 0)
        if (take(o, id, &s, err) < 0)
            return -1;
    if (id < 0)
        return -1;
    if (o->sync_level < 0)
        o->sync_level = 2;
    clamp(o);
    o->operand = argv + s.at;
    o->operands = argc - s.at;
    if (s.at > 0 && strcmp(argv[s.at - 1], "--") == 0)
        return check(o, err);
    for (id = 0; id < o->operands; id++)
        if (o->operand[id][0] == '-' && o->operand[id][1] != '\0')
            return err_set(err, ERR_USAGE,
                           "'%s' follows a URL: options come first",
                           o->operand[id]);
    return check(o, err);
}

void
gridcp_opt_help(void)
{
    number_rows();
    opt_help(stdout,
             "usage: gridcp [options] SOURCE.. DESTINATION\n"
             "       gridcp [options] -f FILE\n"
             "       gridcp [options] -list URL\n\n"
             "URLs: file:///path (or a path), gsiftp:, ftp:, http:, https:, - "
             "for standard\n"
             "input or output; a directory ends in '/', or is one already.",
             options);
}
