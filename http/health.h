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
    struct buf checks; /* elements of the JSON array */
};

/* Add a problem: NAME ("disk" or the like), its severity and reason. */
void health_say(struct health *h, enum health_status status, const char *name,
                const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* Add a problem if the host's certificate has expired or soon will. */
void health_certificate(struct health *h, const struct cred *cred);
/* Add a problem if the disk of DIR, the value of KEY, has one. */
void health_disk(struct health *h, const char *key, const char *dir);
/* Write the JSON answer; returns the HTTP status. */
int health_write(const struct health *h, struct buf *out);
void health_fini(struct health *h);

#endif
