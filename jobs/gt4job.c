/* jobs/gt4job.c - see gt4job.h.  Elements: WS-GRAM job description schema, 4.0
 * and 4.2; transfers: the RFT types inside it. */
#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "base/xml.h"
#include "jobs/gt4job.h"

/* Where one parse stands. */
struct parse {
    struct job *job;
    char **feature;
    bool wall_said; /* maxWallTime was there: maxTime does not count */
    bool type_said; /* jobType was there */
    struct err *err;
};

typedef int element_fn(struct parse *p, const xmlNode *node);

/* Fail: this site does nothing for NODE. */
static int
unsupported(struct parse *p, const xmlNode *node, const char *why)
{
    const char *ns = node->ns != NULL ? (const char *)node->ns->href : "";

    if (p->feature != NULL && *p->feature == NULL)
        *p->feature = xasprintf("{%s}%s", ns, (const char *)node->name);
    return err_set(p->err, ERR_UNSUPPORTED, "line %ld: element '%s' %s",
                   xmlGetLineNo(node), (const char *)node->name, why);
}

/* A decimal of NODE in [1, max] times UNIT into *value. */
static int
number(struct parse *p, const xmlNode *node, long long unit, long long *value)
{
    char *text = xml_text(node);
    int rc = number_parse(text, 0, (1ll << 52) / unit, value);

    if (rc < 0)
        err_set(p->err, ERR_USAGE,
                "line %ld: %s is '%s', not a number that makes sense",
                xmlGetLineNo(node), (const char *)node->name, text);
    else
        *value *= unit;
    free(text);
    return rc;
}

/* The text of NODE replaces *slot. */
static int
text(const xmlNode *node, char **slot)
{
    free(*slot);
    *slot = xml_text(node);
    return 0;
}

#define TEXT_FIELD(field)                                        \
    static int set_##field(struct parse *p, const xmlNode *node) \
    {                                                            \
        return text(node, &p->job->field);                       \
    }
TEXT_FIELD(executable)
TEXT_FIELD(directory)
TEXT_FIELD(input)
TEXT_FIELD(output)
TEXT_FIELD(error)
TEXT_FIELD(queue)
TEXT_FIELD(project)
TEXT_FIELD(local_user)

#define NUMBER_FIELD(name, field, unit, type)                   \
    static int set_##name(struct parse *p, const xmlNode *node) \
    {                                                           \
        long long v;                                            \
                                                                \
        if (number(p, node, unit, &v) < 0)                      \
            return -1;                                          \
        p->job->field = (type)v;                                \
        return 0;                                               \
    }
NUMBER_FIELD(count, count, 1, long)
NUMBER_FIELD(host_count, host_count, 1, long)
NUMBER_FIELD(cpu_time, cpu_time, 60, long long)
NUMBER_FIELD(memory_max, memory_max, 1ll << 20, long long)
NUMBER_FIELD(memory_min, memory_min, 1ll << 20, long long)

static int
set_wall_time(struct parse *p, const xmlNode *node)
{
    p->wall_said = true;
    return number(p, node, 60, &p->job->wall_time);
}

/* maxTime: wall or cpu, "whichever the scheduler uses": wall, unless said. */
static int
set_max_time(struct parse *p, const xmlNode *node)
{
    long long v;

    if (number(p, node, 60, &v) < 0)
        return -1;
    if (!p->wall_said)
        p->job->wall_time = v;
    return 0;
}

static int
set_argument(struct parse *p, const xmlNode *node)
{
    xmlChar *raw = xmlNodeGetContent(node);

    /* Blanks of an argument are the user's: not trimmed. */
    job_add_arg(p->job, raw != NULL ? (const char *)raw : "");
    xmlFree(raw);
    return 0;
}

static int
set_environment(struct parse *p, const xmlNode *node)
{
    char *name = xml_child_text(node, "*", "name");
    xmlNode *value = xml_child(node, "*", "value");
    xmlChar *raw = value != NULL ? xmlNodeGetContent(value) : NULL;
    int rc = 0;

    if (name == NULL || *name == '\0')
        rc = err_set(p->err, ERR_SYNTAX, "line %ld: environment has no name",
                     xmlGetLineNo(node));
    else
        job_add_env(p->job, name, raw != NULL ? (const char *)raw : "");
    free(name);
    xmlFree(raw);
    return rc;
}

/* libraryPath*: one LD_LIBRARY_PATH, in the order given. */
static int
set_library_path(struct parse *p, const xmlNode *node)
{
    char *path = xml_text(node);
    struct job *job = p->job;

    for (size_t i = 0; i < job->nenv; i++)
        if (strcmp(job->env[i].name, "LD_LIBRARY_PATH") == 0) {
            char *both = xasprintf("%s:%s", job->env[i].value, path);

            free(job->env[i].value);
            job->env[i].value = both;
            free(path);
            return 0;
        }
    job_add_env(job, "LD_LIBRARY_PATH", path);
    free(path);
    return 0;
}

static int
set_job_type(struct parse *p, const xmlNode *node)
{
    static const struct {
        const char *word;
        enum job_type type;
    } words[] = { { "single", JOB_SINGLE },
                  { "multiple", JOB_MULTIPLE },
                  { "mpi", JOB_MPI } };
    char *word = xml_text(node);
    int rc = -1;

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strcmp(word, words[i].word) == 0) {
            p->job->type = words[i].type;
            p->type_said = true;
            rc = 0;
        }
    if (rc < 0)
        unsupported(p, node,
                    "asks for a job type that is not served here "
                    "(single, multiple, mpi are)");
    free(word);
    return rc;
}

/* Only a hold before the scheduler gets the job can be kept for now. */
static int
set_hold_state(struct parse *p, const xmlNode *node)
{
    char *state = xml_text(node);
    bool known = strcmp(state, "StageIn") == 0 || strcmp(state, "Pending") == 0;

    free(state);
    if (!known)
        return unsupported(p, node, "can only be StageIn or Pending here");
    p->job->hold = true;
    return 0;
}

/* The path of a file: URL; a reference to a variable stays in front. */
static char *
local_path(const char *url)
{
    const char *path = url;

    if (strncmp(path, "file://localhost/", 17) == 0)
        path += 16;
    else if (strncmp(path, "file://", 7) == 0)
        path += 7;
    else
        return NULL;
    while (path[0] == '/' && (path[1] == '/' || path[1] == '$'))
        path++;
    return xstrdup(path);
}

/* One rft:transfer; LOCAL names the element that must be the file: URL. */
static int
transfer(struct parse *p, const xmlNode *node, bool in)
{
    const char *local = in ? "destinationUrl" : "sourceUrl";
    const char *remote = in ? "sourceUrl" : "destinationUrl";
    char *file_url = xml_child_text(node, "*", local);
    char *url = xml_child_text(node, "*", remote);
    char *path = NULL;
    int rc = -1;

    if (file_url == NULL || url == NULL)
        err_set(p->err, ERR_SYNTAX,
                "line %ld: a transfer needs sourceUrl and destinationUrl",
                xmlGetLineNo(node));
    else if ((path = local_path(file_url)) == NULL)
        err_set(p->err, ERR_USAGE,
                "line %ld: %s is '%s': it must be a file:// URL on the site",
                xmlGetLineNo(node), local, file_url);
    else {
        struct job_transfer *t =
            in ? job_add_stage_in(p->job) : job_add_stage_out(p->job);

        t->file = xstrdup(path);
        t->url = xstrdup(url);
        rc = 0;
    }
    free(file_url);
    free(url);
    free(path);
    return rc;
}

/* fileStageIn, fileStageOut, fileCleanUp: their own children by name.  The
 * tuning of RFT (concurrency, rftOptions and the like) is advice: gridcp finds
 * its own; credentials are delegated anew by the submitting command. */
static int
request(struct parse *p, const xmlNode *node, const char *item)
{
    static const char *const advice[] = {
        "concurrency", "maxAttempts",   "finishBy",
        "rftOptions",  "deleteOptions", "transferCredentialEndpoint"
    };
    bool in = strcmp((const char *)node->name, "fileStageIn") == 0;

    for (xmlNode *c = xml_first(node); c != NULL; c = xml_next(c)) {
        bool known = false;

        for (size_t i = 0; i < sizeof(advice) / sizeof(advice[0]); i++)
            known |= strcmp((const char *)c->name, advice[i]) == 0;
        if (known)
            continue;
        if (strcmp((const char *)c->name, item) != 0)
            return unsupported(p, c, "is not known in a transfer request");
        if (strcmp(item, "transfer") == 0) {
            if (transfer(p, c, in) < 0)
                return -1;
        } else {
            char *url = xml_child_text(c, "*", "file");
            char *path = url != NULL ? local_path(url) : NULL;

            if (path != NULL)
                job_add_clean_up(p->job, path);
            else
                err_set(p->err, ERR_USAGE,
                        "line %ld: a deletion needs a file:// URL in 'file'",
                        xmlGetLineNo(c));
            free(url);
            if (path == NULL)
                return -1;
            free(path);
        }
    }
    return 0;
}

static int
set_transfers(struct parse *p, const xmlNode *node)
{
    return request(p, node, "transfer");
}

static int
set_clean_up(struct parse *p, const xmlNode *node)
{
    return request(p, node, "deletion");
}

/* Where to submit and with which credential: for the command, not the job. */
static int
ignore(struct parse *p, const xmlNode *node)
{
    (void)p;
    (void)node;
    return 0;
}

/* <array count="N" limit="M"/>, an extension of ours. */
static int
set_array(struct parse *p, const xmlNode *node)
{
    static const char *const names[] = { "count", "limit" };
    long *fields[] = { &p->job->tasks, &p->job->task_limit };

    for (size_t i = 0; i < 2; i++) {
        char *text = xml_attr(node, names[i]);
        long long v = -1;
        int rc = text == NULL ? 0 : number_parse(text, 1, JOB_TASKS_MAX, &v);

        free(text);
        if (rc < 0 || (i == 0 && v < 0))
            return err_set(p->err, ERR_USAGE,
                           "line %ld: array: %s is not a number from 1 to %d",
                           xmlGetLineNo(node), names[i], JOB_TASKS_MAX);
        *fields[i] = (long)v;
    }
    return 0;
}

/* <extensions>: name and queue-like words that the record knows. */
static int
set_extensions(struct parse *p, const xmlNode *node)
{
    for (xmlNode *c = xml_first(node); c != NULL; c = xml_next(c)) {
        if (strcmp((const char *)c->name, "jobName") == 0 ||
            strcmp((const char *)c->name, "jobname") == 0)
            text(c, &p->job->name);
        else if (strcmp((const char *)c->name, "array") == 0) {
            if (set_array(p, c) < 0)
                return -1;
        } else if (strcmp((const char *)c->name, "globusrunAnnotation") != 0)
            return unsupported(p, c, "is an extension unknown here");
    }
    return 0;
}

static const struct {
    const char *name;
    element_fn *set;
} elements[] = {
    { "factoryEndpoint", ignore },
    { "jobCredentialEndpoint", ignore },
    { "stagingCredentialEndpoint", ignore },
    { "localUserId", set_local_user },
    { "holdState", set_hold_state },
    { "executable", set_executable },
    { "directory", set_directory },
    { "argument", set_argument },
    { "environment", set_environment },
    { "stdin", set_input },
    { "stdout", set_output },
    { "stderr", set_error },
    { "count", set_count },
    { "libraryPath", set_library_path },
    { "hostCount", set_host_count },
    { "project", set_project },
    { "queue", set_queue },
    { "maxTime", set_max_time },
    { "maxWallTime", set_wall_time },
    { "maxCpuTime", set_cpu_time },
    { "maxMemory", set_memory_max },
    { "minMemory", set_memory_min },
    { "jobType", set_job_type },
    { "fileStageIn", set_transfers },
    { "fileStageOut", set_transfers },
    { "fileCleanUp", set_clean_up },
    { "extensions", set_extensions },
};

/* One child of <job>. */
static int
element(struct parse *p, const xmlNode *node)
{
    for (size_t i = 0; i < sizeof(elements) / sizeof(elements[0]); i++)
        if (strcmp((const char *)node->name, elements[i].name) == 0)
            return elements[i].set(p, node);
    return unsupported(p, node, "is not part of a job description");
}

int
gt4job_parse(const xmlNode *root, struct job *job, char **feature,
             struct err *err)
{
    struct parse p = { .job = job, .feature = feature, .err = err };
    const char *ns = root->ns != NULL ? (const char *)root->ns->href : "";

    job_init(job);
    if (feature != NULL)
        *feature = NULL;
    if (strcmp((const char *)root->name, "multiJob") == 0)
        return unsupported(&p, root,
                           "cannot be run yet: submit its jobs "
                           "one by one");
    if (strcmp((const char *)root->name, "job") != 0 ||
        (*ns != '\0' && strcmp(ns, GT40_DESC_NS) != 0 &&
         strcmp(ns, GT42_DESC_NS) != 0))
        return err_set(err, ERR_SYNTAX,
                       "line %ld: the root is '%s', not a GT4 'job'",
                       xmlGetLineNo(root), (const char *)root->name);
    for (xmlNode *c = xml_first(root); c != NULL; c = xml_next(c))
        if (element(&p, c) < 0)
            return -1;
    if (job->executable == NULL || *job->executable == '\0')
        return err_set(err, ERR_SYNTAX, "the job has no executable");
    if (!p.type_said && job->count > 1)
        job->type = JOB_MULTIPLE; /* GT4's default */
    if (job->directory == NULL)
        job->directory = xstrdup("${GLOBUS_USER_HOME}"); /* likewise */
    return job_check(job, err);
}
