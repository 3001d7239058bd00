/* gsi/check/check_rows.h - the functions of site_check.def's rows. */
#ifndef GSI_CHECK_ROWS_H
#define GSI_CHECK_ROWS_H

#include "gsi/check/check_page.h"

/* Check one thing and report on C's page what is wrong with it. */
#define CHECK(name, daemons, subject, good) void check_##name(struct check *c);
#include "gsi/check/site_check.def"
#undef CHECK

#endif
