/* gatekeeper/staging/stage_item.c - see stage_item.h. */
#include "gatekeeper/staging/stage_item.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/log.h"
#include "base/testpoint.h"
#include "base/url.h"
#include "gatekeeper/staging/stage_await.h"

#define RUNS_MAX       3 /* of one group whose supervisor was killed */
#define DELAY_FIRST_MS 20
#define DELAY_MAX_MS   500
#define OVERDUE_MS     2000 /* extra time for a supervisor to end a run */
#define TEXT_MAX       (4u << 20)

struct stage_item *
stage_item_create(const struct stage_job *job, enum stage_step step,
                  struct err *err)
{
    struct stage_item *it = xcalloc(1, sizeof(*it));

    it->outfd = -1;
    it->step = step;
    if (stage_list_make(&it->list, job, step, err) < 0) {
        free(it);
        return NULL;
    }
    memcpy(it->id, job->id, strnlen(job->id, sizeof(it->id) - 1));
    it->account = xstrdup(job->account);
    it->session = xstrdup(job->session);
    it->owner = xstrdup(job->owner);
    it->result.ok = true;
    return it;
}

void
stage_item_destroy(struct stage_item *it)
{
    if (it == NULL)
        return;
    if (it->outfd >= 0)
        close(it->outfd);
    stage_watch_fini(&it->watch);
    stage_list_fini(&it->list);
    free(it->account);
    free(it->session);
    free(it->owner);
    free(it);
}

/* The runner's request succeeded. */
static void
goes_on(struct stage_item *it, const struct stage_host *host)
{
    if (it->tries > 0 && host->waits != NULL)
        host->waits(host->arg, it->id, NULL);
    it->tries = 0;
}

/* Read the unit's file NAME. */
static int
read_unit_file(const struct stage_item *it, const struct stage_host *host,
               const char *name, struct buf *out)
{
    char *path = xasprintf(
        "%s/%s", runner_wire_unit_dir(stage_item_unit(it->step)), name);
    int fd = runner_open_file(host->runner, it->id, path, NULL);
    int rc = fd < 0 ? -1 : buf_read_fd(out, fd, TEXT_MAX);

    if (fd >= 0)
        close(fd);
    free(path);
    return rc;
}

/* ---- before a run ---- */

/* The group of the list in the session; -1 none. */
static int
group_there(const struct stage_item *it, const struct stage_host *host,
            struct buf *list)
{
    int group;

    buf_clear(list);
    if (read_unit_file(it, host, "list", list) < 0)
        return -1;
    group = stage_list_group(buf_str(list));
    return group >= 0 && (size_t)group < it->list.ngroups ? group : -1;
}

/* Find the state after a restart: a run may be alive, have ended, or not
 * exist. */
static void
look(struct stage_item *it, const struct stage_host *host)
{
    struct buf list = BUF_INIT;
    struct runner_status st;
    struct err err = ERR_INIT;
    int group;

    if (runner_status(host->runner, it->id, stage_item_unit(it->step), &st,
                      &err) < 0) {
        stage_item_retry(it, host, &err);
        return;
    }
    goes_on(it, host);
    it->phase = STAGE_QUEUED;
    group = st.state == RUNNER_NONE ? -1 : group_there(it, host, &list);
    if (group >= 0) {
        it->group = (size_t)group;
        it->t_begun = it->t_moved = time_mono_ms();
        it->phase = STAGE_MOVING; /* the next turn evaluates it */
    }
    it->delay_ms = 0;
    buf_fini(&list);
}

/* Find the files that exist and must not be overwritten. */
static bool *
find_skips(struct stage_item *it, const struct stage_host *host, size_t *left)
{
    bool *skip = xcalloc(it->list.n, sizeof(*skip));

    *left = 0;
    for (size_t i = 0; i < it->list.n; i++) {
        const struct stage_move *m = &it->list.move[i];

        if (m->group != it->group)
            continue;
        skip[i] = it->step == STAGE_IN && m->missing_only &&
                  runner_stat(host->runner, it->id, m->file, NULL) >= 0;
        *left += !skip[i];
    }
    return skip;
}

/* Make the group's list, or keep the one in the session if it is the same. */
static size_t
make_list(struct stage_item *it, const struct stage_host *host,
          struct buf *list)
{
    size_t left = 1;
    bool *skip;

    if (group_there(it, host, list) == (int)it->group)
        return left;
    buf_clear(list);
    skip = find_skips(it, host, &left);
    stage_list_text(&it->list, it->group, skip, list);
    free(skip);
    return left;
}

/* Install the group's own credential in the session. */
static int
install_own(const struct stage_item *it, const struct stage_host *host,
            const char *delegation_id, struct err *err)
{
    struct buf pem = BUF_INIT;
    int fd = memfd_create("credential", MFD_CLOEXEC), rc = -1;

    if (fd < 0)
        return err_set(err, ERR_IO, "cannot make a file in memory");
    if (host->credential(host->arg, it->owner, delegation_id, &pem, err) == 0) {
        if (fs_write_all(fd, pem.data, pem.len) < 0)
            err_set(err, ERR_IO, "cannot write a file in memory");
        else
            rc = runner_install_own(host->runner, it->id, fd, err);
    }
    buf_wipe(&pem);
    close(fd);
    return rc;
}

static void after_group(struct stage_item *it, const struct stage_host *host);

/* Start the run of the group. */
static void
begin(struct stage_item *it, const struct stage_host *host)
{
    const struct stage_move *first = stage_list_first(&it->list, it->group);
    unsigned flags = RUNNER_STAGE_AGAIN;
    struct buf list = BUF_INIT;
    struct runner_status st;
    struct err err = ERR_INIT;
    int rc = 0;

    if (first->missing_only && it->step == STAGE_OUT)
        flags |= RUNNER_STAGE_MISSING;
    if (first->delegation_id != NULL) {
        flags |= RUNNER_STAGE_OWN;
        rc = install_own(it, host, first->delegation_id, &err);
    }
    if (rc == 0 && make_list(it, host, &list) == 0) {
        after_group(it, host);
        goto out;
    }
    test_point("stage.begin");
    if (rc == 0)
        rc = runner_stage(host->runner, it->id, stage_item_unit(it->step),
                          &list, flags, &st, &err);
    if (rc < 0) {
        stage_item_retry(it, host, &err);
        goto out;
    }
    goes_on(it, host);
    log_event(LOG_INFO, "stage.run", "job=%s step=%d group=%zu pid=%d", it->id,
              (int)it->step, it->group, (int)st.pid);
    it->phase = STAGE_MOVING;
    it->t_begun = it->t_moved = time_mono_ms();
    it->delay_ms = DELAY_FIRST_MS;
out:
    buf_fini(&list);
}

/* ---- a run ---- */

static void
forget_output(struct stage_item *it)
{
    if (it->outfd >= 0)
        close(it->outfd);
    it->outfd = -1;
    stage_watch_fini(&it->watch);
    it->moved = 0;
}

static void
read_output(struct stage_item *it, const struct stage_host *host)
{
    char *path =
        xasprintf("%s/out", runner_wire_unit_dir(stage_item_unit(it->step)));

    if (it->outfd < 0)
        it->outfd = runner_open_file(host->runner, it->id, path, NULL);
    free(path);
    if (it->outfd >= 0)
        stage_watch_read(&it->watch, it->outfd);
    if (it->watch.moved != it->moved) {
        it->moved = it->watch.moved;
        it->t_moved = time_mono_ms();
    }
}

/* Make staged-in programs executable, and finish. */
static void
finish(struct stage_item *it, const struct stage_host *host)
{
    struct err err = ERR_INIT;

    it->phase = STAGE_OVER;
    for (size_t i = 0; i < it->list.n; i++) {
        const struct stage_move *m = &it->list.move[i];

        if (m->executable &&
            runner_chmod(host->runner, it->id, m->file, &err) < 0) {
            stage_item_fail(it, err.text);
            return;
        }
    }
}

/* The transfers are done: wait for the uploads, then finish. */
static void
await(struct stage_item *it, const struct stage_host *host)
{
    if (stage_await_turn(it, host))
        finish(it, host);
}

/* The group is done: start the next one, or finish. */
static void
after_group(struct stage_item *it, const struct stage_host *host)
{
    const struct stage_move *first = stage_list_first(&it->list, it->group);

    it->result.files += it->watch.files;
    it->result.bytes += it->watch.bytes;
    if (first->delegation_id != NULL)
        (void)runner_remove(host->runner, it->id, ".gatehouse/stage-proxy",
                            NULL);
    forget_output(it);
    it->runs = 0;
    it->delay_ms = 0;
    if (++it->group < it->list.ngroups)
        it->phase = STAGE_QUEUED;
    else
        await(it, host);
}

/* Fail with the last line of gridcp's stderr. */
static void
fail_by_diag(struct stage_item *it, const struct stage_host *host,
             const struct runner_status *st)
{
    struct buf text = BUF_INIT;
    char line[400] = "";

    if (read_unit_file(it, host, "diag", &text) == 0)
        for (char *p = text.data, *at = NULL; p != NULL; p = NULL)
            for (char *w = strtok_r(p, "\n", &at); w != NULL;
                 w = strtok_r(NULL, "\n", &at))
                snprintf(line, sizeof(line), "%s", w);
    if (line[0] == '\0')
        snprintf(line, sizeof(line), "gridcp ended with status %d%s%.200s",
                 st->exit.exit_code, st->exit.text[0] != '\0' ? ": " : "",
                 st->exit.text);
    stage_item_fail(it, line);
    buf_fini(&text);
}

/* gridcp or its supervisor was killed: resume, a limited number of times. */
static void
judge_lost(struct stage_item *it)
{
    forget_output(it);
    if (++it->runs >= RUNS_MAX) {
        stage_item_fail(it, "the transfer was killed repeatedly");
        return;
    }
    log_event(LOG_NOTICE, "stage.lost", "job=%s step=%d runs=%d", it->id,
              (int)it->step, it->runs);
    it->phase = STAGE_QUEUED;
    it->delay_ms = 0;
}

static void
fail_late(struct stage_item *it, const struct stage_host *host)
{
    char text[256];

    snprintf(text, sizeof(text),
             "staging was not done within %lld s (staging_deadline)",
             conf_num(host->conf, CONF_gatekeeper_staging_deadline));
    stage_item_fail(it, text);
}

/* Whether the run is past its deadline and its supervisor has not ended it.
 * The supervisor is the user's process and may be stopped: end the run from
 * here. */
static bool
is_overdue(const struct stage_item *it, const struct stage_host *host)
{
    long long limit = conf_num(host->conf, CONF_gatekeeper_staging_deadline) +
                      conf_num(host->conf, CONF_gatekeeper_kill_grace);

    return time_mono_ms() - it->t_begun > limit * 1000 + OVERDUE_MS;
}

static void
end_overdue(struct stage_item *it, const struct stage_host *host)
{
    struct err err = ERR_INIT;

    if (runner_signal(host->runner, it->id, stage_item_unit(it->step),
                      RUNNER_END, &err) < 0) {
        stage_item_retry(it, host, &err);
        return;
    }
    log_event(LOG_NOTICE, "stage.overdue", "job=%s step=%d", it->id,
              (int)it->step);
    fail_late(it, host);
}

static void
judge_end(struct stage_item *it, const struct stage_host *host,
          const struct runner_status *st)
{
    read_output(it, host);
    if (st->exit.why == EXITREC_EXITED && st->exit.exit_code == 0) {
        after_group(it, host);
        return;
    }
    if (st->exit.why == EXITREC_SIGNALLED) {
        judge_lost(it);
        return;
    }
    if (st->exit.why == EXITREC_WALLTIME) {
        fail_late(it, host);
    } else if (it->watch.fault[0] != '\0') {
        stage_item_fail(it, it->watch.fault);
    } else {
        fail_by_diag(it, host, st);
    }
    if (st->exit.why == EXITREC_EXITED)
        log_event(LOG_INFO, "stage.fail", "job=%s step=%d reason=%s", it->id,
                  (int)it->step, it->result.fault);
}

static void
watch(struct stage_item *it, const struct stage_host *host)
{
    struct runner_status st;
    struct err err = ERR_INIT;

    if (runner_status(host->runner, it->id, stage_item_unit(it->step), &st,
                      &err) < 0) {
        stage_item_retry(it, host, &err);
        return;
    }
    goes_on(it, host);
    if (st.state == RUNNER_ENDED) {
        judge_end(it, host, &st);
        return;
    }
    if (st.state == RUNNER_LOST || st.state == RUNNER_NONE) {
        judge_lost(it);
        return;
    }
    if (is_overdue(it, host)) {
        end_overdue(it, host);
        return;
    }
    read_output(it, host);
    it->delay_ms = it->delay_ms < DELAY_FIRST_MS         ? DELAY_FIRST_MS
                   : it->delay_ms * 3 / 2 > DELAY_MAX_MS ? DELAY_MAX_MS
                                                         : it->delay_ms * 3 / 2;
}

/* ---- clean-up ---- */

/* The path TEXT, or that of a file: URL, as a new string; NULL for other
 * URLs. */
static char *
local_path(const char *text)
{
    char *path = NULL;
    struct url u;

    if (strstr(text, "://") == NULL)
        return xstrdup(text);
    if (url_parse(text, &u, NULL) < 0)
        return NULL;
    if (strcmp(u.scheme, "file") == 0)
        path = xstrdup(u.path);
    url_fini(&u);
    return path;
}

static void
clean(struct stage_item *it, const struct stage_host *host)
{
    it->phase = STAGE_OVER;
    for (size_t i = 0; i < it->list.n; i++) {
        struct err err = ERR_INIT;
        char *path = local_path(it->list.move[i].file);

        if (path == NULL)
            err_set(&err, ERR_UNSUPPORTED,
                    "cannot remove '%s': not a file here",
                    it->list.move[i].file);
        else if (runner_remove(host->runner, it->id, path, &err) == 0)
            it->result.files++;
        if (err.code != ERR_OK && it->result.ok) {
            err_wrap(&err, "'%s'", it->list.move[i].file);
            stage_item_fail(it, err.text);
        }
        free(path);
    }
}

void
stage_item_turn(struct stage_item *it, const struct stage_host *host)
{
    if (it->step == STAGE_CLEAN)
        clean(it, host);
    else if (it->list.n == 0 || it->phase == STAGE_AWAITING)
        await(it, host);
    else if (it->phase == STAGE_NEW)
        look(it, host);
    else if (it->phase == STAGE_QUEUED)
        begin(it, host);
    else
        watch(it, host);
}
