/* gatekeeper/doors/door.h - every door is a table of operations or routes; the
 * service joins them. */
#ifndef GATEKEEPER_DOORS_DOOR_H
#define GATEKEEPER_DOORS_DOOR_H

#include "gatekeeper/service.h"
#include "soap/soap_service.h"

#define BES_PATH  "/bes"
#define BES_NS    "http://schemas.ggf.org/bes/2006/08/bes-factory"
#define MGMT_NS   "http://schemas.ggf.org/bes/2006/08/bes-management"
#define GDS_NS    "http://www.gridsite.org/namespaces/delegation-2"
#define JOBS_PATH "/jobs/"

/* Tables; each ends with path or prefix == NULL. */
extern const struct soap_op bes_door_ops[];
extern const struct soap_op list_door_ops[];
extern const struct soap_op delegation_door_ops[];
extern const struct http_route output_door_routes[];

#endif
