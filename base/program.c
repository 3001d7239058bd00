/* base/program.c - see program.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/program.h"

int
program_open(const char *name, struct err *err)
{
    static const char *const places[] = { "", "../libexec/gatehouse/",
                                          "../../sbin/", "../../bin/" };
    char self[4096], *slash;
    ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
    int fd = -1;

    if (n <= 0)
        return err_set(err, ERR_IO, "/proc/self/exe: %s", strerror(errno));
    self[n] = '\0';
    slash = strrchr(self, '/');
    for (size_t i = 0; fd < 0 && i < sizeof(places) / sizeof(*places); i++) {
        char *file =
            xasprintf("%.*s/%s%s", (int)(slash - self), self, places[i], name);

        fd = open(file, O_RDONLY | O_CLOEXEC);
        free(file);
    }
    if (fd < 0)
        err_set(err, ERR_NOT_FOUND,
                "cannot open the program '%s', which belongs beside '%s': %s",
                name, self, strerror(errno));
    return fd;
}
