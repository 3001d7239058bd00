/* jobs/jsdl.c - see jsdl.h: the document's structure, identification and
 * application. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/xml.h"
#include "jobs/jsdl.h"
#include "jobs/jsdl_read.h"

#define SPMD_VARIATION "http://www.ogf.org/jsdl/2007/02/jsdl-spmd/"

/* ---- application ---- */

/* xsd:normalizedString: tabs and line ends become blanks. */
static void
normalize(char *s)
{
    for (; *s != '\0'; s++)
        if (*s == '\t' || *s == '\n' || *s == '\r')
            *s = ' ';
}

/* Prefix *TEXT, which we own, with the file system that NODE names. */
static int
mounted(struct jsdl_read *r, const xmlNode *node, char **text)
{
    char *fs = xml_attr(node, "filesystemName"), *mount = NULL, *whole;
    int rc = 0;

    if (fs == NULL)
        return 0;
    rc = jsdl_resource_mount(r, node, fs, &mount);
    if (rc == 0) {
        size_t n = strlen(mount);
        const char *rest = *text + strspn(*text, "/");

        whole = n == 0 ? xstrdup(rest)
                       : xasprintf("%s%s%s", mount,
                                   mount[n - 1] == '/' ? "" : "/", rest);
        free(*text);
        *text = whole;
    }
    free(mount);
    free(fs);
    return rc;
}

static int
read_path(struct jsdl_read *r, const xmlNode *node,
          const struct jsdl_rule *rule)
{
    char **to = (char **)((char *)r->job + rule->at);

    if (jsdl_read_string(r, node, rule) < 0)
        return -1;
    return *to == NULL ? 0 : mounted(r, node, to);
}

static int
read_argument(struct jsdl_read *r, const xmlNode *node,
              const struct jsdl_rule *rule)
{
    char *text;
    int rc;

    if (jsdl_read_text(r, node, false, &text) < 0)
        return -1;
    if (strcmp(rule->ns, JSDL_POSIX_NS) == 0)
        normalize(text);
    rc = mounted(r, node, &text);
    if (rc == 0)
        job_add_arg(r->job, text);
    free(text);
    return rc;
}

static int
read_environment(struct jsdl_read *r, const xmlNode *node,
                 const struct jsdl_rule *rule)
{
    char *name = xml_attr(node, "name"), *text = NULL;
    int rc = -1;

    (void)rule;
    if (name == NULL)
        err_set(r->err, ERR_SYNTAX, "line %ld: Environment without its name",
                xmlGetLineNo(node));
    else if (jsdl_read_text(r, node, false, &text) == 0 &&
             mounted(r, node, &text) == 0) {
        job_add_env(r->job, name, text);
        rc = 0;
    }
    free(name);
    free(text);
    return rc;
}

static int
read_variation(struct jsdl_read *r, const xmlNode *node,
               const struct jsdl_rule *rule)
{
    static const char *const mpi[] = { "MPI",     "MPICH",    "MPICH2",
                                       "OpenMPI", "IntelMPI", NULL };
    char *text;
    int rc = 0;

    (void)rule;
    if (jsdl_read_text(r, node, true, &text) < 0)
        return -1;
    if (strcmp(text, JOBS_EXT_NS ":multiple") == 0) {
        r->job->type = JOB_MULTIPLE;
    } else {
        size_t n = strlen(SPMD_VARIATION), i = 0;

        if (strncmp(text, SPMD_VARIATION, n) == 0)
            while (mpi[i] != NULL && strcmp(mpi[i], text + n) != 0)
                i++;
        if (strncmp(text, SPMD_VARIATION, n) != 0 || mpi[i] == NULL)
            rc = jsdl_read_unsupported(
                r, node,
                "known are " SPMD_VARIATION "MPI, MPICH, MPICH2, OpenMPI, "
                "IntelMPI, and " JOBS_EXT_NS ":multiple");
        else
            r->job->type = JOB_MPI;
    }
    free(text);
    return rc;
}

/* A count that may instead ask for the number that the host has. */
static int
read_spmd_count(struct jsdl_read *r, const xmlNode *node,
                const struct jsdl_rule *rule)
{
    bool asked = false;

    if (jsdl_read_bool_attr(r, node, rule->attrs, &asked) < 0)
        return -1;
    if (asked)
        return jsdl_read_unsupported(r, node, "say the number");
    return jsdl_read_count(r, node, rule);
}

#define PATH_RULE(n, element, field)                                 \
    {                                                                \
        .ns = n, .name = element, .read = read_path,                 \
        .at = offsetof(struct job, field), .attrs = "filesystemName" \
    }
/* The elements that every application has, in its namespace N. */
#define COMMON_RULES(n)                                                   \
    PATH_RULE(n, "Executable", executable), PATH_RULE(n, "Input", input), \
        PATH_RULE(n, "Output", output), PATH_RULE(n, "Error", error),     \
        PATH_RULE(n, "WorkingDirectory", directory),                      \
        { .ns = n,                                                        \
          .name = "Argument",                                             \
          .many = true,                                                   \
          .read = read_argument,                                          \
          .attrs = "filesystemName" },                                    \
        { .ns = n,                                                        \
          .name = "Environment",                                          \
          .many = true,                                                   \
          .read = read_environment,                                       \
          .attrs = "name filesystemName" },                               \
    {                                                                     \
        .ns = n, .name = "UserName", .read = jsdl_read_string,            \
        .at = offsetof(struct job, local_user)                            \
    }
#define LIMIT_RULE(element, field)                                      \
    {                                                                   \
        .ns = JSDL_POSIX_NS, .name = element, .read = jsdl_read_amount, \
        .at = offsetof(struct job, field)                               \
    }

static const struct jsdl_rule posix_rules[] = {
    COMMON_RULES(JSDL_POSIX_NS),
    LIMIT_RULE("WallTimeLimit", wall_time),
    LIMIT_RULE("FileSizeLimit", limit_fsize),
    LIMIT_RULE("CoreDumpLimit", limit_core),
    LIMIT_RULE("DataSegmentLimit", limit_data),
    LIMIT_RULE("LockedMemoryLimit", limit_memlock),
    LIMIT_RULE("MemoryLimit", memory_max),
    LIMIT_RULE("OpenDescriptorsLimit", limit_nofile),
    LIMIT_RULE("PipeSizeLimit", limit_pipe),
    LIMIT_RULE("StackSizeLimit", limit_stack),
    LIMIT_RULE("CPUTimeLimit", cpu_time),
    LIMIT_RULE("ProcessCountLimit", limit_nproc),
    LIMIT_RULE("VirtualMemoryLimit", virtual_memory),
    { .name = NULL }
};
static const struct jsdl_rule hpcpa_rules[] = { COMMON_RULES(JSDL_HPCPA_NS),
                                                { .name = NULL } };
static const struct jsdl_rule spmd_rules[] = {
    COMMON_RULES(JSDL_POSIX_NS),
    { .ns = JSDL_SPMD_NS,
      .name = "NumberOfProcesses",
      .read = read_spmd_count,
      .at = offsetof(struct job, count),
      .attrs = "actualtotalcpucount" },
    { .ns = JSDL_SPMD_NS,
      .name = "ProcessesPerHost",
      .read = jsdl_read_count,
      .at = offsetof(struct job, procs_per_host) },
    { .ns = JSDL_SPMD_NS,
      .name = "ThreadsPerProcess",
      .read = read_spmd_count,
      .at = offsetof(struct job, threads),
      .attrs = "actualindividualcpucount" },
    { .ns = JSDL_SPMD_NS, .name = "SPMDVariation", .read = read_variation },
    { .name = NULL }
};

static int
read_program(struct jsdl_read *r, const xmlNode *node,
             const struct jsdl_rule *rule)
{
    if (r->application)
        return err_set(r->err, ERR_SYNTAX,
                       "line %ld: a second application element '%s'",
                       xmlGetLineNo(node), (const char *)node->name);
    r->application = true;
    if (strcmp(rule->ns, JSDL_POSIX_NS) == 0)
        return jsdl_read_children(r, node, posix_rules);
    if (strcmp(rule->ns, JSDL_HPCPA_NS) == 0)
        return jsdl_read_children(r, node, hpcpa_rules);
    if (xml_child(node, JSDL_SPMD_NS, "SPMDVariation") == NULL)
        return err_set(r->err, ERR_SYNTAX,
                       "line %ld: SPMDApplication without SPMDVariation",
                       xmlGetLineNo(node));
    return jsdl_read_children(r, node, spmd_rules);
}

/* The name of an application is only a label beside an executable; alone it is
 * not supported. */
static int
read_label(struct jsdl_read *r, const xmlNode *node,
           const struct jsdl_rule *rule)
{
    char *text;

    (void)rule;
    if (jsdl_read_text(r, node, true, &text) < 0)
        return -1;
    if (text[0] != '\0') {
        char *note = xasprintf("%s: %s", (const char *)node->name, text);

        job_add_annotation(r->job, note);
        free(note);
    }
    free(text);
    return 0;
}

static int
read_application(struct jsdl_read *r, const xmlNode *node,
                 const struct jsdl_rule *rule)
{
    static const struct jsdl_rule rules[] = {
        { .ns = JSDL_NS, .name = "ApplicationName", .read = read_label },
        { .ns = JSDL_NS, .name = "ApplicationVersion", .read = read_label },
        { .ns = JSDL_NS, .name = "Description", .read = read_label },
        { .ns = JSDL_POSIX_NS,
          .name = "POSIXApplication",
          .read = read_program,
          .attrs = "name" },
        { .ns = JSDL_HPCPA_NS,
          .name = "HPCProfileApplication",
          .read = read_program,
          .attrs = "name" },
        { .ns = JSDL_SPMD_NS,
          .name = "SPMDApplication",
          .read = read_program,
          .attrs = "name" },
        { .name = NULL }
    };
    const xmlNode *name = xml_child(node, JSDL_NS, "ApplicationName");

    (void)rule;
    if (jsdl_read_children(r, node, rules) < 0)
        return -1;
    if (r->job->executable == NULL && name != NULL)
        return jsdl_read_unsupported(
            r, name,
            "this site has no table of applications; name an "
            "executable");
    return 0;
}

/* ---- identification ---- */

static int
read_annotation(struct jsdl_read *r, const xmlNode *node,
                const struct jsdl_rule *rule)
{
    char *text;

    (void)rule;
    if (jsdl_read_text(r, node, true, &text) < 0)
        return -1;
    if (text[0] != '\0')
        job_add_annotation(r->job, text);
    free(text);
    return 0;
}

/* If several projects are named, the first is charged. */
static int
read_project(struct jsdl_read *r, const xmlNode *node,
             const struct jsdl_rule *rule)
{
    return r->job->project == NULL ? jsdl_read_string(r, node, rule)
                                   : read_label(r, node, rule);
}

static int
read_identification(struct jsdl_read *r, const xmlNode *node,
                    const struct jsdl_rule *rule)
{
    static const struct jsdl_rule rules[] = {
        { .ns = JSDL_NS,
          .name = "JobName",
          .read = jsdl_read_string,
          .at = offsetof(struct job, name) },
        { .ns = JSDL_NS,
          .name = "Description",
          .read = jsdl_read_string,
          .at = offsetof(struct job, description) },
        { .ns = JSDL_NS,
          .name = "JobAnnotation",
          .many = true,
          .read = read_annotation },
        { .ns = JSDL_NS,
          .name = "JobProject",
          .many = true,
          .read = read_project,
          .at = offsetof(struct job, project) },
        { .name = NULL }
    };

    (void)rule;
    return jsdl_read_children(r, node, rules);
}

/* ---- the document ---- */

static int
read_description(struct jsdl_read *r, const xmlNode *node,
                 const struct jsdl_rule *rule)
{
    static const struct jsdl_rule rules[] = {
        { .ns = JSDL_NS,
          .name = "JobIdentification",
          .read = read_identification },
        { .ns = JSDL_NS, .name = "Application", .read = read_application },
        { .ns = JSDL_NS, .name = "Resources", .read = jsdl_resource_read },
        { .ns = JSDL_NS,
          .name = "DataStaging",
          .many = true,
          .read = jsdl_staging_read,
          .attrs = "name" },
        { .ns = JOBS_EXT_NS, .name = "Extension", .read = jsdl_extension_read },
        { .name = NULL }
    };

    (void)rule;
    r->resources = xml_child(node, JSDL_NS, "Resources");
    return jsdl_read_children(r, node, rules);
}

int
jsdl_parse(const xmlNode *definition, struct job *job, char **feature,
           struct err *err)
{
    static const struct jsdl_rule rules[] = {
        { .ns = JSDL_NS, .name = "JobDescription", .read = read_description },
        { .ns = JSDL_SWEEP_NS, .name = "Sweep", .many = true },
        { .name = NULL }
    };
    struct jsdl_read r = { .job = job, .feature = feature, .err = err };
    xmlDoc *marked = NULL;
    int rc;

    job_init(job);
    if (feature != NULL)
        *feature = NULL;
    if (!xml_is(definition, JSDL_NS, "JobDefinition"))
        return err_set(err, ERR_SYNTAX,
                       "line %ld: element '%s' is not a JobDefinition of "
                       "namespace '%s'",
                       xmlGetLineNo(definition), (const char *)definition->name,
                       JSDL_NS);
    if (xml_child(definition, JSDL_NS, "JobDescription") == NULL)
        return err_set(err, ERR_SYNTAX,
                       "line %ld: JobDefinition without JobDescription",
                       xmlGetLineNo(definition));
    /* Of a sweep the document is read with marks in the places that differ. */
    rc = jsdl_sweep_read(&r, definition, &marked);
    if (marked != NULL)
        definition = xmlDocGetRootElement(marked);
    if (rc < 0 || jsdl_read_attrs(&r, definition, "id") < 0 ||
        jsdl_read_children(&r, definition, rules) < 0 ||
        job_check(job, err) < 0) {
        job_fini(job);
        rc = -1;
    }
    xmlFreeDoc(marked);
    return rc;
}
