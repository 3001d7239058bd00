/* gatekeeper/schedulers/sge_text.c - see sge_text.h. */
#include "gatekeeper/schedulers/sge_text.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "base/xml.h"
#include "gatekeeper/supervisor/batchname.h"
#include "gatekeeper/supervisor/launch.h"

/* A job has about a dozen elements. */
#define ELEMENTS_MAX 4000000

static const struct {
    char letter;
    bool begun;
    struct batch_state state;
} letters[] = {
#define SGE_STATE(letter, ours, begun) \
    { letter, begun, { "", ours, false, "" } },
#include "gatekeeper/schedulers/sge_state.def"
};

/* ---- XML ---- */

/* Replace bytes that XML 1.0 or UTF-8 cannot represent; other users' job names
 * may contain them. */
static void
clean(struct buf *text)
{
    for (size_t i = 0; i < text->len; i++) {
        unsigned char c = (unsigned char)text->data[i];

        if ((c < ' ' && c != '\n' && c != '\t' && c != '\r') || c >= 0x7f)
            text->data[i] = '?';
    }
}

static int
parse(struct buf *text, xmlDoc **doc, struct err *err)
{
    clean(text);
    if (xml_parse_max(buf_str(text), text->len, ELEMENTS_MAX, doc, err) < 0)
        return err_wrap(err, "read what qstat printed");
    return 0;
}

/* Copy the text of NODE's child NAME to TO of SIZE bytes; "" if there is
 * none. */
static void
take_child(const xmlNode *node, const char *name, char *to, size_t size)
{
    char *text = xml_child_text(node, NULL, name);

    snprintf(to, size, "%s", text == NULL ? "" : text);
    free(text);
}

/* ---- jobs ---- */

static size_t
find_letter(const char *word)
{
    size_t n = sizeof(letters) / sizeof(*letters), i = 0;

    while (i < n && strchr(word, letters[i].letter) == NULL)
        i++;
    return i;
}

const struct batch_state *
sge_text_state(const char *word)
{
    size_t i = find_letter(word);

    return i < sizeof(letters) / sizeof(*letters) ? &letters[i].state : NULL;
}

/* The job of NODE, a job_list.  false: its name or id cannot be of ours. */
static bool
read_job(const xmlNode *node, struct batch_line *l)
{
    size_t i;

    memset(l, 0, sizeof(*l));
    take_child(node, "JB_job_number", l->id, sizeof(l->id));
    take_child(node, "JB_name", l->name, sizeof(l->name));
    take_child(node, "JB_owner", l->user, sizeof(l->user));
    take_child(node, "state", l->word, sizeof(l->word));
    if (!batch_line_id_ok(l->id) || !batch_line_name_ok(l->name))
        return false;
    batch_line_printable(l->word);
    i = find_letter(l->word);
    l->state = sge_text_state(l->word);
    l->began = l->state != NULL && letters[i].begun;
    l->held = !l->began && strchr(l->word, 'h') != NULL;
    return true;
}

/* Call EACH with every job_list of DOC. */
static void
each_job(const xmlDoc *doc, void (*each)(void *arg, const xmlNode *job),
         void *arg)
{
    const xmlNode *top = xmlDocGetRootElement(doc);

    for (const xmlNode *part = xml_first(top); part != NULL;
         part = xml_next(part))
        for (const xmlNode *job = xml_first(part); job != NULL;
             job = xml_next(job))
            if (xml_is(job, NULL, "job_list"))
                each(arg, job);
}

/* Call EACH with every number of RANGES, "1-599:2,601", of at most ROOM.
 * -1: it has more, or another form. */
static int
each_number(const char *ranges, size_t room,
            void (*each)(void *arg, unsigned number), void *arg)
{
    while (*ranges != '\0') {
        unsigned from, to, step = 1;
        int n = 0;

        if (sscanf(ranges, "%9u%n", &from, &n) != 1)
            return -1;
        ranges += n;
        to = from;
        if (sscanf(ranges, "-%9u:%9u%n", &to, &step, &n) == 2)
            ranges += n;
        if (step == 0 || to < from || (to - from) / step >= room ||
            (*ranges != ',' && *ranges != '\0'))
            return -1;
        ranges += *ranges == ',';
        room -= (to - from) / step + 1;
        for (unsigned i = from; i <= to; i += step)
            each(arg, i);
    }
    return 0;
}

/* A list of jobs that is being read. */
struct listing {
    struct batch_lines *lines;
    struct batch_line job; /* the array whose elements are added */
    bool damaged;
};

/* The element NUMBER of the array LISTING is at: of ours the name is then its
 * task's. */
static void
add_element(void *arg, unsigned number)
{
    struct listing *s = arg;
    char submit[BATCHNAME_MAX];
    struct batch_line *l;

    if (number == 0 || !batchname_element(s->job.name, number - 1, submit))
        return;
    l = batch_lines_add(s->lines);
    *l = s->job;
    memcpy(l->name, submit, sizeof(submit));
    snprintf(l->id, sizeof(l->id), "%s.%u", s->job.array, number);
}

static void
add_job(void *arg, const xmlNode *node)
{
    struct listing *s = arg;
    char *ranges;

    if (!read_job(node, &s->job))
        return;
    ranges = xml_child_text(node, NULL, "tasks");
    if (ranges == NULL || ranges[0] == '\0') {
        *batch_lines_add(s->lines) = s->job;
    } else {
        memcpy(s->job.array, s->job.id, sizeof(s->job.array));
        size_t n = s->lines->n;

        if (each_number(ranges, n < ELEMENTS_MAX ? ELEMENTS_MAX - n : 0,
                        add_element, s) < 0)
            s->damaged = true;
    }
    free(ranges);
}

int
sge_text_lines(struct buf *text, struct batch_lines *lines, struct err *err)
{
    struct listing s = { .lines = lines };
    xmlDoc *doc;

    *lines = (struct batch_lines){ .line = NULL };
    if (parse(text, &doc, err) < 0)
        return -1;
    each_job(doc, add_job, &s);
    xmlFreeDoc(doc);
    batch_lines_sort(lines);
    if (!s.damaged)
        return 0;
    batch_lines_fini(lines);
    return err_set(err, ERR_SYNTAX,
                   "qstat's answer has an array whose tasks cannot be read, or "
                   "more than %d of them",
                   ELEMENTS_MAX);
}

/* ---- reasons ---- */

/* Copy the value of the line "NAME ...: VALUE" at TEXT to TO; false: it is
 * another line. */
static bool
take_value(const char *text, const char *name, char *to, size_t size)
{
    size_t n = strcspn(text, "\n"), skip = strlen(name);
    const char *value;

    if (strncmp(text, name, skip) != 0)
        return false;
    value = memchr(text + skip, ':', n - (n < skip ? n : skip));
    if (value == NULL)
        return false;
    value += 1 + strspn(value + 1, " ");
    snprintf(to, size, "%.*s", (int)(text + n > value ? text + n - value : 0),
             value);
    batch_line_printable(to);
    return true;
}

static void
set_reason(struct batch_lines *lines, const char *id, const char *reason)
{
    for (size_t i = 0; i < lines->n; i++) {
        struct batch_line *l = &lines->line[i];

        if (strcmp(l->array[0] != '\0' ? l->array : l->id, id) == 0 &&
            l->reason[0] == '\0')
            snprintf(l->reason, sizeof(l->reason), "%.95s", reason);
    }
}

/* Skip time and process in "12/01/2026 00:28:03 [1000:3173]: error: ...". */
static const char *
after_stamp(const char *text)
{
    const char *at = strstr(text, "]: ");

    return at == NULL ? text : at + 3;
}

void
sge_text_reasons(const char *text, struct batch_lines *lines)
{
    char id[SCHED_ID_MAX] = "", value[256];

    while (*text != '\0') {
        if (take_value(text, "job_number", value, sizeof(value)))
            snprintf(id, sizeof(id), "%.63s", value);
        else if (take_value(text, "error reason", value, sizeof(value)))
            set_reason(lines, id, after_stamp(value));
        else if (take_value(text, "scheduling info", value, sizeof(value)))
            set_reason(lines, id, value);
        text += strcspn(text, "\n");
        text += *text == '\n';
    }
}

/* ---- queues ---- */

long long
sge_text_time(const char *text)
{
    const long long most = 100000000000LL;
    long long total = 0, part;
    char *end;

    for (int parts = 0; parts < 3; parts++) {
        if (!isdigit((unsigned char)*text))
            return -1;
        part = strtoll(text, &end, 10);
        if (part > most || total > most)
            return -1;
        total = total * 60 + part;
        if (*end != ':')
            return *end == '\0' || *end == ',' ? total : -1;
        text = end + 1;
    }
    return -1;
}

static long
child_number(const xmlNode *node, const char *name)
{
    char text[32];
    long long n = 0;

    take_child(node, name, text, sizeof(text));
    return number_parse(text, 0, 100000000, &n) == 0 ? (long)n : 0;
}

int
sge_text_queues(struct buf *text, struct sched_info *info, struct err *err)
{
    xmlDoc *doc;

    info->nshares = 0;
    if (parse(text, &doc, err) < 0)
        return -1;
    for (const xmlNode *q = xml_first(xmlDocGetRootElement(doc)); q != NULL;
         q = xml_next(q)) {
        char name[64];
        struct sched_share *s;

        take_child(q, "name", name, sizeof(name));
        s = name[0] == '\0' ? NULL : batch_line_share(info, name, true);
        if (s == NULL)
            continue;
        s->slots = child_number(q, "total");
        s->free_slots = child_number(q, "available");
    }
    xmlFreeDoc(doc);
    return 0;
}

void
sge_text_limits(const char *text, struct sched_info *info)
{
    struct sched_share *s = NULL;

    while (*text != '\0') {
        char word[16], value[80];

        if (sscanf(text, "%15s %79s", word, value) == 2) {
            if (strcmp(word, "qname") == 0)
                s = batch_line_share(info, value, false);
            else if (strcmp(word, "h_rt") == 0 && s != NULL)
                s->max_wall = sge_text_time(value);
        }
        text += strcspn(text, "\n");
        text += *text == '\n';
    }
}

static void
count_element(void *arg, unsigned number)
{
    (void)number;
    ++*(long *)arg;
}

/* How many tasks JOB, a job_list, stands for. */
static long
count_tasks(const xmlNode *job)
{
    char *ranges = xml_child_text(job, NULL, "tasks");
    long n = 0;

    if (ranges != NULL)
        (void)each_number(ranges, ELEMENTS_MAX, count_element, &n);
    free(ranges);
    return n > 0 ? n : 1;
}

static void
count_job(void *arg, const xmlNode *job)
{
    struct sched_info *info = arg;
    char queue[128], state[32];
    struct sched_share *s;
    long n = count_tasks(job);

    take_child(job, "queue_name", queue, sizeof(queue));
    take_child(job, "state", state, sizeof(state));
    queue[strcspn(queue, "@")] = '\0';
    s = batch_line_share(info, queue, false);
    if (s != NULL)
        s->running++;
    else if (queue[0] == '\0' && strchr(state, 'h') == NULL)
        for (size_t i = 0; i < info->nshares; i++)
            info->share[i].waiting += n;
}

int
sge_text_load(struct buf *text, struct sched_info *info, struct err *err)
{
    xmlDoc *doc;

    if (parse(text, &doc, err) < 0)
        return -1;
    each_job(doc, count_job, info);
    xmlFreeDoc(doc);
    return 0;
}

long long
sge_text_array_max(const char *config)
{
    for (; *config != '\0';
         config += strcspn(config, "\n"), config += *config == '\n') {
        long long max;

        if (sscanf(config, "max_aj_tasks %12lld", &max) == 1)
            return max > 0 && max < LAUNCH_TASKS_MAX ? max
                                                     : LAUNCH_TASKS_MAX + 1;
    }
    return -1;
}

/* ---- accounting ---- */

bool
sge_text_history(const char *record, char *text, size_t size)
{
    char failed[120] = "", status[40] = "";

    while (*record != '\0') {
        char word[20], value[120];

        if (sscanf(record, "%19s %119[^\n]", word, value) == 2) {
            if (strcmp(word, "failed") == 0)
                memcpy(failed, value, sizeof(failed));
            else if (strcmp(word, "exit_status") == 0)
                snprintf(status, sizeof(status), "%.30s", value);
        }
        record += strcspn(record, "\n");
        record += *record == '\n';
    }
    if (failed[0] == '\0')
        return false;
    for (size_t n = strlen(failed); n > 0 && failed[n - 1] == ' ';)
        failed[--n] = '\0';
    batch_line_printable(failed);
    status[strspn(status, "0123456789")] = '\0';
    snprintf(text, size, "failed %.70s, exit status %.20s", failed, status);
    return true;
}
