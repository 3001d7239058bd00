/* gatekeeper/staging/stage_list.c - see stage_list.h. */
#include "gatekeeper/staging/stage_list.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/codec.h"
#include "base/url.h"
#include "gatekeeper/runner/runner_wire.h"

#define GROUP_LINE "# group "

/* The file: URL of FILE in the session. */
static char *
file_url(const char *session, const char *file)
{
    struct buf b = BUF_INIT;

    buf_adds(&b, "file://");
    if (file[0] != '/') {
        percent_encode(&b, session, "/");
        buf_addc(&b, '/');
    }
    percent_encode(&b, file, "/");
    return buf_detach(&b);
}

static struct stage_move *
add_move(struct stage_list *l)
{
    l->move = xrealloc(l->move, l->n + 1, sizeof(*l->move));
    memset(&l->move[l->n], 0, sizeof(*l->move));
    return &l->move[l->n++];
}

/* The absolute path of FILE in the session. */
static char *
whole_path(const char *session, const char *file)
{
    char *below =
        file[0] == '/' ? xstrdup(file) : xasprintf("%s/%s", session, file);
    char *plain = runner_wire_path_plain(below);

    free(below);
    return plain;
}

/* Whether FILE is the program of JOB. */
static bool
is_program(const struct stage_job *job, const char *file)
{
    char *program, *path;
    bool same;

    if (job->job->executable == NULL)
        return false;
    program = whole_path(job->session, job->job->executable);
    path = whole_path(job->session, file);
    same = strcmp(path, program) == 0;
    free(program);
    free(path);
    return same;
}

static void
add_upload(struct stage_list *l, const struct stage_job *job,
           const struct job_transfer *t)
{
    struct stage_upload *u;

    l->upload = xrealloc(l->upload, l->nuploads + 1, sizeof(*l->upload));
    u = &l->upload[l->nuploads++];
    *u = (struct stage_upload){
        .file = runner_wire_path_plain(t->file),
        .bytes = t->bytes,
        .part = (size_t)(t - job->job->stage_in),
        .missing_only = t->creation == JOB_DONT_OVERWRITE,
        .executable = t->executable || is_program(job, t->file),
    };
}

static void
add_transfer(struct stage_list *l, const struct stage_job *job,
             const struct job_transfer *t, bool in)
{
    struct stage_move *m;

    if (in && t->upload)
        add_upload(l, job, t);
    if (t->url == NULL || t->url[0] == '\0')
        return;
    m = add_move(l);
    m->file = xstrdup(t->file);
    m->src = in ? xstrdup(t->url) : file_url(job->session, t->file);
    m->dst = in ? file_url(job->session, t->file) : xstrdup(t->url);
    m->delegation_id = xstrdup_or_null(t->delegation_id);
    m->missing_only = t->creation == JOB_DONT_OVERWRITE;
    /* The program is made executable even without a request. */
    m->executable = in && (t->executable || is_program(job, t->file));
}

static bool
same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* Group the moves: each group is a run of the list with one credential and one
 * way of writing. */
static void
group_moves(struct stage_list *l)
{
    for (size_t i = 0; i < l->n; i++) {
        struct stage_move *m = &l->move[i];
        size_t k = 0;

        while (k < i &&
               (l->move[k].missing_only != m->missing_only ||
                !same_text(l->move[k].delegation_id, m->delegation_id)))
            k++;
        m->group = k < i ? l->move[k].group : l->ngroups++;
    }
}

static void
add_endpoint(struct stage_list *l, const char *url)
{
    struct url u;
    char *text;

    if (url_parse(url, &u, NULL) < 0)
        return;
    text = xasprintf("%s://%s:%u", u.scheme, u.host, u.port);
    for (size_t i = 0; i < l->nendpoints; i++)
        if (strcmp(l->endpoint[i], text) == 0) {
            free(text);
            text = NULL;
            break;
        }
    if (text != NULL && strcmp(u.scheme, "file") != 0) {
        l->endpoint =
            xrealloc(l->endpoint, l->nendpoints + 1, sizeof(*l->endpoint));
        l->endpoint[l->nendpoints++] = text;
        text = NULL;
    }
    free(text);
    url_fini(&u);
}

static void
add_path(struct stage_list *l, const char *path)
{
    add_move(l)->file = xstrdup(path);
}

/* Add the removals after the job: marked transfers, then the clean-up list. */
static void
add_cleaning(struct stage_list *l, const struct job *job)
{
    for (size_t i = 0; i < job->nstage_in; i++)
        if (job->stage_in[i].delete_after)
            add_path(l, job->stage_in[i].file);
    for (size_t i = 0; i < job->nstage_out; i++)
        if (job->stage_out[i].delete_after)
            add_path(l, job->stage_out[i].file);
    for (size_t i = 0; i < job->nclean_up; i++)
        add_path(l, job->clean_up[i]);
}

int
stage_list_make(struct stage_list *l, const struct stage_job *job,
                enum stage_step step, struct err *err)
{
    const struct job *j = job->job;
    const struct job_transfer *t =
        step == STAGE_IN ? j->stage_in : j->stage_out;
    size_t n = step == STAGE_IN ? j->nstage_in : j->nstage_out;

    *l = (struct stage_list){ .n = 0 };
    if (step == STAGE_CLEAN) {
        add_cleaning(l, j);
        return 0;
    }
    for (size_t i = 0; i < n; i++)
        add_transfer(l, job, &t[i], step == STAGE_IN);
    group_moves(l);
    for (size_t i = 0; i < l->n; i++) {
        const char *url = step == STAGE_IN ? l->move[i].src : l->move[i].dst;

        if (url[strcspn(url, " \t\r\n\"")] != '\0') {
            err_set(err, ERR_USAGE,
                    "bad URL '%s': blanks and quotes must be "
                    "percent-encoded",
                    url);
            stage_list_fini(l);
            return -1;
        }
        add_endpoint(l, url);
    }
    return 0;
}

void
stage_list_fini(struct stage_list *l)
{
    for (size_t i = 0; i < l->n; i++) {
        free(l->move[i].file);
        free(l->move[i].src);
        free(l->move[i].dst);
        free(l->move[i].delegation_id);
    }
    for (size_t i = 0; i < l->nendpoints; i++)
        free(l->endpoint[i]);
    for (size_t i = 0; i < l->nuploads; i++)
        free(l->upload[i].file);
    free(l->upload);
    free(l->move);
    free(l->endpoint);
    *l = (struct stage_list){ .n = 0 };
}

void
stage_list_text(const struct stage_list *l, size_t group, const bool *skip,
                struct buf *out)
{
    buf_addf(out, GROUP_LINE "%zu\n", group);
    for (size_t i = 0; i < l->n; i++)
        if (l->move[i].group == group && (skip == NULL || !skip[i]))
            buf_addf(out, "%s %s\n", l->move[i].src, l->move[i].dst);
}

int
stage_list_group(const char *text)
{
    size_t n = strlen(GROUP_LINE);
    char number[16];
    long long group;
    size_t digits;

    if (strncmp(text, GROUP_LINE, n) != 0)
        return -1;
    digits = strcspn(text + n, "\n");
    if (digits >= sizeof(number))
        return -1;
    memcpy(number, text + n, digits);
    number[digits] = '\0';
    return number_parse(number, 0, 1 << 20, &group) < 0 ? -1 : (int)group;
}

const struct stage_move *
stage_list_first(const struct stage_list *l, size_t group)
{
    for (size_t i = 0; i < l->n; i++)
        if (l->move[i].group == group)
            return &l->move[i];
    return NULL;
}

/* Whether WORD, "scheme" or "scheme://host", covers U. */
static bool
covers(const char *word, const struct url *u)
{
    size_t n = strlen(u->scheme);

    if (strncmp(word, u->scheme, n) != 0)
        return false;
    if (word[n] == '\0')
        return true;
    return strncmp(word + n, "://", 3) == 0 &&
           strcasecmp(word + n + 3, u->host) == 0;
}

/* Check the form of URL: gridcp would take text that is not a URL, or has a
 * scheme without "//", as a file name. */
static int
check_form(const struct conf *conf, const char *url, struct err *err)
{
    const char *offered = conf_str(conf, CONF_gatekeeper_staging_allow);
    size_t n = url_scheme_len(url);

    for (const char *p = url; *p != '\0'; p++)
        if ((unsigned char)*p <= ' ')
            return err_set(err, ERR_USAGE,
                           "'%s': a URL must not contain blanks: write %%20",
                           url);
    if (n == 0)
        return err_set(err, ERR_USAGE, "'%s' is not a URL: it has no scheme",
                       url);
    if (strncmp(url + n, "://", 3) == 0 ||
        (n == 4 && strncasecmp(url, "file:/", 6) == 0))
        return 0;
    return err_set(err, ERR_UNSUPPORTED,
                   "'%s': this site does not stage by the scheme '%.*s': it "
                   "does for %s",
                   url, (int)n, url, offered);
}

int
stage_list_allowed(const struct conf *conf, const char *url, struct err *err)
{
    const char *word;
    struct url u;
    bool good = false;

    if (check_form(conf, url, err) < 0 || url_parse(url, &u, err) < 0)
        return -1;
    for (size_t i = 0; !good; i++) {
        word = conf_word(conf, CONF_gatekeeper_staging_allow, i);
        if (word == NULL)
            break;
        good = covers(word, &u);
    }
    if (!good)
        err_set(err, ERR_UNSUPPORTED,
                "'%s': this site does not stage from or to %s://%s: it does "
                "for %s",
                url, u.scheme, u.host,
                conf_str(conf, CONF_gatekeeper_staging_allow));
    url_fini(&u);
    return good ? 0 : -1;
}
