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

/* What every group says, prepared once. */
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
    struct lock lock;    /* of all but sql and the writer's own */
    pthread_cond_t work; /* head, stop */
    pthread_cond_t reader_free;
    struct dbase_request *head, **tail;
    int waiting; /* how many are on that list */
    int enough;  /* the writer is to be woken when there are so many */
    bool stop, running;
    bool busy[DBASE_READERS];
    struct dbase_stats stats;

    sqlite3 *reader[DBASE_READERS];
    pthread_t writer;

    /* The writer thread's alone. */
    sqlite3 *sql;
    sqlite3_stmt *word[DBASE_WORDS];
    int group;           /* how many the last group had, nearly */
    long long commit_ns; /* how long its commit took */
    int wal_pages;       /* in the log, not checkpointed yet */
    bool stale; /* the log may hold a commit that was reported as failed */
};

/* The writer thread; ARG is the struct dbase. */
void *dbase_writer_run(void *arg);

#endif
