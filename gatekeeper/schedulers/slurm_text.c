/* gatekeeper/schedulers/slurm_text.c - see slurm_text.h. */
#include "gatekeeper/schedulers/slurm_text.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/codec.h"
#include "gatekeeper/supervisor/batchname.h"
#include "gatekeeper/supervisor/launch.h"

static const struct batch_state states[] = {
#define SLURM_STATE(word, ours, over, text) { word, ours, over, text },
#include "gatekeeper/schedulers/slurm_state.def"
};

const struct batch_state *
slurm_text_state(const char *word)
{
    for (size_t i = 0; i < sizeof(states) / sizeof(*states); i++)
        if (strcmp(states[i].word, word) == 0)
            return &states[i];
    return NULL;
}

/* ---- squeue ---- */

void
slurm_text_format(const char *mark, char format[SLURM_FORMAT])
{
    snprintf(format, SLURM_FORMAT, "%s=%%i=%%T=%%N=%%u=%%j=%%r=%s", mark, mark);
}

/* Copy the field at *P, up to '=' or END, to TO of SIZE bytes and move *P
 * behind it. false: there is no '=' (LAST: none is expected). */
static bool
take_field(const char **p, const char *end, bool last, char *to, size_t size)
{
    const char *at = last ? end : memchr(*p, '=', (size_t)(end - *p));
    size_t n;

    if (at == NULL)
        return false;
    n = (size_t)(at - *p);
    if (n >= size)
        n = size - 1;
    memcpy(to, *p, n);
    to[n] = '\0';
    *p = last ? end : at + 1;
    return true;
}

/* Parse L's id, a number or "ARRAY_INDEX" of an array's element.  For an
 * element of ours, set the name to its task's. */
static bool
read_element(struct batch_line *l)
{
    char *index = strchr(l->id, '_'), submit[BATCHNAME_MAX];
    long long n;
    bool ours;

    if (index == NULL)
        return batch_line_id_ok(l->id);
    if (number_parse(index + 1, 0, LAUNCH_TASKS_MAX, &n) < 0 ||
        (size_t)(index - l->id) >= sizeof(l->array))
        return false;
    memcpy(l->array, l->id, (size_t)(index - l->id));
    ours = batch_line_id_ok(l->array) &&
           batchname_element(l->name, (uint32_t)n, submit);
    if (ours)
        memcpy(l->name, submit, sizeof(submit));
    return ours;
}

/* Parse the record between the marks, from P to END. false: it is not one of
 * ours. */
static bool
read_record(const char *p, const char *end, struct batch_line *l)
{
    memset(l, 0, sizeof(*l));
    if (!take_field(&p, end, false, l->id, sizeof(l->id)) ||
        !take_field(&p, end, false, l->word, sizeof(l->word)) ||
        !take_field(&p, end, false, l->hosts, sizeof(l->hosts)) ||
        !take_field(&p, end, false, l->user, sizeof(l->user)) ||
        !take_field(&p, end, false, l->name, sizeof(l->name)) ||
        !take_field(&p, end, true, l->reason, sizeof(l->reason)) ||
        !batch_line_name_ok(l->name) || !read_element(l))
        return false;
    batch_line_printable(l->word);
    batch_line_printable(l->reason);
    l->state = slurm_text_state(l->word);
    batch_line_printable(l->hosts);
    l->began = l->hosts[0] != '\0';
    l->ending = strcmp(l->word, "COMPLETING") == 0;
    l->held = l->state != NULL && l->state->state == SCHED_PENDING &&
              strcmp(l->reason, "JobHeldUser") == 0;
    if (strcmp(l->reason, "None") == 0)
        l->reason[0] = '\0';
    return true;
}

int
slurm_text_lines(const char *text, const char *mark, struct batch_lines *lines,
                 struct err *err)
{
    size_t n = strlen(mark);
    char behind[SLURM_MARK + 3];

    snprintf(behind, sizeof(behind), "=%s\n", mark);
    *lines = (struct batch_lines){ .line = NULL };
    while (*text != '\0') {
        const char *end = strncmp(text, mark, n) == 0 && text[n] == '='
                              ? strstr(text + n, behind)
                              : NULL;

        if (end == NULL) {
            batch_lines_fini(lines);
            return err_set(err, ERR_PROTOCOL,
                           "squeue's answer is not a list of jobs: '%.40s'",
                           text);
        }
        if (end > text + n) {
            struct batch_line *l = batch_lines_add(lines);

            if (!read_record(text + n + 1, end, l))
                lines->n--;
        }
        text = end + strlen(behind);
    }
    batch_lines_sort(lines);
    return 0;
}

/* ---- sinfo, sacct ---- */

long long
slurm_text_time(const char *text)
{
    long long days = 0, part[3] = { 0 };
    size_t n = 0;
    char *end;

    if (!isdigit((unsigned char)*text) || strlen(text) > 20)
        return -1;
    if (strchr(text, '-') != NULL) {
        days = strtoll(text, &end, 10);
        if (*end != '-')
            return -1;
        text = end + 1;
    }
    for (; n < 3 && isdigit((unsigned char)*text); n++) {
        part[n] = strtoll(text, &end, 10);
        text = end + (*end == ':');
    }
    if (*text != '\0' || n < 2 || days > 100000 || part[0] > 100000)
        return -1;
    return n == 3 ? days * 86400 + part[0] * 3600 + part[1] * 60 + part[2]
                  : part[0] * 60 + part[1];
}

/* Parse "allocated/idle/other/total" processors. */
static int
add_cpus(struct sched_share *s, const char *text, bool up)
{
    long n[4];
    char *end;

    for (size_t i = 0; i < 4; i++) {
        if (!isdigit((unsigned char)*text))
            return -1;
        n[i] = strtol(text, &end, 10);
        if (n[i] > 100000000 || *end != (i < 3 ? '/' : '\0'))
            return -1;
        text = end + 1;
    }
    s->slots += n[3];
    s->free_slots += up ? n[1] : 0;
    return 0;
}

static int
read_share(const char *p, const char *end, struct sched_info *info)
{
    char name[64], up[16], limit[32], cpus[64];
    struct sched_share *s;

    if (!take_field(&p, end, false, name, sizeof(name)) ||
        !take_field(&p, end, false, up, sizeof(up)) ||
        !take_field(&p, end, false, limit, sizeof(limit)) ||
        !take_field(&p, end, true, cpus, sizeof(cpus)) || name[0] == '\0')
        return -1;
    batch_line_printable(name);
    s = batch_line_share(info, name, true);
    if (s == NULL)
        return 0;
    s->max_wall = slurm_text_time(limit);
    return add_cpus(s, cpus, strcmp(up, "up") == 0);
}

int
slurm_text_shares(const char *text, struct sched_info *info, struct err *err)
{
    info->nshares = 0;
    while (*text != '\0') {
        size_t n = strcspn(text, "\n");

        if (read_share(text, text + n, info) < 0)
            return err_set(
                err, ERR_PROTOCOL,
                "sinfo's answer is not a list of partitions: '%.40s'", text);
        text += n + (text[n] == '\n');
    }
    return 0;
}

void
slurm_text_load(const char *text, struct sched_info *info)
{
    while (*text != '\0') {
        const char *p = text, *end = text + strcspn(text, "\n");
        char word[32], name[64];
        struct sched_share *s = NULL;

        if (take_field(&p, end, false, word, sizeof(word)) &&
            take_field(&p, end, true, name, sizeof(name))) {
            name[strcspn(name, ",")] = '\0'; /* of several, the first */
            s = batch_line_share(info, name, false);
        }
        if (s != NULL && strcmp(word, "PENDING") == 0)
            s->waiting++;
        else if (s != NULL)
            s->running++;
        text = end + (*end == '\n');
    }
}

const struct batch_state *
slurm_text_history(const char *text)
{
    const struct batch_state *last = NULL;

    while (*text != '\0') {
        size_t n = strcspn(text, "\n"), w = strcspn(text, " |+\n");
        char word[32] = "";

        if (w < sizeof(word))
            memcpy(word, text, w);
        if (slurm_text_state(word) != NULL)
            last = slurm_text_state(word);
        text += n + (text[n] == '\n');
    }
    return last;
}

long long
slurm_text_array_max(const char *config)
{
    static const char key[] = "MaxArraySize";
    const char *p = strstr(config, key);
    char digits[16];
    long long max;
    size_t n;

    if (p == NULL)
        return -1;
    p += sizeof(key) - 1;
    p += strspn(p, " \t=");
    n = strspn(p, "0123456789");
    if (n == 0 || n >= sizeof(digits))
        return -1;
    memcpy(digits, p, n);
    digits[n] = '\0';
    return number_parse(digits, 0, 1LL << 32, &max) < 0 ? -1 : max;
}

/* Parse the local time after KEY in TEXT; -1: there is none. */
static time_t
time_behind(const char *text, const char *key)
{
    const char *p = strstr(text, key);
    struct tm tm = { .tm_isdst = -1 };

    if (p == NULL)
        return -1;
    p += strlen(key);
    p += strspn(p, " \t=");
    return strptime(p, "%Y-%m-%dT%H:%M:%S", &tm) == NULL ? -1 : mktime(&tm);
}

long long
slurm_text_uptime_ms(const char *config)
{
    time_t now = time_behind(config, "Configuration data as of");
    time_t boot = time_behind(config, "BOOT_TIME");

    return now < 0 || boot < 0 || now < boot ? -1
                                             : (long long)(now - boot) * 1000;
}
