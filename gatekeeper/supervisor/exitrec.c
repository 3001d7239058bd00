/* gatekeeper/supervisor/exitrec.c - see exitrec.h. */
#include "gatekeeper/supervisor/exitrec.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/codec.h"

static const char *const words[] = {
#define EXITREC_WHY(name, word) word,
#include "gatekeeper/supervisor/exitrec.def"
#undef EXITREC_WHY
};

const char *
exitrec_why_word(int why)
{
    return why >= 0 && why < EXITREC_WHY_COUNT ? words[why] : "unknown";
}

void
exitrec_write(const struct exitrec *rec, struct buf *out)
{
    char text[EXITREC_TEXT];

    snprintf(text, sizeof(text), "%s", rec->text);
    for (char *p = text; *p != '\0'; p++)
        if ((unsigned char)*p < ' ')
            *p = ' ';
    buf_addf(out, "why=%s\nexit=%d\nsignal=%d\n", exitrec_why_word(rec->why),
             rec->exit_code, rec->signal);
    buf_addf(out, "start_ms=%lld\nend_ms=%lld\n", rec->t_start_ms,
             rec->t_end_ms);
    buf_addf(out, "user_ms=%lld\nsystem_ms=%lld\nmax_rss=%lld\n",
             rec->cpu_user_ms, rec->cpu_system_ms, rec->max_rss);
    buf_addf(out, "text=%s\n", text);
}

static int
parse_int(const char *value, int max, int *number)
{
    long long n;

    if (number_parse(value, 0, max, &n) < 0)
        return -1;
    *number = (int)n;
    return 0;
}

static int
parse_why(const char *value, int *why)
{
    for (int i = 0; i < EXITREC_WHY_COUNT; i++)
        if (strcmp(words[i], value) == 0) {
            *why = i;
            return 0;
        }
    return -1;
}

static int
set_key(struct exitrec *rec, const char *key, const char *value)
{
    const struct {
        const char *key;
        long long *number;
    } numbers[] = {
        { "start_ms", &rec->t_start_ms }, { "end_ms", &rec->t_end_ms },
        { "user_ms", &rec->cpu_user_ms }, { "system_ms", &rec->cpu_system_ms },
        { "max_rss", &rec->max_rss },
    };

    if (strcmp(key, "why") == 0)
        return parse_why(value, &rec->why);
    if (strcmp(key, "exit") == 0)
        return parse_int(value, 255, &rec->exit_code);
    if (strcmp(key, "signal") == 0)
        return parse_int(value, 127, &rec->signal);
    if (strcmp(key, "text") == 0)
        snprintf(rec->text, sizeof(rec->text), "%s", value);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
        if (strcmp(numbers[i].key, key) == 0)
            return number_parse(value, 0, LLONG_MAX, numbers[i].number);
    return 0;
}

/* Copy the N bytes at P to LINE of SIZE and split it at '='.  Returns the
 * value, or NULL. */
static char *
split_line(const char *p, size_t n, char *line, size_t size)
{
    char *eq;

    if (n >= size)
        return NULL;
    memcpy(line, p, n);
    line[n] = '\0';
    eq = strchr(line, '=');
    if (eq == NULL)
        return NULL;
    *eq = '\0';
    return eq + 1;
}

int
exitrec_parse(const char *text, struct exitrec *rec, struct err *err)
{
    char line[EXITREC_TEXT + 64];

    *rec = (struct exitrec){ .why = -1, .exit_code = -1 };
    for (const char *p = text; *p != '\0';) {
        size_t n = strcspn(p, "\n");
        char *value = split_line(p, n, line, sizeof(line));

        if (value == NULL || set_key(rec, line, value) < 0)
            return err_set(err, ERR_SYNTAX, "bad line '%.60s' in exit record",
                           p);
        p += n + (p[n] == '\n');
    }
    if (rec->why < 0 || rec->exit_code < 0)
        return err_set(err, ERR_SYNTAX, "exit record has no exit code");
    return 0;
}
