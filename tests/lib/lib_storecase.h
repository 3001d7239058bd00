/* tests/lib/lib_storecase.h - a store in a directory of its own, for tests of
 * what every store promises. */
#ifndef TESTS_LIB_STORECASE_H
#define TESTS_LIB_STORECASE_H

#include "gatekeeper/store/store.h"

extern struct storecase {
    const struct store *store;
    void *self; /* opened, and joined as "gk" */
    char dir[64], path[128];
    struct err err;
} storecase;

/* cmocka's, for each test. */
int storecase_setup(void **state);
/* As above. */
int storecase_teardown(void **state);
/* Open it, beside one that may be open, and join as INSTANCE. */
void storecase_open(const char *instance);
/* Close it, open it anew and join as INSTANCE. */
void storecase_again(const char *instance);
/* A new job of OWNER under KEY (NULL: none), with so many TASKS; its id to ID.
 */
enum store_added storecase_add_array(const char *owner, const char *key,
                                     const char *record, uint32_t tasks,
                                     char id[UUID_TEXT]);
/* The same with one task. */
enum store_added storecase_add(const char *owner, const char *key,
                               const char *record, char id[UUID_TEXT]);
/* A change of job ID from the state FROM to TO by EVENT. */
struct store_change storecase_change_from(const char *id, int from,
                                          enum life_state to,
                                          enum life_event event);
/* The same from New. */
struct store_change storecase_change_to(const char *id, enum life_state state,
                                        enum life_event event);

#endif
