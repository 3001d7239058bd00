/* http/route.h - the path of a route as a pattern, and what it finds in the
 * path of a request.
 *
 *   /health                the path itself
 *   /jobs/{id}             {id} is what stands up to the next '/', "" too
 *   /jobs/{id}{rest*}      {rest*}, at the end only, is all that follows, ""
 *                          or with its '/'
 */
#ifndef HTTP_ROUTE_H
#define HTTP_ROUTE_H

#include <stdbool.h>
#include <stddef.h>

#define ROUTE_PARAMS 4 /* in one pattern */

/* Values of the pattern's names for one path. */
struct route_params {
    size_t count;
    struct {
        const char *name; /* points into the pattern, NAME_LEN bytes */
        size_t name_len;
        char *value;
    } param[ROUTE_PARAMS];
};

/* Whether PATH, percent-decoded, matches PATTERN.  P is overwritten: the values
 * on a match, else empty. */
bool route_match(const char *pattern, const char *path, struct route_params *p);
/* The value of NAME, owned by P; "" when the pattern has no such name. */
const char *route_param(const struct route_params *p, const char *name);
/* Free the values. */
void route_params_fini(struct route_params *p);

#endif
