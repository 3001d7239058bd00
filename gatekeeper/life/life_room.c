/* gatekeeper/life/life_room.c - whether the disks have space for new jobs; see
 * life.h. */
#include "base/fs.h"
#include "gatekeeper/life/life_core.h"

#define FRESH_MS 1000 /* how long a result is cached */

static const enum conf_key places[] = { CONF_gatekeeper_state,
                                        CONF_gatekeeper_sessions,
                                        CONF_gatekeeper_runner_state };

/* A directory that cannot be checked is not a reason: its next use reports the
 * error. */
static int
look(const struct life *l, struct err *err)
{
    long long least = conf_num(l->conf, CONF_gatekeeper_disk_min);
    unsigned long long bytes, files;

    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]) && least > 0;
         i++) {
        enum fs_room room =
            fs_room(conf_str(l->conf, places[i]), &bytes, &files);

        if (room == FS_ROOM_NONE ||
            (room != FS_ROOM_UNKNOWN && bytes < (unsigned long long)least))
            return err_set(err, ERR_LIMIT,
                           "this service takes no new jobs now: the disk of "
                           "%s.%s is nearly full (gatekeeper.disk_min)",
                           conf_rows[places[i]].section,
                           conf_rows[places[i]].key);
    }
    return 0;
}

int
life_room(struct life *l, struct err *err)
{
    struct err found = ERR_INIT;
    bool fresh;

    lock_take(&l->lock);
    fresh = l->room_ms != 0 && time_mono_ms() - l->room_ms < FRESH_MS;
    if (fresh)
        found = l->room;
    lock_release(&l->lock);
    if (!fresh) {
        (void)look(l, &found); /* slow on a network file system */
        lock_take(&l->lock);
        l->room = found;
        l->room_ms = time_mono_ms();
        lock_release(&l->lock);
    }
    return found.code == ERR_OK ? 0
                                : err_set(err, found.code, "%s", found.text);
}
