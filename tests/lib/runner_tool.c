/* tests/lib/runner_tool.c - stands in for the gatekeeper at the runner's
 * socket: takes commands, one a line with fields between tabs, from the file
 * (or FIFO) $RUNNER_SCRIPT and answers each with one line on stdout. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/testpoint.h"
#include "gatekeeper/runner/runner_call.h"
#include "gatekeeper/runner/runner_client.h"
#include "gatekeeper/supervisor/launch.h"
#include "tests/lib/lib_testrunner.h"
#include "tests/lib/lib_toolline.h"

struct tool {
    struct runner *r;
    int sock;
    struct buf spec;
    char *f[TOOLLINE_FIELDS]; /* fields of the line; "" beyond its end */
};

static const char *const states[] = { "none", "held", "running", "ended",
                                      "lost" };

static void
say_status(const struct runner_status *st)
{
    printf("ok state=%s pid=%d stopped=%d start_ms=%lld why=%s exit=%d "
           "signal=%d text=%s\n",
           states[st->state], st->pid, st->stopped, st->exit.t_start_ms,
           exitrec_why_word(st->exit.why), st->exit.exit_code, st->exit.signal,
           st->exit.text);
}

static int
cmd_register(struct tool *t, struct err *err)
{
    struct runner_session s;

    if (testrunner_register(t->r, t->f[1], t->f[2],
                            t->f[3][0] == '\0' ? NULL : t->f[3], &s, err) < 0)
        return -1;
    printf("ok account=%s uid=%d path=%s home=%s\n", s.account, (int)s.uid,
           s.path, s.home);
    return 1;
}

static int
cmd_map(struct tool *t, struct err *err)
{
    char account[SYS_NAME_MAX];

    if (runner_map(t->r, t->f[1], t->f[2][0] == '\0' ? NULL : t->f[2], account,
                   err) < 0)
        return -1;
    printf("ok account=%s\n", account);
    return 1;
}

/* A field of the next start: spec KEY VALUE. */
static int
cmd_spec(struct tool *t, struct err *err)
{
    (void)err;
    launch_add(&t->spec, t->f[1], t->f[2]);
    return 0;
}

static int
cmd_start(struct tool *t, struct err *err)
{
    struct runner_begin_run run = { .run = { .job = t->f[1] },
                                    .flags = strcmp(t->f[2], "go") == 0
                                                 ? RUNNER_BEGIN_GO
                                                 : 0 };

    runner_start_many(t->r, &run, 1);
    if (run.err.code != ERR_OK)
        return err_set(err, run.err.code, "%s", run.err.text);
    say_status(&run.status);
    return 1;
}

static int
cmd_prepare(struct tool *t, struct err *err)
{
    bool program = strcmp(t->f[2], "program") == 0;
    int rc = runner_prepare(t->r, &(struct runner_task){ .job = t->f[1] },
                            &t->spec, program, err);

    buf_clear(&t->spec);
    return rc;
}

static enum runner_unit
unit_of(const char *name)
{
    return strcmp(name, "in") == 0    ? RUNNER_STAGE_IN
           : strcmp(name, "out") == 0 ? RUNNER_STAGE_OUT
                                      : RUNNER_JOB;
}

static int
cmd_release(struct tool *t, struct err *err)
{
    struct runner_call c;

    runner_call_init(&c, RUNNER_OP_RELEASE, t->f[1]);
    c.request.unit = (uint32_t)unit_of(t->f[2]);
    return runner_call_do(t->r, &c, 0, err);
}

static int
cmd_signal(struct tool *t, struct err *err)
{
    static const char *const names[] = { "TERM", "KILL", "STOP", "CONT",
                                         "END" };

    for (int i = 0; i < RUNNER_SIGNAL_COUNT; i++)
        if (strcmp(names[i], t->f[2]) == 0)
            return runner_signal(t->r, t->f[1], unit_of(t->f[3]),
                                 (enum runner_signal)i, err);
    return err_set(err, ERR_USAGE, "no signal '%s'", t->f[2]);
}

static int
cmd_status(struct tool *t, struct err *err)
{
    struct runner_status st;

    if (runner_status(t->r, t->f[1], unit_of(t->f[2]), &st, err) < 0)
        return -1;
    say_status(&st);
    return 1;
}

/* wait JOB STATE [UNIT]: ask until it is in that state. */
static int
cmd_wait(struct tool *t, struct err *err)
{
    struct runner_status st;

    for (;;) {
        if (runner_status(t->r, t->f[1], unit_of(t->f[3]), &st, err) < 0)
            return -1;
        if (strcmp(states[st.state], t->f[2]) == 0)
            break;
        usleep(20000);
    }
    say_status(&st);
    return 1;
}

static int
cmd_stage(struct tool *t, struct err *err)
{
    struct buf list = BUF_INIT;
    struct runner_status st;
    int rc;

    for (int i = 4; i + 1 < TOOLLINE_FIELDS && t->f[i + 1][0] != '\0'; i += 2)
        buf_addf(&list, "%s %s\n", t->f[i], t->f[i + 1]);
    rc = runner_stage(t->r, t->f[1], unit_of(t->f[2]), &list,
                      strcmp(t->f[3], "again") == 0 ? RUNNER_STAGE_AGAIN : 0,
                      &st, err);
    buf_fini(&list);
    if (rc < 0)
        return -1;
    say_status(&st);
    return 1;
}

static int
cmd_install(struct tool *t, struct err *err)
{
    int fd = open(t->f[2], O_RDONLY | O_CLOEXEC), rc;

    if (fd < 0)
        return err_set(err, ERR_IO, "%s", strerror(errno));
    rc = runner_install(t->r, t->f[1], fd, err);
    close(fd);
    return rc;
}

static int
cmd_open(struct tool *t, struct err *err)
{
    struct buf text = BUF_INIT;
    int fd = runner_open_file(t->r, t->f[1], t->f[2], err);

    if (fd < 0)
        return -1;
    if (buf_read_fd(&text, fd, 1 << 20) == 0)
        printf("ok %s\n", buf_str(&text));
    close(fd);
    buf_fini(&text);
    return 1;
}

static int
cmd_stream(struct tool *t, struct err *err)
{
    struct buf text = BUF_INIT;
    bool error = strcmp(t->f[2], "stderr") == 0;
    int fd = runner_open_stream(t->r, t->f[1], error, err);

    if (fd < 0)
        return -1;
    if (buf_read_fd(&text, fd, 1 << 20) == 0)
        printf("ok %.*s\n", (int)strcspn(buf_str(&text), "\n"), buf_str(&text));
    close(fd);
    buf_fini(&text);
    return 1;
}

static int
cmd_stat(struct tool *t, struct err *err)
{
    long long size = runner_stat(t->r, t->f[1], t->f[2], err);

    if (size < 0)
        return -1;
    printf("ok size=%lld\n", size);
    return 1;
}

static int
cmd_chmod(struct tool *t, struct err *err)
{
    return runner_chmod(t->r, t->f[1], t->f[2], err);
}

static int
cmd_remove(struct tool *t, struct err *err)
{
    return runner_remove(t->r, t->f[1], t->f[2], err);
}

static int
cmd_wipe(struct tool *t, struct err *err)
{
    return runner_wipe(t->r, t->f[1], t->f[2][0] != '\0', err);
}

/* The fields of the line from I on; how many. */
static size_t
arguments(const struct tool *t, size_t i, const char *args[TOOLLINE_FIELDS])
{
    size_t n = 0;

    for (; i < TOOLLINE_FIELDS && t->f[i][0] != '\0'; i++)
        args[n++] = t->f[i];
    return n;
}

static int
cmd_tool(struct tool *t, struct err *err)
{
    struct runner_output out = { .out = BUF_INIT, .diag = BUF_INIT };
    const char *args[TOOLLINE_FIELDS];
    size_t n = arguments(t, 3, args);
    int rc = runner_tool(t->r, t->f[1], t->f[2], args, n, NULL, &out, err);

    if (rc == 0)
        printf("ok status=%d out=%s\n", out.status, buf_str(&out.out));
    runner_output_fini(&out);
    return rc < 0 ? -1 : 1;
}

/* query TOOL ARGUMENT... */
static int
cmd_query(struct tool *t, struct err *err)
{
    struct runner_output out = { .out = BUF_INIT, .diag = BUF_INIT };
    const char *args[TOOLLINE_FIELDS];
    size_t n = arguments(t, 2, args);
    int rc = runner_query(t->r, t->f[1], args, n, &out, err);

    if (rc == 0)
        printf("ok status=%d out=%s\n", out.status, buf_str(&out.out));
    runner_output_fini(&out);
    return rc < 0 ? -1 : 1;
}

static int
cmd_host(struct tool *t, struct err *err)
{
    int cert, key;
    char c = 0, k = 0;

    if (runner_host_credential(t->r, &cert, &key, err) < 0)
        return -1;
    printf("ok cert=%d key=%d\n", read(cert, &c, 1) == 1,
           read(key, &k, 1) == 1);
    close(cert);
    close(key);
    return 1;
}

static int
cmd_ready(struct tool *t, struct err *err)
{
    return runner_ready(t->r, t->f[1], err);
}

/* Look at PATH as this account itself, past the runner. */
static int
cmd_peek(struct tool *t, struct err *err)
{
    int fd = open(t->f[1], O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return err_set(err, ERR_IO, "%s", strerror(errno));
    close(fd);
    return 0;
}

/* Register and forget N jobs of the name DN: how long does one take? */
static int
cmd_bench(struct tool *t, struct err *err)
{
    long long n, t0 = time_mono_ms();
    struct runner_session s;
    char id[UUID_TEXT];

    if (number_parse(t->f[2], 1, 1000000, &n) < 0)
        return err_set(err, ERR_USAGE, "how many?");
    for (long long i = 0; i < n; i++)
        if (testrunner_register(t->r, uuid_make(id), t->f[1], NULL, &s, err) <
            0)
            return -1;
    printf("ok ms=%lld\n", time_mono_ms() - t0);
    return 1;
}

/* A packet that is not a request: bad WHAT. */
static int
cmd_bad(struct tool *t, struct err *err)
{
    struct runner_request r = { .magic = RUNNER_MAGIC,
                                .op = RUNNER_OP_STATUS,
                                .seq = 1 };
    const char *what = t->f[1];
    size_t size = sizeof(r);
    int fd = STDERR_FILENO;

    (void)err;
    uuid_make(r.job);
    if (strcmp(what, "size") == 0)
        size--;
    else if (strcmp(what, "magic") == 0)
        r.magic++;
    else if (strcmp(what, "op") == 0)
        r.op = RUNNER_OP_COUNT;
    else if (strcmp(what, "job") == 0)
        memcpy(r.job, "../../../../../../../../../etc/passwd", 37);
    else if (strcmp(what, "unit") == 0)
        r.unit = RUNNER_UNIT_COUNT;
    else if (strcmp(what, "zeros") == 0)
        r.text[100] = 'x';
    else if (strcmp(what, "path") == 0) {
        r.op = RUNNER_OP_OPEN;
        memcpy(r.text, "a/../../b", 9);
    }
    runner_wire_send(t->sock, &r, size, &fd, strcmp(what, "fds") == 0, 0);
    pause();
    return 0;
}

static int
cmd_point(struct tool *t, struct err *err)
{
    (void)err;
    setenv("GATEHOUSE_TEST_POINT", t->f[1], 1);
    return 0;
}

static const struct toolline_command commands[] = {
    { "register", cmd_register }, { "map", cmd_map },
    { "spec", cmd_spec },         { "start", cmd_start },
    { "prepare", cmd_prepare },   { "release", cmd_release },
    { "signal", cmd_signal },     { "status", cmd_status },
    { "wait", cmd_wait },         { "stage", cmd_stage },
    { "install", cmd_install },   { "open", cmd_open },
    { "stream", cmd_stream },     { "stat", cmd_stat },
    { "chmod", cmd_chmod },       { "remove", cmd_remove },
    { "wipe", cmd_wipe },         { "tool", cmd_tool },
    { "query", cmd_query },       { "host", cmd_host },
    { "ready", cmd_ready },       { "peek", cmd_peek },
    { "bench", cmd_bench },       { "bad", cmd_bad },
    { "point", cmd_point },       { NULL, NULL },
};

int
main(int argc, char **argv)
{
    struct tool t = { .sock = 3, .spec = BUF_INIT };
    struct err err = ERR_INIT;
    FILE *script = toolline_open(argc, argv);

    if (script == NULL || runner_open(&t.r, t.sock, NULL, NULL, &err) < 0)
        return 66;
    toolline_run(script, commands, t.f, &t);
    runner_close(t.r);
    buf_fini(&t.spec);
    return 0;
}
