/* jobs/rsl.c - see rsl.h.  Attributes: globus-gram-job-manager.rvf. */
#include "jobs/rsl.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/codec.h"
#include "jobs/rsl_read.h"

/* The state while one description is read. */
struct parse {
    struct job *job;
    struct rsl_words words; /* the site's, and those of rsl_substitution */
    bool *seen;             /* for each attribute */
    bool type_said, wall_said;
};

/* A relation: its NAME, its place, its values. */
struct relation {
    const char *name;
    size_t at;
    const struct rsl_value *values;
};

struct attribute;
typedef int attribute_fn(struct parse *p, const struct attribute *a,
                         const struct relation *r, struct err *err);

/* One attribute: its name in lower case without '_', its reader and the field
 * it sets. */
struct attribute {
    const char *name;
    attribute_fn *read;
    size_t at;
    long long unit; /* of a number */
};

/* The variables that a site replaces, by their RSL names. */
static const char *const site_words[][2] = {
    { "HOME", "${GLOBUS_USER_HOME}" },
    { "LOGNAME", "${GLOBUS_USER_NAME}" },
    { "GLOBUS_USER_HOME", "${GLOBUS_USER_HOME}" },
    { "GLOBUS_USER_NAME", "${GLOBUS_USER_NAME}" },
    { "GLOBUS_SCRATCH_DIR", "${GLOBUS_SCRATCH_DIR}" },
    { "SCRATCH_DIRECTORY", "${GLOBUS_SCRATCH_DIR}" },
    { "GLOBUS_JOB_ID", "${GLOBUS_JOB_ID}" },
};
#define SITE_WORDS (sizeof(site_words) / sizeof(site_words[0]))

static int
bad(const struct relation *r, const char *why, struct err *err)
{
    return err_set(err, ERR_USAGE, "byte %zu: %s %s", r->at, r->name, why);
}

/* The single text of R; NULL with ERR. */
static const char *
only_text(const struct relation *r, struct err *err)
{
    if (r->values->n == 1 && r->values->of[0].text != NULL)
        return r->values->of[0].text;
    bad(r, "has one value, which is a text", err);
    return NULL;
}

static int
read_text(struct parse *p, const struct attribute *a, const struct relation *r,
          struct err *err)
{
    char **to = (char **)((char *)p->job + a->at);
    const char *text = only_text(r, err);

    if (text == NULL)
        return -1;
    free(*to);
    *to = *text != '\0' ? xstrdup(text) : NULL;
    return 0;
}

/* Read a path; URLs, which GRAM fetched into its cache, are not supported. */
static int
read_path(struct parse *p, const struct attribute *a, const struct relation *r,
          struct err *err)
{
    const char *text = only_text(r, err);

    if (text != NULL && strstr(text, "://") != NULL)
        return err_set(err, ERR_UNSUPPORTED,
                       "byte %zu: %s '%.100s' is a URL: use file_stage_in or "
                       "file_stage_out",
                       r->at, r->name, text);
    return text != NULL ? read_text(p, a, r, err) : -1;
}

static int
number(const struct attribute *a, const struct relation *r, long long *v,
       struct err *err)
{
    const char *text = only_text(r, err);

    if (text == NULL)
        return -1;
    if (number_parse(text, 1, (1ll << 52) / a->unit, v) < 0)
        return err_set(err, ERR_USAGE,
                       "byte %zu: %s '%.40s' is not a number from 1 up", r->at,
                       r->name, text);
    *v *= a->unit;
    return 0;
}

static int
read_number(struct parse *p, const struct attribute *a,
            const struct relation *r, struct err *err)
{
    return number(a, r, (long long *)((char *)p->job + a->at), err);
}

static int
read_wall_time(struct parse *p, const struct attribute *a,
               const struct relation *r, struct err *err)
{
    p->wall_said = true;
    return read_number(p, a, r, err);
}

/* maxTime: wall or CPU time, whichever the scheduler uses: wall time, unless
 * another attribute sets it. */
static int
read_max_time(struct parse *p, const struct attribute *a,
              const struct relation *r, struct err *err)
{
    long long v;

    if (number(a, r, &v, err) < 0)
        return -1;
    if (!p->wall_said)
        p->job->wall_time = v;
    return 0;
}

static int
read_count(struct parse *p, const struct attribute *a, const struct relation *r,
           struct err *err)
{
    long long v;

    if (number(a, r, &v, err) < 0)
        return -1;
    if (v > 1000000)
        return bad(r, "is more than 1000000", err);
    *(long *)((char *)p->job + a->at) = (long)v;
    return 0;
}

static int
read_job_type(struct parse *p, const struct attribute *a,
              const struct relation *r, struct err *err)
{
    static const char *const words[] = {
        [JOB_SINGLE] = "single", [JOB_MULTIPLE] = "multiple", [JOB_MPI] = "mpi"
    };
    const char *text = only_text(r, err);

    (void)a;
    if (text == NULL)
        return -1;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strcasecmp(text, words[i]) == 0) {
            p->job->type = (enum job_type)i;
            p->type_said = true;
            return 0;
        }
    return err_set(err, ERR_UNSUPPORTED,
                   "byte %zu: job type '%.40s': known are single, multiple, "
                   "mpi",
                   r->at, text);
}

/* Call FN for each value of R; all must be texts. */
static int
each_text(struct parse *p, const struct relation *r,
          void fn(struct job *job, const char *text), struct err *err)
{
    for (size_t i = 0; i < r->values->n; i++) {
        if (r->values->of[i].text == NULL)
            return bad(r, "is a list of texts", err);
        fn(p->job, r->values->of[i].text);
    }
    return 0;
}

/* The same for pairs of texts. */
static int
each_pair(struct parse *p, const struct relation *r,
          int fn(struct parse *p, const struct relation *r, const char *a,
                 const char *b, struct err *err),
          struct err *err)
{
    for (size_t i = 0; i < r->values->n; i++) {
        const struct rsl_value *v = &r->values->of[i];

        if (v->text != NULL || v->n != 2 || v->of[0].text == NULL ||
            v->of[1].text == NULL)
            return bad(r, "is a list of pairs, (A B) (C D)", err);
        if (fn(p, r, v->of[0].text, v->of[1].text, err) < 0)
            return -1;
    }
    return 0;
}

static int
read_arguments(struct parse *p, const struct attribute *a,
               const struct relation *r, struct err *err)
{
    (void)a;
    return each_text(p, r, job_add_arg, err);
}

static int
read_clean_up(struct parse *p, const struct attribute *a,
              const struct relation *r, struct err *err)
{
    (void)a;
    return each_text(p, r, job_add_clean_up, err);
}

static void
add_library(struct job *job, const char *path)
{
    for (size_t i = 0; i < job->nenv; i++)
        if (strcmp(job->env[i].name, "LD_LIBRARY_PATH") == 0) {
            char *both = xasprintf("%s:%s", job->env[i].value, path);

            free(job->env[i].value);
            job->env[i].value = both;
            return;
        }
    job_add_env(job, "LD_LIBRARY_PATH", path);
}

static int
read_library_path(struct parse *p, const struct attribute *a,
                  const struct relation *r, struct err *err)
{
    (void)a;
    return each_text(p, r, add_library, err);
}

static int
add_variable(struct parse *p, const struct relation *r, const char *name,
             const char *value, struct err *err)
{
    (void)r;
    (void)err;
    job_add_env(p->job, name, value);
    return 0;
}

static int
read_environment(struct parse *p, const struct attribute *a,
                 const struct relation *r, struct err *err)
{
    (void)a;
    return each_pair(p, r, add_variable, err);
}

static int
add_stage_in(struct parse *p, const struct relation *r, const char *url,
             const char *path, struct err *err)
{
    struct job_transfer *t = job_add_stage_in(p->job);

    (void)r;
    (void)err;
    t->url = xstrdup(url);
    t->file = xstrdup(path);
    return 0;
}

static int
add_stage_out(struct parse *p, const struct relation *r, const char *path,
              const char *url, struct err *err)
{
    struct job_transfer *t = job_add_stage_out(p->job);

    (void)r;
    (void)err;
    t->url = xstrdup(url);
    t->file = xstrdup(path);
    return 0;
}

static int
read_stage_in(struct parse *p, const struct attribute *a,
              const struct relation *r, struct err *err)
{
    (void)a;
    return each_pair(p, r, add_stage_in, err);
}

static int
read_stage_out(struct parse *p, const struct attribute *a,
               const struct relation *r, struct err *err)
{
    (void)a;
    return each_pair(p, r, add_stage_out, err);
}

#define TEXT(word, field)                               \
    {                                                   \
        word, read_text, offsetof(struct job, field), 0 \
    }
#define PATH(word, field)                               \
    {                                                   \
        word, read_path, offsetof(struct job, field), 0 \
    }
#define NUMBER(word, fn, field, unit)               \
    {                                               \
        word, fn, offsetof(struct job, field), unit \
    }
#define OTHER(word, fn) \
    {                   \
        word, fn, 0, 1  \
    }
#define MB (1ll << 20)

static const struct attribute attributes[] = {
    PATH("executable", executable),
    OTHER("arguments", read_arguments),
    OTHER("environment", read_environment),
    OTHER("librarypath", read_library_path),
    PATH("directory", directory),
    PATH("stdin", input),
    PATH("stdout", output),
    PATH("stderr", error),
    NUMBER("count", read_count, count, 1),
    NUMBER("hostcount", read_count, host_count, 1),
    OTHER("jobtype", read_job_type),
    NUMBER("maxwalltime", read_wall_time, wall_time, 60),
    { "maxtime", read_max_time, 0, 60 },
    NUMBER("maxcputime", read_number, cpu_time, 60),
    NUMBER("maxmemory", read_number, memory_max, MB),
    NUMBER("minmemory", read_number, memory_min, MB),
    TEXT("project", project),
    TEXT("queue", queue),
    TEXT("username", local_user),
    TEXT("name", name),
    OTHER("filestagein", read_stage_in),
    OTHER("filestageout", read_stage_out),
    OTHER("filecleanup", read_clean_up),
};
#define ATTRIBUTES (sizeof(attributes) / sizeof(attributes[0]))

/* rsl_relation_fn: store the relation in the job of the parse ARG. */
static int
take(void *arg, const char *name, size_t at, const struct rsl_value *values,
     struct err *err)
{
    struct relation r = { name, at, values };
    struct parse *p = arg;
    size_t i = 0;

    if (strcmp(name, RSL_SUBSTITUTION) == 0)
        return 0; /* read by take_words() */
    while (i < ATTRIBUTES && strcmp(attributes[i].name, name) != 0)
        i++;
    if (i == ATTRIBUTES)
        return err_set(err, ERR_UNSUPPORTED,
                       "byte %zu: attribute '%.60s' cannot be honoured here",
                       at, name);
    if (p->seen[i])
        return err_set(err, ERR_SYNTAX, "byte %zu: a second '%s'", at, name);
    p->seen[i] = true;
    return attributes[i].read(p, &attributes[i], &r, err);
}

static void
add_word(struct parse *p, const char *name, const char *value)
{
    struct rsl_words *w = &p->words;

    w->of = xrealloc(w->of, w->n + 1, sizeof(*w->of));
    w->of[w->n++] = (struct rsl_word){ xstrdup(name), xstrdup(value) };
}

/* Add a pair of rsl_substitution. */
static int
add_substitution(struct parse *p, const struct relation *r, const char *name,
                 const char *value, struct err *err)
{
    for (size_t i = 0; i < p->words.n; i++)
        if (strcmp(p->words.of[i].name, name) == 0)
            return err_set(err, ERR_SYNTAX, "byte %zu: a second value of '%s'",
                           r->at, name);
    add_word(p, name, value);
    return 0;
}

/* rsl_relation_fn: only read the variables. */
static int
take_words(void *arg, const char *name, size_t at,
           const struct rsl_value *values, struct err *err)
{
    struct relation r = { name, at, values };

    return strcmp(name, RSL_SUBSTITUTION) == 0
               ? each_pair(arg, &r, add_substitution, err)
               : 0;
}

int
rsl_is(const char *text)
{
    text += strspn(text, " \t\r\n");
    return *text != '\0' && strchr("&+|(", *text) != NULL;
}

/* Read all of TEXT twice: a variable may be used before its definition. */
static int
parse_text(struct parse *p, const char *text, struct err *err)
{
    struct job *job = p->job;

    for (size_t i = 0; i < SITE_WORDS; i++)
        add_word(p, site_words[i][0], site_words[i][1]);
    if (rsl_read(text, &p->words, true, take_words, p, err) < 0 ||
        rsl_read(text, &p->words, false, take, p, err) < 0)
        return -1;
    if (job->executable == NULL)
        return err_set(err, ERR_SYNTAX, "the job has no executable");
    if (!p->type_said && job->count > 1)
        job->type = JOB_MULTIPLE; /* GRAM's default */
    if (job->directory == NULL)
        job->directory = xstrdup("${GLOBUS_USER_HOME}"); /* likewise */
    return job_check(job, err);
}

int
rsl_parse(const char *text, size_t n, struct job *job, struct err *err)
{
    bool seen[ATTRIBUTES] = { false };
    struct parse p = { .job = job, .seen = seen };
    int rc;

    job_init(job);
    if (strlen(text) != n)
        return err_set(err, ERR_SYNTAX, "byte %zu: a NUL byte",
                       strlen(text) + 1);
    rc = parse_text(&p, text, err);
    for (size_t i = 0; i < p.words.n; i++) {
        free(p.words.of[i].name);
        free(p.words.of[i].value);
    }
    free(p.words.of);
    return rc;
}
