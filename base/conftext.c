/* base/conftext.c - the configuration table as help text and sample file; see
 * conf.h. */
#include <string.h>

#include "base/conf.h"
#include "base/prose.h"

/* The name of TYPE in help texts. */
static const char *
type_name(enum conf_type type)
{
    static const char *const names[] = {
        [CONF_STRING] = "TEXT",     [CONF_PATH] = "PATH",
        [CONF_LOG] = "LOG",         [CONF_ADDR] = "ADDRESS:PORT",
        [CONF_HOST] = "ADDRESS",    [CONF_HOSTS] = "ADDRESSES",
        [CONF_NAME] = "NAME",       [CONF_NAMES] = "NAMES",
        [CONF_URL] = "URL",         [CONF_URLS] = "URLS",
        [CONF_SCHEMES] = "SCHEMES", [CONF_RULES] = "RULES",
        [CONF_PORTS] = "LOW,HIGH",  [CONF_CHOICE] = "WORD",
        [CONF_NUMBER] = "NUMBER",   [CONF_BITS] = "BITS",
        [CONF_SIZE] = "SIZE",       [CONF_BOOL] = "yes|no",
    };

    return names[type];
}

/* Write ROW's range, "1 to 64 threads", into TEXT. */
static const char *
range_text(const struct conf_row *row, char text[128])
{
    text[0] = '\0';
    if (row->type == CONF_NUMBER || row->type == CONF_SIZE ||
        row->type == CONF_BITS)
        snprintf(text, 128, "%lld to %lld %s", row->min, row->max,
                 row->type == CONF_BITS ? "bits" : row->values);
    return text;
}

void
conf_write_sample(FILE *out)
{
    const struct conf_row *row;
    const char *section = "";
    char range[128];

    fprintf(out, "# gatehouse.conf - the daemons of this host.\n"
                 "# Every key is here with its default; any can be given on a "
                 "command line\n# as well: -o log.level=debug\n");
    for (row = conf_rows; row < conf_rows + CONF_COUNT; row++) {
        if (strcmp(section, row->section) != 0)
            fprintf(out, "\n[%s]\n", row->section);
        section = row->section;
        fputc('\n', out);
        prose_wrap(out, "# ", 0, row->prose);
        if (*range_text(row, range) != '\0')
            fprintf(out, "# %s\n", range);
        fprintf(out, "#%s =%s%s\n", row->key, *row->dflt != '\0' ? " " : "",
                row->dflt);
    }
}

void
conf_write_help(FILE *out, const char *section)
{
    const struct conf_row *row;
    char range[128];

    for (row = conf_rows; row < conf_rows + CONF_COUNT; row++) {
        if (section != NULL && strcmp(section, row->section) != 0)
            continue;
        fprintf(out, "  %s.%s=%s", row->section, row->key,
                type_name(row->type));
        if (*row->dflt != '\0')
            fprintf(out, "  [%s]", row->dflt);
        fputc('\n', out);
        prose_wrap(out, "      ", 0, row->prose);
        if (*range_text(row, range) != '\0')
            fprintf(out, "      %s\n", range);
    }
}
