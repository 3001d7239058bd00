/* clients/gridrun/gridrun_upload.c - gridrun -upload, and the uploads of
 * -submit: the job's inputs are sent piece by piece, and an interrupted upload
 * resumes from what the site has. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/codec.h"
#include "clients/gridrun/gridrun_files.h"
#include "clients/gridrun/upload_list.h"

#define LIST_MAX    (64u << 20)
#define REPLY_MAX   65536
#define ERRORS_MAX  20 /* in a row, one second apart */
#define PAUSE_MS    50 /* while the job does not take uploads yet */
/* Pieces shrink if one takes longer than FAST_MS: sites limit the time and the
 * size of a request. */
#define PIECE_MIN   4096
#define PIECE_FIRST (256u << 10)
#define PIECE_MAX   (1u << 20)
#define FAST_MS     2000
#define SLOW_MS     8000

static volatile sig_atomic_t interrupted;

static void
on_interrupt(int sig)
{
    (void)sig;
    interrupted = 1;
}

struct upload {
    struct gridrun *g;
    const struct job_ref *ref;
    size_t piece;         /* size of the next piece */
    long long sent, size; /* bytes of all inputs that were incomplete */
    int errors;           /* in a row */
    bool over;            /* the job is over: nothing can be uploaded */
};

/* The result of one exchange. */
enum outcome {
    UP_DONE,
    UP_AGAIN, /* ask the site what it has, and resume there */
    UP_FAILED
};

static void
pause_ms(int ms)
{
    struct timespec t = { ms / 1000, (ms % 1000) * 1000000L };

    nanosleep(&t, NULL); /* Ctrl-C interrupts it */
}

/* Print the progress of all inputs. */
static void
show(struct upload *u)
{
    if (!u->g->quiet && isatty(STDERR_FILENO))
        fprintf(stderr, "\rUploading inputs... %lld of %lld kB ",
                u->sent / 1000, u->size / 1000);
}

/* The outcome for the error ERR: retry if it is transient. */
static enum outcome
outcome_of(struct upload *u, struct err *err)
{
    if (!bes_transient(err) || u->errors++ >= ERRORS_MAX)
        return UP_FAILED;
    *err = (struct err)ERR_INIT;
    pause_ms(1000);
    return UP_AGAIN;
}

/* The outcome for the site's answer STATUS and TEXT to a piece of NAME. */
static enum outcome
judge_answer(struct upload *u, const char *name, int status, struct buf *text,
             struct err *err)
{
    const char *line = buf_str(text);

    if (status == 200) {
        u->errors = 0;
        return UP_DONE;
    }
    if (status == 413 && u->piece > PIECE_MIN) {
        u->piece /= 2;
        return UP_AGAIN;
    }
    err_set(err, status == 409 || status >= 500 ? ERR_UNREACHABLE : ERR_REMOTE,
            "input '%s': the site answers %d: %.*s", name, status,
            (int)strcspn(line, "\r\n"), line);
    return outcome_of(u, err);
}

/* Send DATA, the bytes of I at offset AT. */
static enum outcome
send_piece(struct upload *u, const struct gridrun_input *i, long long at,
           const struct buf *data, struct err *err)
{
    struct buf url = BUF_INIT, text = BUF_INIT;
    char range[96];
    struct soap_page page = { .method = "PUT",
                              .body = data,
                              .content_range = data->len > 0 ? range : NULL,
                              .max = REPLY_MAX };
    long long size = i->st.st_size;
    enum outcome out;
    int status = 0;

    snprintf(range, sizeof(range), "bytes %lld-%lld/%lld", at,
             at + (long long)data->len - 1, size);
    buf_addf(&url, "%s/files/", u->ref->handle);
    percent_encode(&url, i->file, "/");
    page.url = buf_str(&url);
    if (gridrun_refresh(u->g, err) < 0)
        out = UP_FAILED;
    else if (soap_client_page(u->g->soap, &page, &text, &status, err) < 0) {
        u->piece = u->piece > 2 * PIECE_MIN ? u->piece / 2 : PIECE_MIN;
        out = outcome_of(u, err);
    } else
        out = judge_answer(u, i->file, status, &text, err);
    buf_fini(&url);
    buf_fini(&text);
    return out;
}

/* Adapt the size of the next piece to the speed of the last one, of N bytes. */
static void
choose_piece(struct upload *u, size_t n, long long took_ms)
{
    if (took_ms > SLOW_MS && u->piece > PIECE_MIN)
        u->piece /= 2;
    else if (took_ms < FAST_MS && n == u->piece && u->piece < PIECE_MAX)
        u->piece *= 2;
}

/* Send the rest of I, open as FD, from offset AT on. */
static enum outcome
send_rest(struct upload *u, const struct gridrun_input *i, int fd, long long at,
          struct err *err)
{
    struct buf data = BUF_INIT;
    enum outcome out = UP_DONE;

    do {
        long long left = i->st.st_size - at, began = time_mono_ms();
        size_t n = left < (long long)u->piece ? (size_t)left : u->piece;

        if (interrupted) {
            err_set(err, ERR_CANCELLED, "interrupted");
            out = UP_FAILED;
        } else if (gridrun_input_read(i, fd, at, n, &data, err) < 0)
            out = UP_FAILED;
        else
            out = send_piece(u, i, at, &data, err);
        if (out != UP_DONE)
            break;
        choose_piece(u, n, time_mono_ms() - began);
        at += (long long)n;
        u->sent += (long long)n;
        show(u);
    } while (at < i->st.st_size);
    buf_fini(&data);
    return out;
}

/* Send the missing bytes of E. */
static enum outcome
send_input(struct upload *u, const struct upload_entry *e, struct err *err)
{
    const struct gridrun_input *i = gridrun_inputs_find(&u->g->inputs, e->name);
    enum outcome out = UP_FAILED;
    int fd;

    if (i == NULL)
        err_set(err, ERR_USAGE,
                "the job waits for input '%s', which this description does not "
                "name",
                e->name);
    else if (i->st.st_size != e->size)
        err_set(err, ERR_STATE,
                "input '%s' has %lld bytes, and the job was submitted with "
                "%lld: submit it again",
                i->path, (long long)i->st.st_size, e->size);
    else if ((fd = gridrun_input_open(i, err)) >= 0) {
        out = send_rest(u, i, fd, e->received, err);
        close(fd);
    }
    return out;
}

/* Send the missing bytes of all inputs in L. */
static enum outcome
send_all(struct upload *u, const struct upload_list *l, struct err *err)
{
    enum outcome out = UP_DONE;

    u->sent = u->size = 0;
    for (size_t k = 0; k < l->n; k++)
        if (!l->of[k].complete) {
            u->size += l->of[k].size;
            u->sent += l->of[k].received;
        }
    for (size_t k = 0; k < l->n && out == UP_DONE; k++)
        if (!l->of[k].complete)
            out = send_input(u, &l->of[k], err);
    return out;
}

/* Ask the site which bytes it has, and send the rest. */
static enum outcome
send_missing(struct upload *u, struct err *err)
{
    char *url = xasprintf("%s/uploads", u->ref->handle);
    struct soap_page page = { .url = url, .max = LIST_MAX };
    struct buf text = BUF_INIT;
    struct upload_list list = { .n = 0 };
    enum outcome out = UP_FAILED;
    int status = 0;

    if (soap_client_page(u->g->soap, &page, &text, &status, err) < 0)
        out = outcome_of(u, err);
    else if (status == 409) {
        pause_ms(PAUSE_MS); /* the job's state shows whether it is too early or
                               over */
        out = UP_AGAIN;
    } else if (status != 200) {
        err_set(err, status >= 500 ? ERR_UNREACHABLE : ERR_REMOTE,
                "'%s' answers HTTP %d", url, status);
        out = outcome_of(u, err);
    } else if (upload_list_parse(buf_str(&text), &list, err) == 0)
        out = send_all(u, &list, err);
    upload_list_fini(&list);
    buf_fini(&text);
    free(url);
    return out;
}

/* Check the job's state once, and act on it. */
static enum outcome
look(struct upload *u, struct err *err)
{
    struct bes_status st = { .state = NULL };
    enum outcome out = UP_DONE;

    if (gridrun_refresh(u->g, err) < 0)
        return UP_FAILED;
    if (bes_get_status(&u->g->site, u->ref->handle, &st, err) < 0)
        out = outcome_of(u, err);
    else if (st.state != NULL && strcmp(st.state, "StageIn") == 0)
        out = send_missing(u, err);
    else if (st.state != NULL && strcmp(st.state, "New") == 0) {
        pause_ms(PAUSE_MS);
        out = UP_AGAIN;
    } else if (bes_status_final(&st) && strcmp(st.bes_state, "Finished") != 0) {
        err_set(err, ERR_STATE, "the job is over: %s",
                st.fault != NULL ? st.fault : st.bes_state);
        u->over = true;
        out = UP_FAILED;
    }
    bes_status_fini(&st);
    return out;
}

/* Repeat until the site has all inputs. */
static int
upload(struct upload *u, struct err *err)
{
    enum outcome out = UP_AGAIN;

    while (out == UP_AGAIN) {
        if (interrupted) {
            err_set(err, ERR_CANCELLED, "interrupted");
            out = UP_FAILED;
        } else
            out = look(u, err);
    }
    return out == UP_DONE ? 0 : -1;
}

/* Tell the user how to continue with a job that still waits. */
static void
tell_rest(const struct gridrun *g, const struct job_ref *ref)
{
    bool quoted = g->subject != NULL;

    fprintf(stderr,
            "gridrun: the job waits for its inputs; to go on: gridrun "
            "-upload%s%s%s%s -f %s -j %s\n",
            g->self_authz ? " -self" : "", quoted ? " -subject '" : "",
            quoted ? g->subject : "", quoted ? "'" : "", g->description_file,
            ref->handle);
}

/* The upload failed with ERR.  After Ctrl-C, or if a file has changed, cancel
 * the job unless -no-cleanup is set. */
static void
give_up(const struct upload *u, bool ours, const struct err *err)
{
    struct err why = ERR_INIT;

    if (u->over)
        return;
    if (!ours || u->g->no_cleanup ||
        (err->code != ERR_CANCELLED && err->code != ERR_STATE))
        tell_rest(u->g, u->ref);
    else if (gridrun_cancel(u->g, u->ref, &why) < 0)
        client_complain("gridrun", &why);
}

int
gridrun_upload_inputs(struct gridrun *g, const struct job_ref *ref, bool ours,
                      struct err *err)
{
    struct sigaction act = { .sa_handler = on_interrupt }, old_int, old_term;
    struct upload u = { .g = g, .ref = ref, .piece = PIECE_FIRST };
    int rc;

    if (g->inputs.n == 0)
        return 0;
    interrupted = 0;
    sigaction(SIGINT, &act, &old_int);
    sigaction(SIGTERM, &act, &old_term);
    gridrun_hold_signals(false);
    gridrun_say(g, "Uploading inputs...");
    rc = upload(&u, err);
    gridrun_say(g, rc == 0 ? "Done.\n" : "Failed.\n");
    if (rc < 0) {
        give_up(&u, ours, err);
        err_wrap(err, "Error uploading inputs");
    }
    gridrun_hold_signals(true);
    sigaction(SIGINT, &old_int, NULL);
    sigaction(SIGTERM, &old_term, NULL);
    return rc;
}

static size_t
count(const struct gridrun *g)
{
    return g->inputs.n;
}

static int
upload_rest(struct gridrun *g, const struct job_ref *ref, struct err *err)
{
    int rc = gridrun_upload_inputs(g, ref, false, err);

    gridrun_hold_signals(false);
    return rc;
}

int
gridrun_upload(struct gridrun *g)
{
    static const struct gridrun_files_way way = {
        .option = "-upload",
        .nothing = "names no input of this machine",
        .count = count,
        .move = upload_rest,
    };

    return gridrun_files(g, &way);
}
