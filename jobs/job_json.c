/* jobs/job_json.c - the record as JSON, the store's format: fields that are not
 * set are omitted (RFC 8259, jansson). */
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
        json_t *o = json_pack("{s:s}", "file", t->file);

        if (t->upload)
            json_object_set_new(o, "upload", json_integer(t->bytes));
        else
            json_object_set_new(o, "url", json_string(t->url));
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
    json_t *o = json_pack("{s:i}", "version", JOB_RECORD_VERSION);
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

/* ---- reading: anything unknown is an error that names it ---- */

/* The state while a record is read: the first error counts. */
struct reading {
    struct err *err;
    bool failed;
};

static void
refuse(struct reading *r, const char *what, const char *key)
{
    if (!r->failed)
        err_set(r->err, ERR_SYNTAX, "job record: %s '%.100s'", what, key);
    r->failed = true;
}

/* The member KEY of O if it has TYPE; NULL if there is none. */
static const json_t *
get_typed(struct reading *r, const json_t *o, const char *key, json_type type)
{
    const json_t *v = json_object_get(o, key);

    if (v == NULL || json_typeof(v) == type)
        return v;
    refuse(r, "wrong type of", key);
    return NULL;
}

static char *
get_string(struct reading *r, const json_t *o, const char *key)
{
    const char *s = json_string_value(get_typed(r, o, key, JSON_STRING));

    return s != NULL ? xstrdup(s) : NULL;
}

static long long
get_number(struct reading *r, const json_t *o, const char *key)
{
    const json_t *v = get_typed(r, o, key, JSON_INTEGER);

    return v != NULL ? json_integer_value(v) : -1;
}

/* A flag is written if true and omitted if false. */
static bool
get_flag(struct reading *r, const json_t *o, const char *key)
{
    return get_typed(r, o, key, JSON_TRUE) != NULL;
}

static int
get_enum(struct reading *r, const json_t *o, const char *key,
         const char *const *names, int n)
{
    const char *s = json_string_value(get_typed(r, o, key, JSON_STRING));

    if (s == NULL)
        return 0;
    for (int i = 0; i < n; i++)
        if (strcmp(s, names[i]) == 0)
            return i;
    refuse(r, key, s);
    return 0;
}

/* Check that each member of O is one of the N KEYS. */
static void
check_keys(struct reading *r, json_t *o, const char *const *keys, size_t n)
{
    const char *key;
    json_t *v;

    json_object_foreach(o, key, v)
    {
        size_t i = 0;

        while (i < n && strcmp(keys[i], key) != 0)
            i++;
        if (i == n)
            refuse(r, "unknown key", key);
    }
}

static void
get_transfer(struct reading *r, json_t *o, struct job_transfer *t)
{
    static const char *const keys[] = { "file",         "url",
                                        "upload",       "creation",
                                        "delete_after", "executable",
                                        "delegation_id" };

    if (json_is_object(o))
        check_keys(r, o, keys, sizeof(keys) / sizeof(keys[0]));
    else
        refuse(r, "no object in", "stage_in or stage_out");
    t->file = get_string(r, o, "file");
    t->url = get_string(r, o, "url");
    t->bytes = get_number(r, o, "upload");
    t->upload = t->bytes >= 0;
    if (!t->upload)
        t->bytes = 0;
    if (t->file == NULL || (t->url == NULL) != t->upload)
        refuse(r, "a transfer lacks", t->file == NULL ? "file" : "url");
    t->creation =
        (enum job_creation)get_enum(r, o, "creation", creation_names, 3);
    t->delete_after = get_flag(r, o, "delete_after");
    t->executable = get_flag(r, o, "executable");
    t->delegation_id = get_string(r, o, "delegation_id");
}

static void
get_transfers(struct reading *r, const json_t *o, const char *key,
              struct job *job, struct job_transfer *(*add)(struct job *))
{
    const json_t *list = get_typed(r, o, key, JSON_ARRAY);
    json_t *v;
    size_t i;

    json_array_foreach(list, i, v)
    {
        get_transfer(r, v, add(job));
    }
}

static void
get_strings(struct reading *r, const json_t *o, const char *key,
            struct job *job, void (*add)(struct job *, const char *))
{
    const json_t *list = get_typed(r, o, key, JSON_ARRAY);
    json_t *v;
    size_t i;

    json_array_foreach(list, i, v)
    {
        if (json_is_string(v))
            add(job, json_string_value(v));
        else
            refuse(r, "no text in", key);
    }
}

static void
get_env(struct reading *r, const json_t *o, struct job *job)
{
    const json_t *list = get_typed(r, o, "env", JSON_ARRAY);
    json_t *v;
    size_t i;

    json_array_foreach(list, i, v)
    {
        const char *name = json_string_value(json_array_get(v, 0));
        const char *value = json_string_value(json_array_get(v, 1));

        if (name != NULL && value != NULL && json_array_size(v) == 2)
            job_add_env(job, name, value);
        else
            refuse(r, "no name and value in", "env");
    }
}

static void
get_lists(struct reading *r, const json_t *o, struct job *job)
{
    get_strings(r, o, "annotations", job, job_add_annotation);
    get_strings(r, o, "args", job, job_add_arg);
    get_strings(r, o, "clean_up", job, job_add_clean_up);
    get_env(r, o, job);
    get_transfers(r, o, "stage_in", job, job_add_stage_in);
    get_transfers(r, o, "stage_out", job, job_add_stage_out);
}

static void
get_record(struct reading *r, json_t *o, struct job *job)
{
    static const char *const keys[] = {
#define STRING(field) #field,
#define COUNT(field)  #field,
#define AMOUNT(field) #field,
#include "jobs/job_field.def"
#undef STRING
#undef COUNT
#undef AMOUNT
        "version", "type",     "hold",     "annotations", "args",
        "env",     "clean_up", "stage_in", "stage_out"
    };

    check_keys(r, o, keys, sizeof(keys) / sizeof(keys[0]));
#define STRING(field) job->field = get_string(r, o, #field);
#define COUNT(field)  job->field = (long)get_number(r, o, #field);
#define AMOUNT(field) job->field = get_number(r, o, #field);
#include "jobs/job_field.def"
#undef STRING
#undef COUNT
#undef AMOUNT
    job->type = (enum job_type)get_enum(r, o, "type", type_names, 3);
    job->hold = get_flag(r, o, "hold");
    get_lists(r, o, job);
}

int
job_from_json(const char *text, struct job *job, struct err *err)
{
    struct reading r = { .err = err };
    json_error_t why;
    json_t *o = json_loads(text, JSON_REJECT_DUPLICATES, &why);
    long long version;

    job_init(job);
    if (!json_is_object(o)) {
        json_decref(o);
        return err_set(err, ERR_SYNTAX, "job record: %s at %d",
                       o == NULL ? why.text : "no object", why.position);
    }
    version = get_number(&r, o, "version");
    if (!r.failed && version != JOB_RECORD_VERSION) {
        err_set(err, ERR_SYNTAX,
                "job record: its version is %lld, this program knows %d",
                version, JOB_RECORD_VERSION);
        r.failed = true;
    }
    if (!r.failed)
        get_record(&r, o, job);
    json_decref(o);
    return r.failed ? -1 : 0;
}
