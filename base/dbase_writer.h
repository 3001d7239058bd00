/* base/dbase_writer.h - what dbase.c and its writer thread share. */
#ifndef BASE_DBASE_WRITER_H
#define BASE_DBASE_WRITER_H

#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>

#include <sqlite3.h>

#include "base/dbase.h"
#include "base/lock.h"

#define DBASE_READERS 4

/* The statements every group needs, prepared once. */
enum dbase_word {
    DBASE_BEGIN,
    DBASE_SAVEPOINT,
    DBASE_RELEASE,
    DBASE_COMMIT,
    DBASE_WORDS
};

/* One caller of dbase_write(), on its stack; it sleeps until finished. */
struct dbase_request {
    dbase_fn *fn;
    dbase_then_fn *then; /* NULL: nothing */
    void *arg;
    struct err err;
    int rc;
    sem_t done;
    struct dbase_request *next;
};

struct dbase {
    struct lock lock;    /* guards all but sql and the writer's members */
    pthread_cond_t work; /* signalled when head or stop changes */
    pthread_cond_t reader_free;
    struct dbase_request *head, **tail;
    int waiting; /* number of requests in the list */
    int enough;  /* wake the writer at this number */
    bool stop, running;
    bool busy[DBASE_READERS];
    struct dbase_stats stats;

    sqlite3 *reader[DBASE_READERS];
    pthread_t writer;

    /* Used by the writer thread only. */
    sqlite3 *sql;
    sqlite3_stmt *word[DBASE_WORDS];
    int group;           /* approximate size of the last group */
    long long commit_ns; /* duration of its commit */
    int wal_pages;       /* pages in the WAL that are not checkpointed yet */
    bool stale; /* the WAL may hold a commit that was reported as failed */
};

/* The writer thread; ARG is the struct dbase. */
void *dbase_writer_run(void *arg);

#endif
