/* base/net_holder.c - find the process on this host that listens on an address
 * (proc(5): /proc/net/tcp, /proc/PID/fd). */
#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/net.h"

#define LISTENS 0x0aU /* TCP_LISTEN */

/* The inode of the socket that listens on PORT, from the table FILE; 0 when
 * there is none. */
static unsigned long
find_inode(const char *file, unsigned port)
{
    FILE *f = fopen(file, "re");
    char line[512];
    unsigned long inode, found = 0;
    unsigned at, state;

    while (f != NULL && found == 0 && fgets(line, sizeof(line), f) != NULL)
        if (sscanf(line,
                   " %*d: %*[0-9A-Fa-f]:%x %*s %x %*s %*s %*s %*s %*s %lu", &at,
                   &state, &inode) == 3 &&
            at == port && state == LISTENS)
            found = inode;
    if (f != NULL)
        fclose(f);
    return found;
}

/* Whether the process PID has a descriptor that links to LINK. */
static bool
has_socket(const char *pid, const char *link)
{
    char path[64], text[64];
    DIR *d;
    bool has = false;
    ssize_t n;

    snprintf(path, sizeof(path), "/proc/%.20s/fd", pid);
    d = opendir(path);
    for (const struct dirent *e;
         d != NULL && !has && (e = readdir(d)) != NULL;) {
        n = readlinkat(dirfd(d), e->d_name, text, sizeof(text) - 1);
        text[n > 0 ? n : 0] = '\0';
        has = strcmp(text, link) == 0;
    }
    if (d != NULL)
        closedir(d);
    return has;
}

/* Read the name of the process PID. */
static void
take_name(const char *pid, char name[NET_HOLDER])
{
    char path[64];
    FILE *f;

    snprintf(path, sizeof(path), "/proc/%.20s/comm", pid);
    f = fopen(path, "re");
    if (f == NULL || fgets(name, NET_HOLDER, f) == NULL)
        name[0] = '\0';
    name[strcspn(name, "\n")] = '\0';
    if (f != NULL)
        fclose(f);
}

pid_t
net_holder(const struct net_addr *a, char name[NET_HOLDER])
{
    unsigned long inode = find_inode("/proc/net/tcp", net_port(a));
    char link[64];
    pid_t pid = 0;
    DIR *d;

    if (inode == 0)
        inode = find_inode("/proc/net/tcp6", net_port(a));
    if (inode == 0)
        return 0;
    snprintf(link, sizeof(link), "socket:[%lu]", inode);
    d = opendir("/proc");
    for (const struct dirent *e;
         d != NULL && pid == 0 && (e = readdir(d)) != NULL;)
        if (isdigit((unsigned char)e->d_name[0]) &&
            has_socket(e->d_name, link)) {
            pid = (pid_t)strtol(e->d_name, NULL, 10);
            take_name(e->d_name, name);
        }
    if (d != NULL)
        closedir(d);
    return pid;
}
