/* gatekeeper/doors/door.h - a door is one protocol that the gatekeeper speaks,
 * described by one table. door.c lists the tables, and the service serves the
 * listed doors. */
#ifndef GATEKEEPER_DOORS_DOOR_H
#define GATEKEEPER_DOORS_DOOR_H

#include "gatekeeper/audit.h"
#include "gatekeeper/service.h"
#include "soap/soap_service.h"

#define BES_PATH  "/bes"
#define BES_NS    "http://schemas.ggf.org/bes/2006/08/bes-factory"
#define MGMT_NS   "http://schemas.ggf.org/bes/2006/08/bes-management"
#define GDS_NS    "http://www.gridsite.org/namespaces/delegation-2"
#define JOBS_PATH "/jobs/"

struct door {
    const char *name;
    const struct soap_op *ops;       /* ends with path == NULL; NULL none */
    const struct soap_wsdl *wsdls;   /* the same */
    const struct http_route *routes; /* the same */
    void (*open)(void);              /* before the first call; NULL */
    void (*close)(void);             /* after the last; NULL */
};

extern const struct door bes_door, list_door, delegation_door, events_door,
    limits_door, input_door, output_door, tasks_door, admin_door;
/* What is served at the Unix socket. */
extern const struct http_route admin_routes[];

/* All doors; ends with NULL. */
extern const struct door *const doors[];

/* Create the web service of all doors' operations; free it with
 * soap_service_destroy(). */
struct soap_service *doors_service(const struct conf *conf);
/* Start and stop every door; doors_close() is valid without doors_open(). */
void doors_open(void);
void doors_close(void);

#endif
