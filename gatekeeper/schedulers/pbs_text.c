/* gatekeeper/schedulers/pbs_text.c - see pbs_text.h. */
#include "gatekeeper/schedulers/pbs_text.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/codec.h"

static const struct {
    const char *letter;
    bool begun;
    struct batch_state state;
} letters[] = {
#define PBS_STATE(letter, ours, over, begun) \
    { letter, begun, { letter, ours, over, "" } },
#include "gatekeeper/schedulers/pbs_state.def"
};

#define LETTERS (sizeof(letters) / sizeof(*letters))

/* ---- qstat -f ---- */

/* The fields read for one job. */
struct record {
    struct batch_line line;
    bool open;          /* a job's record has begun */
    bool told;          /* it has the kinds of its holds */
    bool user_hold;     /* among them the user's */
    bool zero_priority; /* Slurm's sign of a held job */
};

static void
end_record(struct record *r, struct batch_lines *lines)
{
    struct batch_line *l = &r->line;
    size_t i = 0;

    while (i < LETTERS && strcmp(letters[i].letter, l->word) != 0)
        i++;
    if (r->open && batch_line_id_ok(l->id) && batch_line_name_ok(l->name)) {
        if (i < LETTERS) {
            l->state = &letters[i].state;
            l->began = letters[i].begun;
            l->held = l->state->state == SCHED_PENDING &&
                      (r->told ? r->user_hold : r->zero_priority);
        }
        *batch_lines_add(lines) = *l;
    }
    memset(r, 0, sizeof(*r));
}

static void
put(char *to, size_t size, const char *from, size_t n)
{
    snprintf(to, size, "%.*s", (int)(n < size ? n : size - 1), from);
    batch_line_printable(to);
}

/* Parse "Job_Owner = alice@host": NAME and VALUE. */
static void
take_attribute(struct record *r, const char *name, const char *value, size_t n)
{
    struct batch_line *l = &r->line;

    if (strcmp(name, "Job_Name") == 0) {
        put(l->name, sizeof(l->name), value, n);
    } else if (strcmp(name, "Job_Owner") == 0) {
        put(l->user, sizeof(l->user), value, n);
        l->user[strcspn(l->user, "@")] = '\0';
    } else if (strcmp(name, "job_state") == 0) {
        put(l->word, sizeof(l->word), value, n);
    } else if (strcmp(name, "comment") == 0) {
        put(l->reason, sizeof(l->reason), value, n);
    } else if (strcmp(name, "Hold_Types") == 0) {
        r->told = true;
        r->user_hold = memchr(value, 'u', n) != NULL;
    } else if (strcmp(name, "Priority") == 0) {
        r->zero_priority = n == 1 && value[0] == '0';
    }
}

static void
take_line(struct record *r, const char *line, size_t n,
          struct batch_lines *lines)
{
    static const char head[] = "Job Id:";
    const char *end = line + n, *equals;
    char name[32];

    if (n > sizeof(head) && strncmp(line, head, sizeof(head) - 1) == 0) {
        end_record(r, lines);
        r->open = true;
        line += sizeof(head) - 1;
        line += strspn(line, " \t");
        put(r->line.id, sizeof(r->line.id), line, (size_t)(end - line));
        r->line.id[strspn(r->line.id, "0123456789")] = '\0';
        return;
    }
    line += strspn(line, " \t");
    for (equals = line; equals + 3 <= end; equals++)
        if (strncmp(equals, " = ", 3) == 0) {
            put(name, sizeof(name), line, (size_t)(equals - line));
            take_attribute(r, name, equals + 3, (size_t)(end - equals) - 3);
            return;
        }
}

void
pbs_text_lines(const char *text, struct batch_lines *lines)
{
    struct record r = { .open = false };

    while (*text != '\0') {
        size_t n = strcspn(text, "\n");

        take_line(&r, text, n, lines);
        text += n + (text[n] == '\n');
    }
    end_record(&r, lines);
}

/* ---- queues and nodes ---- */

/* Parse "HH:MM:SS" into seconds; -1 none. */
static long long
read_time(const char *text)
{
    long long h, m, s;

    return sscanf(text, "%6lld:%2lld:%2lld", &h, &m, &s) == 3 && h >= 0
               ? h * 3600 + m * 60 + s
               : -1;
}

static long
read_number(const char *text)
{
    long long n = 0;

    return number_parse(text, 0, 100000000, &n) == 0 ? (long)n : 0;
}

void
pbs_text_queues(const char *text, struct sched_info *info)
{
    bool table = false;

    info->nshares = 0;
    while (*text != '\0') {
        size_t n = strcspn(text, "\n");
        char line[200], name[64], wall[24], run[16], wait[16];
        struct sched_share *s;

        put(line, sizeof(line), text, n);
        if (strncmp(line, "---", 3) == 0)
            table = true;
        else if (table && line[0] != ' ' &&
                 sscanf(line, "%63s %*s %*s %23s %*s %15s %15s", name, wall,
                        run, wait) == 4 &&
                 (s = batch_line_share(info, name, true)) != NULL) {
            s->max_wall = read_time(wall);
            s->running = read_number(run);
            s->waiting = read_number(wait);
        }
        text += n + (text[n] == '\n');
    }
}

void
pbs_text_nodes(const char *text, struct sched_info *info)
{
    bool free_node = false;

    while (*text != '\0') {
        size_t n = strcspn(text, "\n");
        char line[80], value[40];

        put(line, sizeof(line), text, n);
        if (sscanf(line, " state = %39s", value) == 1)
            free_node = strcmp(value, "free") == 0;
        else if (sscanf(line, " np = %39s", value) == 1)
            for (size_t i = 0; i < info->nshares; i++) {
                info->share[i].slots += read_number(value);
                if (free_node)
                    info->share[i].free_slots += read_number(value);
            }
        text += n + (text[n] == '\n');
    }
}
