/* jobs/jsdl_resource.c - jsdl:Resources: ranges become requirements of the job;
 * requirements that this host cannot meet are refused (GFD.136 s.6.4). */
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/xml.h"
#include "jobs/jsdl.h"
#include "jobs/jsdl_read.h"

/* Read a maximum (time or size) into a long long. */
static int
read_most(struct jsdl_read *r, const xmlNode *node,
          const struct jsdl_rule *rule)
{
    struct jsdl_range range;

    if (jsdl_range_read(r, node, &range) < 0)
        return -1;
    *(long long *)((char *)r->job + rule->at) =
        (long long)ceil(range.high >= 0 ? range.high : range.low);
    return 0;
}

/* Read a minimum (count) into a long; if only a maximum is given, use one. */
static int
read_number(struct jsdl_read *r, const xmlNode *node,
            const struct jsdl_rule *rule)
{
    struct jsdl_range range;
    double v;

    if (jsdl_range_read(r, node, &range) < 0)
        return -1;
    v = range.low >= 0 ? ceil(range.low) : floor(range.high);
    if (v < 1 || v > 1000000)
        return jsdl_read_bad(r, node, "is not a number of processors or hosts");
    if (range.low >= 0)
        *(long *)((char *)r->job + rule->at) = (long)v;
    return 0;
}

/* Read bytes: the maximum into *MAX, the minimum into *MIN; 0 requires
 * nothing. */
static int
read_bytes(struct jsdl_read *r, const xmlNode *node, long long *max,
           long long *min)
{
    struct jsdl_range range;

    if (jsdl_range_read(r, node, &range) < 0)
        return -1;
    if (range.high >= 0)
        *max = (long long)ceil(range.high);
    if (range.low > 0)
        *min = (long long)ceil(range.low);
    return 0;
}

static int
read_virtual_memory(struct jsdl_read *r, const xmlNode *node,
                    const struct jsdl_rule *rule)
{
    (void)rule;
    return read_bytes(r, node, &r->job->virtual_memory, &r->job->virtual_min);
}

static int
read_memory(struct jsdl_read *r, const xmlNode *node,
            const struct jsdl_rule *rule)
{
    (void)rule;
    return read_bytes(r, node, &r->job->memory_max, &r->job->memory_min);
}

/* A total over the job equals that of a process only if there is one
 * process. */
static int
read_total_memory(struct jsdl_read *r, const xmlNode *node,
                  const struct jsdl_rule *rule)
{
    if (xml_child(r->resources, JSDL_NS, "TotalCPUCount") != NULL ||
        r->job->type != JOB_SINGLE)
        return jsdl_read_unsupported(r, node, "say it for each process");
    return strcmp((const char *)node->name, "TotalVirtualMemory") == 0
               ? read_virtual_memory(r, node, rule)
               : read_memory(r, node, rule);
}

static int
read_exclusive(struct jsdl_read *r, const xmlNode *node,
               const struct jsdl_rule *rule)
{
    bool exclusive = false;

    (void)rule;
    if (jsdl_read_bool(r, node, &exclusive) < 0)
        return -1;
    return exclusive ? jsdl_read_unsupported(
                           r, node, "several jobs share a host of this site")
                     : 0;
}

/* NODE must have the value WORD, which this site has. */
static int
read_word(struct jsdl_read *r, const xmlNode *node, const char *word)
{
    char *text, *why;
    int rc = 0;

    if (jsdl_read_text(r, node, true, &text) < 0)
        return -1;
    if (strcmp(text, word) != 0) {
        why = xasprintf("this site has %s", word);
        rc = jsdl_read_unsupported(r, node, why);
        free(why);
    }
    free(text);
    return rc;
}

static int
read_os_name(struct jsdl_read *r, const xmlNode *node,
             const struct jsdl_rule *rule)
{
    (void)rule;
    return read_word(r, node, "LINUX");
}

static int
read_os_type(struct jsdl_read *r, const xmlNode *node,
             const struct jsdl_rule *rule)
{
    static const struct jsdl_rule rules[] = {
        { .ns = JSDL_NS, .name = "OperatingSystemName", .read = read_os_name },
        { .name = NULL }
    };

    (void)rule;
    return jsdl_read_children(r, node, rules);
}

static int
read_os(struct jsdl_read *r, const xmlNode *node, const struct jsdl_rule *rule)
{
    static const struct jsdl_rule rules[] = {
        { .ns = JSDL_NS, .name = "OperatingSystemType", .read = read_os_type },
        { .ns = JSDL_NS, .name = "Description" },
        { .name = NULL }
    };

    (void)rule;
    return jsdl_read_children(r, node, rules);
}

/* JSDL's names for the results of uname(2). */
static const char *
architecture(void)
{
    static const struct {
        const char *machine, *jsdl;
    } names[] = { { "x86_64", "x86_64" }, { "i686", "x86_32" },
                  { "i586", "x86_32" },   { "ia64", "ia64" },
                  { "ppc", "powerpc" },   { "ppc64le", "powerpc" },
                  { "sparc64", "sparc" }, { "armv7l", "arm" },
                  { "aarch64", "arm" },   { "mips", "mips" } };
    struct utsname u;

    if (uname(&u) == 0)
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
            if (strcmp(u.machine, names[i].machine) == 0)
                return names[i].jsdl;
    return "other";
}

static int
read_cpu_name(struct jsdl_read *r, const xmlNode *node,
              const struct jsdl_rule *rule)
{
    const char *here = architecture();
    char *text = xml_text(node);
    bool x86 = text != NULL && strcmp(text, "x86") == 0 &&
               strncmp(here, "x86_", 4) == 0;

    (void)rule;
    free(text);
    /* "x86" matches both widths. */
    return x86 ? 0 : read_word(r, node, here);
}

static int
read_cpu(struct jsdl_read *r, const xmlNode *node, const struct jsdl_rule *rule)
{
    static const struct jsdl_rule rules[] = {
        { .ns = JSDL_NS, .name = "CPUArchitectureName", .read = read_cpu_name },
        { .name = NULL }
    };

    (void)rule;
    return jsdl_read_children(r, node, rules);
}

/* ---- file systems ---- */

/* File systems that need no declaration, and their mounts. */
static const struct {
    const char *name, *mount;
} well_known[] = { { "HOME", "${GLOBUS_USER_HOME}" },
                   { "SCRATCH", "${GLOBUS_SCRATCH_DIR}" },
                   { "ROOT", "/" },
                   { "TMP", "/tmp" },
                   { "SESSION", "" },
                   { "WORKINGDIRECTORY", "" } };

static const char *
known_mount(const char *name)
{
    for (size_t i = 0; i < sizeof(well_known) / sizeof(well_known[0]); i++)
        if (strcmp(well_known[i].name, name) == 0)
            return well_known[i].mount;
    return NULL;
}

int
jsdl_resource_mount(struct jsdl_read *r, const xmlNode *node, const char *name,
                    char **mount)
{
    const xmlNode *fs = r->resources != NULL ? xml_first(r->resources) : NULL;

    *mount = NULL;
    for (; fs != NULL; fs = xml_next(fs)) {
        char *given = xml_attr(fs, "name");
        bool same = xml_is(fs, JSDL_NS, "FileSystem") && given != NULL &&
                    strcmp(given, name) == 0;

        free(given);
        if (same && (*mount = xml_child_text(fs, JSDL_NS, "MountPoint")))
            return 0;
    }
    if (known_mount(name) == NULL)
        return jsdl_read_unsupported(
            r, node,
            "this site knows the file systems HOME, SCRATCH, ROOT, TMP, "
            "SESSION, WORKINGDIRECTORY, and those with a MountPoint");
    *mount = xstrdup(known_mount(name));
    return 0;
}

static int
read_mount_point(struct jsdl_read *r, const xmlNode *node,
                 const struct jsdl_rule *rule)
{
    char *text;
    int rc = 0;

    (void)rule;
    if (jsdl_read_text(r, node, true, &text) < 0)
        return -1;
    if (text[0] != '/')
        rc = jsdl_read_bad(r, node, "is not an absolute path");
    free(text);
    return rc;
}

static int
read_fs_type(struct jsdl_read *r, const xmlNode *node,
             const struct jsdl_rule *rule)
{
    char *text;
    int rc = 0;

    (void)rule;
    if (jsdl_read_text(r, node, true, &text) < 0)
        return -1;
    if (strcmp(text, "normal") != 0 && strcmp(text, "temporary") != 0)
        rc = jsdl_read_unsupported(r, node,
                                   "this site has normal and temporary");
    free(text);
    return rc;
}

static int
read_fs(struct jsdl_read *r, const xmlNode *node, const struct jsdl_rule *rule)
{
    static const struct jsdl_rule rules[] = {
        { .ns = JSDL_NS, .name = "FileSystemType", .read = read_fs_type },
        { .ns = JSDL_NS, .name = "Description" },
        { .ns = JSDL_NS, .name = "MountPoint", .read = read_mount_point },
        { .name = NULL }
    };
    char *name = xml_attr(node, "name"), *mount = NULL;
    int rc = 0;

    (void)rule;
    if (name == NULL)
        rc =
            err_set(r->err, ERR_SYNTAX, "line %ld: FileSystem without its name",
                    xmlGetLineNo(node));
    else if (jsdl_read_children(r, node, rules) < 0 ||
             jsdl_resource_mount(r, node, name, &mount) < 0)
        rc = -1;
    free(name);
    free(mount);
    return rc;
}

#define RULE(element, fn, field)                      \
    {                                                 \
        .ns = JSDL_NS, .name = element, .read = (fn), \
        .at = offsetof(struct job, field)             \
    }

int
jsdl_resource_read(struct jsdl_read *r, const xmlNode *node,
                   const struct jsdl_rule *rule)
{
    static const struct jsdl_rule rules[] = {
        { .ns = JSDL_NS,
          .name = "FileSystem",
          .many = true,
          .read = read_fs,
          .attrs = "name" },
        RULE("ExclusiveExecution", read_exclusive, hold),
        RULE("OperatingSystem", read_os, name),
        RULE("CPUArchitecture", read_cpu, name),
        RULE("IndividualCPUTime", read_most, cpu_time),
        RULE("IndividualCPUCount", read_number, procs_per_host),
        RULE("IndividualPhysicalMemory", read_memory, memory_max),
        RULE("IndividualVirtualMemory", read_virtual_memory, virtual_memory),
        RULE("TotalCPUTime", read_most, cpu_time_total),
        RULE("TotalCPUCount", read_number, count),
        RULE("TotalPhysicalMemory", read_total_memory, memory_max),
        RULE("TotalVirtualMemory", read_total_memory, virtual_memory),
        RULE("TotalResourceCount", read_number, host_count),
        { .name = NULL }
    };

    (void)rule;
    return jsdl_read_children(r, node, rules);
}
