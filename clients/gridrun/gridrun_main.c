/* clients/gridrun/gridrun_main.c - submit, monitor, status, kill, release,
 * list: the options of globusrun-ws for the BES service. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "base/log.h"
#include "base/opt.h"
#include "clients/gridrun/gridrun.h"

enum option {
    OPT_SUBMIT = 1,
    OPT_MONITOR,
    OPT_STATUS,
    OPT_KILL,
    OPT_RESUBMIT,
    OPT_RELEASE,
    OPT_DESTROY,
    OPT_RENEW,
    OPT_UPLOAD,
    OPT_FETCH,
    OPT_WAIT,
    OPT_LIST,
    OPT_VALIDATE,
    OPT_HELP,
    OPT_VERSION,
    OPT_BATCH,
    OPT_STREAMING,
    OPT_STDOUT,
    OPT_STDERR,
    OPT_QUIET,
    OPT_VERBOSE,
    OPT_DEBUG,
    OPT_NO_CLEANUP,
    OPT_FACTORY,
    OPT_FACTORY_TYPE,
    OPT_FACTORY_EPR,
    OPT_FILE,
    OPT_COMMAND,
    OPT_ID,
    OPT_ID_FILE,
    OPT_ID_OUTPUT,
    OPT_EPR_OUTPUT,
    OPT_JOB_DELEGATE,
    OPT_STAGING_DELEGATE,
    OPT_FULL,
    OPT_LIFETIME,
    OPT_LIMITS,
    OPT_JOB,
    OPT_TASKS,
    OPT_HOSTS,
    OPT_FAILED,
    OPT_STATE,
    OPT_NAME,
    OPT_LIMIT,
    OPT_AFTER,
    OPT_HOST,
    OPT_SELF,
    OPT_SUBJECT,
    OPT_PRIVATE,
    OPT_TIMEOUT,
    OPT_TERMINATION,
    OPT_IGNORED
};

static const struct opt options[] = {
    { OPT_SUBMIT, NULL, NULL, "One of these commands:" },
    { OPT_SUBMIT, "submit", NULL, "create a job from -f or -c, follow it" },
    { OPT_MONITOR, "monitor", NULL, "follow the job that -j names" },
    { OPT_STATUS, "status", NULL, "print its state, once" },
    { OPT_KILL, "kill", NULL, "cancel it, or some of its tasks: 'JOB[1,5-9]'" },
    { OPT_RESUBMIT, "resubmit", NULL,
      "run tasks that are over once more: 'JOB[1,5-9]', or -failed JOB" },
    { OPT_LIMITS, "limits", "wall_time=TIME",
      "have the jobs end after TIME (90, 2h, 1d12h) from their start on" },
    { OPT_RELEASE, "release", NULL, "let a held job go on" },
    { OPT_DESTROY, "destroy", NULL,
      "remove an ended job and its files from the site" },
    { OPT_RENEW, "renew", NULL,
      "delegate a new proxy to the job in place of its old one" },
    { OPT_UPLOAD, "upload", NULL,
      "send what the job that -j names still lacks of the inputs of -f" },
    { OPT_FETCH, "fetch", NULL,
      "bring the outputs of -f that go to files here from the ended job -j" },
    { OPT_WAIT, "wait", NULL, "wait until all the jobs named are over" },
    { OPT_LIST, "list", NULL,
      "your jobs at the site that -F names, which must be a Gatehouse" },
    { OPT_VALIDATE, "validate", NULL, "read the description, submit nothing" },
    { OPT_HELP, "help h usage", NULL, "this text" },
    { OPT_VERSION, "version versions", NULL, "version" },
    { OPT_SUBMIT, NULL, NULL, "The job:" },
    { OPT_FILE, "job-description-file f", "FILE",
      "XML description: a GT4 <job>, or JSDL" },
    { OPT_COMMAND, "job-command c", NULL,
      "the rest of the line is the program and its arguments (comes last)" },
    { OPT_JOB, "job-epr-file j", "JOB",
      "the job: an EPR file, a handle https://HOST:PORT/jobs/ID, or an id; "
      "several -j, or JOB... behind the options, name several jobs" },
    { OPT_FAILED, "failed", NULL,
      "with -resubmit: the tasks that failed, or exited with another code than "
      "0" },
    { OPT_TASKS, "tasks", NULL,
      "with -list: the tasks of JOB, in a line each" },
    { OPT_HOSTS, "hosts", NULL, "with -status: where each task runs, or ran" },
    { OPT_ID, "submission-id I", "ID",
      "at-most-once id: if unsure whether a submission arrived, submit again "
      "with the same" },
    { OPT_ID_FILE, "submission-id-file If", "FILE", "the id is in FILE" },
    { OPT_ID_OUTPUT, "submission-id-output-file Io", "FILE",
      "write the id to FILE before submitting" },
    { OPT_EPR_OUTPUT, "job-epr-output-file o", "FILE",
      "write the job's EPR to FILE" },
    { OPT_SUBMIT, NULL, NULL, "Which jobs -list shows:" },
    { OPT_STATE, "state", "STATE", "those in STATE: Pending, Active, ..." },
    { OPT_NAME, "name", "PATTERN", "those whose name matches, like a file's" },
    { OPT_LIMIT, "limit", "N", "N at most, the newest" },
    { OPT_AFTER, "after", "ID", "those older than the job ID" },
    { OPT_SUBMIT, NULL, NULL, "How to follow it:" },
    { OPT_BATCH, "batch b", NULL, "print the job's EPR on stdout and leave" },
    { OPT_STREAMING, "streaming s", NULL,
      "copy the job's stdout and stderr here as they grow" },
    { OPT_STDOUT, "stdout-file streaming-out so", "FILE",
      "append the job's stdout to FILE (implies -streaming)" },
    { OPT_STDERR, "stderr-file streaming-err se", "FILE",
      "append its stderr to FILE (implies -streaming)" },
    { OPT_NO_CLEANUP, "no-cleanup n", NULL,
      "Ctrl-C leaves the job alone; otherwise it cancels the job, and a second "
      "one leaves at once; what was delegated stays at the site" },
    { OPT_QUIET, "quiet q", NULL, "no chatter on stderr" },
    { OPT_VERBOSE, "verbose v", NULL,
      "with -status: what happened, when and why, exit code, URLs" },
    { OPT_DEBUG, "debug dbg", NULL, "show every SOAP message on stderr" },
    { OPT_SUBMIT, NULL, NULL, "The site:" },
    { OPT_FACTORY, "factory F", "CONTACT",
      "[https://]HOST[:PORT][/SERVICE], by default localhost:8443/bes" },
    { OPT_FACTORY_TYPE, "factory-type Ft", "TYPE", "scheduler: Fork" },
    { OPT_FACTORY_EPR, "factory-epr-file Ff", "FILE", "EPR of the site" },
    { OPT_HOST, "host-authz host", NULL,
      "the site must bear its host's name (default)" },
    { OPT_SELF, "self-authz self", NULL, "the site must be run by you" },
    { OPT_SUBJECT, "subject-authz subject", "DN", "the site must be DN" },
    { OPT_PRIVATE, "private p", NULL, "encrypt: always so" },
    { OPT_TIMEOUT, "http-timeout T", "MS", "one exchange, 120000 by default" },
    { OPT_SUBMIT, NULL, NULL, "Delegation (automatic when files are staged):" },
    { OPT_JOB_DELEGATE, "job-delegate J", NULL,
      "the job gets a proxy of yours" },
    { OPT_STAGING_DELEGATE, "staging-delegate S", NULL,
      "delegate even if nothing is staged" },
    { OPT_FULL, "full-delegation", NULL,
      "delegate a full proxy, not a limited one" },
    { OPT_LIFETIME, "delegation-lifetime", "SECONDS",
      "of the delegated proxy, 43200 by default" },
    { OPT_TERMINATION, "termination term", "TIME", NULL },
    { OPT_IGNORED, "allow-ipv6 ipv6", NULL, NULL },
    { OPT_IGNORED, "passive", NULL, NULL },
    { OPT_IGNORED, "nodcau", NULL, NULL },
    { 0, NULL, NULL, NULL },
};

static const struct {
    enum option option;
    int (*run)(struct gridrun *g);
} commands[] = {
    { OPT_SUBMIT, gridrun_submit },     { OPT_MONITOR, gridrun_monitor },
    { OPT_STATUS, gridrun_status },     { OPT_KILL, gridrun_kill },
    { OPT_RESUBMIT, gridrun_resubmit }, { OPT_LIMITS, gridrun_limits },
    { OPT_RELEASE, gridrun_release },   { OPT_DESTROY, gridrun_destroy },
    { OPT_RENEW, gridrun_renew },       { OPT_UPLOAD, gridrun_upload },
    { OPT_FETCH, gridrun_fetch },       { OPT_WAIT, gridrun_wait },
    { OPT_LIST, gridrun_list },         { OPT_VALIDATE, gridrun_validate },
};

#define USAGE                                                                  \
    "gridrun -submit [-F CONTACT] [-b | -s] (-f FILE | -c PROGRAM ARG...)\n"   \
    "       gridrun -monitor -j JOB\n"                                         \
    "       gridrun (-upload | -fetch) -f FILE -j JOB\n"                       \
    "       gridrun (-status | -wait | -kill | -release | -destroy | -renew) " \
    "JOB...\n"                                                                 \
    "       gridrun -resubmit (-failed JOB | 'JOB[1,5-9]')...\n"               \
    "       gridrun -limits wall_time=TIME JOB...\n"                           \
    "       gridrun -list [-F CONTACT] [-state STATE] [-name PATTERN]\n"       \
    "       gridrun -list -tasks JOB..."

/* Parse a number option. */
static int
numeric(const struct opt_scan *s, long long max, long long *value,
        struct err *err)
{
    if (number_parse(s->arg, 1, max, value) == 0)
        return 0;
    return err_set(err, ERR_USAGE, "%s takes a number up to %lld, not '%s'",
                   s->name, max, s->arg);
}

/* Options that only set a flag or a string. */
static const struct {
    enum option option;
    int flag, text; /* offsets in struct gridrun; -1: none */
} fields[] = {
#define FLAG(option, field)                              \
    {                                                    \
        option, (int)offsetof(struct gridrun, field), -1 \
    }
#define TEXT(option, field)                              \
    {                                                    \
        option, -1, (int)offsetof(struct gridrun, field) \
    }
#define BOTH(option, field, text)                     \
    {                                                 \
        option, (int)offsetof(struct gridrun, field), \
            (int)offsetof(struct gridrun, text)       \
    }
    FLAG(OPT_BATCH, batch),
    FLAG(OPT_STREAMING, streaming),
    BOTH(OPT_STDOUT, streaming, stdout_file),
    BOTH(OPT_STDERR, streaming, stderr_file),
    FLAG(OPT_QUIET, quiet),
    FLAG(OPT_VERBOSE, verbose),
    FLAG(OPT_DEBUG, debug),
    FLAG(OPT_NO_CLEANUP, no_cleanup),
    FLAG(OPT_TASKS, list_tasks),
    FLAG(OPT_HOSTS, hosts),
    FLAG(OPT_FAILED, failed),
    TEXT(OPT_FACTORY, factory),
    TEXT(OPT_FACTORY_TYPE, factory_type),
    TEXT(OPT_FACTORY_EPR, factory_epr_file),
    TEXT(OPT_FILE, description_file),
    TEXT(OPT_ID, submission_id),
    TEXT(OPT_ID_FILE, submission_id_file),
    TEXT(OPT_ID_OUTPUT, submission_id_output),
    TEXT(OPT_EPR_OUTPUT, epr_output_file),
    TEXT(OPT_LIMITS, limits),
    TEXT(OPT_STATE, state),
    TEXT(OPT_NAME, name),
    TEXT(OPT_AFTER, after),
    FLAG(OPT_JOB_DELEGATE, job_delegate),
    FLAG(OPT_STAGING_DELEGATE, staging_delegate),
    FLAG(OPT_FULL, job_delegate),
    FLAG(OPT_FULL, full_delegation),
    FLAG(OPT_SELF, self_authz),
    TEXT(OPT_SUBJECT, subject),
#undef FLAG
#undef TEXT
#undef BOTH
};

/* Set the fields that the table has for option ID. */
static void
take_fields(struct gridrun *g, const struct opt_scan *s, int id)
{
    char *base = (char *)g;

    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        if ((int)fields[i].option != id)
            continue;
        if (fields[i].flag >= 0)
            *(bool *)(void *)(base + fields[i].flag) = true;
        if (fields[i].text >= 0)
            *(const char **)(void *)(base + fields[i].text) = s->arg;
    }
}

/* Take a command option. */
static int
take_command(const struct opt_scan *s, int id, int *command, struct err *err)
{
    if (*command != 0)
        return err_set(err, ERR_USAGE, "%s: one command word only, see -help",
                       s->name);
    *command = id;
    return 0;
}

/* Take one option into G; *command keeps the command option. */
static int
take(struct gridrun *g, const struct opt_scan *s, int id, int *command,
     struct err *err)
{
    long long n = 0;

    if (id == OPT_HELP || id == OPT_VERSION)
        return take_command(s, id, command, err);
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        if ((int)commands[i].option == id) {
            take_fields(g, s, id);
            return take_command(s, id, command, err);
        }
    take_fields(g, s, id);
    if (id == OPT_LIFETIME) {
        if (numeric(s, 10000000, &n, err) < 0)
            return -1;
        g->lifetime = (long)n;
    } else if (id == OPT_JOB) {
        g->jobs[g->njobs++] = s->arg;
    } else if (id == OPT_LIMIT) {
        if (numeric(s, 1000000000, &g->limit, err) < 0)
            return -1;
    } else if (id == OPT_TIMEOUT) {
        if (numeric(s, 86400000, &n, err) < 0)
            return -1;
        g->timeout_ms = (int)n;
    } else if (id == OPT_TERMINATION)
        return err_set(err, ERR_UNSUPPORTED,
                       "%s: jobs have no lifetime here, they end when they "
                       "end; a limit is maxWallTime in the description",
                       s->name);
    return 0;
}

/* Whether the arguments after the options of COMMAND are jobs. */
static bool
takes_jobs(int command)
{
    return command != OPT_SUBMIT && command != OPT_LIST &&
           command != OPT_VALIDATE && command != OPT_HELP &&
           command != OPT_VERSION;
}

/* Parse the whole command line into G. */
static int
parse(struct gridrun *g, int argc, char *argv[], int *command, struct err *err)
{
    struct opt_scan s;
    int id;

    g->jobs = xcalloc((size_t)argc, sizeof(*g->jobs));
    opt_init(&s, options, argc, argv);
    while ((id = opt_next(&s, err)) > 0) {
        if (take(g, &s, id, command, err) < 0)
            return -1;
        if (id == OPT_COMMAND) {
            s.at += s.at < argc && strcmp(argv[s.at], "--") == 0;
            if (s.at >= argc)
                return err_set(err, ERR_USAGE, "%s: a program must follow",
                               s.name);
            g->command = argv + s.at;
            s.at = argc;
            break;
        }
    }
    if (id < 0)
        return -1;
    for (; s.at < argc && (takes_jobs(*command) || g->list_tasks); s.at++) {
        if (argv[s.at][0] == '-')
            return err_set(err, ERR_USAGE, "'%s': options come before the jobs",
                           argv[s.at]);
        g->jobs[g->njobs++] = argv[s.at];
    }
    if (s.at < argc)
        return err_set(err, ERR_USAGE, "unexpected argument '%s': see -help",
                       argv[s.at]);
    if (g->command != NULL && g->description_file != NULL)
        return err_set(err, ERR_USAGE,
                       "-job-command and -job-description-file exclude each "
                       "other");
    if (*command == 0)
        return err_set(err, ERR_USAGE,
                       "no command word: -submit, -status, ... see -help");
    return 0;
}

int
main(int argc, char *argv[])
{
    struct gridrun g = { .timeout_ms = 120000, .lifetime = 43200 };
    struct err err = ERR_INIT;
    int command = 0, status = GRIDRUN_FAILED;

    signal(SIGPIPE, SIG_IGN);
    log_open("gridrun", "stderr", LOG_ERR);
    if (parse(&g, argc, argv, &command, &err) < 0) {
        client_complain("gridrun", &err);
        command = 0;
    }
    if (command == OPT_HELP) {
        opt_help(stdout, USAGE, options);
        status = 0;
    }
    if (command == OPT_VERSION) {
        puts("gridrun (Gatehouse) " GATEHOUSE_VERSION);
        status = 0;
    }
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        if (commands[i].option == (enum option)command)
            status =
                client_exit("gridrun", commands[i].run(&g), GRIDRUN_FAILED);
    free(g.jobs);
    free(g.factory_said);
    return status;
}
