/* jobs/job_json.c - the record as JSON, what the store keeps: unsaid fields are
 * left out (RFC 8259, jansson). */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/job.h"

static const char *const type_names[] = {
    [JOB_SINGLE] = "single", [JOB_MULTIPLE] = "multiple", [JOB_MPI] = "mpi"
};
static const char *const creation_names[] = { [JOB_OVERWRITE] = "overwrite",
                                              [JOB_APPEND] = "append",
                                              [JOB_DONT_OVERWRITE] =
                                                  "dontOverwrite" };

static json_t *
strings_json(char *const *list, size_t n)
{
    json_t *a = json_array();

    for (size_t i = 0; i < n; i++)
        json_array_append_new(a, json_string(list[i]));
    return a;
}

static json_t *
transfers_json(const struct job_transfer *list, size_t n, bool credentials)
{
    json_t *a = json_array();

    for (size_t i = 0; i < n; i++) {
        const struct job_transfer *t = &list[i];
        json_t *o = json_pack("{s:s, s:s}", "file", t->file, "url", t->url);

        if (t->creation != JOB_OVERWRITE)
            json_object_set_new(o, "creation",
                                json_string(creation_names[t->creation]));
        if (t->delete_after)
            json_object_set_new(o, "delete_after", json_true());
        if (t->executable)
            json_object_set_new(o, "executable", json_true());
        if (t->delegation_id != NULL && credentials)
            json_object_set_new(o, "delegation_id",
                                json_string(t->delegation_id));
        json_array_append_new(a, o);
    }
    return a;
}

static void
lists_json(const struct job *job, json_t *o, bool credentials)
{
    if (job->nannotations > 0)
        json_object_set_new(o, "annotations",
                            strings_json(job->annotations, job->nannotations));
    if (job->nargs > 0)
        json_object_set_new(o, "args", strings_json(job->args, job->nargs));
    if (job->nclean_up > 0)
        json_object_set_new(o, "clean_up",
                            strings_json(job->clean_up, job->nclean_up));
    if (job->nenv > 0) {
        json_t *a = json_array();

        for (size_t i = 0; i < job->nenv; i++)
            json_array_append_new(
                a, json_pack("[ss]", job->env[i].name, job->env[i].value));
        json_object_set_new(o, "env", a);
    }
    if (job->nstage_in > 0)
        json_object_set_new(
            o, "stage_in",
            transfers_json(job->stage_in, job->nstage_in, credentials));
    if (job->nstage_out > 0)
        json_object_set_new(
            o, "stage_out",
            transfers_json(job->stage_out, job->nstage_out, credentials));
}

static char *
to_json(const struct job *job, bool credentials)
{
    json_t *o = json_object();
    char *text;

#define STRING(field)                                          \
    if (job->field != NULL &&                                  \
        (credentials || strcmp(#field, "delegation_id") != 0)) \
        json_object_set_new(o, #field, json_string(job->field));
#define COUNT(field)      \
    if (job->field != -1) \
        json_object_set_new(o, #field, json_integer(job->field));
#define AMOUNT(field) COUNT(field)
#include "jobs/job_field.def"
#undef STRING
#undef COUNT
#undef AMOUNT
    if (job->type != JOB_SINGLE)
        json_object_set_new(o, "type", json_string(type_names[job->type]));
    if (job->hold)
        json_object_set_new(o, "hold", json_true());
    lists_json(job, o, credentials);
    text = json_dumps(o, JSON_COMPACT | JSON_SORT_KEYS);
    json_decref(o);
    return text != NULL ? text : xstrdup("{}");
}

char *
job_to_json(const struct job *job)
{
    return to_json(job, true);
}

bool
job_same(const struct job *a, const struct job *b)
{
    char *x = to_json(a, false), *y = to_json(b, false);
    bool same = strcmp(x, y) == 0;

    free(x);
    free(y);
    return same;
}

/* ---- reading ---- */

static char *
get_string(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));

    return s != NULL ? xstrdup(s) : NULL;
}

static long long
get_number(const json_t *o, const char *key)
{
    const json_t *v = json_object_get(o, key);

    return json_is_integer(v) ? json_integer_value(v) : -1;
}

static int
get_enum(const json_t *o, const char *key, const char *const *names, int n)
{
    const char *s = json_string_value(json_object_get(o, key));

    for (int i = 0; s != NULL && i < n; i++)
        if (strcmp(s, names[i]) == 0)
            return i;
    return 0;
}

static void
get_transfers(const json_t *list, struct job *job,
              struct job_transfer *(*add)(struct job *))
{
    json_t *o;
    size_t i;

    json_array_foreach(list, i, o)
    {
        struct job_transfer *t = add(job);

        t->file = get_string(o, "file");
        t->url = get_string(o, "url");
        t->creation =
            (enum job_creation)get_enum(o, "creation", creation_names, 3);
        t->delete_after = json_is_true(json_object_get(o, "delete_after"));
        t->executable = json_is_true(json_object_get(o, "executable"));
        t->delegation_id = get_string(o, "delegation_id");
    }
}

static void
get_strings(const json_t *list, struct job *job,
            void (*add)(struct job *, const char *))
{
    json_t *v;
    size_t i;

    json_array_foreach(list, i, v) if (json_is_string(v))
        add(job, json_string_value(v));
}

static void
get_lists(const json_t *o, struct job *job)
{
    json_t *v;
    size_t i;

    get_strings(json_object_get(o, "annotations"), job, job_add_annotation);
    get_strings(json_object_get(o, "args"), job, job_add_arg);
    get_strings(json_object_get(o, "clean_up"), job, job_add_clean_up);
    json_array_foreach(json_object_get(o, "env"), i, v)
    {
        const char *name = json_string_value(json_array_get(v, 0));
        const char *value = json_string_value(json_array_get(v, 1));

        if (name != NULL && value != NULL)
            job_add_env(job, name, value);
    }
    get_transfers(json_object_get(o, "stage_in"), job, job_add_stage_in);
    get_transfers(json_object_get(o, "stage_out"), job, job_add_stage_out);
}

int
job_from_json(const char *text, struct job *job, struct err *err)
{
    json_error_t why;
    json_t *o = json_loads(text, JSON_REJECT_DUPLICATES, &why);

    job_init(job);
    if (!json_is_object(o)) {
        json_decref(o);
        return err_set(err, ERR_SYNTAX, "job record: %s at %d",
                       o == NULL ? why.text : "no object", why.position);
    }
#define STRING(field) job->field = get_string(o, #field);
#define COUNT(field)  job->field = (long)get_number(o, #field);
#define AMOUNT(field) job->field = get_number(o, #field);
#include "jobs/job_field.def"
#undef STRING
#undef COUNT
#undef AMOUNT
    job->type = (enum job_type)get_enum(o, "type", type_names, 3);
    job->hold = json_is_true(json_object_get(o, "hold"));
    get_lists(o, job);
    json_decref(o);
    return 0;
}
