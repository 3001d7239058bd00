/* tests/fuzz/fuzz_gridmap.c - grid-mapfiles of any bytes. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "gsi/names/gridmap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int fd = -1;
    static char path[64];
    struct gridmap *map;
    struct dnlist *list;
    const char *account;
    if (fd < 0) {
        log_open("fuzz_gridmap", "/dev/null", LOG_ERR);
        fd = memfd_create("gridmap", MFD_CLOEXEC);
        fchmod(fd, 0600);
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    }
    if (ftruncate(fd, 0) || pwrite(fd, data, size, 0) != (ssize_t)size)
        return 0;
    if (!gridmap_load(path, &map, NULL)) {
        gridmap_lookup(map, "/O=Grid/CN=alice", NULL, &account, NULL);
        gridmap_destroy(map);
    }
    if (!dnlist_load(path, DNLIST_BAN, &list, NULL)) {
        dnlist_has(list, "/O=Grid/CN=alice");
        dnlist_destroy(list);
    }
    return 0;
}
