/* jobs/gt4job.c - see gt4job.h.  Elements: WS-GRAM job description schema, 4.0
 * and 4.2; transfers: gt4job_transfer.c. */
#include <ctype.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "base/xml.h"
#include "jobs/gt4job.h"
#include "jobs/gt4job_read.h"

/* Read the decimal number of NODE, at least MIN, times UNIT into *value. */
static int
number(struct jsdl_read *r, const xmlNode *node, long long min, long long unit,
       long long *value)
{
    char *text;
    int rc = 0;

    if (jsdl_read_text(r, node, true, &text) < 0)
        return -1;
    if (number_parse(text, min, (1ll << 52) / unit, value) < 0)
        rc = jsdl_read_bad(r, node,
                           min > 0 ? "is not a number from 1 up"
                                   : "is not a number from 0 up");
    else
        *value *= unit;
    free(text);
    return rc;
}

/* jsdl_rule_fn: minutes into the seconds AT. */
static int
read_minutes(struct jsdl_read *r, const xmlNode *node,
             const struct jsdl_rule *rule)
{
    return number(r, node, 1, 60, (long long *)((char *)r->job + rule->at));
}

/* jsdl_rule_fn: megabytes into the bytes AT. */
static int
read_megabytes(struct jsdl_read *r, const xmlNode *node,
               const struct jsdl_rule *rule)
{
    return number(r, node, 0, 1ll << 20,
                  (long long *)((char *)r->job + rule->at));
}

/* maxTime: wall or CPU time, "whichever the scheduler uses": wall time, unless
 * another element sets it. */
static int
read_max_time(struct jsdl_read *r, const xmlNode *node,
              const struct jsdl_rule *rule)
{
    long long v;

    (void)rule;
    if (number(r, node, 1, 60, &v) < 0)
        return -1;
    if (xml_child(node->parent, "*", "maxWallTime") == NULL)
        r->job->wall_time = v;
    return 0;
}

static int
read_argument(struct jsdl_read *r, const xmlNode *node,
              const struct jsdl_rule *rule)
{
    char *text;

    (void)rule;
    /* Blanks in an argument count: do not trim. */
    if (gt4job_read_value(r, node, false, &text) < 0)
        return -1;
    job_add_arg(r->job, text);
    free(text);
    return 0;
}

/* jsdl_rule_fn: text into the name or value AT of the current variable. */
static int
read_name(struct jsdl_read *r, const xmlNode *node,
          const struct jsdl_rule *rule)
{
    return jsdl_read_text(r, node, true,
                          (char **)((char *)r->variable + rule->at));
}

/* The same without trimming. */
static int
read_value(struct jsdl_read *r, const xmlNode *node,
           const struct jsdl_rule *rule)
{
    return gt4job_read_value(r, node, false,
                             (char **)((char *)r->variable + rule->at));
}

static int
read_environment(struct jsdl_read *r, const xmlNode *node,
                 const struct jsdl_rule *rule)
{
    static const struct jsdl_rule rules[] = {
        { .name = "name",
          .read = read_name,
          .at = offsetof(struct job_env, name) },
        { .name = "value",
          .read = read_value,
          .at = offsetof(struct job_env, value) },
        { .name = NULL }
    };
    struct job_env v = { .name = NULL };
    int rc;

    (void)rule;
    r->variable = &v;
    rc = jsdl_read_children(r, node, rules);
    r->variable = NULL;
    if (rc == 0 && (v.name == NULL || *v.name == '\0'))
        rc = err_set(r->err, ERR_SYNTAX, "line %ld: environment has no name",
                     xmlGetLineNo(node));
    if (rc == 0)
        job_add_env(r->job, v.name, v.value != NULL ? v.value : "");
    free(v.name);
    free(v.value);
    return rc;
}

/* libraryPath*: one LD_LIBRARY_PATH in the given order. */
static int
read_library_path(struct jsdl_read *r, const xmlNode *node,
                  const struct jsdl_rule *rule)
{
    struct job *job = r->job;
    char *path;

    (void)rule;
    if (gt4job_read_value(r, node, true, &path) < 0)
        return -1;
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

/* Find NODE's text in WORDS, which ends with NULL.  -1: it is not there, and
 * WHY says what the site offers; or the text cannot be read. */
static int
choice(struct jsdl_read *r, const xmlNode *node, const char *const words[],
       const char *why)
{
    char *text;
    int i = 0;

    if (jsdl_read_text(r, node, true, &text) < 0)
        return -1;
    while (words[i] != NULL && strcmp(words[i], text) != 0)
        i++;
    free(text);
    return words[i] != NULL ? i : jsdl_read_unsupported(r, node, why);
}

static int
read_job_type(struct jsdl_read *r, const xmlNode *node,
              const struct jsdl_rule *rule)
{
    static const char *const words[] = { [JOB_SINGLE] = "single",
                                         [JOB_MULTIPLE] = "multiple",
                                         [JOB_MPI] = "mpi",
                                         NULL };
    int i = choice(r, node, words, "known are single, multiple, mpi");

    (void)rule;
    if (i < 0)
        return -1;
    r->job->type = (enum job_type)i;
    return 0;
}

/* Only a hold before submission to the scheduler is supported. */
static int
read_hold_state(struct jsdl_read *r, const xmlNode *node,
                const struct jsdl_rule *rule)
{
    static const char *const words[] = { "StageIn", "Pending", NULL };

    (void)rule;
    if (choice(r, node, words, "known are StageIn and Pending") < 0)
        return -1;
    r->job->hold = true;
    return 0;
}

/* Credentials that the client delegated elsewhere are not supported. */
static int
read_credential(struct jsdl_read *r, const xmlNode *node,
                const struct jsdl_rule *rule)
{
    (void)rule;
    return jsdl_read_unsupported(r, node,
                                 "the submitting command delegates credentials "
                                 "itself (-job-delegate, -staging-delegate)");
}

/* <array count="N" limit="M"/>, our extension. */
static int
read_array(struct jsdl_read *r, const xmlNode *node,
           const struct jsdl_rule *rule)
{
    static const char *const names[] = { "count", "limit" };
    long *fields[] = { &r->job->tasks, &r->job->task_limit };

    (void)rule;
    for (size_t i = 0; i < 2; i++) {
        char *text = xml_attr(node, names[i]);
        long long v = -1;
        int rc = text == NULL ? 0 : number_parse(text, 1, JOB_TASKS_MAX, &v);

        free(text);
        if (rc < 0 || (i == 0 && v < 0))
            return err_set(r->err, ERR_USAGE,
                           "line %ld: array: %s is not a number from 1 to %d",
                           xmlGetLineNo(node), names[i], JOB_TASKS_MAX);
        *fields[i] = (long)v;
    }
    return xml_first(node) != NULL
               ? jsdl_read_unsupported(r, xml_first(node), NULL)
               : 0;
}

/* <extensions>: those that the record supports. */
static int
read_extensions(struct jsdl_read *r, const xmlNode *node,
                const struct jsdl_rule *rule)
{
    static const struct jsdl_rule rules[] = {
        { .name = "jobName",
          .read = jsdl_read_string,
          .at = offsetof(struct job, name) },
        { .name = "jobname",
          .read = jsdl_read_string,
          .at = offsetof(struct job, name) },
        { .name = "array", .read = read_array, .attrs = "count limit" },
        { .name = "globusrunAnnotation" }, /* added by GT4's client */
        { .name = NULL }
    };

    (void)rule;
    return jsdl_read_children(r, node, rules);
}

/* ---- factoryEndpoint ---- */

static int
read_address(struct jsdl_read *r, const xmlNode *node,
             const struct jsdl_rule *rule)
{
    (void)rule;
    free(*r->factory);
    return jsdl_read_text(r, node, true, r->factory);
}

/* ResourceID: the scheduler, "Fork", "PBS". */
static int
read_resource_id(struct jsdl_read *r, const xmlNode *node,
                 const struct jsdl_rule *rule)
{
    (void)rule;
    free(r->job->scheduler);
    r->job->scheduler = NULL;
    if (jsdl_read_text(r, node, true, &r->job->scheduler) < 0)
        return -1;
    for (char *c = r->job->scheduler; *c != '\0'; c++)
        *c = (char)tolower((unsigned char)*c);
    return 0;
}

static int
read_reference(struct jsdl_read *r, const xmlNode *node,
               const struct jsdl_rule *rule)
{
    static const struct jsdl_rule rules[] = {
        { .name = "ResourceID", .read = read_resource_id }, { .name = NULL }
    };

    (void)rule;
    return jsdl_read_children(r, node, rules);
}

static int
read_factory(struct jsdl_read *r, const xmlNode *node,
             const struct jsdl_rule *rule)
{
    static const struct jsdl_rule rules[] = {
        { .ns = GT4_WSA, .name = "Address", .read = read_address },
        { .ns = GT4_WSA,
          .name = "ReferenceProperties",
          .read = read_reference },
        { .ns = GT4_WSA,
          .name = "ReferenceParameters",
          .read = read_reference },
        { .name = NULL }
    };
    int rc;

    (void)rule;
    if (r->factory == NULL)
        return jsdl_read_unsupported(r, node, NULL);
    rc = jsdl_read_children(r, node, rules);
    if (rc == 0 && (*r->factory == NULL || **r->factory == '\0'))
        rc = err_set(r->err, ERR_SYNTAX,
                     "line %ld: factoryEndpoint has no Address",
                     xmlGetLineNo(node));
    return rc;
}

#define RULE(element, fn)             \
    {                                 \
        .name = element, .read = (fn) \
    }
#define FIELD(element, fn, field)                                        \
    {                                                                    \
        .name = element, .read = (fn), .at = offsetof(struct job, field) \
    }
#define LIST(element, fn)                           \
    {                                               \
        .name = element, .many = true, .read = (fn) \
    }

static const struct jsdl_rule job_rules[] = {
    RULE("factoryEndpoint", read_factory),
    RULE("jobCredentialEndpoint", read_credential),
    RULE("stagingCredentialEndpoint", read_credential),
    FIELD("localUserId", jsdl_read_string, local_user),
    RULE("holdState", read_hold_state),
    FIELD("executable", gt4job_read_string, executable),
    FIELD("directory", gt4job_read_string, directory),
    LIST("argument", read_argument),
    LIST("environment", read_environment),
    FIELD("stdin", gt4job_read_string, input),
    FIELD("stdout", gt4job_read_string, output),
    FIELD("stderr", gt4job_read_string, error),
    FIELD("count", jsdl_read_count, count),
    LIST("libraryPath", read_library_path),
    FIELD("hostCount", jsdl_read_count, host_count),
    FIELD("project", jsdl_read_string, project),
    FIELD("queue", jsdl_read_string, queue),
    RULE("maxTime", read_max_time),
    FIELD("maxWallTime", read_minutes, wall_time),
    FIELD("maxCpuTime", read_minutes, cpu_time),
    FIELD("maxMemory", read_megabytes, memory_max),
    FIELD("minMemory", read_megabytes, memory_min),
    RULE("jobType", read_job_type),
    RULE("fileStageIn", gt4job_transfer_read),
    RULE("fileStageOut", gt4job_transfer_read),
    RULE("fileCleanUp", gt4job_transfer_read_deletions),
    RULE("extensions", read_extensions),
    { .name = NULL }
};

/* Check that ROOT is a GT4 job; otherwise -1 with what it is. */
static int
check_root(struct jsdl_read *r, const xmlNode *root)
{
    static const struct jsdl_rule job = { .name = "job" };

    if (strcmp((const char *)root->name, "multiJob") == 0)
        return jsdl_read_unsupported(r, root, "submit its jobs one by one");
    if (!gt4job_read_is(root, &job))
        return err_set(r->err, ERR_SYNTAX,
                       "line %ld: the root is '%s', not a GT4 'job'",
                       xmlGetLineNo(root), (const char *)root->name);
    return jsdl_read_attrs(r, root, NULL);
}

int
gt4job_parse(const xmlNode *root, struct job *job, char **factory,
             char **feature, struct err *err)
{
    struct jsdl_read r = { .job = job,
                           .is = gt4job_read_is,
                           .factory = factory,
                           .feature = feature,
                           .err = err };

    job_init(job);
    if (feature != NULL)
        *feature = NULL;
    if (factory != NULL)
        *factory = NULL;
    if (check_root(&r, root) < 0 || jsdl_read_children(&r, root, job_rules) < 0)
        return -1;
    if (job->executable == NULL || *job->executable == '\0')
        return err_set(err, ERR_SYNTAX, "the job has no executable");
    if (xml_child(root, "*", "jobType") == NULL && job->count > 1)
        job->type = JOB_MULTIPLE; /* GT4's default */
    if (job->directory == NULL)
        job->directory = xstrdup("${GLOBUS_USER_HOME}"); /* likewise */
    return job_check(job, err);
}
