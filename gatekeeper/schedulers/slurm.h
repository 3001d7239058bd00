/* gatekeeper/schedulers/slurm.h - inside the Slurm adapter: what its files
 * share; for gatekeeper/schedulers/slurm*.c alone. */
#ifndef GATEKEEPER_SCHEDULERS_SLURM_H
#define GATEKEEPER_SCHEDULERS_SLURM_H

#include "gatekeeper/schedulers/batch.h"
#include "gatekeeper/schedulers/slurm_text.h"

/* struct batch_system's words() and launcher(); slurm_words.c. */
void slurm_words(const struct batch *b, const struct sched_job *job,
                 struct batch_words *w);
/* Its limits(). */
void slurm_words_limits(const struct batch *b, const struct job *job,
                        char text[BATCH_TEXT]);
/* Its after() and array(). */
void slurm_words_after(const char *id, struct batch_words *w);
/* As above. */
void slurm_words_array(struct batch_array *a, struct batch_words *w);
/* As above. */
long slurm_launcher(const struct batch *b, const struct job *job,
                    struct buf *spec);
/* Its own(), all() and history(); slurm_ask.c. */
int slurm_ask_own(struct batch *b, const struct sched_job *job,
                  const char *name, struct batch_lines *lines, struct err *err);
/* As above. */
int slurm_ask_all(struct batch *b, const struct sched_job *jobs, size_t n,
                  struct batch_lines *lines, struct err *err);
/* As above. */
bool slurm_ask_history(struct batch *b, const struct sched_job *job, char *text,
                       size_t size);
/* Its began(); slurm_site.c. */
int slurm_site_began(struct batch *b, long long *ms, struct err *err);
/* Its array_max(); slurm_site.c. */
int slurm_site_array_max(struct batch *b, long long *max, struct err *err);
/* Its site(); slurm_site.c. */
int slurm_site(struct batch *b, struct sched_info *info, struct err *err);
/* Its answers(): the controller, the nodes; slurm_site.c. */
int slurm_site_answers(struct batch *b, struct err *err);

#endif
