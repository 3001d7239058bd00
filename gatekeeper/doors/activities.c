/* gatekeeper/doors/activities.c - see activities.h. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/xml.h"
#include "gatekeeper/doors/activities.h"
#include "gatekeeper/doors/door.h"
#include "soap/wsa.h"

/* A hash table: indexes into the list of activities, plus one; 0 is free.  The
 * size is a power of two, at most half full. */
struct seen {
    size_t *place, places;
};

/* The key that identifies A: its id, or else its address. */
static const char *
key_of(const struct activity *a)
{
    return a->id[0] != '\0' ? a->id : a->address;
}

/* The slot of A in SEEN: it holds an equal activity or is free. */
static size_t *
find(const struct seen *seen, const struct activities *list,
     const struct activity *a)
{
    uint64_t h = 1469598103934665603u; /* FNV-1a */
    size_t at;

    for (const char *p = key_of(a); *p != '\0'; p++)
        h = (h ^ (unsigned char)*p) * 1099511628211u;
    at = (size_t)(h ^ h >> 32) & (seen->places - 1);
    while (seen->place[at] != 0 &&
           strcmp(key_of(&list->of[seen->place[at] - 1]), key_of(a)) != 0)
        at = (at + 1) & (seen->places - 1);
    return &seen->place[at];
}

/* Read the activity that the reference NODE names. */
static int
read_one(const xmlNode *node, const char *ns, struct activity *a,
         struct err *err)
{
    struct wsa_epr epr;
    const char *tail;

    *a = (struct activity){ .address = NULL };
    if (!xml_is(node, ns, "ActivityIdentifier"))
        return err_set(err, ERR_SYNTAX, "unknown element '%s'",
                       (const char *)node->name);
    if (wsa_epr_read(&epr, node, err) < 0)
        return -1;
    tail = strstr(epr.address, JOBS_PATH);
    if (tail != NULL && uuid_ok(tail + strlen(JOBS_PATH)))
        memcpy(a->id, tail + strlen(JOBS_PATH), UUID_TEXT);
    a->address = epr.address;
    epr.address = NULL;
    wsa_epr_fini(&epr);
    return 0;
}

/* Add the activity of NODE to LIST unless it is there already. */
static int
take(const xmlNode *node, const char *ns, size_t most, struct seen *seen,
     struct activities *list, struct err *err)
{
    struct activity a;
    size_t *place;

    if (read_one(node, ns, &a, err) < 0)
        return -1;
    place = find(seen, list, &a);
    if (*place != 0) {
        free(a.address);
        return 0;
    }
    if (list->n == most) {
        free(a.address);
        return err_set(err, ERR_USAGE,
                       "more than %zu activities in one request "
                       "(gatekeeper.activities_max): ask for them in several",
                       most);
    }
    list->of[list->n++] = a;
    *place = list->n;
    return 0;
}

int
activities_read(const xmlNode *payload, size_t most, struct activities *list,
                struct err *err)
{
    const char *ns = (const char *)payload->ns->href;
    struct seen seen = { .places = 16 };
    size_t room = 0;
    int rc = 0;

    for (const xmlNode *c = xml_first(payload); c != NULL; c = xml_next(c))
        room++;
    while (seen.places < 2 * room)
        seen.places *= 2;
    seen.place = xcalloc(seen.places, sizeof(*seen.place));
    *list = (struct activities){ .of = xcalloc(room + 1, sizeof(*list->of)) };
    for (const xmlNode *c = xml_first(payload); c != NULL && rc == 0;
         c = xml_next(c))
        rc = take(c, ns, most, &seen, list, err);
    free(seen.place);
    if (rc < 0)
        activities_fini(list);
    return rc;
}

void
activities_fini(struct activities *list)
{
    for (size_t i = 0; i < list->n; i++)
        free(list->of[i].address);
    free(list->of);
    *list = (struct activities){ .of = NULL };
}
