/* http/health.h - the answer to GET /health: whether the service does its work,
 * and what is wrong, as JSON:
 *   {"status":"ok","checks":[]}
 *   {"status":"fail","checks":[{"name":"disk","status":"fail",
 *     "reason":"..."}]}
 * "warn": it works, and somebody should look.  503 when something fails. */
#ifndef HTTP_HEALTH_H
#define HTTP_HEALTH_H

#include "base/buf.h"
#include "gsi/cred.h"

enum health_status {
    HEALTH_OK,
    HEALTH_WARN,
    HEALTH_FAIL
};

/* All zero at first. */
struct health {
    enum health_status worst;
    struct buf checks; /* the elements of the array */
};

/* Add what is wrong with NAME, "disk" or the like, and why. */
void health_say(struct health *h, enum health_status status, const char *name,
                const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* Say what is wrong with the host's certificate: it is over, or soon will be.
 */
void health_certificate(struct health *h, const struct cred *cred);
/* Say what is wrong with the disk of DIR, the value of KEY. */
void health_disk(struct health *h, const char *key, const char *dir);
/* Write the answer; the status of HTTP. */
int health_write(const struct health *h, struct buf *out);
void health_fini(struct health *h);

#endif
