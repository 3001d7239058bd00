/* gatekeeper/schedulers/slurm_site.c - partitions of Slurm with limits and
 * processors, and whether its controller answers. */
#include <stdio.h>
#include <string.h>

#include "gatekeeper/schedulers/slurm.h"

static int
ask_version(struct batch *b, struct sched_info *info, struct err *err)
{
    struct runner_output out;
    int rc = batch_ask_query(b, "slurm-version", NULL, 0, &out, err);
    const char *text = rc == 0 ? buf_str(&out.out) : "", *number;

    number = strrchr(text, ' '); /* "slurm-wlm 22.05.8" */
    number = number == NULL ? text : number + 1;
    snprintf(info->product, sizeof(info->product), "slurm");
    snprintf(info->version, sizeof(info->version), "%.*s",
             (int)strcspn(number, "\n"), number);
    runner_output_fini(&out);
    return rc < 0 ? -1 : 0;
}

static int
ask_shares(struct batch *b, struct sched_info *info, struct err *err)
{
    const char *shares[] = { SLURM_SHARES }, *load[] = { SLURM_LOAD };
    struct runner_output out;
    int rc = batch_ask_site(b, "slurm-shares", shares, 1, &out, err);

    if (rc == 0)
        rc = slurm_text_shares(buf_str(&out.out), info, err);
    runner_output_fini(&out);
    if (rc < 0)
        return -1;
    rc = batch_ask_query(b, "slurm-load", load, 1, &out, err);
    if (rc == 0)
        slurm_text_load(buf_str(&out.out), info);
    runner_output_fini(&out);
    return rc < 0 ? -1 : 0;
}

int
slurm_site(struct batch *b, struct sched_info *info, struct err *err)
{
    return ask_version(b, info, err) < 0 || ask_shares(b, info, err) < 0 ? -1
                                                                         : 0;
}

/* Read a number, called WHAT, from the controller's configuration with READ. */
static int
ask_config(struct batch *b, const char *what,
           long long (*read)(const char *config), long long *n, struct err *err)
{
    struct runner_output out;
    int rc = batch_ask_site(b, "slurm-config", NULL, 0, &out, err);

    if (rc == 0)
        *n = read(buf_str(&out.out));
    if (rc == 0 && *n < 0)
        rc =
            err_set(err, ERR_PROTOCOL, "scontrol's answer names no %s: '%.40s'",
                    what, buf_str(&out.out));
    runner_output_fini(&out);
    return rc;
}

int
slurm_site_array_max(struct batch *b, long long *max, struct err *err)
{
    return ask_config(b, "MaxArraySize", slurm_text_array_max, max, err);
}

int
slurm_site_began(struct batch *b, long long *ms, struct err *err)
{
    long long uptime;

    if (ask_config(b, "BOOT_TIME", slurm_text_uptime_ms, &uptime, err) < 0)
        return -1;
    *ms = time_now_ms() - uptime;
    return 0;
}

/* ---- -t ---- */

static int
check_controller(struct batch *b, struct err *err)
{
    struct runner_output out;
    int rc = batch_ask_query(b, "slurm-ping", NULL, 0, &out, err);

    if (rc >= 0 && strstr(buf_str(&out.out), "is UP") == NULL)
        rc = err_set(err, ERR_CONFIG,
                     "Slurm's controller does not answer: %.120s",
                     out.out.len > 0 ? buf_str(&out.out) : buf_str(&out.diag));
    runner_output_fini(&out);
    return rc < 0 ? -1 : 0;
}

int
slurm_site_answers(struct batch *b, struct err *err)
{
    const char *format[] = { "%n" };
    struct runner_output out;

    if (check_controller(b, err) < 0 || batch_site_queues(b, err) < 0)
        return -1;
    if (batch_ask_query(b, "slurm-nodes", format, 1, &out, NULL) == 0)
        batch_site_sessions(b, buf_str(&out.out));
    runner_output_fini(&out);
    return 0;
}
