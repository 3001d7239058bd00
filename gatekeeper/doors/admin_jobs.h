/* gatekeeper/doors/admin_jobs.h - everybody's jobs, for administrators: rows of
 * admin.def. */
#ifndef GATEKEEPER_DOORS_ADMIN_JOBS_H
#define GATEKEEPER_DOORS_ADMIN_JOBS_H

#include "http/server.h"

/* A page of jobs, newest first: ?owner=DN&account=NAME&state=WORD&after=ID
 * &limit=N; {"jobs":[...],"next":ID} while there are more. */
http_fn admin_jobs_list;
/* Job {id} with its history, the newest page of its events. */
http_fn admin_jobs_show;
/* Cancel job {id}; its owner sees who did it. */
http_fn admin_jobs_cancel;

#endif
