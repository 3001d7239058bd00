/* gatekeeper/schedulers/slurm.c - Slurm by its own commands (22.05 and
 * later). */
#include "gatekeeper/schedulers/slurm.h"

/* Slurm's own suspend needs rights that a job's user does not have.  Instead
 * SIGSTOP goes to all processes of the job on all its nodes; Slurm calls this
 * state STOPPED. */
static const struct batch_system system = {
    .name = "slurm",
    .kind = BATCH_SLURM,
    .title = "Slurm",
    .submits = "sbatch",
    .path = CONF_gatekeeper_slurm_path,
    .programs = "sbatch squeue scancel scontrol sinfo srun",
    .script = BATCH_TASK_SCRIPT,
    .event = { .down = "slurm.down",
               .up = "slurm.up",
               .odd = "slurm.submit.odd",
               .operator= "slurm.operator",
               .sessions = "slurm.sessions" },
    .release = { .tool = "slurm-release" },
    .cancel = { .tool = "slurm-cancel" },
    .kill = { .tool = "slurm-signal", .first = "KILL" },
    .stop = { .tool = "slurm-signal", .first = "STOP" },
    .go = { .tool = "slurm-signal", .first = "CONT" },
    .limit = { .tool = "slurm-limit", .joined = true },
    .limits = slurm_words_limits,
    .words = slurm_words,
    .after = slurm_words_after,
    .array = slurm_words_array,
    .array_mark = '_',
    .array_max = slurm_site_array_max,
    .began = slurm_site_began,
    .launcher = slurm_launcher,
    .own = slurm_ask_own,
    .all = slurm_ask_all,
    .history = slurm_ask_history,
    .site = slurm_site,
    .answers = slurm_site_answers,
};

const struct scheduler scheduler_slurm = {
    .name = "slurm",
    BATCH_SCHEDULER(system),
    .suspend = batch_suspend,
    .set_limits = batch_set_limits,
};
