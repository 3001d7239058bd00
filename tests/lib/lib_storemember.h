/* tests/lib/lib_storemember.h - two members of a store
 * (gatekeeper/store/store.h): this process and another one, told what to do in
 * the same words. */
#ifndef TESTS_LIB_STOREMEMBER_H
#define TESTS_LIB_STOREMEMBER_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "gatekeeper/store/store.h"

#define MEMBER_IDS_MAX 128
/* Whose all jobs are. */
#define MEMBER_OWNER   "/CN=a"

enum verb {
    JOIN,      /* as instance NAME with a lease of NUMBER ms, anew */
    LEAVE,     /* leave() */
    HEARTBEAT, /* -> number of the last event; flag: it was called back */
    FENCED,    /* fenced() */
    HELD,      /* -> flag */
    ADD,       /* NUMBER jobs, under the keys NAME0, NAME1 and so on unless NAME
                  is "" -> ids, number of new ones */
    ADD_HANGING, /* one whose commit does not come back from the disk */
    CHANGE,      /* job VALUE to the state NUMBER -> flag: it was fenced */
    REMOVE,      /* job VALUE */
    LOAD,        /* job VALUE -> text: whose it is; number: its state */
    LIST,        /* a page of NUMBER jobs after VALUE, all pages when NAME is
                    "all" -> ids; flag: there are more */
    CLAIM,    /* at most NUMBER, all of an instance when NAME is "all" -> ids;
                 text: whose; flag: there are more */
    SET,      /* setting NAME to VALUE */
    GET,      /* setting NAME -> text; "none" */
    DELEGATE, /* keep a delegation */
    LEFT,     /* -> number: left_ms of instance NAME, -2 there is none */
    BREAK,    /* from now on syncing fails, or not: NUMBER */
    FILL,     /* from now on the disk is full, or not: NUMBER */
    VERBS
};

struct answer {
    int rc; /* of the store */
    enum err_code code;
    char text[512]; /* of ERR, or what was asked for */
    long long number;
    bool flag;
    size_t n;
    char id[MEMBER_IDS_MAX][UUID_TEXT];
};

/* Which store it is about, and where; FILL makes this process's disk full. */
void member_init(const struct store *store, const char *where,
                 void (*fill)(bool full));
/* Start the other process.  This one has not joined. */
void member_start_other(void);
/* End the other process, by SIG unless that is 0. */
void member_end_other(int sig);
/* Close this process's store. */
void member_close(void);
/* The other process's id. */
pid_t member_pid(void);

/* Have this process, or the other, do VERB: the answer is good until the next
 * of the same function. */
struct answer *here(enum verb verb, const char *name, long long number,
                    const char *value);
/* The same. */
struct answer *there(enum verb verb, const char *name, long long number,
                     const char *value);
/* Have the other process begin; take_answer() waits for it. */
void tell(enum verb verb, const char *name, long long number,
          const char *value);
/* The answer to tell(). */
struct answer *take_answer(void);
/* What came of ADD_HANGING here, after testdisk_go(). */
const struct answer *member_hanging(void);

#endif
