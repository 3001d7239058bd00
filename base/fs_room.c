/* base/fs_room.c - free space on a disk; see fs.h. */
#include <sys/statvfs.h>

#include "base/fs.h"

/* A disk is nearly full when it has less than both. */
#define ROOM_PART  20 /* 1/20 of the blocks or files */
#define ROOM_BYTES (5ULL << 30)

enum fs_room
fs_room(const char *dir, unsigned long long *bytes, unsigned long long *files)
{
    struct statvfs v;

    *bytes = *files = 0;
    if (statvfs(dir, &v) < 0)
        return FS_ROOM_UNKNOWN;
    *bytes = (unsigned long long)v.f_bavail * v.f_frsize;
    *files = v.f_favail;
    if (v.f_flag & ST_RDONLY)
        return FS_ROOM_READONLY;
    if (v.f_bavail == 0 || (v.f_files > 0 && v.f_favail == 0))
        return FS_ROOM_NONE;
    if ((v.f_bavail < v.f_blocks / ROOM_PART && *bytes < ROOM_BYTES) ||
        (v.f_files > 0 && v.f_favail < v.f_files / ROOM_PART))
        return FS_ROOM_LITTLE;
    return FS_ROOM_ENOUGH;
}
